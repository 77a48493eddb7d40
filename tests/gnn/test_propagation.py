"""Sums and means over neighbours: against dense matrices, and their gradients."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from supplyrisk.gnn.network.neighbour_sums import NeighbourSums

Links = list[tuple[int, int, float]]


def tensors(links: Links) -> tuple[Tensor, Tensor, Tensor]:
    ends = torch.tensor([link[:2] for link in links], dtype=torch.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1], torch.tensor([link[2] for link in links], dtype=torch.float64)


def dense(links: Links, size: tuple[int, int]) -> Tensor:
    """A [targets, sources]: equal links add up."""
    matrix = torch.zeros(size[1], size[0], dtype=torch.float64)
    for source, target, value in links:
        matrix[target, source] += value
    return matrix


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Links, tuple[int, int]]:
    """Links with repeats, and nodes that have none."""
    size = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    link = st.tuples(st.integers(0, size[0] - 1), st.integers(0, size[1] - 1), st.floats(-3, 3))
    return draw(st.lists(link, max_size=15)), size


def random_rows(rows: int, width: int = 3) -> Tensor:
    return torch.randn(rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(rows))


def test_by_hand() -> None:
    # Links 0->1, 2->1, 2->1 and 1->0; node 2 has none into it.
    source, target, _ = tensors([(0, 1, 1), (2, 1, 1), (2, 1, 1), (1, 0, 1)])
    relation = NeighbourSums.of(source, target, 3, 3)
    x = torch.tensor([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    assert relation.sum(x).tolist() == [[2.0, 20.0], [9.0, 90.0], [0.0, 0.0]]
    assert relation.mean(x).tolist() == [[2.0, 20.0], [3.0, 30.0], [0.0, 0.0]]
    assert relation.degree.tolist() == [1, 3, 0]
    # The other way round: 0 has sent to 1, 1 to 0, and 2 twice to 1.
    assert relation.backward.sum(x).tolist() == [[2.0, 20.0], [1.0, 10.0], [4.0, 40.0]]
    assert relation.backward.backward is relation


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_equal_to_the_dense_product_both_ways(graph: tuple[Links, tuple[int, int]]) -> None:
    links, size = graph
    source, target, value = tensors(links)
    matrix, relation = dense(links, size), NeighbourSums.of(source, target, *size, value)
    assert torch.allclose(relation.sum(random_rows(size[0])), matrix @ random_rows(size[0]))
    assert torch.allclose(relation.backward.sum(random_rows(size[1])), matrix.T @ random_rows(size[1]))
    count = dense([(s, t, 1.0) for s, t, _ in links], size).sum(1, keepdim=True)
    plain = NeighbourSums.of(source, target, *size)
    expected = dense([(s, t, 1.0) for s, t, _ in links], size) @ random_rows(size[0]) / count.clamp(min=1)
    assert torch.allclose(plain.mean(random_rows(size[0])), expected)


@settings(max_examples=20, deadline=None)
@given(graphs())
def test_gradients_match_finite_differences(graph: tuple[Links, tuple[int, int]]) -> None:
    links, size = graph
    source, target, value = tensors(links)
    x = random_rows(size[0]).requires_grad_()
    for relation in (NeighbourSums.of(source, target, *size), NeighbourSums.of(source, target, *size, value)):
        assert torch.autograd.gradcheck(relation.sum, (x,))
        assert torch.autograd.gradcheck(relation.mean, (x,))
        assert torch.autograd.gradgradcheck(lambda t, r=relation: r.sum(t) ** 2, (x,))


@settings(max_examples=30, deadline=None)
@given(graphs(), st.randoms())
def test_neither_numbers_nor_the_order_of_links_matter(
    graph: tuple[Links, tuple[int, int]], random: object
) -> None:
    links, size = graph
    source, target, value = tensors(links)
    before = NeighbourSums.of(source, target, *size, value).sum(random_rows(size[0]))
    order = list(range(len(links)))
    random.shuffle(order)  # type: ignore[attr-defined]
    renamed = torch.randperm(size[0], generator=torch.Generator().manual_seed(1))
    moved = torch.empty_like(random_rows(size[0]))
    moved[renamed] = random_rows(size[0])
    after = NeighbourSums.of(renamed[source[order]], target[order], *size, value[order]).sum(moved)
    assert torch.allclose(before, after)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_on_cuda() -> None:
    links = [(i % 5, i * 7 % 6, float(i)) for i in range(40)]
    source, target, value = tensors(links)
    relation, cuda = NeighbourSums.of(source, target, 5, 6, value), torch.device("cuda")
    x, y = random_rows(5).requires_grad_(), random_rows(5).to(cuda).requires_grad_()
    on_cpu = relation.sum(x)
    on_cuda = relation.to(cuda).sum(y)
    assert torch.allclose(on_cpu, on_cuda.cpu())
    on_cpu.sum().backward()
    on_cuda.sum().backward()
    assert torch.allclose(x.grad, y.grad.cpu())
