"""One firm's links by the network: the neighbours it catches hazard from, and those it passes hazard on to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.explain.evidence import ScoreEvidence, caught_by, caught_pairs, link_words, node_ids
from supplyrisk.gnn.risk_model import RiskModel, SnapshotHazards
from supplyrisk.graph import Snapshot

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class PassedHazard:
    """The hazard that passes over the links between two nodes.

    Parameters
    ----------
    id: the other node.
    link: what the giving node is to the receiving one.
    caught: the hazard that the receiving node catches.
    share: its share of the receiving node's hazard by the network.
    """

    id: str
    link: str
    caught: float
    share: float


@dataclass(frozen=True)
class CaughtHazard(PassedHazard):
    """Hazard that the firm catches.

    Parameters
    ----------
    in_default: whether the other node is a firm in default.
    firms: a person's other firms; None where the other node is a firm.
    """

    in_default: bool
    firms: list[str] | None


@dataclass(frozen=True)
class FirmLinks:
    """One firm's links, the heaviest first. Firms in default catch nothing any more: `passed` leaves them out."""

    caught: list[CaughtHazard]
    passed: list[PassedHazard]


def firm_links_of(
    model: RiskModel, snapshot: Snapshot, firm: int, computed: SnapshotHazards | None = None
) -> FirmLinks:
    """Return the links of one firm.

    Parameters
    ----------
    model: the trained model.
    snapshot: the snapshot.
    firm: the firm's row in the snapshot.
    computed: result of `model.parts(snapshot)`, if it has been computed already.
    """
    graph, parts = computed or model.parts(snapshot)
    candidate = model.separating
    hazard = parts.hazard(candidate)
    factor = model.calibrations[candidate].factor(hazard)
    calibrated = hazard * factor
    # Explains the network whichever candidate is champion: only it has links.
    evidence = ScoreEvidence(graph, parts, candidate, factor)
    ids = node_ids(snapshot).to_pylist()
    pairs = caught_pairs(evidence)
    source = graph.links.pair_source.numpy()[pairs]
    target = graph.links.pair_target.numpy()[pairs]

    def rows(selected: NDArray[np.bool_], other: Numbers) -> list[PassedHazard]:
        caught = caught_by(evidence, pairs[selected])
        words = link_words(graph, pairs[selected])
        share = caught / calibrated[target[selected]]
        links = [
            PassedHazard(ids[node], words.words[word], c, s)
            for node, word, c, s in zip(
                other[selected].tolist(),
                words.number.tolist(),
                caught.tolist(),
                share.tolist(),
                strict=True,
            )
        ]
        return sorted(links, key=lambda link: (-link.caught, link.id))

    owned = _firms_of_persons(snapshot, ids[firm])
    failed = {i for i, defaulted in zip(graph.firm_ids, graph.defaulted, strict=True) if defaulted}
    from_others = [
        CaughtHazard(link.id, link.link, link.caught, link.share, link.id in failed, owned.get(link.id))
        for link in rows(target == firm, source)
    ]
    return FirmLinks(from_others, rows(source == firm, target))


def _firms_of_persons(snapshot: Snapshot, excluded: str) -> dict[str, list[str]]:
    """By person the firms linked with it by any relation, sorted, without the excluded one."""
    persons = snapshot.persons.column("person_id").to_pylist()
    firms = snapshot.firms.column("firm_id").to_pylist()
    linked: dict[str, set[str]] = {}
    for (source_type, _, target_type), table in snapshot.edges.items():
        if {source_type, target_type} != {"firm", "person"}:
            continue
        from_person = source_type == "person"
        person_rows = table.column("source" if from_person else "target").to_pylist()
        firm_rows = table.column("target" if from_person else "source").to_pylist()
        for person, firm in zip(person_rows, firm_rows, strict=True):
            linked.setdefault(persons[person], set()).add(firms[firm])
    return {person: sorted(firm_ids - {excluded}) for person, firm_ids in linked.items()}
