"""The firm frame: one row per firm that exists at as_of, its state, its coverage and its features."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.extra_features import Named, event_features, extra_features
from supplyrisk.graph.snapshot.feature_register import Feature, registered
from supplyrisk.graph.snapshot.feature_sql import FAMILIES, FeatureFamily
from supplyrisk.graph.snapshot.peers import peer_features
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

BASE_COLUMNS = (
    "firm_id", "name", "roles", "shop_type", "industry", "region", "defaulted", "defaulted_on",
    "upstream", "coverage", "outcome", "outcome_state",
)  # fmt: skip

_EXISTING = "CREATE TEMP TABLE existing AS SELECT firm_id FROM known_firms"

# Producers and exporters buy where no book reaches: an absent upstream says nothing about them.
_BASE = """
CREATE TEMP TABLE base AS
SELECT row_number() OVER (ORDER BY f.firm_id) - 1 AS "row", f.firm_id,
    name, roles, shop_type, industry, region, d.defaulted_on IS NOT NULL AS defaulted, d.defaulted_on,
    CASE WHEN shop_type IN ('producer', 'exporter') AND c.firm_id IS NULL
        THEN 'unobserved' ELSE 'observed' END AS upstream
FROM known_firms f
LEFT JOIN (
    SELECT firm_id, min("on") AS defaulted_on FROM known_events
    WHERE "on" IS NOT NULL AND list_contains(getvariable('defaults'), kind) GROUP BY firm_id
) d USING (firm_id)
LEFT JOIN (SELECT DISTINCT customer_id AS firm_id FROM pairs) c USING (firm_id)
"""


def create_existing(con: duckdb.DuckDBPyConnection) -> None:
    """Create temp table `existing`: the firms that exist at as_of."""
    con.execute(_EXISTING)


def create_nodes(con: duckdb.DuckDBPyConnection) -> None:
    """Create temp tables `base`, the firms by row number with their state at as_of, and `people`.

    Needs `pairs`.
    """
    con.execute(_BASE)
    con.execute(_PEOPLE)


_PEOPLE = """
CREATE TEMP TABLE people AS
SELECT row_number() OVER (ORDER BY person_id) - 1 AS "row", person_id FROM known_persons
"""

# By source: the rows that show a firm, and the days for which they stay fresh (None: for ever).
_SHOWN = {
    "activity": ("SELECT firm_id, days_ago FROM known_activity", 90),
    "supplies": (
        "SELECT supplier_id AS firm_id, last_ago AS days_ago FROM pairs "
        "UNION ALL SELECT customer_id, last_ago FROM pairs",
        90,
    ),
    "shipments": (
        "SELECT unnest([carrier_id, shipper_id, receiver_id]) AS firm_id, days_ago FROM known_shipments",
        90,
    ),
    "financials": ("SELECT firm_id, days_ago FROM known_financials", 550),
    "relations": (
        "SELECT unnest([from_id, to_id]) AS firm_id, NULL AS days_ago FROM known_relations",
        None,
    ),
}

# Only shops have activity, and carriers need not trade; a firm without roles may be anything.
_APPLIES = {
    "activity": "roles IS NULL OR list_contains(string_split(roles, '|'), 'merchant')",
    "supplies": "roles IS NULL OR roles <> 'logistics'",
}


def coverage_sql(sources: tuple[str, ...]) -> str:
    """SQL of (row, coverage): the share of the sources that apply to a firm which show it, freshly.

    Sources that can apply are activity, supplies, shipments, financials and relations, as far as the data
    set has them. Events and loans are none: to have neither is no gap. Where none applies there is no gap: 1.
    """
    used = [s for s in _SHOWN if s in sources]
    joins, fresh, applying = [], ["0"], ["0"]
    for source in used:
        rows, limit = _SHOWN[source]
        where = "true" if limit is None else f"coalesce(days_ago, 0) < {limit}"
        joins.append(
            f"LEFT JOIN (SELECT DISTINCT firm_id FROM ({rows}) WHERE {where}) {source} USING (firm_id)"
        )
        applies = f"CAST(({_APPLIES.get(source, 'true')}) AS INTEGER)"
        applying.append(applies)
        fresh.append(f"CASE WHEN {source}.firm_id IS NOT NULL THEN {applies} ELSE 0 END")
    share = f"coalesce(({' + '.join(fresh)}) / nullif({' + '.join(applying)}, 0), 1.0)"
    return f'SELECT "row", CAST({share} AS DOUBLE) AS coverage FROM base {" ".join(joins)}'


_HEAD = """
SELECT firm_id, name, roles, shop_type, industry, region, defaulted, defaulted_on, upstream, coverage,
    CASE state WHEN 'failed' THEN true WHEN 'sound' THEN false END AS outcome, state AS outcome_state
FROM base JOIN outcomes USING (firm_id) JOIN ({coverage}) USING ("row") ORDER BY "row"
"""


def firm_frame(con: duckdb.DuckDBPyConnection, tables: Tables) -> tuple[pa.Table, tuple[Feature, ...]]:
    """The firms sorted by id: BASE_COLUMNS, then one column per feature; and the features. Needs `outcomes`.

    Categories of the contract (industry, ...) are features and base columns at once. A column of the data set
    that bears the name of one of ours is given as <table>_<name>.

    Raises
    ------
    DataError: two features would still have one name.
    """
    sources = tuple(tables.sources)
    head = fetch_clean(con, _HEAD.format(coverage=coverage_sql(sources)))
    known = registered(sources, tables.info.undated)
    columns = {name: head[name] for name in known if name in BASE_COLUMNS}
    for family in FAMILIES:
        columns |= _family_columns(con, family, known)
    found = [(feature, columns[key]) for key, feature in known.items()]
    found += event_features(con, tables)
    found += peer_features(head, columns, known)
    found += _renamed(extra_features(con, tables), {*BASE_COLUMNS, *(feature.name for feature, _ in found)})
    for feature, column in found:
        if feature.name not in BASE_COLUMNS:
            head = head.append_column(feature.name, column)
    return head, tuple(feature for feature, _ in found)


def _renamed(extras: Named, taken: set[str]) -> Named:
    # Case does not tell columns apart: databases and spreadsheets that get the frame would mix them up.
    used, renamed = {name.casefold() for name in taken}, []
    for given, column in extras:
        feature = given
        if feature.name.casefold() in used:
            feature = replace(given, name=f"{given.source}_{given.name}")
        if feature.name.casefold() in used:
            raise DataError(
                f"{given.source} has a column {given.name}; {given.name} and {feature.name} are taken",
                remedy="rename the column in the mapping",
            )
        used.add(feature.name.casefold())
        renamed.append((feature, column))
    return renamed


def _family_columns(
    con: duckdb.DuckDBPyConnection, family: FeatureFamily, wanted: Collection[str]
) -> dict[str, pa.Array]:
    names = [name for name in family.columns if name in wanted]
    if not names:
        return {}
    sums = ", ".join(f"{family.columns[name]} AS {name}" for name in names)
    given = ", ".join(_filled(name, family) for name in names)
    table = fetch_clean(
        con,
        f"SELECT {given} FROM base b LEFT JOIN "
        f"(SELECT firm_id, {sums} FROM {family.rows} GROUP BY firm_id) a "
        'USING (firm_id) ORDER BY b."row"',
    )
    return dict(zip(table.column_names, table.columns, strict=True))


def _filled(name: str, family: FeatureFamily) -> str:
    value = f"CAST(a.{name} AS DOUBLE)"
    if name not in family.counts:
        return f"{value} AS {name}"
    buys = name.startswith(("purchase", "suppliers"))
    zero = "CASE WHEN b.upstream = 'observed' THEN 0 END" if buys else "0"
    return f"coalesce({value}, {zero}) AS {name}"
