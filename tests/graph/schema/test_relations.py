"""The relation registry: complete and consistent; defaults; and a new record that reaches every place by itself."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import torch

from handmade import AS_OF, ago, edges, firms, tables_of
from supplyrisk.gnn.data.hetero_data import channels, linked_data
from supplyrisk.gnn.data.neighbourhood import neighbours
from supplyrisk.gnn.explain.reasons import caught_reason, neighbourhood_reason
from supplyrisk.gnn.network.hazard_propagation import Transmission
from supplyrisk.graph import partners_of
from supplyrisk.graph.credit import memo_label
from supplyrisk.graph.schema.relations import (
    BACK,
    FAMILY_WORDS,
    FORWARD,
    GUARANTEES,
    PRIOR_LEVEL,
    RELATED,
    RELATIONS,
    SUPPLIES,
    ChannelKind,
    Relation,
    RelationEnd,
    end_of,
    relation_ends,
    relation_of,
)
from supplyrisk.graph.snapshot.snapshot import Snapshot, build_snapshot
from supplyrisk.graph.store.graph_tables import graph_tables_of, graph_type_of, vocabulary
from supplyrisk.graph.texts.text_files import Words
from supplyrisk.queries import get_query

CHINESE = re.compile(r"[一-鿿]")
LEASES = Relation(
    "leases",
    Words("lease", "租赁"),
    RelationEnd("lessor", Words("lessor", "出租人"), "upstream", share="weight", share_of="space"),
    RelationEnd("lessee", Words("lessee", "承租人"), transmits=False),
    prior_level=-6.0,
    graph_type="LEASES_TO",
)


def leased() -> Snapshot:
    """A leases to B, which leases 40 % of its space there, and to C, of which no share is known."""
    rows = [
        {"from_id": "A", "to_id": "B", "kind": "leases", "since": ago(9), "weight": 0.4},
        {"from_id": "A", "to_id": "C", "kind": "leases", "since": ago(9)},
    ]
    return build_snapshot(tables_of(firms=firms("A", "B", "C"), relations=rows), AS_OF)


def shares(snapshot: Snapshot) -> dict[tuple[str, int, int], float]:
    """By kind of channel, sender and receiver: the receiver's dependence."""
    links = channels(linked_data(snapshot))
    kinds = [links.kinds[number] for number in links.kind.tolist()]
    return dict(
        zip(
            zip(kinds, links.source.tolist(), links.target.tolist(), strict=True),
            links.share.tolist(),
            strict=True,
        )
    )


def test_every_record_has_its_own_names() -> None:
    assert all(kind == relation.kind for kind, relation in RELATIONS.items())
    for names in (
        [graph_type_of(kind) for kind in RELATIONS],
        [relation.word for relation in RELATIONS.values()],
        # Both ends of a relation may share a code, two relations may not.
        [code for r in RELATIONS.values() for code in {r.source.code, r.target.code}],
    ):
        assert max(Counter(names).values()) == 1, names


def test_every_word_is_in_both_languages() -> None:
    words = [*FAMILY_WORDS.values(), *(relation.word for relation in RELATIONS.values())]
    for word in (*words, *(end.word for end in relation_ends())):
        assert word.en and not CHINESE.search(word.en)
        assert CHINESE.search(word.zh), word


def test_families_and_queries_of_records_exist() -> None:
    for end in relation_ends():
        assert end.family == "" or end.family in FAMILY_WORDS
        if end.shown_by is not None:
            assert "firm" in {param.name for param in get_query(end.shown_by).params}


def test_sides_of_partners() -> None:
    sides = {kind: (r.side(FORWARD), r.side(BACK)) for kind, r in RELATIONS.items()}
    assert sides["supplies"] == ("supplier", "customer")
    # Which share of a carrier's work a firm is does not matter to the firm.
    assert sides["carries_for"] == ("carrier", None)
    assert sides["guarantees"] == ("guarantees: other", "guarantees: it")


def test_a_kind_that_only_the_data_define_has_defaults() -> None:
    kind = relation_of("sits_on_board")
    assert kind.word == end_of("sits_on_board").word == Words("sits on board", "sits on board")
    assert (kind.prior_level, kind.query, kind.graph_type) == (PRIOR_LEVEL, None, None)
    for end in (kind.source, kind.target):
        assert (end.code, end.share, end.family, end.transmits) == ("sits_on_board", None, RELATED, True)
    snapshot = leased()
    # Two of A's links, one of each lessee's.
    assert shares(snapshot) == {
        ("firm:leases:firm:forward", 0, 1): 1.0,
        ("firm:leases:firm:forward", 0, 2): 1.0,
        ("firm:leases:firm:back", 1, 0): 0.5,
        ("firm:leases:firm:back", 2, 0): 0.5,
    }
    assert neighbours(linked_data(snapshot)).binary[RELATED].toarray().tolist() == [
        [0, 1, 1],
        [1, 0, 0],
        [1, 0, 0],
    ]
    assert memo_label("leases").zh == "leases"


def test_a_new_record_reaches_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RELATIONS, "leases", LEASES)
    snapshot = leased()
    assert list(edges(snapshot, LEASES.edge_type)) == [("A", "B"), ("A", "C")]
    # No share of C is known and lessors do not depend on lessees, so only A's default reaches B.
    assert shares(snapshot) == {
        ("firm:leases:firm:forward", 0, 1): 0.4,
        ("firm:leases:firm:back", 1, 0): 0.0,
    }
    kinds = channels(linked_data(snapshot)).kinds
    assert kinds == ("firm:leases:firm:forward", "firm:leases:firm:back")
    assert Transmission(kinds).level.detach().equal(torch.tensor([-6.0, -6.0], dtype=torch.float64))
    near = neighbours(linked_data(snapshot))
    assert near.binary["upstream"].toarray().tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert near.weight["upstream"].toarray().tolist() == [[0, 0, 0], [0.4, 0, 0], [0, 0, 0]]
    partners = partners_of(snapshot).to_pylist()
    assert partners == [{"firm_id": "B", "side": "lessor", "other": "A", "share": 0.4}]
    tables = graph_tables_of(snapshot)
    assert [edge.type for edge in tables.edges] == ["LEASES_TO"]
    assert vocabulary(tables).types["LEASES_TO"] == {"kind", "weight", "amount", "count"}
    caught = {"id": "A", "link": ChannelKind.parse(kinds[0]).link, "share": 0.2}
    assert [caught_reason(caught, lang).code for lang in ("en", "zh")] == ["CAUGHT_LESSOR"] * 2
    assert "A (lessor)" in caught_reason(caught).text
    assert "A（出租人）" in caught_reason(caught, "zh").text
    assert "(lease)" in neighbourhood_reason("count:firm:leases:firm:out", 2.0).text
    assert memo_label("lessee") == ("lessee", "承租人")


def test_two_relations_of_one_family_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RELATIONS, "leases", LEASES)
    trades = [{"supplier_id": "A", "customer_id": "B", "on": ago(5), "amount": 10.0}]
    relations = [{"from_id": "A", "to_id": "B", "kind": "leases", "since": ago(9), "weight": 0.4}]
    tables = tables_of(firms=firms("A", "B"), supplies=trades, relations=relations)
    near = neighbours(linked_data(build_snapshot(tables, AS_OF)))
    assert near.binary["upstream"].toarray().tolist() == [[0, 0], [1, 0]]
    assert near.weight["upstream"].toarray().tolist() == [[0, 0], [1.4, 0]]


def test_names_of_channels() -> None:
    assert ChannelKind.parse("person:owns:firm:back").node_types == ("firm", "person")
    assert ChannelKind.parse("firm:a:b:firm:forward").kind == "a:b"
    assert ChannelKind.parse("firm:supplies:firm:back").link == SUPPLIES.target.code
    assert ChannelKind.parse("guarantees").link == GUARANTEES.kind
