"""The stored score of a borrower on the day nearest before a line was opened, which its stage compares with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from supplyrisk.graph.credit.expected_loss import FirmTerms
from supplyrisk.graph.schema.terms import TERM_OBSERVED_DAYS, TERMS, pd_column
from supplyrisk.graph.workspace.fast_parquet import read_parquet

TERM_COLUMNS = ("pd", "horizon_days", TERM_OBSERVED_DAYS, *(pd_column(str(days)) for days in TERMS[:2]))
"""Columns of the scores that a PD over any term is computed from, see `FirmTerms.of_row`."""
_COLUMNS = ("firm_id", "model", *TERM_COLUMNS)


@dataclass(frozen=True)
class OriginationScore:
    """The score that a line's stage is compared with.

    Parameters
    ----------
    day: of the score.
    model: that scored.
    pd: over the horizon of `terms`.
    terms: of the borrower on that day.
    before_start: whether it is from the day on which the line was opened or before. Otherwise the score at origination
        is unknown, and this is the first one that was stored after it: a rise until then is not seen.
    """

    day: date
    model: str
    pd: float
    terms: FirmTerms
    before_start: bool


def origination_scores(
    files: Mapping[date, Path], starts: Collection[tuple[str, date | None]]
) -> dict[tuple[str, date | None], OriginationScore]:
    """Return the score at origination by borrower and the day on which a line was opened.

    That of the last scored day up to then on which the borrower has a PD. Without one, or where the day is unknown,
    the first stored PD. A borrower without any PD is left out.

    Parameters
    ----------
    files: score files by day.
    starts: borrowers with the days on which their lines were opened, None where that is unknown.
    """
    days = sorted(files)
    left = set(starts)
    origins: dict[tuple[str, date | None], OriginationScore] = {}
    # Every file is read at most twice, for all lines at once: the last day up to the opening, then the first stored PD.
    for day in reversed(days):
        origins |= _scores_on(day, files[day], {start for start in left if _before(day, start)})
        left -= origins.keys()
    for day in days:
        origins |= _scores_on(day, files[day], left)
        left -= origins.keys()
    return origins


def _before(day: date, start: tuple[str, date | None]) -> bool:
    """Return whether a day is known to be that on which a line was opened, or before it."""
    return start[1] is not None and day <= start[1]


def _scores_on(
    day: date, path: Path, starts: Collection[tuple[str, date | None]]
) -> dict[tuple[str, date | None], OriginationScore]:
    """Return the scores of a day of those borrowers that have a PD."""
    if not starts:
        return {}
    rows = _rows_of(path, {firm for firm, _ in starts})
    return {start: _score(rows[start[0]], day, start) for start in starts if start[0] in rows}


def _rows_of(path: Path, firms: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the rows of some firms that have a PD over a horizon; files of earlier versions lack columns."""
    present = set(pq.read_schema(path).names)
    table = read_parquet(path, [name for name in _COLUMNS if name in present])
    rows = table.filter(
        pc.is_in(table["firm_id"], value_set=pa.array(sorted(firms), pa.string()))
    ).to_pylist()
    return {
        row["firm_id"]: row for row in rows if row["pd"] is not None and row.get("horizon_days") is not None
    }


def _score(row: Mapping[str, Any], day: date, start: tuple[str, date | None]) -> OriginationScore:
    return OriginationScore(day, row["model"], row["pd"], FirmTerms.of_row(row), _before(day, start))
