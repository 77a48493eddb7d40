"""The library's queries around one shop and a lender's book, worked out by hand on both stores."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from handmade import AS_OF, Row
from library_rows import answers, by_pair, library_of, same, totals
from library_shop import EXAMPLES, PD, loans, tables, trades
from stores import ENGINES
from supplyrisk.graph.store.protocol import Store
from supplyrisk.queries import bind_query_params, get_query


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest) -> Iterator[Store]:
    scores = pa.table({"firm_id": list(PD), "pd": list(PD.values()), "model": ["hand"] * len(PD)})
    with library_of(request, "shop", tables(), scores) as store:
        if store.info().kind == "neo4j":
            # The server counts what its indexes hold some time after a load; until then its plans are guesses.
            link = request.getfixturevalue("neo4j_session").link()
            link.rows("CALL db.prepareForReplanning(60)")
            link.close()
        yield store


def test_named_finds_an_id_and_every_firm_of_a_name(library: Store) -> None:
    assert answers(library, "named", firm="sh-s") == [("sh-s", "Shop", "goods", "North")]
    assert [row[0] for row in answers(library, "named", firm="TWIN")] == ["sh-p", "sh-q"]
    assert answers(library, "named", firm="Sho") == []


def test_profile_of_the_shop(library: Store) -> None:
    (row,) = answers(library, "profile", firm="sh-s")
    found = dict(zip(("firm", "name", "roles", "shop_type", "industry", "region"), row[:6], strict=True))
    assert found == {
        "firm": "sh-s", "name": "Shop", "roles": None, "shop_type": None, "industry": "goods", "region": "North",
    }  # fmt: skip
    assert row[7:10] == (900, "observed", False)
    # delivered to c, last 15 days ago; from a and b; what it sells to itself counts nowhere
    assert row[12:16] == (90.0, 15.0, 2.0, 1.0)
    assert row[-2:] == (0.05, "hand")
    assert answers(library, "profile", firm="nobody") == []


def test_business_beside_its_own_past(library: Store) -> None:
    same(answers(library, "business", firm="sh-m"), [("sh-m", 900.0, 3.0)])
    # s delivered nothing in the 360 days before the last 30.
    assert answers(library, "business", firm="sh-s") == [("sh-s", 900.0, None)]
    # t delivered 300 days ago: a business that is no longer seen.
    assert answers(library, "business", firm="sh-t") == [("sh-t", 900.0, None)]


def test_goods_of_purchases_and_deliveries(library: Store) -> None:
    # s buys wood of 60 and steel of 20; what has no category and what is older than 180 days does not count.
    assert answers(library, "goods", firm="sh-s") == [("wood", 60.0), ("steel", 20.0)]
    assert answers(library, "goods", firm="sh-a") == [("wood", 60.0), ("steel", 20.0)]
    assert answers(library, "goods", firm="sh-s", top="1") == [("wood", 60.0)]
    assert answers(library, "goods", firm="sh-k") == []


def test_closed_loops_of_one_firm_and_of_one_owner(library: Store) -> None:
    # r bought 40 and sold 100 in all, ever; what it delivers to itself does not count.
    expected = [
        ("sh-i", "SH-I", "sh-u", "SH-U", 30.0, 0.75, 60.0, 0.6, None, False),
        ("sh-j", "SH-J", "sh-j", "SH-J", 10.0, 0.25, 20.0, 0.2, None, False),
    ]
    same(answers(library, "closed-loop", firm="sh-r"), expected)
    # The smaller share is enough where the bound is lower.
    same(
        answers(library, "closed-loop", firm="sh-r", least="0.4"),
        [expected[0], ("sh-i", "SH-I", "sh-e", "SH-E", 30.0, 0.75, 20.0, 0.2, None, False), expected[1]],
    )
    same(answers(library, "closed-loop", firm="sh-r", least="0.7"), [expected[1]])
    assert answers(library, "closed-loop", firm="sh-s") == []


def test_partners_with_the_share_that_the_shop_would_miss(library: Store) -> None:
    flows = by_pair(trades())
    bought, sold = totals(flows, 1)["sh-s"], totals(flows, 0)["sh-s"]
    expected = [
        ("supplier", "sh-a", "SH-A", "goods", "North", 80 / bought, 0.02, False, False),
        ("supplier", "sh-b", "SH-B", "goods", "South", 20 / bought, 0.3, False, False),
        ("customer", "sh-c", "SH-C", "goods", "South", 90 / sold, 0.04, False, False),
    ]
    same(answers(library, "partners", firm="sh-s"), expected)
    same(answers(library, "partners", firm="sh-s", least="0.5"), [expected[0], expected[2]])
    assert answers(library, "partners", firm="sh-h") == []


def test_second_tier_follows_the_larger_partners(library: Store) -> None:
    expected = [
        ("supplier", "sh-a", "sh-x", "SH-X", 1.0, 0.01, False),
        ("supplier", "sh-b", "sh-x", "SH-X", 1.0, 0.01, False),
        ("customer", "sh-c", "sh-y", "SH-Y", 1.0, None, False),
    ]
    found = answers(library, "second-tier", firm="sh-s")
    assert [row[2] for row in found] == ["sh-x", "sh-x", "sh-y"]
    same(found, expected)
    same(answers(library, "second-tier", firm="sh-s", least="0.3"), [expected[0], expected[2]])


def test_guarantees_both_ways_and_only_those_that_stand(library: Store) -> None:
    assert answers(library, "guarantees", firm="sh-s") == [
        ("stands for", "sh-g", "SH-G", 9.0, 0.07, False),
        ("backed by", "sh-h", "SH-H", None, None, True),
    ]
    assert answers(library, "guarantees", firm="sh-x") == []


def test_a_guarantee_circle_begins_with_the_shop(library: Store) -> None:
    assert answers(library, "guarantee-ring", firm="sh-s") == [(3, ["sh-s", "sh-g", "sh-h"], 1)]
    assert answers(library, "guarantee-ring", firm="sh-h") == [(3, ["sh-h", "sh-s", "sh-g"], 1)]
    assert answers(library, "guarantee-ring", firm="sh-t") == []


def test_carriers_by_their_share_of_the_units(library: Store) -> None:
    found = answers(library, "carriers", firm="sh-s")
    assert [row[:3] for row in found] == [("sh-k", "SH-K", 0.75), ("sh-t", "SH-T", 0.25)]
    assert [row[4:] for row in found] == [(0.06, False, False), (None, False, False)]


def test_lines_of_the_shop_and_of_the_lender(library: Store) -> None:
    assert answers(library, "loans", firm="sh-s") == [
        ("sh-l1", "sh-1", "credit", 100.0, 40.0, None, None, None, None, None, 0.4, None),
        ("sh-l2", "sh-2", "credit", 50.0, 0.0, None, None, 0.06, None, None, None, None),
    ]
    book = answers(library, "book", lender="sh-l1")
    # a line of nothing with nothing drawn is no line any more
    expected = {row["firm_id"] for row in loans() if row["lender_id"] == "sh-l1"} - {"sh-t"}
    assert [row[0] for row in book] == sorted(expected)
    assert answers(library, "book", lender="nobody") == []


def _open(row: Row) -> bool:
    """Whether a trade is a claim on another firm that is not yet due: delivered, unpaid, undisputed."""
    days = {name: row.get(f"{name}_on") for name in ("delivered", "due", "paid", "disputed")}
    due = days["due"]
    claim = days["delivered"] and not days["paid"] and not days["disputed"]
    return bool(claim) and due is not None and due > AS_OF and row["supplier_id"] != row["customer_id"]


@pytest.mark.parametrize("firm", ["sh-v", "sh-s", "sh-h"])
def test_what_customers_owe_and_have_confirmed(library: Store, firm: str) -> None:
    owed = {row["customer_id"]: [0.0, 0.0] for row in trades() if row["supplier_id"] == firm}
    owed.pop(firm, None)
    for row in filter(_open, trades()):
        if row["supplier_id"] == firm:
            amount = row["amount"] - (row["returned_amount"] or 0.0)
            owed[row["customer_id"]][0] += amount
            owed[row["customer_id"]][1] += amount if row["confirmed_on"] else 0.0
    rows = sorted(owed.items(), key=lambda item: (-item[1][0], item[0]))
    expected = [(debtor, debtor.upper(), *sums, PD.get(debtor), False) for debtor, sums in rows]
    if firm == "sh-v":
        assert [row[2:4] for row in expected] == [(140.0, 100.0), (70.0, 70.0)]
    assert answers(library, "receivables", firm=firm) == expected
    assert answers(library, "receivables", firm=firm, top="1") == expected[:1]


def test_what_borrowers_owe_behind_a_counterparty_of_the_shop(library: Store) -> None:
    # p and q buy from a, q from b; y buys from c; s itself is not counted, nor t, whose trade with s is old
    found = answers(library, "shared-with-book", firm="sh-s", lender="sh-l1")
    assert found == [
        ("sh-a", 2, 90.0, ["sh-p", "sh-q"]),
        ("sh-c", 1, 25.0, ["sh-y"]),
        ("sh-b", 1, 10.0, ["sh-q"]),
    ]
    # Half of the trade: s buys .2 of b, and q .4.
    half = answers(library, "shared-with-book", firm="sh-s", lender="sh-l1", least=0.5)
    assert half == found[:2]
    assert answers(library, "shared-with-book", firm="sh-s", lender="sh-l1", least=0.9) == found[1:2]


def test_other_firms_of_the_region(library: Store) -> None:
    assert answers(library, "same-region", firm="sh-s") == [("sh-a",), ("sh-y",)]


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - {"named", "same-region"}))
def test_plans_start_at_an_index(library: Store, name: str) -> None:
    if library.info().kind == "embedded":
        pytest.skip("the embedded store's plans do not name indexes")
    query = get_query(name)
    plan = library.explain(query.cypher, bind_query_params(query, EXAMPLES[name])).to_pylist()
    operations = {row["operation"] for row in plan}
    assert operations & {"NodeUniqueIndexSeek", "NodeIndexSeek"}, operations
    assert not operations & {"AllNodesScan", "NodeByLabelScan"}, operations


def test_all_trade_pair_by_pair(library: Store) -> None:
    expected = [(s, c, amount, "goods", "goods") for (s, c), amount in sorted(by_pair(trades()).items())]
    found = answers(library, "trade-links")
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    same(found, expected)
