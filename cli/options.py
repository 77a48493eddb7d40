"""Options that several commands share, and the session that a command works in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import graph
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import check_ending
from supplyrisk.cli.settings import Settings, resolve
from supplyrisk.cli.talk import Talk

Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Folder of the loaded data; else ./.scgraph.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout instead of tables.")]
Mapping = Annotated[
    str | None,
    typer.Option(
        "--mapping", metavar="NAME_OR_FILE", help="A mapping that comes with scgraph, or a TOML file."
    ),
]
MaxBad = Annotated[
    float | None,
    typer.Option(
        "--max-bad", metavar="SHARE", help="Share of a table's rows that may be bad before all is refused."
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Encoding of CSV and JSON Lines.")
]
StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="WHICH", help="The graph store: embedded, neo4j or an address."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Agree beforehand to what is written to a Neo4j server.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything random.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="PATH_OR_NAME", help="A model in the workspace, or the path of its folder."
    ),
]


class Candidate(StrEnum):
    """Candidate models: the network and its two baselines."""

    NETWORK = "network"
    OWN = "boosted-own"
    NEIGHBOURS = "boosted-neighbours"


Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="WHERE",
        help="Where the network's sums run: cpu, cuda or auto.",
        show_default=False,
    ),
]
Lang = Annotated[
    str | None,
    typer.Option("--lang", metavar="en|zh", help="Language of the reasons; their codes are the same."),
]
Top = Annotated[int | None, typer.Option(min=1, metavar="N", help="Rows to show: 20, and with --json all.")]
Members = Annotated[int | None, typer.Option("--members", min=1, help="Networks in the ensemble.")]


def parse_day(text: str | date) -> date:
    """An ISO day from the command line."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise usage(f"{text!r} is no day; expected one such as 2025-06-30") from fault


def parse_amount(text: str | float) -> float:
    """An amount of money from the command line: digits alone, as separators mean different things to different people.

    Its size is not looked at here.
    """
    if isinstance(text, float):
        return text
    try:
        if "_" in text:  # Python takes 1_000 for a number, the contract does not
            raise ValueError(text)
        return float(text)
    except ValueError as fault:
        # 1,5 and 20.000,50 mean other things elsewhere: only what can be read in one way is written out.
        grouped = re.fullmatch(r"[-+]?\d{1,3}([,' _]\d{3})+(\.\d+)?", text)
        tip = f"; write {re.sub(r'[^-+.0-9]', '', text)}" if grouped else ""
        raise usage(
            f"{text!r} is no amount; expected digits without separators or currency, such as 20000 or 20000.50{tip}"
        ) from fault


AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=parse_day,
        metavar="DATE",
        help="Use what was known at the end of this day; else the last.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        callback=check_ending,
        metavar="FILE",
        help="Write all rows to .csv, .json, .jsonl or .parquet.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="A lending policy in TOML; by default the built-in one."),
]


@dataclass(frozen=True)
class Session:
    """What every command works with: settings in force, whom to talk to, and whether JSON is wanted."""

    settings: Settings
    talk: Talk
    as_json: bool = False

    @property
    def folder(self) -> Path:
        """The workspace's folder."""
        return self.settings.workspace

    @property
    def workspace(self) -> graph.Workspace:
        """The workspace with the store and the memory limit of the settings."""
        settings = self.settings
        return graph.Workspace(settings.workspace, store=settings.store, memory_limit=settings.memory_limit)

    @property
    def model(self) -> str | None:
        """The model of the settings by name or path; None where it is the default one, which may be promoted."""
        return None if self.settings.model == Settings.model else self.settings.model


def show_help(context: typer.Context) -> None:
    """The help of a verb that was called without one of its parts."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


def begin(context: typer.Context, as_json: bool = False, **flags: object) -> Session:
    """The session of one command; flags are settings, None where they were not given."""
    quiet = bool(context.find_root().params.get("quiet"))
    return Session(resolve(flags).settings, Talk(quiet), as_json)
