"""The limits of a lender on a day as a workspace stores them, with the hashes of what they rest on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.following.limit_step import LimitInForce, LimitReason
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.output_files import write_table

LIMIT_SCHEMA = pa.schema(
    [
        ("firm", pa.string()),
        ("limit", pa.float64()),
        ("exact", pa.float64()),
        ("target", pa.float64()),
        ("rule", pa.string()),
        ("reason", pa.string()),
        ("renewed_on", pa.date32()),
        ("expires_on", pa.date32()),
        ("before_dip", pa.float64()),
    ]
)
"""Columns of the file: the fields of `LimitInForce`."""
_METADATA_KEY = b"scgraph"


@dataclass(frozen=True)
class LimitBasis:
    """What the limits of a day rest on; the field names are keys of the file and of the audit log.

    Parameters
    ----------
    lender: its id. day: of data and scores.
    data: content hash of the tables. scores: SHA-256 of the scores of the day. policy: hash of the policy.
    previous: SHA-256 of the file of limits before; None for the first.
    shops: SHA-256 of the ids of further shops, one a line; None where there are none.
    """

    lender: str
    day: str
    data: str
    scores: str
    policy: str
    previous: str | None
    shops: str | None = None


@dataclass(frozen=True)
class StoredLimits:
    """The limits of a day, sorted by firm, and what they rest on."""

    basis: LimitBasis
    limits: tuple[LimitInForce, ...]


def hash_of_shops(shops: Iterable[str]) -> str | None:
    """Return the SHA-256 of ids of shops; None without any."""
    ids = sorted(shops)
    return hashlib.sha256("\n".join(ids).encode()).hexdigest() if ids else None


def write_limits(path: Path, stored: StoredLimits) -> None:
    """Store the limits of a day, atomically; the same limits give the same bytes."""
    # By column: a dict per firm would take most of the time for many firms.
    columns = {name: [getattr(limit, name) for limit in stored.limits] for name in LIMIT_SCHEMA.names}
    table = pa.Table.from_pydict(columns, schema=LIMIT_SCHEMA)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, table.replace_schema_metadata({_METADATA_KEY: to_json(asdict(stored.basis))}))


def read_limits(path: Path, firm: str | None = None) -> StoredLimits:
    """Read what `write_limits` wrote.

    firm: whose limit is read alone; None: all. Raises DataError where it is no such file.
    """
    table = read_parquet(path)
    note = (table.schema.metadata or {}).get(_METADATA_KEY)
    names = [field.name for field in fields(LimitInForce)]
    if note is None or table.column_names != names:
        raise DataError(
            f"{path} is no file of limits", "a file that scgraph limits wrote", "restore it from a backup"
        )
    rows = (table if firm is None else table.filter(pc.equal(table["firm"], firm))).to_pylist()
    limits = tuple(LimitInForce(**{**row, "reason": LimitReason(row["reason"])}) for row in rows)
    return StoredLimits(LimitBasis(**json.loads(note)), limits)


def limits_of_firm(files: Iterable[Path], firm: str) -> Iterator[tuple[date, LimitInForce, LimitBasis]]:
    """Yield day, limit and basis of each file that has a limit of a firm.

    Raises
    ------
    DataError: one of them is no file of limits.
    """
    for path in files:
        stored = read_limits(path, firm)
        for limit in stored.limits:
            yield day_of_limits(path), limit, stored.basis


def day_of_limits(path: Path) -> date:
    """Return the day of a file of limits, by its name."""
    return date.fromisoformat(path.stem)
