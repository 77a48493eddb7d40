"""Options of `scgraph contagion`, each with its help: what is spread, how far, and at what lenders stand."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import check_ending


class Model(StrEnum):
    """By what mechanism failures spread."""

    ESRI = "esri"
    DEBTRANK = "debtrank"
    CLEARING = "clearing"


class By(StrEnum):
    """What firms are ranked by."""

    ESRI = "esri"
    EXPOSURE = "exposure"


BasePds = Annotated[
    Path | None,
    typer.Option(
        "--pd",
        metavar="FILE",
        help="Base PDs: firm_id and base_pd or pd, as .csv or .parquet; else those of scgraph score.",
    ),
]
ByModel = Annotated[
    Model, typer.Option(help="Lost production; distress on balance sheets; or who cannot pay.")
]
Roles = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="supplier_sector, customer_sector, role (2, 1, 0), or sector, kind (goods, services), of which goods "
        "are essential to makers of goods; else all are non-essential.",
    ),
]
Eps = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Stop once no firm's production falls by more in a step; else 0.01."),
]
ExactUpstream = Annotated[
    bool, typer.Option("--exact-upstream", help="Solve for the loss by lost demand; --eps is of supply.")
]
Converged = Annotated[
    bool, typer.Option("--converged", help="The same, and --eps 1e-12: as after infinitely many steps.")
]
Substitution = Annotated[bool, typer.Option(help="Let other firms of an industry stand in for a supplier.")]
Credit = Annotated[
    bool,
    typer.Option(
        "--credit",
        help="Exposures: also by equity lost over unpaid trade and guarantees; the largest counts.",
    ),
]
RankedBy = Annotated[By, typer.Option(help="Rank by what firms do to others, or by what they suffer.")]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Worker threads; results do not depend on them.")]
Lgd = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Loss given default of loans that give none; else 0.45."),
]
LenderEquity = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="lender_id and equity: at most which a lender loses."),
]
Lenders = Annotated[
    Path | None,
    typer.Option(callback=check_ending, metavar="FILE", help="Write what lenders lose to a file."),
]


def check_eps(eps: float | None) -> None:
    """Refuse an --eps that is no share."""
    if eps is not None and not 0 < eps < 1:
        raise usage(f"--eps is {eps:g}; expected a share between 0 and 1, such as 0.01 or 1e-8")
