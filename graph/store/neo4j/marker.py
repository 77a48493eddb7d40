"""The marker: one node in the user's database that records what scgraph owns there and what it is doing.

    (:ScgraphLoad {id: "graph", state, run, picture, done, fresh, stamp, names, links, scores, contagion, portraits})

`state` is "whole", or the operation in progress: "loading", "scoring", "contagion", "portraits", "cleaning". `run`
identifies the process that works on the graph. A new process takes over by writing its own id, and the earlier one
stops at its next batch, so that two processes never write at the same time. `done` counts the batches of a load. It
changes in the same transaction as the batch, so that no batch is written twice, whichever side crashes.
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
WHOLE = "whole"
LOADING = "loading"
SCORING = "scoring"
EXPOSING = "contagion"
PORTRAYING = "portraits"
CLEANING = "cleaning"
CONSTRAINTS = {f"scgraph_{label.lower()}": (label, key) for label, key in (KEYS | {LABEL: "id"}).items()}
"""(label, key) of each unique constraint, by its name; a user's constraint of another name serves as well."""
_COMMAND_TO_REPEAT = {
    LOADING: "scgraph load",
    SCORING: "scgraph score",
    EXPOSING: "scgraph store contagion",
    PORTRAYING: "scgraph store portraits",
    CLEANING: "scgraph store clean",
}
# Properties of the node by field of Marker: databases of earlier versions hold the fingerprint as `picture`.
_PLAIN = {"state": "state", "run": "run", "fingerprint": "picture", "done": "done"}
_LISTS = ("fresh", "links", "scores", "contagion", "portraits")


@dataclass(frozen=True)
class Marker:
    """Content of the marker.

    Parameters
    ----------
    state: WHOLE, or the operation in progress.
    run: id of the process that works on the graph.
    fingerprint: identifies the graph tables of the load, see `load_parts.fingerprint`.
    done: batches of the load that are written.
    fresh: kinds of links that the database had none of when the load started; these are created without MERGE.
    stamp, about: see `GraphTables`.
    names: labels, types and properties that scgraph wrote.
    links: kinds of links that scgraph wrote ("type|source label|target label").
    scores, contagion: risk_ properties of firms. portraits: portrait_ properties of firms.
    """

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
    portraits: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def result_properties(self) -> tuple[str, ...]:
        """The properties of firms that are results: scores, contagion and portraits."""
        return (*self.scores, *self.contagion, *self.portraits)

    def check_whole(self, place: str) -> None:
        """Reject a graph that an operation has only partly changed.

        Raises
        ------
        StoreError: an operation is in progress or was interrupted.
        """
        if self.state != WHOLE:
            raise StoreError(
                f"the graph at {place} is unfinished: {self.state} is in progress or was interrupted",
                None,
                f"wait for it, or run {_COMMAND_TO_REPEAT[self.state]} again",
            )


def read_marker(tx: neo4j.ManagedTransaction) -> Marker | None:
    """Return the marker, None where scgraph has never loaded anything."""
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
        # Markers of earlier versions have no `about`.
        about=json.loads(stored.get("about", "{}")),
        names=Vocabulary.from_json(json.loads(stored["names"])),
    )


def write_marker(tx: neo4j.ManagedTransaction, marker: Marker) -> None:
    """Write the marker, replacing all its properties."""
    stored = {key: getattr(marker, name) for name, key in _PLAIN.items()}
    stored |= {name: list(getattr(marker, name)) for name in _LISTS}
    stored |= {
        "stamp": json.dumps(dict(marker.stamp)),
        "about": json.dumps(dict(marker.about)),
        "names": json.dumps(marker.names.to_json()),
    }
    tx.run("MERGE (m:ScgraphLoad {id: 'graph'}) SET m = $stored, m.id = 'graph'", stored=stored).consume()


def finish(tx: neo4j.ManagedTransaction, finished: Marker) -> None:
    """Write the marker as the last step of a run.

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
    """Return a random id for a run."""
    return secrets.token_hex(8)


def create_constraints(connection: Connection) -> None:
    """Create the unique constraints before a load; they also are the indexes that MERGE needs to be fast."""
    for name, (label, key) in CONSTRAINTS.items():
        # A user's constraint or index on the same property makes the server refuse a second one.
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
    """Writes the batches of one run, as long as the marker names that run."""

    def __init__(self, connection: Connection, run: str) -> None:
        self._connection = connection
        self._run = run

    def batch(self, cypher: str, rows: Sequence[Row], at: int | None = None) -> int:
        """Write one batch and return the number that the statement counts.

        Parameters
        ----------
        cypher: a statement with the parameter $rows that returns a count as n.
        rows: the rows of the batch.
        at: number of the batch in a load. It is then written only once: if it was written before, len(rows) is
            returned. None (default) for batches that may be repeated.

        Raises
        ------
        StoreError: another run has taken over.
        """

        def work(tx: neo4j.ManagedTransaction) -> int:
            # SET takes the write lock of the marker until the transaction ends, so no other run can take over.
            marker = tx.run(
                "MATCH (m:ScgraphLoad {id: 'graph'}) WHERE m.run = $run SET m.run = $run "
                "RETURN m.done AS done",
                run=self._run,
            ).single()
            if marker is None:
                raise _taken_over()
            # The batch was committed, but the connection broke before the response arrived, and the driver retries.
            if at is not None and marker["done"] > at:
                return len(rows)
            if at is not None:
                tx.run("MATCH (m:ScgraphLoad {id: 'graph'}) SET m.done = $n", n=at + 1).consume()
            result = tx.run(cypher, rows=rows).single()
            return int(result["n"]) if result else 0

        return self._connection.write(work)

    def repeat(self, cypher: str, **params: object) -> int:
        """Run a statement with a LIMIT of its own until it counts 0; return the sum of the counts."""
        total = 0
        while count := self._once(cypher, params):
            total += count
        return total

    def _once(self, cypher: str, params: Mapping[str, object]) -> int:
        def work(tx: neo4j.ManagedTransaction) -> int:
            marker = tx.run(
                "MATCH (m:ScgraphLoad {id: 'graph'}) WHERE m.run = $run RETURN 1", run=self._run
            ).single()
            if marker is None:
                raise _taken_over()
            result = tx.run(cypher, dict(params)).single()
            return int(result["n"]) if result else 0

        return self._connection.write(work)
