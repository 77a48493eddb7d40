"""The relation registry: one record per kind of relation, used by edges, network, graph store, texts and memos.

A link of a kind has two ends, source and target. It is a channel in both directions: forward from source to target,
back from target to source. The sender of a channel is the end whose default is transmitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from supplyrisk.graph.schema.relation_queries import CARRIES_FOR_QUERY, SUPPLIES_QUERY
from supplyrisk.graph.texts.text_files import Words

EdgeType = tuple[str, str, str]
"""(type of the source node, kind of relation, type of the target node); types are "firm" and "person"."""

FORWARD = "forward"
BACK = "back"
RELATED = "related"
"""Family of neighbours by any relation that names no other."""

PRIOR_LEVEL = -8.3
"""Prior level of a link's transmission, a logit: w = .00025 x share."""
PRIOR_LEVEL_TRADE = -5.3
"""Prior level of a supply link's transmission: w = .005 x share.

Trade moves goods and money, and its shares are measured. The data do not contain the exposure behind a guarantee or an
ownership link: its share is one over the number of such links, and at the level of trade a single guarantee would
outweigh all suppliers together.
"""


FAMILY_WORDS = {
    "upstream": Words("its suppliers", "其供应商"),
    "downstream": Words("its customers", "其客户"),
    "carriers": Words("the carriers that serve it", "为其服务的承运商"),
    RELATED: Words("firms related to it", "其关联企业"),
    "via": Words("firms two relations away", "相隔两层关系的企业"),
    "second_upstream": Words("suppliers of its suppliers", "其供应商的供应商"),
    "second_downstream": Words("customers of its customers", "其客户的客户"),
    "cell": Words("firms of its industry and region", "同行业同地区的企业"),
}
"""What a firm's neighbours are called in reasons, by family."""


@dataclass(frozen=True)
class RelationEnd:
    """One end of a relation, as the end at the other side of the link sees it.

    Parameters
    ----------
    code: what it is to the other end, in stored columns and in codes of reasons ("supplier", CAUGHT_SUPPLIER).
    word: the same for readers.
    family: family of neighbours that it belongs to, a key of FAMILY_WORDS; "" for none. Persons are always RELATED.
    share: edge attribute with the other end's dependence on it, 0 to 1; None (default) for one over the other end's
        number of links of this kind.
    share_of: what the share is of.
    shown_by: library query that shows the link, run for the firm at the other end; None for none.
    transmits: whether the other end depends on it; without dependence no default is transmitted.
    """

    code: str
    word: Words
    family: str = RELATED
    share: str | None = None
    share_of: str = "trade"
    shown_by: str | None = None
    transmits: bool = True


@dataclass(frozen=True)
class Relation:
    """A kind of relation.

    Parameters
    ----------
    kind: its word in the column `kind` of the table `relations` and in edge types.
    word: its name for readers.
    source, target: its ends.
    prior_level: prior level of the logit of its transmissions.
    query: SQL that reads its edges between firms (source, target, then attributes), with the temp tables `base`,
        `pairs` and known_<table>; None for the rows of `relations` of this kind.
    table: the table that the data must have.
    graph_type: relationship type in the graph; None for the kind in upper case, see `relationship_type`.
    properties: properties of its links in the graph.
    """

    kind: str
    word: Words
    source: RelationEnd
    target: RelationEnd
    prior_level: float = PRIOR_LEVEL
    query: str | None = None
    table: str = "relations"
    graph_type: str | None = None
    properties: tuple[str, ...] = ("kind", "weight", "amount", "count")

    @property
    def edge_type(self) -> EdgeType:
        """The type of its edges between firms."""
        return ("firm", self.kind, "firm")

    def sender(self, direction: str) -> RelationEnd:
        """Return the end from which a channel of this direction transmits."""
        return self.source if direction == FORWARD else self.target

    def side(self, direction: str) -> str | None:
        """Return how stored partners name the sender; None where the shares of the other direction alone matter."""
        if self.source.share is None and self.target.share is None:
            return f"{self.kind}: {'other' if direction == FORWARD else 'it'}"
        sender = self.sender(direction)
        return None if sender.share is None else sender.code


def _alike(kind: str, word: Words, shown_by: str | None = None) -> Relation:
    """Return a relation of which texts do not distinguish the ends: links transmit in both directions."""
    end = RelationEnd(kind, word, shown_by=shown_by)
    return Relation(kind, word, end, end)


SUPPLIES = Relation(
    "supplies",
    Words("supplies", "供货"),
    RelationEnd(
        "supplier", Words("supplier", "供应商"), "upstream", "share_of_purchases", "purchases", "shop/partners"
    ),
    RelationEnd("customer", Words("customer", "客户"), "downstream", "share_of_sales", "sales", "shop/partners"),
    prior_level=PRIOR_LEVEL_TRADE,
    query=SUPPLIES_QUERY,
    table="supplies",
    graph_type="SUPPLIES",
    properties=(
        "category", "amount", "orders", "first_on", "last_on", "amount_30", "amount_60", "amount_180",
        "unpaid", "overdue", "shipped_share", "delay_days", "disputed", "shipped_unpaid", "confirmed_unpaid",
        "e_share_of_purchases", "e_share_of_sales",
    ),
)  # fmt: skip
CARRIES_FOR = Relation(
    "carries_for",
    Words("carries for", "承运"),
    RelationEnd("carrier", Words("carrier", "承运商"), "carriers", "share", "shipments", "shop/carriers"),
    RelationEnd("served", Words("transport customer", "承运客户"), family=""),
    query=CARRIES_FOR_QUERY,
    table="shipments",
    graph_type="SHIPS_FOR",
    properties=("units", "share", "delay_days", "recency_days"),
)
GUARANTEES = _alike("guarantees", Words("guarantees", "担保"), "shop/guarantees")

RELATIONS: dict[str, Relation] = {
    relation.kind: relation
    for relation in (
        SUPPLIES,
        CARRIES_FOR,
        _alike("owns", Words("ownership", "持股"), "people/common-control"),
        _alike("manages", Words("management", "任职管理"), "people/common-control"),
        GUARANTEES,
        _alike("invests", Words("investment", "投资")),
        _alike("branch", Words("branch", "分支机构")),
    )
}
"""The known relations by kind. Queries may name their graph types even where a data set has no such links."""


def relation_of(kind: str) -> Relation:
    """Return the record of a kind.

    A kind that only the data define is its own word in both languages; both ends depend on each other, by one over
    their number of such links, at PRIOR_LEVEL; firms that it links are RELATED.
    """
    text = kind.replace("_", " ")
    return RELATIONS.get(kind) or _alike(kind, Words(text, text))


def relation_ends() -> Iterator[RelationEnd]:
    """Yield the ends of all known relations."""
    for relation in RELATIONS.values():
        yield from (relation.source, relation.target)


def end_of(code: str) -> RelationEnd:
    """Return the end with this code; an unknown code is a kind that only the data define."""
    return next((end for end in relation_ends() if end.code == code), relation_of(code).source)


class ChannelKind(NamedTuple):
    """A kind of channel; its name joins the parts by colons, as in "firm:supplies:firm:forward"."""

    source_type: str
    kind: str
    target_type: str
    direction: str

    @classmethod
    def parse(cls, name: str) -> ChannelKind:
        """Return the kind of channel of that name; a bare kind of relation is its forward channel between firms."""
        full_name = name if ":" in name else f"firm:{name}:firm:{FORWARD}"
        source_type, *kind, target_type, direction = full_name.split(":")
        return cls(source_type, ":".join(kind), target_type, direction)

    @property
    def link(self) -> str:
        """The code of what its sender is to its receiver."""
        return relation_of(self.kind).sender(self.direction).code

    @property
    def node_types(self) -> tuple[str, str]:
        """Types of its sender and of its receiver."""
        ends = (self.source_type, self.target_type)
        return ends if self.direction == FORWARD else ends[::-1]
