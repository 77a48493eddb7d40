"""Admissions under a ceiling: by hand, and on random shops never above it, the safest first."""

from __future__ import annotations

from math import fsum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.graph.credit import AdmissionCandidate, AdmissionRow, AdmissionState, admitted_under
from supplyrisk.graph.credit.admission.admission_list import read_admission_list

ADMITTED = AdmissionState.ADMITTED


def shop(
    firm: str, pd: float | None, extra_el: float, state: AdmissionState = ADMITTED
) -> AdmissionCandidate:
    return AdmissionCandidate(firm, None, None, pd, pd, 10.0, 30.0, extra_el, state)


def summary(rows: tuple[AdmissionRow, ...]) -> list[tuple[str, str, float]]:
    return [(row.firm, row.state.value, row.total_el) for row in rows]


def test_the_safest_are_admitted_until_the_ceiling_is_reached() -> None:
    shops = [
        shop("D", 0.03, 40.0),
        shop("B", 0.02, 30.0),
        shop("A", 0.02, 30.0),
        shop("C", 0.01, 0.0, AdmissionState.NO_GAIN),
        shop("E", 0.04, 1.0),
        shop("F", None, 0.0, AdmissionState.NO_PD),
    ]
    rows = admitted_under(shops, 99.0)
    assert summary(rows) == [
        ("C", "limit not higher", 0.0),
        ("A", "admitted", 30.0),
        ("B", "admitted", 60.0),
        ("D", "ceiling reached", 60.0),
        # Its extra EL would fit, but a riskier shop takes nobody's place.
        ("E", "ceiling reached", 60.0),
        ("F", "no PD", 60.0),
    ]
    assert [row.room for row in rows] == [0, 20, 20, 0, 0, 0]
    # At the ceiling is not above it.
    assert [row.firm for row in admitted_under(shops, 100.0) if row.state is ADMITTED] == ["A", "B", "D"]
    assert all(row.state is not ADMITTED for row in admitted_under(shops, 0.0))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6), st.booleans()), max_size=30),
    st.floats(0, 1e6),
    st.randoms(use_true_random=False),
)
def test_the_sum_is_never_above_the_ceiling_and_no_riskier_shop_goes_first(
    figures: list[tuple[float, float, bool]], ceiling: float, order: object
) -> None:
    shops = [
        shop(f"S{n:02}", pd, extra, ADMITTED if gains else AdmissionState.NO_GAIN)
        for n, (pd, extra, gains) in enumerate(figures)
    ]
    rows = admitted_under(shops, ceiling)
    admitted = [row for row in rows if row.state is ADMITTED]
    refused = [row for row in rows if row.state is AdmissionState.CEILING]
    assert fsum(row.extra_el for row in admitted) <= ceiling
    assert max((row.pd or 0 for row in admitted), default=0) <= min(
        (row.pd or 0 for row in refused), default=1
    )
    # The next one would not fit.
    if refused:
        assert fsum([*(row.extra_el for row in admitted), refused[0].extra_el]) >= ceiling
    order.shuffle(shops)  # type: ignore[attr-defined]
    assert admitted_under(shops, ceiling) == rows


def test_a_list_that_cannot_be_read_says_how_to_make_one(tmp_path: Path) -> None:
    assert read_admission_list(tmp_path / "none.json") is None
    (tmp_path / "list.json").write_text("{}")
    with pytest.raises(DataError, match=r"cannot be read.*scgraph admissions --apply"):
        read_admission_list(tmp_path / "list.json")
