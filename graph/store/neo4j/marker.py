"""The marker: one node in the user's database that says what of ours it holds, and what was left unfinished.

    (:ScgraphLoad {id: "graph", state, run, picture, done, fresh, stamp, names, links, scores, contagion})

state is "whole", or what is going on: "loading", "scoring", "contagion", "cleaning". run is whoever works on it: a
newcomer takes it over, and the other stops at its next batch, so two never write past each other. done counts the
batches of a load; it changes in the transaction of each batch, so that no batch is ever written twice, whoever dies
when.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import neo4j

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.graph_tables import KEYS
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.load_parts import Row
from supplyrisk.graph.store.property_names import Vocabulary

LABEL = "ScgraphLoad"
WHOLE, LOADING, SCORING, EXPOSING, CLEANING = "whole", "loading", "scoring", "contagion", "cleaning"
CONSTRAINTS = {f"scgraph_{label.lower()}": (label, key) for label, key in (KEYS | {LABEL: "id"}).items()}
"""Unique keys by the name that we give them; one that the user has under another name serves as well."""
_AGAIN = {
    LOADING: "scgraph load",
    SCORING: "scgraph score",
    EXPOSING: "scgraph store contagion",
    CLEANING: "scgraph store clean",
}
# Properties of the node by field of Marker: databases of earlier versions hold the fingerprint as `picture`.
_PLAIN = {"state": "state", "run": "run", "fingerprint": "picture", "done": "done"}
_LISTS = ("fresh", "links", "scores", "contagion")


@dataclass(frozen=True)
class Marker:
    """What the marker says; links are kinds of links (type, source and target label)."""

    state: str = WHOLE
    run: str = ""
    fingerprint: str = ""
    done: int = 0
    fresh: tuple[str, ...] = ()
    stamp: Mapping[str, Any] = field(default_factory=dict)
    names: Vocabulary = field(default_factory=lambda: Vocabulary({}, {}))
    links: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    contagion: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def risk_properties(self) -> tuple[str, ...]:
        """The properties risk_ of firms: scores and contagion."""
        return (*self.scores, *self.contagion)

    def check_whole(self, place: str) -> None:
        """Refuse a graph that is half one thing and half another.

        Raises
        ------
        StoreError: something is going on or was cut off.
        """
        if self.state != WHOLE:
            raise StoreError(
                f"the graph at {place} is unfinished: {self.state} is going on or was cut off",
                None,
                f"wait for it, or run {_AGAIN[self.state]} again",
            )


def read_marker(tx: neo4j.ManagedTransaction) -> Marker | None:
    """The marker, None where nothing of ours was ever loaded."""
    record = tx.run("MATCH (m:ScgraphLoad {id: 'graph'}) RETURN properties(m) AS p").single()
    if record is None:
        return None
    stored = record["p"]
    lists: dict[str, Any] = {name: tuple(stored.get(name, ())) for name in _LISTS}
    plain: dict[str, Any] = {name: stored[key] for name, key in _PLAIN.items()}
    return Marker(
        **plain,
        **lists,
        stamp=json.loads(stored["stamp"]),
        about=json.loads(stored.get("about", "{}")),
        names=Vocabulary.from_json(json.loads(stored["names"])),
    )


def write_marker(tx: neo4j.ManagedTransaction, marker: Marker) -> None:
    """Make the marker say this."""
    stored = {key: getattr(marker, name) for name, key in _PLAIN.items()}
    stored |= {name: list(getattr(marker, name)) for name in _LISTS}
    stored |= {
        "stamp": json.dumps(dict(marker.stamp)),
        "about": json.dumps(dict(marker.about)),
        "names": json.dumps(marker.names.to_json()),
    }
    tx.run("MERGE (m:ScgraphLoad {id: 'graph'}) SET m = $held, m.id = 'graph'", held=stored).consume()


def finish(tx: neo4j.ManagedTransaction, finished: Marker) -> None:
    """Make the marker say this, as the last act of its run.

    Raises
    ------
    StoreError: another run has taken over.
    """
    current = read_marker(tx)
    if current is None or current.run != finished.run:
        raise _taken_over()
    write_marker(tx, finished)


def _taken_over() -> StoreError:
    return StoreError("another scgraph has taken over this graph", None, "wait for it to end")


def new_run() -> str:
    """A name for one process at work."""
    return secrets.token_hex(8)


def create_constraints(connection: Connection) -> None:
    """Unique keys, which are indexes too, before anything is loaded."""
    for name, (label, key) in CONSTRAINTS.items():
        try:
            connection.schema(
                f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE"
            )
        except StoreError as fault:
            raise StoreError(
                f"{label}.{key} cannot be made unique ({fault.problem})",
                f"one {label} per {key}, and no plain index on it",
                "remove the nodes or the index that stand in the way",
            ) from fault


class BatchWriter:
    """One run that writes in batches, for as long as the marker names it."""

    def __init__(self, connection: Connection, run: str) -> None:
        self._link = connection
        self._run = run

    def batch(self, cypher: str, rows: Sequence[Row], at: int | None = None) -> int:
        """Write one batch; with `at`, as number at of the load: it is written once, whatever happens.

        Returns the number that the statement counts; len(rows) where it was written before.

        Raises
        ------
        StoreError: another run has taken over.
        """

        def work(tx: neo4j.ManagedTransaction) -> int:
            # The lock on the marker is held from here to the end: no other run gets in between.
            held = tx.run(
                "MATCH (m:ScgraphLoad {id: 'graph'}) WHERE m.run = $run SET m.run = $run "
                "RETURN m.done AS done",
                run=self._run,
            ).single()
            if held is None:
                raise _taken_over()
            if at is not None and held["done"] > at:
                return len(rows)
            if at is not None:
                tx.run("MATCH (m:ScgraphLoad {id: 'graph'}) SET m.done = $n", n=at + 1).consume()
            found = tx.run(cypher, rows=rows).single()
            return int(found["n"]) if found else 0

        return self._link.write(work)

    def repeat(self, cypher: str, **params: object) -> int:
        """Run a statement that takes a batch of its own each time, until it finds nothing more."""
        total = 0
        while count := self._once(cypher, params):
            total += count
        return total

    def _once(self, cypher: str, params: Mapping[str, object]) -> int:
        def work(tx: neo4j.ManagedTransaction) -> int:
            held = tx.run(
                "MATCH (m:ScgraphLoad {id: 'graph'}) WHERE m.run = $run RETURN 1", run=self._run
            ).single()
            if held is None:
                raise _taken_over()
            found = tx.run(cypher, dict(params)).single()
            return int(found["n"]) if found else 0

        return self._link.write(work)
