"""One firm's links as the network sees them: whom it catches from, and whom it passes on to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.evidence import ScoreEvidence, caught_by, caught_pairs, link_words, node_ids
from supplyrisk.gnn.risk_model import NETWORK, HazardParts, RiskModel
from supplyrisk.graph import Snapshot

Row = dict[str, Any]


@dataclass(frozen=True)
class FirmLinks:
    """What the network says of one firm's links, the heaviest first.

    caught: id, link (what the other is to the firm), caught (hazard), share (of the firm's hazard by the
    network), in_default, firms (a person's other firms; null for a firm). passed: id, link (what the firm is to the
    other), caught (by the other), share (of the other's hazard). Firms in default catch nothing any more: one of
    them has no row in caught, and is in nobody's passed.
    """

    caught: list[Row]
    passed: list[Row]


def firm_links_of(
    model: RiskModel, snapshot: Snapshot, firm: int, computed: tuple[PanelGraph, HazardParts] | None = None
) -> FirmLinks:
    """The links of one firm, given by its row in the snapshot.

    seen: what `model.parts(snapshot)` gave, where that was asked for already.
    """
    graph, parts = computed or model.parts(snapshot)
    hazard = parts.hazard(NETWORK)
    factor = model.calibrations[NETWORK].factor(hazard)
    seen_so, links = ScoreEvidence(graph, parts, NETWORK, factor), graph.links
    whole, ids = hazard * factor, node_ids(snapshot).to_pylist()
    pairs = caught_pairs(seen_so)
    source, target = links.pair_source.numpy()[pairs], links.pair_target.numpy()[pairs]

    def rows(mine: NDArray[np.bool_], other: NDArray[np.int64]) -> list[Row]:
        caught, (words, word) = caught_by(seen_so, pairs[mine]), link_words(graph, pairs[mine])
        share = caught / whole[target[mine]]
        found = [
            {"id": ids[o], "link": words[w], "caught": c, "share": s}
            for o, w, c, s in zip(
                other[mine].tolist(), word.tolist(), caught.tolist(), share.tolist(), strict=True
            )
        ]
        return sorted(found, key=lambda row: (-row["caught"], row["id"]))

    owned = _firms_of_persons(snapshot, ids[firm])
    failed = {i for i, defaulted in zip(graph.firm_ids, graph.defaulted, strict=True) if defaulted}
    from_others = [
        row | {"in_default": row["id"] in failed, "firms": owned.get(row["id"])}
        for row in rows(target == firm, source)
    ]
    return FirmLinks(from_others, rows(source == firm, target))


def _firms_of_persons(snapshot: Snapshot, but: str) -> dict[str, list[str]]:
    """By person the firms that any relation links with them, without the firm that is looked at."""
    persons, firms = (
        snapshot.persons.column("person_id").to_pylist(),
        snapshot.firms.column("firm_id").to_pylist(),
    )
    found: dict[str, set[str]] = {}
    for (source_type, _, target_type), table in snapshot.edges.items():
        if {source_type, target_type} != {"firm", "person"}:
            continue
        ends = table.column("source").to_pylist(), table.column("target").to_pylist()
        person, firm = ends if source_type == "person" else ends[::-1]
        for p, f in zip(person, firm, strict=True):
            found.setdefault(persons[p], set()).add(firms[f])
    return {person: sorted(linked - {but}) for person, linked in found.items()}
