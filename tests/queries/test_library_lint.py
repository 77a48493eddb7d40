"""Portable Cypher: every query of the library keeps to the rules, and each rule finds what it is there for."""

from __future__ import annotations

import pytest

from query_lint import RULES, check_query
from supplyrisk.queries import list_queries, parse_query

GOOD = """// title: Two tiers behind a firm
// term: upstream
// read: What reaches it.
// pattern: (s)-[:SUPPLIES*1..2]->(f)
// param: firm text | the firm
// param: top whole = 20 | rows at most
// column: supplier | who
// column: ways | how many ways
// column: share | how much
// column: all | those behind
// cost: small
MATCH (f:Firm {firm_id: $firm})<-[links:SUPPLIES*1..2]-(s:Firm)
WHERE s.upstream = 'observed'
WITH s.firm_id AS supplier, f.firm_id AS f, reduce(x = 1.0, r IN links | x * r.e_share_of_purchases) AS part
ORDER BY supplier
WITH supplier, count(*) AS ways, sum(part) AS total, collect(f) AS all
RETURN supplier, ways, round(total, 6) AS share, all
ORDER BY share DESC, supplier
LIMIT $top
"""
QUOTED = "// 'MERGE' is only named here"
NAMES = [rule.name for rule in RULES]


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: f"{query.topic}/{query.name}")
def test_every_query_of_the_library_keeps_to_the_rules(query: object) -> None:
    assert check_query(query) == []  # type: ignore[arg-type]


def test_a_good_query_breaks_no_rule() -> None:
    assert check_query(parse_query(GOOD, "t", "good")) == []
    commented = GOOD.replace("WHERE s.up", f"{QUOTED}\nWHERE s.up")
    assert check_query(parse_query(commented, "t", "good")) == []


PLANTED = [
    ("one statement that reads", "WHERE s.upstream = 'observed'", "SET s.seen = true"),
    ("one statement that reads", "LIMIT $top\n", "LIMIT $top;\n"),
    ("no procedures", "WHERE s.upstream", "CALL db.labels() YIELD label WHERE s.upstream"),
    ("no procedures", "count(*)", "apoc.agg.first(f)"),
    ("no quantified paths", "<-[links:SUPPLIES*1..2]-(s:Firm)", "<-[links:SUPPLIES]-{1,2}(s:Firm)"),
    ("no quantified paths", "<-[links:SUPPLIES*1..2]-(s:Firm)", "((a)<-[links:SUPPLIES]-(b)){1,2}(s:Firm)"),
    ("no quantified paths", "<-[links:SUPPLIES*1..2]-(s:Firm)", "<-[links:SUPPLIES]-+(s:Firm)"),
    ("bounded length", "links:SUPPLIES*1..2", "links:SUPPLIES*"),
    ("bounded length", "links:SUPPLIES*1..2", "links:SUPPLIES*2.."),
    ("bounded length", "links:SUPPLIES*1..2", "links:SUPPLIES*1..6"),
    ("no SHORTEST, no shortestPath", "MATCH (f", "MATCH SHORTEST 2 (f"),
    ("no SHORTEST, no shortestPath", "MATCH (f", "MATCH p = shortestPath((f"),
    ("no percentiles", "sum(part)", "percentileCont(part, 0.5)"),
    ("no internal ids, no whole nodes", "s.firm_id AS supplier", "elementId(s) AS supplier"),
    ("no random, no today", "sum(part)", "rand()"),
    ("no random, no today", "'observed'", "date()"),
    ("a total order, then LIMIT $top", "LIMIT $top\n", ""),
    ("a total order, then LIMIT $top", "LIMIT $top\n", "LIMIT 5\n"),
    ("a total order, then LIMIT $top", "share DESC, supplier", "part DESC, supplier"),
    ("columns as in the header", "RETURN supplier, ways,", "RETURN ways, supplier,"),
    ("columns as in the header", "RETURN supplier, ways,", "RETURN supplier, ways, f.name,"),
    ("parameters as in the header", "{firm_id: $firm}", "{firm_id: $shop}"),
    ("parameters as in the header", "// param: top", "// param: least number = 0 | unused\n// param: top"),
    ("no values pasted", "'observed'", "'Zhejiang'"),
    ("no values pasted", "'observed'", "'2024-03-31'"),
    ("no large numbers", "WHERE s.upstream = 'observed'", "WHERE s.amount > 10000"),
    ("lists in order", "ORDER BY supplier\nWITH", "WITH"),
    ("no counts divided", "count(*) AS ways", "count(s) / 3 AS ways"),
    ("sums of money and shares are rounded", "round(total, 6)", "total"),
    ("plain ASCII", "'observed'", "'浙江'"),
    ("a whole header", "// cost: small\n", ""),
    ("a whole header", "behind a firm\n", "behind a firm.\n"),
]


@pytest.mark.parametrize(("rule", "old", "new"), PLANTED)
def test_a_planted_breach_is_found(rule: str, old: str, new: str) -> None:
    assert GOOD.count(old) == 1
    found = check_query(parse_query(GOOD.replace(old, new), "t", "bad"))
    assert rule in {text.partition(": ")[0] for text in found}


def test_every_rule_has_a_planted_breach() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(NAMES)
    assert len(NAMES) == len(set(NAMES))
