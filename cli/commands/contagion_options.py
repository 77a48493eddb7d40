"""Options of `scgraph contagion`, each with its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import check_ending
from supplyrisk.graph.schema import defaults


class Mechanism(StrEnum):
    """How failures spread."""

    ESRI = "esri"
    DEBTRANK = "debtrank"
    CLEARING = "clearing"


class RankBy(StrEnum):
    """What firms are ranked by: the loss that they cause, or the loss that they suffer."""

    ESRI = "esri"
    EXPOSURE = "exposure"


def check_eps(eps: float | None) -> float | None:
    """Refuse an --eps that is not a share, whichever model it is given to."""
    if eps is not None and not 0 < eps < 1:
        raise usage(f"--eps is {eps:g}; expected a share between 0 and 1, such as 0.01 or 1e-8")
    return eps


def check_input_ending(path: Path | None) -> Path | None:
    """Refuse an input file that is neither CSV nor Parquet, whichever model it is given to."""
    if path is not None and path.suffix.lower() not in (".csv", ".parquet"):
        raise usage(f"{path.name} has no known ending; expected .csv or .parquet")
    return path


BasePds = Annotated[
    Path | None,
    typer.Option(
        "--pd",
        callback=check_input_ending,
        metavar="FILE",
        help="Base PDs (PDs before contagion) as .csv or .parquet, with columns firm_id and base_pd or pd. Default: "
        "those that scgraph score stored.",
    ),
]
ContagionModel = Annotated[
    Mechanism,
    typer.Option(
        "--model",
        help="Lost production (esri), equity lost over debts (debtrank), or payments missed (clearing).",
    ),
]
Roles = Annotated[
    Path | None,
    typer.Option(
        callback=check_input_ending,
        metavar="FILE",
        help="Roles of inputs, with columns supplier_sector, customer_sector, role (2 essential, 1 non-essential, "
        "0 negligible); or sector, kind (goods, services): goods are then essential to producers of goods. Without it, "
        "all inputs are non-essential.",
    ),
]
Eps = Annotated[
    float | None,
    typer.Option(
        callback=check_eps,
        metavar="SHARE",
        help="Convergence tolerance: stop once no firm's production falls by more than this share in a step.",
        show_default="0.01",
    ),
]
ExactUpstream = Annotated[
    bool,
    typer.Option(
        "--exact-upstream",
        help="Solve the losses by lost demand exactly; --eps then applies to lost supply only.",
    ),
]
Converged = Annotated[
    bool,
    typer.Option(
        "--converged", help="--exact-upstream with --eps 1e-12: the result of infinitely many steps."
    ),
]
Substitution = Annotated[bool, typer.Option(help="Let other firms of an industry replace a lost supplier.")]
Credit = Annotated[
    bool,
    typer.Option(
        "--credit",
        help="Include in exposures the equity lost over unpaid trade and guarantees; the largest loss counts.",
    ),
]
RankedBy = Annotated[
    RankBy, typer.Option("--by", help="Rank by the loss that firms cause (esri) or suffer (exposure).")
]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Worker threads; results do not depend on them.")]
Lgd = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Loss given default of loans that state none.", show_default=str(defaults.LGD)
    ),
]
LenderEquity = Annotated[
    Path | None,
    typer.Option(
        callback=check_input_ending,
        metavar="FILE",
        help="Equity of lenders, the most that each can lose, with columns lender_id and equity.",
    ),
]
Lenders = Annotated[
    Path | None,
    typer.Option(callback=check_ending, metavar="FILE", help="Write the losses of lenders to a file."),
]
