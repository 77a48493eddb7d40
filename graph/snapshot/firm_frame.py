"""The firm frame: one row per firm that exists at as_of, with its state, coverage and features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.schema.source_coverage import AGE_COLUMNS
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import OUTCOME_TABLES
from supplyrisk.graph.snapshot.features.events import FeatureColumns, event_features
from supplyrisk.graph.snapshot.features.extra_columns import extra_families
from supplyrisk.graph.snapshot.features.feature import Feature
from supplyrisk.graph.snapshot.features.register import FAMILIES, is_shipped, registered
from supplyrisk.graph.snapshot.peers import peer_features
from supplyrisk.graph.snapshot.source_ages import create_source_ages, with_coverage
from supplyrisk.graph.snapshot.trade_history import TRADE_DAYS_SQL
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

BASE_COLUMNS = (
    "firm_id", "name", "roles", "shop_type", "industry", "region", "defaulted", "defaulted_on",
    "unlisted", "upstream", "coverage", *AGE_COLUMNS, "trade_days",
    "outcome", "outcome_state", "failed_after", "observed_days",
)  # fmt: skip
"""Columns of the frame before the features; see `Snapshot` for their meaning."""

_EXISTING = "CREATE TEMP TABLE existing AS SELECT firm_id FROM known_firms"

# An unlisted firm has no day of its own: it exists from the day of the first row that names it.
_NAMED = " UNION ALL ".join(
    f'SELECT "{column}" AS firm_id FROM known_{table.name}'
    for table in TABLES.values()
    if table.name not in OUTCOME_TABLES
    for column in table.refs
)
_IS_NAMED = f" WHERE unlisted IS NOT TRUE OR firm_id IN ({_NAMED})"

# "row" numbers firms by id from 0: edges and features refer to it. `d` is each firm's first default. Producers and
# exporters buy from farms, mines or abroad, which no data set records: for them no recorded supplier means
# "unobserved", not "none". A default up to the day of the labels, where there is one, is among the stated outcomes that
# are learned from.
_BASE = """
CREATE TEMP TABLE base AS
SELECT row_number() OVER (ORDER BY f.firm_id) - 1 AS "row", f.firm_id,
    name, roles, shop_type, industry, region, d.defaulted_on IS NOT NULL AS defaulted, d.defaulted_on,
    coalesce(unlisted, false) AS unlisted,
    CASE WHEN shop_type IN ('producer', 'exporter') AND c.firm_id IS NULL
        THEN 'unobserved' ELSE 'observed' END AS upstream
FROM existing_firms f
LEFT JOIN (
    SELECT firm_id, min("on") AS defaulted_on FROM known_default_days
    WHERE coalesce("on" > getvariable('labels_as_of'), true) GROUP BY firm_id
) d USING (firm_id)
LEFT JOIN (SELECT DISTINCT customer_id AS firm_id FROM pairs) c USING (firm_id)
"""


def create_existing(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `existing`, the firms that exist at as_of, and the view `existing_firms`."""
    has_unlisted = con.execute("FROM known_firms WHERE unlisted LIMIT 1").fetchone() is not None
    con.execute(_EXISTING + _IS_NAMED * has_unlisted)
    rows = "known_firms SEMI JOIN existing USING (firm_id)" if has_unlisted else "known_firms"
    con.execute(f"CREATE TEMP VIEW existing_firms AS FROM {rows}")


def create_nodes(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp tables `base`, the firms by row number with their state at as_of, and `people`.

    Needs the temp table `pairs` and the temp views `existing_firms` and `known_default_days`.
    """
    con.execute(_BASE)
    con.execute(_PEOPLE)


_PEOPLE = """
CREATE TEMP TABLE people AS
SELECT row_number() OVER (ORDER BY person_id) - 1 AS "row", person_id FROM known_persons
"""


# The base columns in the order of BASE_COLUMNS. The outcome is null unless the state is failed or sound; `unlisted` is
# null rather than false, so that data without such firms have no such property in the graph.
_HEAD = """
SELECT firm_id, name, roles, shop_type, industry, region, defaulted, defaulted_on,
    CASE WHEN unlisted THEN true END AS unlisted, upstream, {ages},
    CASE WHEN NOT unlisted THEN trade_days END AS trade_days,
    CASE state WHEN 'failed' THEN true WHEN 'sound' THEN false END AS outcome, state AS outcome_state,
    failed_after, observed_days
FROM base JOIN outcomes USING (firm_id) JOIN source_ages USING ("row") LEFT JOIN ({trade}) USING (firm_id)
ORDER BY "row"
"""


def firm_frame(con: duckdb.DuckDBPyConnection, tables: Tables) -> tuple[pa.Table, tuple[Feature, ...]]:
    """Return the firms sorted by id, with BASE_COLUMNS and one column per feature; and the features.

    Categories of the contract (industry, ...) are both features and base columns. A data set's own column that has
    the name of another column, or of a shipped feature that the data lack and for which it would pass, is renamed to
    <table>_<name>. Needs the temp tables `base`, `pairs` and `outcomes`.

    Raises
    ------
    DataError: two features would still have the same name.
    """
    sources = tuple(tables.sources)
    create_source_ages(con)
    head = with_coverage(fetch_clean(con, _HEAD.format(ages=", ".join(AGE_COLUMNS), trade=TRADE_DAYS_SQL)))
    known = registered(sources, tables.info.undated, labelled=tables.info.labels_as_of is not None)
    columns = {name: head[name] for name in known if name in BASE_COLUMNS}
    for family in FAMILIES:
        computed = [feature for feature in family.features if feature.sql and feature.name in known]
        arrays = _family_columns(con, family.rows, computed)
        columns |= {feature.name: array for feature, array in zip(computed, arrays, strict=True)}
    features = [(feature, columns[key]) for key, feature in known.items()]
    features += event_features(con, tables)
    features += peer_features(head, columns, known)
    extras = [
        extra
        for family in extra_families(tables)
        for extra in zip(family.features, _family_columns(con, family.rows, family.features), strict=True)
    ]
    features += _with_unique_names(extras, {*BASE_COLUMNS, *(feature.name for feature, _ in features)})
    for feature, column in features:
        if feature.name not in BASE_COLUMNS:
            head = head.append_column(feature.name, _of_listed(head, column))
    return head, tuple(feature for feature, _ in features)


def _of_listed(head: pa.Table, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a feature that is null for unlisted firms: what others record of them is only a part of their business."""
    unlisted = head["unlisted"]
    if unlisted.null_count == len(unlisted):
        return column
    return pc.if_else(pc.is_null(unlisted), column, pa.scalar(None, column.type))


def _with_unique_names(extras: FeatureColumns, reserved: set[str]) -> FeatureColumns:
    """Return the features with names that differ from the reserved ones and from each other, by more than case."""
    # Databases and spreadsheets that receive the frame ignore case, so names must differ without it.
    used = {name.casefold() for name in reserved}
    renamed = []
    for extra, column in extras:
        feature = extra
        if feature.name.casefold() in used or is_shipped(feature.name.casefold()):
            feature = replace(extra, name=f"{extra.source}_{extra.name}")
        if feature.name.casefold() in used:
            raise DataError(
                f"{extra.source} has a column {extra.name}; the names {extra.name} and {feature.name} are taken",
                remedy="rename the column in the mapping",
            )
        used.add(feature.name.casefold())
        renamed.append((feature, column))
    return renamed


def _family_columns(
    con: duckdb.DuckDBPyConnection, rows: str, features: Sequence[Feature]
) -> list[pa.ChunkedArray]:
    """Return the columns of features that are aggregates of the same rows, in the row order of `base`."""
    if not features:
        return []
    # Columns are numbered: names that the data define may differ by case alone, which SQL ignores.
    sums = ", ".join(f"{feature.sql} AS c{i}" for i, feature in enumerate(features))
    filled = ", ".join(_filled(f"a.c{i}", feature) for i, feature in enumerate(features))
    table = fetch_clean(
        con,
        f"SELECT {filled} FROM base b LEFT JOIN (SELECT firm_id, {sums} FROM {rows} GROUP BY firm_id) a "
        'USING (firm_id) ORDER BY b."row"',
    )
    return list(table.columns)


def _filled(column: str, feature: Feature) -> str:
    value = f"CAST({column} AS DOUBLE)" if feature.kind == "number" else column
    return value if feature.without_rows is None else f"coalesce({value}, {feature.without_rows})"
