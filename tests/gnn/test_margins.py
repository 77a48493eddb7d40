"""Margins for missing data: what a grade assumes of a source that a firm lacks."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import tables
from supplyrisk import gnn
from supplyrisk.gnn.grades import BOUNDS, grade
from supplyrisk.gnn.margin_fitting import with_margins
from supplyrisk.gnn.margins import FirmMargins, ModelMargins, SourceMargin
from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema.source_coverage import main_role
from supplyrisk.graph.snapshot.margin_sources import ABSENT, MARGIN_SOURCES, STALE

SOURCES = tuple(source.name for source in MARGIN_SOURCES)
STATES = ("", *dict.fromkeys(state for source in MARGIN_SOURCES for state in source.states))
ROLES = ("merchant", "supplier")
MARGINS = ModelMargins(
    "2025-06-30",
    0.05,
    (
        SourceMargin("merchant", "activity", ABSENT, 2.0, 100),
        SourceMargin("merchant", "statements", ABSENT, 1.5, 90),
        SourceMargin("merchant", "statements", STALE, 3.0, 90),
        SourceMargin("supplier", "statements", ABSENT, 4.0, 80),
    ),
)
ratios = st.floats(1, 20)
some_margins = st.lists(
    st.builds(
        SourceMargin,
        role=st.sampled_from(ROLES),
        source=st.sampled_from(SOURCES),
        state=st.sampled_from(STATES[1:]),
        ratio=ratios,
        firms=st.just(50),
    ),
    unique_by=lambda margin: (margin.role, margin.source, margin.state),
    max_size=12,
)


def firms(roles: list[str], **states: list[str]) -> FirmMargins:
    """The margins of firms with these states; the other sources are current."""
    current = [""] * len(roles)
    return MARGINS.by_states(roles, {source: states.get(source, current) for source in SOURCES})


def test_margins_multiply_and_the_largest_is_named_first() -> None:
    result = firms(
        ["merchant", "merchant", "merchant", "supplier", "logistics"],
        activity=["", ABSENT, ABSENT, ABSENT, ABSENT],
        statements=["", ABSENT, STALE, ABSENT, ABSENT],
    )
    # The supplier's activity is not usual, and nothing was measured of carriers.
    assert result.factor.tolist() == [1.0, 3.0, 6.0, 4.0, 1.0]
    assert result.reasons == (
        (),
        ("activity_absent", "statements_absent"),
        ("statements_stale", "activity_absent"),
        ("statements_absent",),
        (),
    )


@given(some_margins, st.sampled_from(ROLES), st.lists(st.sampled_from(STATES), min_size=6, max_size=6))
def test_a_source_that_is_no_longer_current_never_lowers_the_hazard_of_a_grade(
    entries: list[SourceMargin], role: str, states: list[str]
) -> None:
    margins = ModelMargins("2025-06-30", 0.05, tuple(entries))
    known = dict(zip(SOURCES, ([state] for state in states), strict=True))
    factor = margins.by_states([role], known).factor[0]
    current = margins.by_states([role], {source: [""] for source in SOURCES})
    assert (current.factor.tolist(), current.reasons) == ([1.0], ((),))
    for source in SOURCES:
        # What the other sources show stays the same.
        assert factor >= margins.by_states([role], known | {source: [""]}).factor[0]


@pytest.mark.parametrize("ratio", [0.99, float("nan"), float("inf")])
def test_a_margin_below_one_or_without_end_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        SourceMargin("merchant", "loans", ABSENT, ratio, 50)


def test_margins_are_stored_with_the_model_and_older_models_have_none(
    model: gnn.RiskModel, tmp_path: Path
) -> None:
    assert model.margins == {}
    gnn.save(replace(model, margins={"network": MARGINS}), tmp_path / "m")
    assert gnn.load(tmp_path / "m").margins == {"network": MARGINS}
    stored = tmp_path / "m" / "model.json"
    text = stored.read_text(encoding="utf-8")
    start = text.index(' "margins": ')
    stored.write_text(text[:start] + text[text.index(' "card": ') :], encoding="utf-8")
    assert gnn.load(tmp_path / "m").margins == {}
    assert ModelMargins.from_json(asdict(MARGINS)) == MARGINS


def test_grades_points_and_worst_grades_rest_on_the_margin_and_pds_do_not(
    model: gnn.RiskModel, now: Snapshot
) -> None:
    plain = {row["firm_id"]: row for row in gnn.score(model, now).firms.to_pylist()}
    both = tuple(SourceMargin(role, "statements", ABSENT, 4.0, 50) for role in ROLES)
    margins = {model.champion: ModelMargins("2025-06-30", 0.05, both)}
    rows = gnn.score(replace(model, margins=margins), now).firms.to_pylist()
    graded = [row for row in rows if row["grade"] is not None]
    for row in rows:
        before = plain[row["firm_id"]]
        assert (row["pd"], row["state"]) == (before["pd"], before["state"])
    for row in graded:
        before = plain[row["firm_id"]]
        lacking = row["statements_ago"] is None and main_role(row["roles"]) in ROLES
        assert (row["margin"], row["margin_for"]) == ((4.0, "statements_absent") if lacking else (1.0, None))
        assert row["graded_pd"] == pytest.approx(1 - (1 - row["pd"]) ** row["margin"])
        assert row["grade"] == grade(row["graded_pd"], BOUNDS)
        assert row["pd_grade"] == before["grade"]
        assert row["points"] == pytest.approx(gnn.points(row["graded_pd"]))
        assert row["worst_grade"] is None or row["worst_grade"] >= row["grade"]
    assert any(row["grade"] > row["pd_grade"] for row in graded)
    assert all(row["margin"] is None for row in rows if row["grade"] is None)


def test_margins_are_measured_for_every_candidate_and_only_of_usual_sources(
    model: gnn.RiskModel, frames: dict[str, pa.Table]
) -> None:
    measured = with_margins(model, tables(frames), seed=3)
    margins = measured.margins[model.champion].margins
    assert set(measured.margins) == set(model.candidates)
    assert margins
    by_source = {(margin.role, margin.source) for margin in margins}
    # Only merchants have activity in this world.
    assert {role for role, source in by_source if source == "activity"} <= {"merchant"}
    assert measured.card["margins"] == asdict(measured.margins[model.champion])


def test_too_few_firms_have_no_margins(model: gnn.RiskModel, frames: dict[str, pa.Table]) -> None:
    few = {**frames, "firms": frames["firms"].slice(0, 150)}
    assert with_margins(model, tables(few), seed=3).margins == {}
