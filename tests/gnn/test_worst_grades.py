"""The worst grade that the evidence allows: hand-worked bounds, order, and the shipped table."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from supplyrisk import gnn
from supplyrisk.gnn.grades import BOUNDS, GRADES, grades
from supplyrisk.gnn.worst_grades import ScorerBounds, shipped_bounds, worst_grades
from supplyrisk.graph import EVIDENCE_CLASSES, EVIDENCE_LABELS, FULL_EVIDENCE, Snapshot

BASE = 0.02


def scorer(**changes: object) -> ScorerBounds:
    content = {
        "knots": [-1.0, 1.0],
        "level": [0.4, 0.0],
        "allowance": {FULL_EVIDENCE: 0.0, "year-statement": 0.1, "months": 0.5},
    }
    return ScorerBounds.model_validate(content | changes)


def test_a_bound_by_hand() -> None:
    # x = log(h / base): at -1 the level is .4, half way .2, at and beyond 1 it is 0
    hazard = BASE * np.exp([-2.0, -1.0, 0.0, 1.0, 2.0])
    ratio = np.log(scorer().bound(hazard, BASE, [FULL_EVIDENCE] * 5, rounded=False) / hazard)
    assert ratio == pytest.approx([0.4, 0.4, 0.2, 0.0, 0.0])
    labels = [FULL_EVIDENCE, "year-statement", "months", "year", None]
    ratio = np.log(scorer().bound(np.full(5, BASE), BASE, labels, rounded=False) / BASE)
    assert ratio[:3] == pytest.approx([0.2, 0.3, 0.7])
    assert np.isnan(ratio[3:]).all()
    lowered = scorer(rounding=-0.3).bound(np.full(1, BASE), BASE, [FULL_EVIDENCE], rounded=True)
    assert np.log(lowered / BASE) == pytest.approx([-0.1])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"knots": [1.0, -1.0]}, "knots that increase"),
        ({"level": [0.4]}, "as many levels as knots"),
        ({"level": [2.1, 0.0]}, "increases with the hazard"),
        ({"allowance": {"year": 0.2, "months": 0.1}}, "no lower allowance for months than for year"),
        ({"allowance": {"decade": 0.2}}, "no class of evidence is called decade"),
        ({"rounding": 0.1}, "less than or equal to 0"),
    ],
)
def test_a_table_that_rewards_risk_or_ignorance_is_refused(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        scorer(**changes)


def stated(hazard: np.ndarray, label: str | None, name: str = "network") -> list[str | None]:
    worst: list[str | None] = worst_grades(name, hazard, BASE, [label] * len(hazard), BOUNDS).to_pylist()
    return worst


def place(worst: str | None) -> int:
    """The place of a worst grade, where none is stated that of the last grade."""
    return len(GRADES) - 1 if worst is None else GRADES.index(worst)


@pytest.mark.parametrize("name", list(shipped_bounds().scorers))
def test_the_worst_grade_never_improves_with_risk_or_with_less_evidence(name: str) -> None:
    hazard = np.geomspace(1e-5, 3, 400)
    own = [GRADES.index(g) for g in grades(-np.expm1(-hazard), BOUNDS)]
    by_label = {label: [place(w) for w in stated(hazard, label, name)] for label in EVIDENCE_LABELS}
    for label, worst in by_label.items():
        assert worst == sorted(worst), label
        assert all(w >= g for w, g in zip(worst, own, strict=True)), label
    for better, worse in product(EVIDENCE_CLASSES, repeat=2):
        if better.includes(worse):
            pairs = zip(by_label[better.label], by_label[worse.label], strict=True)
            assert all(a <= b for a, b in pairs), (better, worse)


def test_nothing_is_stated_without_a_class_a_measurement_or_a_grade_that_excludes_something() -> None:
    hazard = np.array([0.001, 0.01, 0.1])
    assert stated(hazard, None) == [None] * 3
    assert stated(hazard, FULL_EVIDENCE, "counts-only") == [None] * 3
    assert stated(np.array([2.0]), FULL_EVIDENCE) == [None]
    assert None not in stated(hazard[:2], FULL_EVIDENCE)


def test_other_bounds_of_grades_take_the_bound_itself() -> None:
    # the last bound is moved by a hair: only the rounding differs, which lowers the bound
    others = (*BOUNDS[:-1], BOUNDS[-1] * 1.0001)
    hazard = np.geomspace(1e-4, 0.1, 200)
    labels = [FULL_EVIDENCE] * len(hazard)
    shipped, wider = (worst_grades("network", hazard, BASE, labels, b).to_pylist() for b in (BOUNDS, others))
    pairs = [(place(a), place(b)) for a, b in zip(shipped, wider, strict=True)]
    assert all(a <= b for a, b in pairs)
    assert any(a < b for a, b in pairs)


def test_a_firm_with_no_hazard_is_bounded_by_the_best_grade() -> None:
    assert stated(np.zeros(1), FULL_EVIDENCE) == ["A"]


def test_scores_state_it_with_the_class_of_evidence(model: gnn.RiskModel, now: Snapshot) -> None:
    for candidate in gnn.CANDIDATES:
        rows = gnn.score(model, now, use=candidate).firms.to_pylist()
        rate = model.calibrations[candidate].base_rate
        assert rate is not None
        for row in rows:
            assert row["worst_grade"] is None or row["grade"] is not None
            assert row["evidence"] is None or row["pd"] is not None
        scored = [row for row in rows if row["grade"] is not None]
        hazard = -np.log1p(-np.array([row["pd"] for row in scored]))
        labels = [row["evidence"] for row in scored]
        expected = worst_grades(candidate, hazard, -np.log1p(-rate), labels, BOUNDS).to_pylist()
        assert [row["worst_grade"] for row in scored] == expected
        assert any(expected)
