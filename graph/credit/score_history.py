"""One firm's stored scores: its row on a day, and its PD on earlier days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from supplyrisk.graph.credit.expected_loss import FirmTerms, pd_over_term
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.fast_parquet import read_parquet

Row = dict[str, Any]
HISTORY = ("as_of", "pd", "grade", "state", "model")


@dataclass(frozen=True)
class ScoreHistory:
    """A firm's stored scores.

    Parameters
    ----------
    row: its row of the scores of a day.
    history: the columns HISTORY of each earlier day, oldest first.
    """

    row: Row
    history: list[Row]

    @property
    def horizon_days(self) -> int:
        """Days that the PD covers."""
        return int(self.row["horizon_days"])

    @property
    def terms(self) -> FirmTerms:
        """How its hazard depends on the term."""
        return FirmTerms.of_row(self.row)

    @property
    def hazard(self) -> float | None:
        """own + context + caught; None where a baseline scored the firm or it is in default."""
        parts = [self.row[name] for name in ("own", "context", "caught")]
        return None if None in parts else float(sum(parts))

    @property
    def caught_share(self) -> float | None:
        """Share of the hazard that is contagion received; None where the hazard has no parts."""
        hazard = self.hazard
        return None if not hazard else float(self.row["caught"]) / hazard

    def over_term(self, name: str, days: int) -> float | None:
        """Return a PD of the row (pd, pd_low, pd_high_90, ...) over a term of some days, None where it is missing.

        The ends of ranges and intervals are scaled as the PD itself is.
        """
        # Files of earlier versions lack some of the columns.
        pd = self.row.get(name)
        return None if pd is None else pd_over_term(float(pd), days, self.terms)


def score_history_of(files: Sequence[Path], firm_id: str, as_of: date) -> ScoreHistory:
    """Return a firm's score of a day with those of earlier days.

    Parameters
    ----------
    files: the workspace's score files, one per day and named after it.

    Raises
    ------
    DataError: the firm has no score of that day.
    """
    days = {date.fromisoformat(path.stem): path for path in files}
    today = _rows_of(days[as_of], firm_id) if as_of in days else []
    if not today:
        raise DataError(f"firm {firm_id} has no score as of {as_of}", remedy="run scgraph score")
    earlier = [_rows_of(days[day], firm_id, HISTORY) for day in sorted(days) if day < as_of]
    return ScoreHistory(today[0], [row for rows in earlier for row in rows])


def _rows_of(path: Path, firm_id: str, columns: Sequence[str] | None = None) -> list[Row]:
    """Return the rows of one firm in a score file: one or none."""
    # Earlier days are read for a few columns only; the files have over a hundred.
    table = read_parquet(path, None if columns is None else ["firm_id", *columns])
    rows: list[Row] = table.filter(pc.equal(table["firm_id"], firm_id)).to_pylist()
    return [row if columns is None else {name: row[name] for name in columns} for row in rows]
