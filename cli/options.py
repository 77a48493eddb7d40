"""Options that several commands share."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import check_ending
from supplyrisk.gnn import SCORING
from supplyrisk.graph import STORE_VALUES, STORES
from supplyrisk.graph.schema import defaults

_SELECTED = [f"{kind.name} if {' or '.join(kind.selected_by)} is set" for kind in STORES if kind.selected_by]
_STORE_DEFAULTS = f"{', '.join(_SELECTED)}, else {STORES[0].name}"

Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", help="Folder of the workspace.", show_default=f"./{defaults.WORKSPACE}"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout instead of tables.")]
Mapping = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="NAME_OR_FILE",
        help="A built-in mapping, a TOML file, or none. Default: the mapping that the workspace was loaded with, "
        "if any.",
    ),
]
MaxBad = Annotated[
    float | None,
    typer.Option(
        "--max-bad",
        metavar="SHARE",
        help="Largest share of a table's rows that may be bad; above it nothing is loaded. Default: the mapping's "
        "max_bad, 0 unless set.",
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="Encoding of CSV and JSON Lines files.",
        show_default=defaults.ENCODING,
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="WHICH",
        help=f"The graph store: {STORE_VALUES}. Default: {_STORE_DEFAULTS}.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Write to a Neo4j server without asking for confirmation.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of all random numbers.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PATH_OR_NAME",
        help="A model in the workspace, or the path of its folder. Default: the promoted model, else the one "
        "named default.",
    ),
]


Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="WHERE",
        help="Device for the neural network: cpu, cuda or auto.",
        show_default=defaults.DEVICE,
    ),
]
Lang = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="en|zh",
        help="Language of the reasons; their codes are the same in both.",
        show_default=defaults.LANGUAGE,
    ),
]
AllowSyntheticModel = Annotated[
    bool,
    typer.Option(
        "--allow-synthetic-model",
        help="Let a model that was trained on synthetic data score real data. All results then say so.",
    ),
]
Top = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Number of rows to show. Default: 20, or all with --json."),
]
Members = Annotated[int | None, typer.Option("--members", min=1, help="Number of networks in the ensemble.")]


def parse_day(text: str | date) -> date:
    """A date from the command line, in ISO form."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise usage(f"{text!r} is not a date; expected one such as 2025-06-30") from fault


def parse_amount(text: str | float) -> float:
    """An amount of money from the command line: digits without separators, whose meaning differs between countries.

    Whether the amount is acceptable is checked elsewhere.
    """
    if isinstance(text, float):
        return text
    try:
        if "_" in text:  # Python reads 1_000 as a number, the contract of the tables does not
            raise ValueError(text)
        return float(text)
    except ValueError as fault:
        # 1,5 and 20.000,50 are ambiguous between countries: a correction is suggested only where it is not.
        grouped = re.fullmatch(r"[-+]?\d{1,3}([,' _]\d{3})+(\.\d+)?", text)
        tip = f"; write {re.sub(r'[^-+.0-9]', '', text)}" if grouped else ""
        raise usage(
            f"{text!r} is not an amount; expected digits without separators or currency, such as 20000 or 20000.50{tip}"
        ) from fault


AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=parse_day,
        metavar="DATE",
        help="Use what was known at the end of this day. Default: the last day of the data.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        callback=check_ending,
        metavar="FILE",
        help="Write all rows to .csv, .json, .jsonl, .parquet or .xlsx.",
    ),
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain",
        help="Write .csv for programs: no byte order mark, and no quote before texts that a spreadsheet would run as a "
        "formula.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="A lending policy in TOML. Default: the built-in policy."),
]


def parse_candidate(name: str) -> str:
    """Check the name of a candidate model; a usage error lists them all."""
    if name not in SCORING:
        raise usage(f"there is no candidate model {name!r}; expected {' or '.join(SCORING)}")
    return name


Use = Annotated[
    str | None,
    typer.Option(
        parser=parse_candidate,
        metavar=f"<{'|'.join(SCORING)}>",
        help="The candidate model to score with instead of the champion: the network or one of its baselines; of an "
        "expert model there is the scorecard only.",
    ),
]
