"""What a fit may know: no outcome after its last day, and of a firm that is judged, none of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from chain import END, slices, tables
from supplyrisk import gnn
from supplyrisk.gnn.baselines import boosting
from supplyrisk.gnn.baselines.boosting import TreeInputs, fit_boosted, folds_by_group
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.graph import Snapshot, build_snapshot

QUICK = gnn.TrainingSettings(
    members=1, bootstrap=5, contexts=("none",), step_days=120, least_step_days=120, device="cpu"
)
Frames = dict[str, pa.Table]


def planted(frames: Frames, day: date) -> Frames:
    """The chain with sixty more defaults on a day, of firms that were sound until then."""
    firms = build_snapshot(tables(frames), END).firms.to_pylist()
    sound = [row["firm_id"] for row in firms if not row["defaulted"]][::5][:60]
    rows = [{"firm_id": firm, "on": day, "kind": "default"} for firm in sound]
    more = pa.Table.from_pylist(rows, schema=frames["events"].schema)
    return frames | {"events": pa.concat_tables([frames["events"], more])}


def hazards(model: gnn.RiskModel, snapshot: Snapshot) -> dict[str, list[float]]:
    """Calibrated hazards by candidate."""
    parts = model.parts(snapshot).parts
    return {c: model.calibrations[c].apply(parts.hazard(c)).tolist() for c in model.candidates}


def test_no_outcome_after_the_test_date_enters_the_tested_model(frames: Frames) -> None:
    splits = slices(frames)
    assert splits.known_until is not None
    later = slices(planted(frames, splits.known_until + timedelta(days=10)))
    before = gnn.train("x", splits, QUICK)
    after = gnn.train("x", later, QUICK)
    assert before.tested is not None and after.tested is not None
    day = splits.test[0]
    assert hazards(after.tested, day) == hazards(before.tested, day)
    assert after.tested.champion == before.tested.champion
    # The deployed model learns them: sixty more defaults raise its level.
    for candidate, values in hazards(after, day).items():
        assert np.mean(values) > 1.2 * np.mean(hazards(before, day)[candidate])


def test_no_outcome_after_the_last_day_enters_the_deployed_model(frames: Frames) -> None:
    last = END - timedelta(days=90)
    models = []
    for data in (frames, planted(frames, last + timedelta(days=10))):
        splits = slices(data)
        recent = tuple(s for s in splits.recent if s.as_of is not None and s.as_of < last)
        models.append(gnn.train("x", replace(splits, recent=recent, last_day=last), QUICK))
    day = slices(frames).test[0]
    assert hazards(models[0], day) == hazards(models[1], day)


def test_a_row_out_of_fold_does_not_depend_on_the_outcomes_of_its_fold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    firm = np.repeat(np.arange(150), 3)
    x = rng.normal(size=(450, 4))
    y = (rng.random(150) < 0.25).astype(float)[firm]
    folds = folds_by_group(y, firm, 0)
    train, held_out = folds[0]
    before = fit_boosted(TreeInputs(x), RowOutcomes.of(y, firm), 0, 20).log_hazards
    # Two firms of the fold exchange their outcomes; the folds themselves stay.
    failed, sound = (int(firm[held_out][y[held_out] == outcome][0]) for outcome in (1.0, 0.0))
    exchanged = np.where(firm == failed, 0.0, np.where(firm == sound, 1.0, y))
    monkeypatch.setattr(boosting, "folds_by_group", lambda *_: folds)
    after = fit_boosted(TreeInputs(x), RowOutcomes.of(exchanged, firm), 0, 20).log_hazards
    assert after[held_out].tolist() == before[held_out].tolist()
    assert after[train].tolist() != before[train].tolist()
