"""The store of the current picture: what every graph store can do, whichever engine holds it.

The workspace is the history; a store holds one picture of it, which can be thrown away and built again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa

if TYPE_CHECKING:
    from supplyrisk.graph.exposed import ContagionRecords
    from supplyrisk.graph.picture import GraphTables

DEADLINE = 180.0
"""Seconds that a statement may run unless the caller says otherwise."""

Params = Mapping[str, object]
EXPOSED_TO = "EXPOSED_TO"
CONTAGION = {
    "esri": "risk_esri",
    "down": "risk_esri_down",
    "up": "risk_esri_up",
    "exposure": "risk_exposure",
    "by_supply": "risk_exposure_by_supply",
    "by_demand": "risk_exposure_by_demand",
    "by_credit": "risk_exposure_by_credit",
}
"""Columns of contagion by mechanism as properties of firms, apart from the scores that a model gives."""
CONTAGION_AS_OF = "risk_contagion_as_of"
CONTAGION_NAMES = frozenset((*CONTAGION.values(), CONTAGION_AS_OF))
MOVED = (
    "risk_pd_before",
    "risk_grade_before",
    "risk_before_as_of",
    "risk_moved_by",
    "risk_moved_by_data",
    "risk_moved_by_neighbour",
    "risk_moved_by_model",
    "risk_moved_by_unseparated",
)
"""What kept scores of an earlier day add to a model's: PD, grade and day before, the weightiest cause of the change,
and what each cause moved the PD by. Known names wherever a model's scores are: a first scoring has none of them."""


def known_scores(written: Iterable[str]) -> tuple[str, ...]:
    """The properties risk_ that a statement may name, of a graph that these were written into."""
    names = tuple(written)
    return names if CONTAGION_NAMES.issuperset(names) else tuple(dict.fromkeys((*names, *MOVED)))


@dataclass(frozen=True)
class Vocabulary:
    """The names that a statement may use: properties by node label, and by relationship type."""

    labels: Mapping[str, frozenset[str]]
    types: Mapping[str, frozenset[str]]

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        """Itself as JSON, sorted."""
        return {
            part: {name: sorted(names) for name, names in sorted(getattr(self, part).items())}
            for part in ("labels", "types")
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, list[str]]]) -> Vocabulary:
        """What `to_json` gave."""
        return cls(*({k: frozenset(v) for k, v in value[part].items()} for part in ("labels", "types")))

    def joined(self, other: Vocabulary) -> Vocabulary:
        """The names of both."""
        return Vocabulary(_joined(self.labels, other.labels), _joined(self.types, other.types))


def _joined(a: Mapping[str, frozenset[str]], b: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in sorted({*a, *b})}


@dataclass(frozen=True)
class StoreInfo:
    """What a store holds.

    stamp says what it was built from (data set, content_hash, as_of, horizon_days; see `picture.stamp_of`);
    nodes and edges are counts by primary label and by type; scores names the risk_ properties that the last
    scoring left, contagion those that contagion left; about is what `read_back` needs to know.
    """

    kind: str
    place: str
    stamp: Mapping[str, object]
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    scores: tuple[str, ...] = field(default=())
    contagion: tuple[str, ...] = field(default=())
    about: Mapping[str, Any] = field(default_factory=dict)


class Store(Protocol):
    """A graph store. Use it as a context manager, or close it.

    All methods raise StoreError when the store cannot be reached or its worker or server died.
    """

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """The rows that one Cypher statement returns.

        Columns are bool, int64, double, text, lists of these, or (maps, nodes, relationships, paths and
        mixed values) JSON text with sorted keys; days and times are ISO text; nothing in them shows an
        internal id. Rows have no order but the one that the statement asks for. What the engine had to
        remark is in the schema's metadata, b"notes", as a JSON list.

        Parameters
        ----------
        params: values by name; a date goes as ISO text, which is how days are stored.
        write: let the statement change the graph.
        timeout: seconds after which it is stopped.

        Raises
        ------
        CypherError: a syntax fault, an unknown label, type or property, a missing or unusable parameter, a
        write
            without `write`, or the deadline.
        """

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """How the engine would run a statement, which it does not run.

        Columns: step (from 1, in the order in which steps are taken), operation, details, estimated_rows (null
        where the engine does not say). The words are the engine's own.

        Raises
        ------
        CypherError: as `run`.
        """

    def rebuild(self, picture: GraphTables) -> None:
        """Replace everything that an earlier `rebuild` and what was written on it made, all or nothing."""

    def write_scores(self, frame: pa.Table) -> None:
        """Set risk_ properties on firms, in place of all earlier scores; contagion's stay.

        frame has firm_id and one column per property, with or without the prefix risk_; a null leaves it
        absent.

        Raises
        ------
        DataError: a firm twice, a NaN, or a type that no property can hold.
        StoreError: firms that the store does not hold.
        """

    def write_contagion(self, found: ContagionRecords) -> None:
        """Set what contagion found on firms and link them to their sources, in place of all earlier ones.

        The scores of a model stay as they are.

        Raises
        ------
        StoreError: firms that the store does not hold.
        """

    def info(self) -> StoreInfo:
        """What the store holds now."""

    def close(self) -> None:
        """Let go of everything; safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...
