"""The figures that a world is compared by, worked out by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from supplyrisk.loaders.synthetic.network_structure import (
    NetworkStructure,
    default_correlation,
    network_structure,
)

# 0 -> 1, 1 -> 0, 1 -> 2, 2 -> 0, 2 -> 3: a triangle with a link back, and a tail
ENDS = np.array([[0, 1], [1, 0], [1, 2], [2, 0], [2, 3]])


def test_a_triangle_with_a_tail() -> None:
    """Neighbours 2, 2, 3, 1: pairs of them 2 + 2 + 6 + 0 in both orders, of which the triangle closes 6."""
    found = network_structure(ENDS[:, 0], ENDS[:, 1], np.full(4, np.nan))
    assert found.mean_degree == 5 / 4
    assert found.reciprocity == pytest.approx(2 / 5)
    assert found.clustering == pytest.approx(6 / 10)
    assert found.elasticity is None
    graph = nx.Graph(ENDS.tolist())
    assert found.assortativity == pytest.approx(nx.degree_assortativity_coefficient(graph))


def test_clustering_and_reciprocity_are_those_of_another_library() -> None:
    graph = nx.gnp_random_graph(60, 0.08, seed=4, directed=True)
    ends = np.array(graph.edges)
    found = network_structure(ends[:, 0], ends[:, 1], np.full(60, np.nan))
    assert found.clustering == pytest.approx(nx.transitivity(graph.to_undirected()))
    assert found.reciprocity == pytest.approx(nx.overall_reciprocity(graph))


def test_twice_the_revenue_twice_the_customers_is_an_elasticity_of_one() -> None:
    ends = np.array([[0, 4], [1, 4], [1, 5], [2, 4], [2, 5], [2, 6], [2, 7]])
    revenue = np.array([10.0, 20.0, 40.0, np.nan, np.nan, 0.0, 1.0, 1.0])
    assert network_structure(ends[:, 0], ends[:, 1], revenue).elasticity == pytest.approx(1.0)


def test_without_links_nothing_is_defined() -> None:
    none = np.zeros(0, np.int64)
    assert network_structure(none, none, np.ones(3)) == NetworkStructure(0.0, None, None, None, None)


def test_the_correlation_of_defaults_by_hand() -> None:
    """Two groups of two: both fail, nobody fails. Rate 1/2, joint 1/2: (1/2 - 1/4) / (1/2 - 1/4) = 1."""
    assert default_correlation([(2, 2), (2, 0)]) == pytest.approx(1.0)
    # one of two in each: joint 0, (0 - 1/4) / (1/4) = -1
    assert default_correlation([(2, 1), (2, 1)]) == pytest.approx(-1.0)
    assert default_correlation([(5, 0), (3, 0)]) is None
    assert default_correlation([]) is None


def test_independent_defaults_have_no_correlation_whatever_the_sizes_of_groups() -> None:
    rng = np.random.default_rng(0)
    firms = rng.integers(2, 400, 4000)
    failed = rng.binomial(firms, 0.03)
    assert default_correlation(list(zip(firms.tolist(), failed.tolist(), strict=True))) == pytest.approx(
        0, abs=5e-4
    )
    # rates that differ by group: their variance over p (1 - p), (.02 ** 2) / (.03 * .97) = .0137
    rate = np.where(rng.random(4000) < 0.5, 0.01, 0.05)
    failed = rng.binomial(firms, rate)
    found = default_correlation(list(zip(firms.tolist(), failed.tolist(), strict=True)))
    assert found == pytest.approx(0.0137, abs=1e-3)
