"""What the workspace stores of two scored days: their runs, and the scores and partners of some firms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.credit.alerts import FirmDay
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.day_score import DayPartner, DayScore
from supplyrisk.graph.workspace.score_runs import ScoreRun, read_rows, run_noted_in
from supplyrisk.graph.workspace.workspace import Workspace

PartnersByFirm = Mapping[str, list[DayPartner]]
_COLUMNS = (
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
class ScoredDay:
    """A scored day: its run, its scores by firm, and trading partners by firm (None: none are stored)."""

    day: date
    run: ScoreRun
    scores: Mapping[str, DayScore]
    partners: PartnersByFirm | None

    def firm(self, firm_id: str) -> FirmDay:
        """One firm on this day."""
        partners = None if self.partners is None else self.partners.get(firm_id, [])
        return FirmDay(self.scores.get(firm_id), partners)

    @property
    def horizon_days(self) -> int | None:
        """Days over which its PDs are meant; None where it has no score."""
        return next((score.horizon_days for score in self.scores.values()), None)


def days_to_compare(workspace: Workspace, since: date, as_of: date) -> tuple[date, date]:
    """The last scored day on or before `since`, and `as_of`, the day that the graph shows.

    Raises
    ------
    DataError: there is no such day, or `as_of` was not scored; the message lists the scored days.
    """
    scored = [day for day in workspace.scored_days() if day is not None]
    listed = ", ".join(day.isoformat() for day in scored) or "none"
    if as_of not in scored:
        raise DataError(
            f"no scores are stored for {as_of}, the day of the graph; scored days: {listed}",
            remedy="run scgraph score",
        )
    # A date after the day of the graph compares that day with itself: nothing changed.
    earlier = [day for day in scored if day <= min(since, as_of)]
    if not earlier:
        raise DataError(
            f"no scores are stored for {since} or before; scored days: {listed}",
            "a later --since",
            "or score an earlier day: scgraph score --as-of",
        )
    return max(earlier), as_of


def read_scored_days(
    workspace: Workspace, since: date, as_of: date, firms: Set[str] | None = None
) -> tuple[ScoredDay, ScoredDay]:
    """The two days of `days_to_compare` with the partners of some firms, and the scores of them and their partners.

    firms: ids; None: all firms.

    Raises
    ------
    DataError: as `days_to_compare`; the scores of as_of are of other data than those loaded; the PDs of the two days
    are over different horizons.
    """
    days = days_to_compare(workspace, since, as_of)
    runs = [run_of_day(workspace, day) for day in days]
    if runs[1].data != workspace.info().content_hash:
        raise DataError(
            f"the stored scores of {as_of} are of other data",
            "scores of the data that are loaded",
            "run scgraph score again",
        )
    partners = [_read_partners(workspace, day, run, firms) for day, run in zip(days, runs, strict=True)]
    # Alerts on neighbours need the scores of the partners of either day.
    partner_ids = {partner.other for day in partners for listed in (day or {}).values() for partner in listed}
    scored_ids = None if firms is None else {*firms, *partner_ids}
    then, now = (
        ScoredDay(day, run, _read_scores(workspace, day, scored_ids), by_firm)
        for day, run, by_firm in zip(days, runs, partners, strict=True)
    )
    if then.scores and now.scores and then.horizon_days != now.horizon_days:
        raise DataError(
            f"PDs of {then.day} are over {then.horizon_days} days, PDs of {now.day} over {now.horizon_days} days",
            "one horizon",
            "score one of the days with the model of the other",
        )
    return then, now


def run_of_day(workspace: Workspace, day: date) -> ScoreRun:
    """The run that the stored scores of a day are from.

    Where none is known, a run that differs from every other: changes are then not attributed to the data alone.
    """
    path = workspace.layout.scores_file(day)
    run = workspace.score_runs().behind(path)
    if run is not None:
        return run
    rows = read_rows(path, columns=("model",))
    model = str(rows[0]["model"]) if rows else ""
    # A digest with the day in it equals no real one, nor that of another day without a run.
    return ScoreRun(0, day.isoformat(), model, f"unknown, {day}", "")


def _read_partners(
    workspace: Workspace, day: date, run: ScoreRun, firms: Set[str] | None
) -> PartnersByFirm | None:
    """Partners by firm; None where none are stored, or those of another run of the day, which has other data."""
    path = workspace.layout.partners_file(day)
    if not path.is_file() or run_noted_in(path) != run:
        return None
    by_firm: dict[str, list[DayPartner]] = defaultdict(list)
    for row in read_rows(path, firms):
        by_firm[row["firm_id"]].append(DayPartner(row["other"], row["side"], row["share"]))
    return by_firm


def _read_scores(workspace: Workspace, day: date, firms: Set[str] | None) -> dict[str, DayScore]:
    rows = read_rows(workspace.layout.scores_file(day), firms, _COLUMNS)
    return {row["firm_id"]: DayScore.of_row(row) for row in rows}
