"""Checks the names in a statement against a database that others write to as well.

The marker lists the names of the last load; the database is queried only for names that it does not list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import neo4j

from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.cypher_names import check_names, quoted, unknown_property, used_names
from supplyrisk.graph.store.neo4j.load_parts import OWNED
from supplyrisk.graph.store.neo4j.marker import LABEL, Marker
from supplyrisk.graph.store.property_names import Vocabulary, known_scores

_UNKNOWN = {"01N50": "label", "01N51": "relationship type", "01N52": "property"}
_NAME = re.compile(r"`((?:``|[^`])*)`")


def check_known(tx: neo4j.ManagedTransaction, cypher: str, marker: Marker) -> None:
    """Reject a statement with names that the database does not have.

    Raises
    ------
    CypherError: an unknown label, relationship type or property.
    """
    known = marker.names.joined(Vocabulary({}, _with_own(marker)))
    scores = known_scores(marker.result_properties)
    # The queries below are slow on large databases, and most statements use names of the marker only.
    try:
        check_names(cypher, known, scores)
    except CypherError:
        check_names(cypher, known.joined(_names_in_database(tx, cypher, known)), scores)


def _with_own(marker: Marker) -> dict[str, frozenset[str]]:
    return {type_: frozenset() for type_ in marker.names.types}


def _names_in_database(tx: neo4j.ManagedTransaction, cypher: str, known: Vocabulary) -> Vocabulary:
    """Return those names of a statement that the database has although the marker does not list them."""
    labels = {name: frozenset[str]() for name in _procedure_names(tx, "db.labels", {LABEL})}
    types = {name: frozenset[str]() for name in _procedure_names(tx, "db.relationshipTypes", set())}
    keys = _procedure_names(tx, "db.propertyKeys", {OWNED})
    used = used_names(cypher)
    for variable, name in used.properties:
        for owner in used.bound.get(variable) or [None]:
            if name not in keys or (owner is not None and owner not in (*labels, *types)):
                continue
            # Reached only if the name exists somewhere in the database: a misspelt name costs no scan of the graph.
            if owner is None or owner in labels:
                for label in _labels_with(tx, name, owner):
                    labels[label] = labels.get(label, frozenset()) | {name}
            if owner is None or owner in types:
                for type_ in _types_with(tx, name, owner):
                    types[type_] = types.get(type_, frozenset()) | {name}
    return Vocabulary(labels, types)


def _procedure_names(tx: neo4j.ManagedTransaction, procedure: str, hidden: Iterable[str]) -> set[str]:
    return {name for (name,) in tx.run(f"CALL {procedure}()").values()} - set(hidden)


def _labels_with(tx: neo4j.ManagedTransaction, name: str, label: str | None) -> list[str]:
    pattern = f"(n:{quoted(label)})" if label else "(n)"
    rows = tx.run(f"MATCH {pattern} WHERE n.{quoted(name)} IS NOT NULL RETURN labels(n) LIMIT 1").values()
    return [label] if label and rows else [found_label for (labels,) in rows for found_label in labels]


def _types_with(tx: neo4j.ManagedTransaction, name: str, type_: str | None) -> list[str]:
    pattern = f"[r:{quoted(type_)}]" if type_ else "[r]"
    query = f"MATCH ()-{pattern}->() WHERE r.{quoted(name)} IS NOT NULL RETURN type(r) LIMIT 1"
    return [found_type for (found_type,) in tx.run(query).values()]


def refuse_unknown(summary: neo4j.ResultSummary, marker: Marker) -> list[str]:
    """Raise an error for the server's notifications about unknown names; return its other notifications.

    A name of the contract that this data set lacks is accepted: the server does not know it, and returns no rows.
    """
    notes = []
    known = {*marker.names.labels, *marker.names.types, *known_scores(marker.result_properties)}
    known = known.union(*marker.names.labels.values(), *marker.names.types.values())
    for status in summary.gql_status_objects:
        if not status.is_notification:
            continue
        kind = _UNKNOWN.get(status.gql_status)
        if kind is None:
            notes.append(status.status_description)
            continue
        match = _NAME.search(status.status_description)
        name = match.group(1).replace("``", "`") if match else ""
        if name and name not in known:
            if kind == "property":
                raise unknown_property(name, (), known, marker.result_properties)
            raise CypherError(f"unknown {kind} {name}")
    return notes
