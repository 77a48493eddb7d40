"""What the workspace keeps of two scored days: their runs, scores and partners, of the firms that are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from supplyrisk.cli.history import Run, rows_in, run_behind, run_in
from supplyrisk.cli.workspace import SCORES, UNDATED, kept_days, partners_file, scores_file
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import FirmDay

Row = dict[str, Any]
COLUMNS = (
    "firm_id",
    "name",
    "horizon_days",
    "pd",
    "grade",
    "state",
    "own",
    "base_pd",
    "reasons",
    "model",
    "degraded",
)


@dataclass(frozen=True)
class Kept:
    """What is kept of a scored day: its run, its scores by firm, and partners by firm (None: none were kept)."""

    day: date
    run: Run
    scores: Mapping[str, Row]
    partners: Mapping[str, list[Row]] | None

    def seen(self, firm: str) -> FirmDay:
        """One firm on this day."""
        partners = None if self.partners is None else self.partners.get(firm, [])
        return FirmDay(self.scores.get(firm), partners)

    @property
    def horizon_days(self) -> int | None:
        """Days over which its PDs are meant; None where it has no score."""
        return next((row.get("horizon_days") for row in self.scores.values()), None)


def days_around(workspace: Path, since: date, as_of: date) -> tuple[date, date]:
    """The last scored day on or before since, and the day that the graph shows.

    Raises
    ------
    DataError: there is none, or the graph's day was not scored; the days that were are listed.
    """
    found = [date.fromisoformat(p.stem) for p in kept_days(workspace / SCORES) if p.stem != UNDATED]
    listed = ", ".join(day.isoformat() for day in found) or "none"
    if as_of not in found:
        raise DataError(
            f"no scores are kept of {as_of}, which the graph shows, but of {listed}",
            remedy="run scgraph score",
        )
    before = [day for day in found if day <= min(since, as_of)]
    if not before:
        raise DataError(
            f"no scores are kept of {since} or before, but of {listed}", "a later --since", _EARLIER
        )
    return max(before), as_of


_EARLIER = "or score an earlier day: scgraph score --as-of"


def runs_on(workspace: Path, days: tuple[date, date]) -> tuple[Run, Run]:
    """Of which run the kept scores of two days are."""
    then, now = (
        run_behind(workspace, scores_file(workspace, day)) or _unknown(workspace, day) for day in days
    )
    return then, now


def kept_on(
    workspace: Path, days: tuple[date, date], runs: tuple[Run, Run], firms: Set[str] | None
) -> tuple[Kept, Kept]:
    """What is kept of two days: partners of some firms (None: of all), and scores of them and of their partners.

    Raises
    ------
    DataError: their PDs are over different horizons.
    """
    partners: list[dict[str, list[Row]] | None] = []
    for day, run in zip(days, runs, strict=True):
        path = partners_file(workspace, day)
        # Partners of another run of the day would be of other data.
        same = path.is_file() and run_in(path) == run
        partners.append(_by_firm(rows_in(path, firms)) if same else None)
    others = {row["other"] for found in partners for rows in (found or {}).values() for row in rows}
    wanted = None if firms is None else {*firms, *others}
    then, now = (
        Kept(
            day, run, {r["firm_id"]: r for r in rows_in(scores_file(workspace, day), wanted, COLUMNS)}, found
        )
        for day, run, found in zip(days, runs, partners, strict=True)
    )
    if then.scores and now.scores and then.horizon_days != now.horizon_days:
        raise DataError(
            f"PDs of {then.day} are over {then.horizon_days} days, of {now.day} over {now.horizon_days}",
            "one horizon",
            "score one of the days with the model of the other",
        )
    return then, now


def _by_firm(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["firm_id"]].append(row)
    return found


def _unknown(workspace: Path, day: date) -> Run:
    """What stands for the run of scores of which none is kept: another training than any other."""
    rows = rows_in(scores_file(workspace, day), None, ("model",))
    return Run(0, day.isoformat(), str(rows[0]["model"]) if rows else "", f"unknown, {day}", "")
