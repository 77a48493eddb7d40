"""Queries on concentration, on both stores, against plain Python and networkx over the same trades."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest

from library_graph import (
    answers,
    deals,
    firm_rows,
    library_rows,
    pairs,
    purchase_shares,
    sales_shares,
    top,
    ways,
)
from supplyrisk.graph.store.protocol import Store

PORTFOLIO = ("co-b1", "co-b2", "co-b3")


def _of(firm: str, column: str) -> Any:
    return firm_rows()[firm].get(column)


def _bought(firm: str) -> bool:
    """Whether the firm has any supplier, of old too."""
    return any(row["customer_id"] == firm != row["supplier_id"] for row in library_rows()["supplies"])


def _upstream(firm: str) -> str:
    return (
        "unobserved"
        if _of(firm, "shop_type") in ("producer", "exporter") and not _bought(firm)
        else "observed"
    )


# Sources


def _categories() -> dict[tuple[str, Any], dict[str, float]]:
    """By customer and category: what each supplier sold."""
    found: dict[tuple[str, Any], dict[str, float]] = defaultdict(dict)
    for (supplier, customer, category), amount in deals().items():
        found[customer, category][supplier] = amount
    return found


@pytest.mark.parametrize("least", [0, 50])
def test_single_source_against_plain_python(library: Store, least: float) -> None:
    expected = [
        (*sold, c, _of(c, "region"), category, round(sum(sold.values()), 2))
        for (c, category), sold in _categories().items()
        if len(sold) == 1 and sum(sold.values()) > least
    ]
    rows = answers(library, "single-source", least=least, top=1000)
    assert sorted(rows, key=repr) == sorted(expected, key=repr)
    assert [row[4] for row in rows] == sorted((row[4] for row in rows), reverse=True)


def test_single_source(library: Store) -> None:
    """Bolts: co-one has one supplier of them; co-two has two, and one of glass."""
    found = {(row[1], row[3]): row[0] for row in answers(library, "single-source", top=1000)}
    assert found["co-one", "bolts"] == "co-bolt1"
    assert ("co-two", "bolts") not in found
    assert found["co-two", "glass"] == "co-made"
    assert answers(library, "single-source", region="nowhere") == []


@pytest.mark.parametrize("upstream", [None, "observed", "unobserved"])
def test_sole_source_against_plain_python(library: Store, upstream: str | None) -> None:
    sellers: dict[str, set[str]] = defaultdict(set)
    buyers: dict[str, set[str]] = defaultdict(set)
    amounts: dict[str, float] = defaultdict(float)
    for (supplier, customer, category), amount in deals().items():
        if category is not None:
            sellers[category].add(supplier)
            buyers[category].add(customer)
            amounts[category] += amount
    alone = {category: next(iter(firms)) for category, firms in sellers.items() if len(firms) == 1}
    expected = [
        (k, s, _of(s, "name"), _upstream(s), len(buyers[k]), round(amounts[k], 2))
        for k, s in alone.items()
        if upstream in (None, _upstream(s))
    ]
    given = {"upstream": upstream} if upstream else {}
    assert answers(library, "sole-source", top=1000, **given) == top(expected, -5, -6, 1)


def test_sole_source(library: Store) -> None:
    """Rare earth has one seller, of whose suppliers nothing is known; paper's seller buys pulp; bolts have two."""
    found = {row[0]: (row[1], row[3]) for row in answers(library, "sole-source", top=1000)}
    assert found["rare earth"] == ("co-rare", "unobserved")
    assert found["paper"] == ("co-mono", "observed")
    assert "bolts" not in found
    assert "lace" not in found  # sold last year
    assert answers(library, "sole-source", customers=99) == []


def test_unobserved_upstream(library: Store) -> None:
    """co-made is a producer too, and its supplier is known; co-abroad sold last year only."""
    covers: dict[str, list[float]] = defaultdict(list)
    for (supplier, _), share in purchase_shares().items():
        if _upstream(supplier) == "unobserved":
            covers[supplier].append(share)
    expected = [
        (f, _of(f, "name"), _of(f, "shop_type"), _of(f, "region"), len(shares), round(sum(shares), 6))
        for f, shares in covers.items()
    ]
    found = answers(library, "unobserved-upstream")
    assert found == top(expected, -6, -5, 1)
    # 30 of the 115 that co-one buys, and 20 of co-two's 132.
    assert ("co-rare", None, "producer", "Plain", 2, round(30 / 115 + 20 / 132, 6)) in found
    assert not {"co-made", "co-abroad"} & {row[0] for row in found}
    assert answers(library, "unobserved-upstream", region="nowhere") == []


# Indices of concentration


def _index(parts: list[float]) -> float:
    return sum((part / sum(parts)) ** 2 for part in parts)


@pytest.mark.parametrize("least", [0, 80])
def test_hhi_by_category_against_plain_python(library: Store, least: float) -> None:
    sold: dict[Any, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (supplier, _, category), amount in deals().items():
        sold[category][supplier] += amount
    expected = []
    for category, sales in sold.items():
        largest = min(sales, key=lambda s: (-sales[s], s))
        whole = sum(sales.values())
        row = (category, round(_index(list(sales.values())), 6), len(sales), largest)
        if whole > least:
            expected.append((*row, round(sales[largest] / whole, 6), round(whole, 2)))
    found = answers(library, "hhi-by-category", least=least, top=1000)
    assert found == sorted(expected, key=lambda row: (-row[1], -row[5], row[0] is None, row[0]))


def test_hhi_by_category(library: Store) -> None:
    """Four equal sellers of salt: a quarter. Nine tenths and one of pepper: .81 + .01."""
    found = {row[0]: row[1:] for row in answers(library, "hhi-by-category", top=1000)}
    assert found["salt"] == (0.25, 4, "co-even0", 0.25, 100.0)
    assert found["pepper"] == (0.82, 2, "co-big", 0.9, 100.0)
    assert "lace" not in found
    assert answers(library, "hhi-by-category", least=1e12) == []


def test_hhi_by_customer(library: Store) -> None:
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for (supplier, customer), share in purchase_shares().items():
        shares[customer][supplier] = share
    expected = []
    for c, parts in shares.items():
        largest = min(parts, key=lambda s: (-round(parts[s], 9), s))
        row = (c, _of(c, "name"), round(_index(list(parts.values())), 6), len(parts))
        expected.append((*row, largest, round(parts[largest], 6)))
    assert answers(library, "hhi-by-customer", top=1000) == top(expected, -3, 4, 1)
    assert answers(library, "hhi-by-customer", firm="co-spread") == [
        ("co-spread", None, 0.25, 4, "co-even0", 0.25)
    ]
    assert answers(library, "hhi-by-customer", firm="co-narrow") == [
        ("co-narrow", None, 0.82, 2, "co-big", 0.9)
    ]
    assert answers(library, "hhi-by-customer", firm="ex-alone") == []


# Behind a portfolio


def _hidden(members: tuple[str, ...], least: float, at_least: int) -> list[tuple[Any, ...]]:
    tiers: dict[str, dict[str, int]] = defaultdict(dict)
    for way in sorted(ways(purchase_shares(), 3, least), key=len):
        if way[-1] in members:
            tiers[way[0]].setdefault(way[-1], len(way) - 1)
    rows = []
    for s, found in tiers.items():
        if min(found.values()) >= 2 and len(found) >= at_least:
            count = [list(found.values()).count(tier) for tier in (2, 3)]
            rows.append((s, _of(s, "name"), *count, len(found), len(members), sorted(found)))
    return top(rows, -5, -3, 1)


@pytest.mark.parametrize(("least", "members"), [(0.05, 2), (0.05, 1), (0.3, 1), (0.9, 1)])
def test_hidden_common_supplier_against_plain_python(library: Store, least: float, members: int) -> None:
    found = answers(
        library, "hidden-common-supplier", firms=",".join(PORTFOLIO), least=least, members=members
    )
    assert found == _hidden(PORTFOLIO, least, members)


def test_hidden_common_supplier(library: Store) -> None:
    """co-open sells to all three directly, co-half stands behind one of them."""
    found = answers(library, "hidden-common-supplier", firms=",".join((*PORTFOLIO, "nobody")))
    assert found == [
        ("co-deep", None, 3, 0, 3, 3, list(PORTFOLIO)),
        ("co-deeper", None, 0, 3, 3, 3, list(PORTFOLIO)),
    ]
    assert answers(library, "hidden-common-supplier", firms="nobody") == []
    assert answers(library, "hidden-common-supplier", firms="") == []


def test_hidden_common_supplier_of_lender(library: Store) -> None:
    """The lender of all three has what the list has; the other lends to one of them only."""
    found = answers(library, "hidden-common-supplier-of-lender", lender="co-bank")
    assert found == _hidden(PORTFOLIO, 0.05, 2) != []
    assert answers(library, "hidden-common-supplier-of-lender", lender="co-other") == []
    assert answers(library, "hidden-common-supplier-of-lender", lender="nobody") == []


# Regions, carriers and bottlenecks


@pytest.mark.parametrize(("least", "suppliers"), [(0.8, 2), (0.5, 1)])
def test_region_concentration_against_plain_python(library: Store, least: float, suppliers: int) -> None:
    shares: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (supplier, customer), share in purchase_shares().items():
        if _of(supplier, "region") is not None:
            shares[customer, _of(supplier, "region")].append(share)
    expected = [
        (c, _of(c, "name"), _of(c, "region"), region, len(parts), round(sum(parts), 6))
        for (c, region), parts in shares.items()
        if round(sum(parts), 6) >= least and len(parts) >= suppliers
    ]
    found = answers(library, "region-concentration", least=least, suppliers=suppliers, top=1000)
    assert found == top(expected, -6, -5, 1, 4)


def test_region_concentration(library: Store) -> None:
    """co-mostly is at .9 and has one supplier in Delta; co-wide is at .5; half of co-blind's has no region."""
    found = {row[0]: row[3:] for row in answers(library, "region-concentration", region="Delta", suppliers=1)}
    assert found == {"co-local": ("Delta", 2, 1.0), "co-mostly": ("Delta", 1, 0.9)}
    assert [row[0] for row in answers(library, "region-concentration", region="Delta")] == ["co-local"]
    assert answers(library, "region-concentration", region="nowhere") == []


def test_carrier_concentration(library: Store) -> None:
    """All for co-one, nine tenths for co-two, and half of what co-plant receives."""
    found = [row for row in answers(library, "carrier-concentration", top=1000) if row[0].startswith("co-")]
    assert found == [
        ("co-one", None, "Plain", "co-carrier1", 1.0, 50.0),
        ("co-two", None, "Plain", "co-carrier1", 0.9, 90.0),
    ]
    half = [row[::3] for row in answers(library, "carrier-concentration", least=0.5, top=1000)]
    assert {("co-plant", "co-carrier1"), ("co-plant", "co-carrier2")} <= set(half)
    assert answers(library, "carrier-concentration", region="nowhere") == []


@pytest.mark.parametrize("firm", ["co-plant", "ex-shop", "co-b1"])
def test_articulation_firms_against_networkx(library: Store, firm: str) -> None:
    """Take each firm out of the ways of at most three links, and see which sources are cut off."""
    found = {way for way in ways(purchase_shares(), 3, 0.01) if way[-1] == firm}
    sources = {way[0] for way in found if not any(c == way[0] for _, c in pairs())}
    graph = nx.DiGraph([link for way in found for link in pairwise(way)])
    expected = []
    for x in sorted(set(graph) - {firm}):
        rest = graph.subgraph(set(graph) - {x})
        near = nx.single_source_shortest_path_length(rest.reverse(), firm, cutoff=3)
        cut = sorted(s for s in sources - {x} if s not in near)
        if cut:
            expected.append((x, _of(x, "name"), len(cut), len(sources), cut))
    assert answers(library, "articulation-firms", firm=firm) == top(expected, -3, 1)


def test_articulation_firms(library: Store) -> None:
    """co-raw3 has two ways to co-plant; without co-neck the other two have none, without co-mill one has none."""
    assert answers(library, "articulation-firms", firm="co-plant") == [
        ("co-neck", None, 2, 3, ["co-raw1", "co-raw2"]),
        ("co-mill", None, 1, 3, ["co-raw1"]),
    ]
    assert answers(library, "articulation-firms", firm="co-way1") == []
    assert answers(library, "articulation-firms", firm="nobody") == []


def test_shares_of_sales_and_purchases_add_up_to_one() -> None:
    for shares, end in ((purchase_shares(), 1), (sales_shares(), 0)):
        totals: dict[str, float] = defaultdict(float)
        for pair, share in shares.items():
            totals[pair[end]] += share
        assert list(totals.values()) == [pytest.approx(1.0)] * len(totals)
