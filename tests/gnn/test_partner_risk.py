"""Columns about partners: by hand, against a slow version, in any order, and never from the future."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from handmade import AS_OF, Row, event, firms, shipment, tables_of, trade
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.neighbourhood import FAMILIES, FeatureBlock, Neighbours
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.gnn.data.partner_risk import (
    DECAY_DAYS,
    TIERS,
    fading,
    failure_columns,
    two_tier_exposures,
    two_tiers,
)
from supplyrisk.graph import build_snapshot

Matrix = NDArray[np.float64]

# M sells to S and T; S and T sell to C; C sells to R. Of what C buys, S has a quarter; of what S sells, C has all.
TRADES = [
    trade("M", "S", 50, 30),
    trade("M", "T", 50, 10),
    trade("S", "C", 40, 10),
    trade("T", "C", 40, 30),
    trade("C", "R", 30, 8),
]
IDS = "CMRST"


def graph_of(events: list[Row], trades: list[Row] = TRADES, shipments: list[Row] | None = None) -> PanelGraph:
    """The five firms; C and T are of one industry, so their cell has two firms."""
    rows = [r for f in IDS for r in firms(f, industry="steel" if f in "CT" else f"other {f}", employees=3)]
    tables = tables_of(firms=rows, supplies=trades, events=events, shipments=shipments or [])
    snapshot = build_snapshot(tables, AS_OF)
    return panel_graph_of(snapshot, Encoder.fit([snapshot]))


def by_firm(block: FeatureBlock) -> Callable[[str, str], float]:
    """A column's value of a firm."""
    return lambda firm, name: float(block.values[IDS.index(firm), block.names.index(name)])


def test_failures_fade_with_time_and_count_by_dependence() -> None:
    graph = graph_of(
        [event("T", 45, "default"), event("M", 360, "default"), event("R", 0, "bankruptcy")],
        shipments=[shipment("R", None, "S", 20, 1)],
    )
    assert graph.days_in_default.tolist() == pytest.approx([np.nan, 360, 0, np.nan, 45], nan_ok=True)
    value = by_firm(failure_columns(graph.neighbours, graph.days_in_default))
    assert value("C", "failed_90:upstream") == pytest.approx(exp(-0.5))
    assert value("C", "failed_360:upstream") == pytest.approx(exp(-0.125))
    # C depends on T for three quarters of its purchases, and on R for all of its sales
    assert value("C", "failed_share_90:upstream") == pytest.approx(0.75 * exp(-0.5))
    assert value("C", "failed_share_360:downstream") == pytest.approx(1.0)
    # M, a supplier of both of C's suppliers, failed 360 days ago
    assert value("C", "failed_share_360:second_upstream") == pytest.approx(exp(-1))
    assert value("S", "failed_360:upstream") == pytest.approx(exp(-1))
    # S sells to C, which sells to R
    assert value("S", "failed_share_90:second_downstream") == pytest.approx(1.0)
    # its carrier is R
    assert value("S", "failed_90:carriers") == value("S", "failed_share_90:carriers") == 1.0
    assert value("C", "failed_90:related") == 0.0


def test_exposures_over_two_tiers() -> None:
    graph = graph_of([event("M", 10, "default")])
    pd = np.array([0.1, 0.2, 0.3, 0.4, 0.5])  # C M R S T
    block = two_tier_exposures(graph.neighbours, np.log(-np.log1p(-pd)), graph.defaulted)
    value = by_firm(block)
    # M is in default: C reaches it over S with 1/4 x 1, and over T with 3/4 x 1
    assert value("C", "score:exposure:second_upstream") == pytest.approx(1.0)
    # R's only supplier is C, whose suppliers are S (1/4) and T (3/4)
    assert value("R", "score:exposure:second_upstream") == pytest.approx(0.25 * 0.4 + 0.75 * 0.5)
    # M sells 3/4 to S and 1/4 to T, which sell all to C
    assert value("M", "score:exposure:second_downstream") == pytest.approx(0.1)
    assert value("S", "score:exposure:second_upstream") == 0.0


def test_a_path_back_to_the_firm_does_not_count() -> None:
    # C also sells to S, so C is a supplier of its own supplier.
    graph = graph_of([], [*TRADES, trade("C", "S", 20, 30)])
    alone = np.full(5, -50.0)
    alone[IDS.index("C")] = 0.0
    block = two_tier_exposures(graph.neighbours, alone, graph.defaulted)
    assert by_firm(block)("C", "score:exposure:second_upstream") == pytest.approx(0.0, abs=1e-15)
    assert by_firm(block)("R", "score:exposure:second_upstream") == pytest.approx(0.0, abs=1e-15)
    # S buys half from C, C buys nothing from itself; T's customer is C, which sells to S and R
    assert by_firm(block)("T", "score:exposure:second_downstream") == pytest.approx(0.0, abs=1e-15)


def test_a_default_after_the_day_changes_nothing() -> None:
    before = all_columns(graph_of([event("T", 45, "default")]))
    after = all_columns(
        graph_of([event("T", 45, "default"), event("S", -1, "default"), event("R", -90, "default")])
    )
    on_the_day = all_columns(graph_of([event("T", 45, "default"), event("S", 0, "default")]))
    assert before.names == after.names == on_the_day.names
    assert np.array_equal(before.values, after.values, equal_nan=True)
    assert not np.array_equal(before.values, on_the_day.values, equal_nan=True)


def all_columns(graph: PanelGraph) -> FeatureBlock:
    """Every column of the module, by a fixed own score."""
    score = np.linspace(-4, -1, graph.firms)
    blocks = [
        failure_columns(graph.neighbours, graph.days_in_default),
        two_tier_exposures(graph.neighbours, score, graph.defaulted),
    ]
    return FeatureBlock(tuple(n for b in blocks for n in b.names), np.hstack([b.values for b in blocks]))


@dataclass(frozen=True)
class RandomCase:
    """A random graph as dense matrices, and values of its firms."""

    weight: Mapping[str, Matrix]
    binary: Mapping[str, Matrix]
    days: Matrix
    score: Matrix

    @property
    def near(self) -> Neighbours:
        """The same graph as sparse matrices."""
        return Neighbours(
            {f: sp.csr_array(m) for f, m in self.binary.items()},
            {f: sp.csr_array(m) for f, m in self.weight.items()},
            FeatureBlock((), np.empty((len(self.days), 0))),
        )

    def columns(self) -> FeatureBlock:
        """Every column of the module."""
        blocks = [
            failure_columns(self.near, self.days),
            two_tier_exposures(self.near, self.score, ~np.isnan(self.days)),
        ]
        return FeatureBlock(tuple(n for b in blocks for n in b.names), np.hstack([b.values for b in blocks]))

    def reordered(self, order: NDArray[np.int64]) -> RandomCase:
        """The same firms in another order."""
        square = np.ix_(order, order)
        return RandomCase(
            {f: m[square] for f, m in self.weight.items()},
            {f: m[square] for f, m in self.binary.items()},
            self.days[order],
            self.score[order],
        )


@st.composite
def cases(draw: st.DrawFn) -> RandomCase:
    """Up to seven firms, some in default, with links at random and values that are partly missing."""
    size = draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))

    def linked() -> Matrix:
        links = (rng.random((size, size)) < 0.4).astype(float)
        np.fill_diagonal(links, 0)
        return links

    binary = {f: linked() for f in FAMILIES}
    weight = {f: binary[f] * rng.random((size, size)) for f in ("upstream", "downstream", "carriers")}
    days = np.where(rng.random(size) < 0.5, rng.integers(0, 800, size).astype(float), np.nan)
    return RandomCase(weight, binary, days, rng.normal(-3, 1, size))


@given(cases())
def test_equal_to_the_slow_version(case: RandomCase) -> None:
    size = len(case.days)
    block = case.columns()
    for i in range(size):
        expected = slow_row(case, i)
        assert set(expected) == set(block.names)
        found = dict(zip(block.names, block.values[i].tolist(), strict=True))
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), name


def slow_row(case: RandomCase, i: int) -> dict[str, float]:
    """All columns of one firm, neighbour by neighbour and path by path."""
    others = [j for j in range(len(case.days)) if j != i]
    failed = {j: case.days[j] for j in range(len(case.days)) if not np.isnan(case.days[j])}
    pd = [1.0 if j in failed else 1 - exp(-exp(case.score[j])) for j in range(len(case.days))]
    row: dict[str, float] = {}
    for days in DECAY_DAYS:
        for family, links in case.binary.items():
            row[f"failed_{days}:{family}"] = sum(exp(-d / days) for j, d in failed.items() if links[i, j])
        for family, weights in case.weight.items():
            row[f"failed_share_{days}:{family}"] = sum(
                weights[i, j] * exp(-d / days) for j, d in failed.items()
            )
        for tier, family in TIERS.items():
            row[f"failed_share_{days}:{tier}"] = sum(
                case.weight[family][i, k] * case.weight[family][k, j] * exp(-failed[j] / days)
                for k in others
                for j in others
                if j in failed
            )
    for tier, family in TIERS.items():
        row[f"score:exposure:{tier}"] = sum(
            case.weight[family][i, k] * case.weight[family][k, j] * pd[j] for k in others for j in others
        )
    return row


@given(cases(), st.integers(0, 1000))
def test_the_order_of_the_firms_does_not_matter(case: RandomCase, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(case.days))
    assert case.reordered(order).columns().values == pytest.approx(
        case.columns().values[order], rel=1e-9, abs=1e-12, nan_ok=True
    )


def test_fading_is_one_on_the_day_and_zero_without_a_default() -> None:
    assert fading(np.array([0.0, 90.0, np.nan]), 90).tolist() == pytest.approx([1.0, exp(-1), 0.0])


def test_two_tiers_need_no_squared_matrix() -> None:
    # A star: the squared matrix would have a million entries, and the sum is the same for every leaf.
    leaves = 1000
    hub = sp.csr_array(
        (np.full(leaves, 1.0), (np.zeros(leaves, int), np.arange(1, leaves + 1))), (leaves + 1,) * 2
    )
    star = sp.csr_array(hub + hub.T)
    values = np.arange(leaves + 1.0)
    total = values[1:].sum()
    assert two_tiers(star, values)[1:] == pytest.approx(total - values[1:])
    assert two_tiers(star, values)[0] == 0.0
