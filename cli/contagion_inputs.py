"""What the models of contagion start from: the network of a day, base PDs, essentialities, statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import Session
from supplyrisk.cli.workspace import SCORES, check_as_of, scores_name, snapshot_of, tables_of
from supplyrisk.graph import DataError, Snapshot, last_statements
from supplyrisk.graph.contagion import (
    ALL_NON_ESSENTIAL,
    Essentiality,
    RunOptions,
    SupplyNetwork,
    base_pds,
    equities,
    essentiality_of,
    in_default,
)

SOURCE = pa.struct([("firm_id", pa.string()), ("exposure", pa.float64()), ("share", pa.float64())])


@dataclass(frozen=True)
class Request:
    """What to compute: the day, files with PDs, essentialities and lenders' equity (None: the kept scores; the default;
    no limit), how, and whether credit is a channel of exposures.
    """

    as_of: date | None
    pd: Path | None
    essentiality: Path | None
    options: RunOptions
    lender_equity: Path | None = None
    credit: bool = False

    def check(self) -> None:
        """Refuse files of unknown kinds, before any work."""
        check_given(self.pd, self.essentiality, self.lender_equity)


def check_given(*files: Path | None) -> None:
    """Refuse a file whose ending names no format that is read beside the data."""
    for file in files:
        if file is not None and file.suffix.lower() not in (".csv", ".parquet"):
            raise usage(f"{file.name} has no known ending; expected .csv or .parquet")


@dataclass(frozen=True)
class Show:
    """Ranked by what, how many rows (None: as many as fit the purpose), and where to write firms and lenders to."""

    by_exposure: bool
    top: int | None
    output: Path | None
    lenders: Path | None


@dataclass(frozen=True)
class Ground:
    """The network of a day; each firm's base PD and where it is from, None where there are none; last statements."""

    snapshot: Snapshot
    network: SupplyNetwork
    pd: NDArray[np.float64] | None
    pd_from: str | None
    statements: pa.Table


def read_ground(session: Session, request: Request) -> Ground:
    """Read all of it from the workspace."""
    tables = tables_of(session)
    check_as_of(session, tables, request.as_of)
    seen = snapshot_of(session, tables, request.as_of)
    network = SupplyNetwork.from_snapshot(seen)
    pd, origin = base_pds_from(session, request.pd, seen, network)
    return Ground(seen, network, pd, origin, last_statements(tables, seen))


def read_essentiality(file: Path | None) -> Essentiality:
    """The essentiality that a file gives, or the default."""
    return ALL_NON_ESSENTIAL if file is None else essentiality_of(_read(file), file.name)


def read_equities(file: Path | None) -> Mapping[str, float] | None:
    """What lenders can lose, by lender."""
    return None if file is None else equities(_read(file), file.name)


def base_pds_from(
    session: Session, given: Path | None, seen: Snapshot, network: SupplyNetwork
) -> tuple[NDArray[np.float64] | None, str | None]:
    """The base PD of each firm and where it is from; None where none is given and none was scored."""
    kept = session.folder / SCORES / f"{scores_name(seen.as_of)}.parquet"
    file = given or (kept if kept.is_file() else None)
    if file is None:
        return None, None
    return base_pds(_read(file), network, file.name, in_default(seen)), file.name


def _read(file: Path) -> pa.Table:
    """A CSV or Parquet file; ids, sectors and roles stay text, however much they look like numbers."""
    if not file.is_file():
        raise usage(f"no file {file}; expected one that is there")
    names = ("firm_id", "lender_id", "supplier_sector", "customer_sector", "sector", "state", "role", "kind")
    try:
        if file.suffix.lower() == ".parquet":
            return pq.read_table(file)
        return csv.read_csv(
            file, convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        )
    except pa.ArrowInvalid as fault:
        raise DataError(f"{file.name} cannot be read ({fault})", "a table with a header") from fault


def sources_of(
    ids: tuple[str, ...], worst: NDArray[np.float64], source: NDArray[np.int64], total: NDArray[np.float64]
) -> pa.Array:
    """The largest terms of each firm's exposure, and their shares in it."""
    rows = zip(worst.tolist(), source.tolist(), total.tolist(), strict=True)
    return pa.array(
        [
            [
                {"firm_id": ids[firm], "exposure": part, "share": part / whole}
                for part, firm in zip(parts, firms, strict=True)
                if part > 0
            ]
            for parts, firms, whole in rows
        ],
        pa.list_(SOURCE),
    )


def mostly_from(row: Mapping[str, object]) -> str | None:
    """The three largest sources, for people."""
    sources = row["sources"]
    if not isinstance(sources, list):
        return None
    return ", ".join(f"{s['firm_id']} ({s['share']:.0%})" for s in sources[:3]) or None


def percent(value: float | None) -> str | None:
    """A share for people."""
    return None if value is None else f"{100 * value:.3f}"


NO_PDS = "no exposures: there are no base PDs for this day; run scgraph score first, or give --pd FILE"
EXCEEDS = (
    "an exposure over 100 % counts losses by several failures, each of which may take the same production"
)


def need_pds(asked: bool, pd: object | None, option: str = "--by exposure") -> None:
    """Refuse what cannot be computed."""
    if asked and pd is None:
        raise usage(f"{option} needs base PDs; expected --pd FILE, or scores made by scgraph score before")
