"""What the workspace's kept scores say of one firm: its row on a day, and how its PD went over earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from supplyrisk.graph.credit.expected_loss import pd_over_term
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.fast_parquet import read_parquet

Row = dict[str, Any]
HISTORY = ("as_of", "pd", "grade", "state", "model")


@dataclass(frozen=True)
class ScoreHistory:
    """A firm's kept score: its row of the scores file, and that of each earlier day (HISTORY, oldest first)."""

    row: Row
    history: list[Row]

    @property
    def horizon_days(self) -> int:
        """Days over which the PD is meant."""
        return int(self.row["horizon_days"])

    @property
    def hazard(self) -> float | None:
        """own + context + caught; None where a control scored or the firm is in default."""
        parts = [self.row[name] for name in ("own", "context", "caught")]
        return None if None in parts else float(sum(parts))

    @property
    def caught_share(self) -> float | None:
        """Share of the hazard that is caught from others; None where there are no parts."""
        hazard = self.hazard
        return None if not hazard else float(self.row["caught"]) / hazard

    def over_term(self, name: str, days: int) -> float | None:
        """A PD of the row (pd, pd_low, pd_high_90, ...) over a term; None where it has none, as files of before."""
        pd = self.row.get(name)
        return None if pd is None else pd_over_term(float(pd), days, self.horizon_days)


def score_history_of(files: Sequence[Path], firm_id: str, as_of: date) -> ScoreHistory:
    """A firm's score of a day and those of the days before.

    Parameters
    ----------
    files: the workspace's files of scores, one per day, called after it.

    Raises
    ------
    DataError: it has no score of that day.
    """
    days = {date.fromisoformat(path.stem): path for path in files}
    today = _rows_of(days[as_of], firm_id) if as_of in days else []
    if not today:
        raise DataError(f"firm {firm_id} has no score as of {as_of}", remedy="run scgraph score")
    earlier = [_rows_of(days[day], firm_id, HISTORY) for day in sorted(days) if day < as_of]
    return ScoreHistory(today[0], [row for rows in earlier for row in rows])


def _rows_of(path: Path, firm_id: str, columns: Sequence[str] | None = None) -> list[Row]:
    """The rows of one firm in a file of scores: one or none."""
    table = read_parquet(path, None if columns is None else ["firm_id", *columns])
    rows: list[Row] = table.filter(pc.equal(table["firm_id"], firm_id)).to_pylist()
    return [row if columns is None else {name: row[name] for name in columns} for row in rows]
