"""What `scgraph explain` says of one firm, as values: which firm is meant, its links, what is not known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from supplyrisk import gnn
from supplyrisk.cli.errors import usage
from supplyrisk.gnn.explain import Evidence, caught_from, link_words
from supplyrisk.graph import Snapshot

Row = dict[str, Any]


@dataclass(frozen=True)
class Links:
    """What the network says of one firm's links, the heaviest first.

    caught: id, link (what the other is to the firm), caught (hazard), share (of the firm's hazard by the
    network), in_default, firms (a person's firms; null for a firm). passed: id, link (what the firm is to the other),
    caught (by the other), share (of the other's hazard).
    """

    caught: list[Row]
    passed: list[Row]


def links_of(model: gnn.RiskModel, snapshot: Snapshot, firm: int) -> Links:
    """The links of one firm, given by its row in the snapshot."""
    graph, parts = model.parts(snapshot)
    hazard = parts.hazard(gnn.NETWORK)
    factor = model.calibrations[gnn.NETWORK].factor(hazard)
    source, target, caught = caught_from(Evidence(graph, parts, gnn.NETWORK, factor))
    whole, words = hazard * factor, link_words(graph)
    ids = [*snapshot.firms.column("firm_id").to_pylist(), *snapshot.persons.column("person_id").to_pylist()]

    def rows(mine: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> list[Row]:
        found = []
        for i in np.flatnonzero(mine):
            pair = int(source[i]), int(target[i])
            shares = float(caught[i] / whole[pair[1]])
            found.append(
                {"id": ids[other[i]], "link": words[pair], "caught": float(caught[i]), "share": shares}
            )
        return sorted(found, key=lambda row: (-row["caught"], row["id"]))

    owned = _firms_of_persons(snapshot, ids[firm])
    failed = {i for i, defaulted in zip(graph.firm_ids, graph.defaulted, strict=True) if defaulted}
    from_others = [
        row | {"in_default": row["id"] in failed, "firms": owned.get(row["id"])}
        for row in rows(target == firm, source)
    ]
    return Links(from_others, rows(source == firm, target))


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


def missing_of(snapshot: Snapshot, firm: int) -> list[str]:
    """What is not known of one firm, in words: whole sources first, then its upstream."""
    row = snapshot.firms.slice(firm, 1)
    by_source: dict[str, list[bool]] = {}
    for feature in snapshot.features:
        by_source.setdefault(feature.source, []).append(row.column(feature.name)[0].as_py() is None)
    said = []
    for source, lacking in sorted(by_source.items()):
        if all(lacking):
            said.append(f"nothing is known from {source}")
        elif any(lacking):
            said.append(f"{sum(lacking)} of {len(lacking)} features from {source} are missing")
    if row.column("upstream")[0].as_py() == "unobserved":
        said.append(
            f"its suppliers are not recorded ({row.column('shop_type')[0].as_py()}): unknown, not none"
        )
    return said


MOST = 5


def find_firm(named: str, ids: Sequence[str], names: Sequence[str | None]) -> int:
    """The position of the firm of that id, else of that name (capitals aside).

    Raises a usage error, with near matches where there is none, with all of them where a name fits several.
    """
    if named in ids:
        return list(ids).index(named)
    wanted = named.casefold()
    found = [i for i, name in enumerate(names) if name is not None and name.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(ids[i] for i in found[: 4 * MOST])
        more = f" and {len(found) - 4 * MOST} more" if len(found) > 4 * MOST else ""
        raise usage(f"{len(found)} firms are called {named}: {several}{more}; name one by its firm_id")
    raise usage(f"no firm {named!r} on that day; {_near(wanted, ids, names)}")


def _near(wanted: str, ids: Sequence[str], names: Sequence[str | None]) -> str:
    """Firms whose id or name is alike, or begins alike."""
    labels = {i.casefold(): i for i in ids}
    labels |= {name.casefold(): f"{name} ({i})" for i, name in zip(ids, names, strict=True) if name}
    near = get_close_matches(wanted, labels, MOST)
    near += [key for key in labels if key.startswith(wanted) and key not in near][: MOST - len(near)]
    return (
        f"did you mean {', '.join(labels[key] for key in near)}?" if near else "expected a firm_id or a name"
    )
