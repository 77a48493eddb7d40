"""Why a firm's score changed from one run to the next: its own data, its neighbours, the model, or unseparated."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.alerts import CAUSES, DATA, MODEL, NEIGHBOUR, UNSEPARATED, main_cause
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.score_runs import SCORE_COLUMNS, ScoreRun, ScoreRuns

CAUSE_COLUMNS = {f"moved_by_{cause}": cause for cause in CAUSES}
_TEXTS = dict.fromkeys(("grade_before", "before_as_of", "moved_by"), pa.string())
CHANGE_SCHEMA = pa.schema({"pd_before": pa.float64(), **_TEXTS, **dict.fromkeys(CAUSE_COLUMNS, pa.float64())})
_SAME_HAZARD = 1e-12
"""Below this change of hazard, its ratio to the change of PD is taken from the derivative."""


@dataclass(frozen=True)
class FirmScore:
    """A firm's stored score and the run that it is from."""

    run: ScoreRun
    score: DayScore


@dataclass(frozen=True)
class ScoreStep(FirmScore):
    """A firm's score of a day, and the change of its PD since the scored day before by cause.

    causes: empty for the first day, and where the firm was not scored on one of the two days, or their PDs are over
    different horizons.
    """

    causes: Mapping[str, float] = field(default_factory=dict)

    @property
    def change(self) -> float | None:
        """The sum of the causes; None where there are none."""
        return math.fsum(self.causes.values()) if self.causes else None

    def to_json(self) -> dict[str, object]:
        """Run, score, change and causes in one object."""
        score = {column: getattr(self.score, column) for column in SCORE_COLUMNS}
        # The causes `data` and `model` replace the run's data and model: readers of the document rely on these keys.
        return {**asdict(self.run), **score, "change": self.change, **dict.fromkeys(CAUSES), **self.causes}


def trajectory(score_runs: ScoreRuns, firm: str) -> list[ScoreStep]:
    """A firm's score on every scored day, by the last run of that day, and the cause of each change."""
    known = score_runs.runs()
    last = {run.as_of: run for run in known}
    path: list[ScoreStep] = []
    for run in sorted(last.values(), key=lambda r: (r.as_of or "", r.number)):
        score = score_runs.scores(run, [firm]).get(firm)
        if score is None:
            continue
        causes: Mapping[str, float] = {}
        before = path[-1] if path else None
        if before is not None and before.run.comparable(run) and None not in (score.pd, before.score.pd):
            bridge = bridge_run(known, before.run, run)
            between = None if bridge is None else score_runs.scores(bridge, [firm]).get(firm)
            causes = change_by_cause(before, FirmScore(run, score), between)
        path.append(ScoreStep(run, score, causes))
    return path


def bridge_run(known: Sequence[ScoreRun], old: ScoreRun, new: ScoreRun) -> ScoreRun | None:
    """The run by which the old scorer scored the new day's data; None where there is none."""
    runs = [r for r in known if (r.as_of, r.data, r.scorer) == (new.as_of, new.data, old.scorer)]
    return runs[-1] if runs else None


def bridge_rows(
    score_runs: ScoreRuns, old: ScoreRun, new: ScoreRun, firms: Collection[str] | None = None
) -> dict[str, DayScore]:
    """By firm the old scorer's score of the new day's data; empty where one scorer scored both, or none did."""
    bridge = None if old.scorer == new.scorer else bridge_run(score_runs.runs(), old, new)
    return {} if bridge is None else score_runs.scores(bridge, firms)


def change_by_cause(old: FirmScore, new: FirmScore, bridge: DayScore | None = None) -> dict[str, float]:
    """The change of PD from one run to the next by cause; the parts sum to it. Both scores have a PD.

    bridge: the old scorer's score of the new run's data. Without it, a change of model and data at once is
    unseparated.
    """
    # Changes are attributed along old scorer and data -> old scorer, new data -> new scorer and data.
    causes = dict.fromkeys(CAUSES, 0.0)
    if old.run.scorer == new.run.scorer:
        return causes | change_by_data(old.score, new.score)
    if (old.run.as_of, old.run.data) == (new.run.as_of, new.run.data):
        return causes | {MODEL: pd_change(old.score, new.score)}
    if bridge is None or bridge.pd is None:
        return causes | {UNSEPARATED: pd_change(old.score, new.score)}
    return causes | change_by_data(old.score, bridge) | {MODEL: pd_change(bridge, new.score)}


def pd_change(old: DayScore, new: DayScore) -> float:
    """The change of PD between two scores.

    Raises
    ------
    ValueError: one of them has no PD.
    """
    return _known(new.pd) - _known(old.pd)


def change_by_data(old: DayScore, new: DayScore) -> dict[str, float]:
    """One scorer's change of PD in two parts: data, from the firm's own columns, and neighbour, the rest.

    The own hazard is the network's, or where a baseline scored, that of the own-columns baseline. The parts of the
    hazard share the change of PD in proportion, so that they sum to it.
    """
    # Hazards add up, PDs do not: h = -log(1 - PD).
    total = [-math.log1p(-_known(score.pd)) for score in (old, new)]
    own = [-math.log1p(-_known(score.base_pd)) if score.own is None else score.own for score in (old, new)]
    from_own = own[1] - own[0]
    from_neighbours = (total[1] - own[1]) - (total[0] - own[0])
    change = total[1] - total[0]
    # dPD/dh = exp(-h) where the hazard did not move but its parts may have
    pd_per_hazard = pd_change(old, new) / change if abs(change) > _SAME_HAZARD else math.exp(-total[0])
    return {DATA: from_own * pd_per_hazard, NEIGHBOUR: from_neighbours * pd_per_hazard}


def _known(pd: float | None) -> float:
    if pd is None:
        raise ValueError("a score without a PD, expected one on both days")
    return pd


def with_score_changes(
    properties: pa.Table, score_runs: ScoreRuns, firms: pa.Table, run: ScoreRun | None
) -> pa.Table:
    """Properties of the scored firms with the columns of `score_changes`."""
    changes = score_changes(score_runs, firms, run)
    if changes is None:
        return properties
    rows = pc.index_in(properties["firm_id"], value_set=firms["firm_id"])
    for name in changes.column_names:
        properties = properties.append_column(name, changes[name].take(rows))
    return properties


def score_changes(score_runs: ScoreRuns, firms: pa.Table, run: ScoreRun | None) -> pa.Table | None:
    """Changes of all scores since the last earlier scored day: the last step of `trajectory` for every firm.

    Parameters
    ----------
    firms: scores of one day, as `score` stores them.
    run: their run; None where it is unknown, and with it the causes of any change.

    Returns
    -------
    A row per row of `firms`: pd_before, grade_before and before_as_of by the last run of the earlier day (null for a
    firm without a PD then); moved_by_<cause>, which sum to pd - pd_before, and moved_by, the largest of the causes in
    the direction of the change (null where either PD is, or nothing changed). None where no earlier day is stored, or
    its PDs are over another horizon.
    """
    if run is None or run.as_of is None:
        return None
    last = {known.as_of: known for known in score_runs.runs() if known.as_of and known.as_of < run.as_of}
    old = last[max(last)] if last else None
    if old is None or not old.comparable(run):
        return None
    before = score_runs.scores(old)
    bridges = bridge_rows(score_runs, old, run)
    rows = []
    for row in firms.select(list(SCORE_COLUMNS)).to_pylist():
        firm = row["firm_id"]
        rows.append(
            _change_row(old, before.get(firm), FirmScore(run, DayScore.of_row(row)), bridges.get(firm))
        )
    return pa.Table.from_pylist(rows, CHANGE_SCHEMA)


def _change_row(
    old_run: ScoreRun, before: DayScore | None, new: FirmScore, bridge: DayScore | None
) -> dict[str, object]:
    """One firm's row; empty where it had no PD on the earlier day."""
    if before is None or before.pd is None:
        return {}
    earlier: dict[str, object] = {
        "pd_before": before.pd,
        "grade_before": before.grade,
        "before_as_of": old_run.as_of,
    }
    if new.score.pd is None:
        return earlier
    parts = change_by_cause(FirmScore(old_run, before), new, bridge)
    by_column = {column: parts[cause] for column, cause in CAUSE_COLUMNS.items()}
    return earlier | {"moved_by": main_cause(parts)} | by_column
