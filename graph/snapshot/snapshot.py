"""Snapshot: everything that was known about firms and their links at the end of a day, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.schema.relations import EdgeType
from supplyrisk.graph.schema.source_coverage import AGE_COLUMNS
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.snapshot.default_days import create_default_days
from supplyrisk.graph.snapshot.edges import read_edges
from supplyrisk.graph.snapshot.features.feature import Feature
from supplyrisk.graph.snapshot.firm_frame import create_existing, create_nodes, firm_frame
from supplyrisk.graph.snapshot.outcome import create_outcomes, last_day_of
from supplyrisk.graph.snapshot.trade_sums import TRADES, create_trade_sums
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables, write_json_atomically

if TYPE_CHECKING:
    import duckdb
    import networkx as nx

SNAPSHOT_SCHEMA = "scgraph.snapshot/1"
"""Format name that snapshot.json states."""


@dataclass(frozen=True)
class Snapshot:
    """Everything known at the end of as_of; only the firms' outcomes look ahead.

    Parameters
    ----------
    as_of: None for undated data.
    horizon_days: None for undated data, and where outcomes are stated as of a day (`DatasetInfo.labels_as_of`).
    info: the data set's name, currency and other settings.
    firms: one row per firm that exists, sorted by firm_id: firm_id, name, roles, shop_type, industry, region,
        defaulted (in default at as_of) and defaulted_on, unlisted (true for a firm that is only known as a partner of
        others, else null: such a firm has no coverage, features and outcome), upstream ("observed"; "unobserved": a
        producer or exporter without a known supplier), coverage (data coverage by the shipped list, see
        `source_coverage`), activity_ago to loans_ago (days since the last row of each of its sources), trade_days (days
        since its first trade; null without any, and in undated data), outcome (null unless failed or sound),
        outcome_state ("failed", "sound", "censored", "defaulted", "unlabelled"), failed_after (days to its first
        default in the data, null if none) and observed_days (days until that default, its closure or the end of the
        data; null without events), then one column per feature, null where missing. The last four before the features
        look ahead.
    persons: person_id, sorted.
    edges: by (source type, kind, target type): source and target as row numbers of `firms` or `persons`, then
        attributes, null where missing; sorted, one row per pair.
    features: the feature columns with their meanings.
    sources: the tables that the data set has.
    trades: supplies by supplier, customer and category, for the store.
    loans: the last state of each credit line.
    events: all events up to as_of; row_id is null where the source has none.
    default_definition: what counts as a default in `defaulted` and in the outcome.
    """

    as_of: date | None
    horizon_days: int | None
    info: DatasetInfo
    firms: pa.Table
    persons: pa.Table
    edges: dict[EdgeType, pa.Table]
    features: tuple[Feature, ...]
    sources: tuple[str, ...]
    trades: pa.Table
    loans: pa.Table
    events: pa.Table
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION

    def __str__(self) -> str:
        day = "undated" if self.as_of is None else f"as of {self.as_of}"
        if self.horizon_days is not None:
            day += f", horizon {self.horizon_days} days"
        links = ", ".join(f"{t.num_rows} {'-'.join(kind)}" for kind, t in self.edges.items())
        unlisted = int(self.unlisted.sum())
        firms = f"{self.firms.num_rows} firms" + (f" ({unlisted} of them unlisted)" if unlisted else "")
        size = f"{firms}, {len(self.features)} features"
        return f"{self.info.name}, {day}: {size}, {links or 'no links'}"

    @property
    def unlisted(self) -> NDArray[np.bool_]:
        """Whether each firm is only known as a partner of others [firms]."""
        # a graph of an earlier version has no such column
        if "unlisted" not in self.firms.column_names:
            return np.zeros(self.firms.num_rows, dtype=bool)
        return np.array(self.firms["unlisted"].is_valid().to_numpy(), dtype=bool)

    @property
    def source_ages(self) -> NDArray[np.float64]:
        """Days since the last row of each source about each firm [firms, DATA_SOURCES]; NaN where it has none.

        Raises
        ------
        DataError: the snapshot was read from a graph of an earlier version, which does not state the ages.
        """
        if AGE_COLUMNS[0] not in self.firms.column_names:
            raise DataError(
                "the graph does not state how old the data about its firms are: an earlier version loaded it",
                "properties such as activity_ago",
                "run scgraph store load",
            )
        return np.column_stack([self.firms[name].to_numpy().astype(np.float64) for name in AGE_COLUMNS])

    def save(self, folder: Path) -> None:
        """Write every table as Parquet and the rest as snapshot.json into a folder, which is created if missing."""
        folder.mkdir(parents=True, exist_ok=True)
        tables = {name: getattr(self, name) for name in ("firms", "persons", "trades", "loans", "events")}
        # A kind is any text and may not be a valid file name: files are numbered, and the JSON maps them to kinds.
        edges = {f"edges_{i}": kind for i, kind in enumerate(self.edges)}
        tables |= {name: self.edges[kind] for name, kind in edges.items()}
        for name, table in tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
        about = {
            "schema": SNAPSHOT_SCHEMA,
            "as_of": self.as_of and self.as_of.isoformat(),
            "horizon_days": self.horizon_days,
            **self.default_definition.to_json(),
            "info": self.info.to_json(),
            "edges": {name: list(kind) for name, kind in edges.items()},
            "features": [feature.to_json() for feature in self.features],
            "sources": list(self.sources),
        }
        write_json_atomically(folder / "snapshot.json", about)

    def to_networkx(self) -> nx.MultiDiGraph:
        """Return firms and persons by id as a directed multigraph: kinds are edge keys, missing attributes absent."""
        import networkx as nx  # noqa: PLC0415 - slow to import, and few snapshots become a networkx graph

        graph = nx.MultiDiGraph()
        ids = {"firm": self.firms["firm_id"].to_pylist(), "person": self.persons["person_id"].to_pylist()}
        for kind, names in ids.items():
            graph.add_nodes_from(names, type=kind)
        for (source_type, kind, target_type), table in self.edges.items():
            for row in table.to_pylist():
                source = ids[source_type][row.pop("source")]
                target = ids[target_type][row.pop("target")]
                graph.add_edge(source, target, key=kind, **{k: v for k, v in row.items() if v is not None})
        return graph


def build_snapshot(
    tables: Tables,
    as_of: date | None = None,
    horizon_days: int = 180,
    *,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
) -> Snapshot:
    """Build the snapshot of a day: everything known at its end, and each firm's outcome over the horizon.

    Parameters
    ----------
    tables: the workspace's tables.
    as_of: the day; None (default) for the last day of the data, for the day of the labels where there is one, or for
        undated data.
    horizon_days: days of the outcome window (as_of, as_of + horizon_days]; 180 by default. Of no effect on undated data
        and where there is a day of the labels.
    default_definition: what counts as a default.

    Raises
    ------
    DataError: the data set has no firms or no days, a day is passed for undated data, or the horizon is below 1 day.
    """
    day = snapshot_day(tables, as_of)
    if horizon_days < 1:
        raise DataError(f"a horizon of {horizon_days} days", expected="1 or more")
    with tables.connect() as con:
        _create_outcomes(con, tables, day, horizon_days, default_definition)
        firms, features = firm_frame(con, tables)
        return Snapshot(
            as_of=day,
            horizon_days=horizon_days if tables.info.has_window else None,
            info=tables.info,
            firms=firms,
            persons=fetch_clean(con, 'SELECT person_id FROM people ORDER BY "row"'),
            edges=read_edges(con, tuple(tables.sources)),
            features=features,
            sources=tuple(name for name in TABLES if tables.present(name)),
            trades=fetch_clean(con, TRADES),
            loans=con.sql(_rows_of("loans", "loan_id")).to_arrow_table(),
            events=con.sql(_rows_of("events", "ALL")).to_arrow_table(),
            default_definition=default_definition,
        )


def later_outcomes(tables: Tables, as_of: date, default_definition: DefaultDefinition) -> pa.Table:
    """Return firm_id, failed_after and observed_days of the snapshot of a day, without computing the rest of it.

    Neither depends on a horizon. Without a firm on that day there are no rows.

    Parameters
    ----------
    tables: dated tables with days of outcomes.
    """
    with tables.connect() as con:
        _create_outcomes(con, tables, as_of, defaults.HORIZON_DAYS, default_definition)
        return fetch_clean(con, "SELECT firm_id, failed_after, observed_days FROM outcomes")


def _create_outcomes(
    con: duckdb.DuckDBPyConnection,
    tables: Tables,
    day: date | None,
    horizon_days: int,
    default_definition: DefaultDefinition,
) -> None:
    """Create the temp tables up to `outcomes`; each step reads those of the steps before."""
    create_known_views(con, tables, day)
    create_default_days(con, default_definition, tables)
    create_existing(con)
    create_trade_sums(con)
    create_nodes(con)
    create_outcomes(con, tables, horizon_days)


def snapshot_day(tables: Tables, as_of: date | None) -> date | None:
    """Return the day of a snapshot; as_of None: the last day of the data, that of the labels, or None if undated.

    Raises
    ------
    DataError: the data set has no firms or no days, or a day is passed for undated data.
    """
    if not tables.present("firms"):
        raise DataError("the data set has no firms", expected="a table firms", remedy="load one")
    if tables.info.undated:
        if as_of is not None:
            raise DataError(f"as of {as_of}, but the data set is undated", remedy="leave out the day")
        return None
    day = as_of or tables.info.labels_day or last_day_of(tables)
    if day is None:
        raise DataError("no row of the data set has a day", expected="days, or undated = true in the mapping")
    return day


def _rows_of(table: str, order: str) -> str:
    """Return the SQL of a table's known rows of existing firms, with the contract's columns."""
    names = ", ".join(f'"{name}"' for name in TABLES[table].names)
    return (
        f"SELECT {names} FROM known_{table} WHERE firm_id IN (SELECT firm_id FROM existing) ORDER BY {order}"
    )
