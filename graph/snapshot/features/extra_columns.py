"""Features from columns of the data set that the contract does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import extra_column
from supplyrisk.graph.snapshot.features.events import FeatureColumns
from supplyrisk.graph.snapshot.features.feature import MAIN_WINDOW, Feature
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

EXTRA_WINDOWS = (30, MAIN_WINDOW)
"""Windows in days over which extra columns of activity are averaged."""


def extra_features(con: duckdb.DuckDBPyConnection, tables: Tables) -> FeatureColumns:
    """Return candidate features from columns that the contract does not name.

    Columns of firms are used unchanged. Of activity, numbers become the mean of the rows in 30 and in 180 days (of
    all rows in undated data), and texts the last value in 180 days.
    """
    definitions = [*_firm_extras(tables), *_activity_extras(tables)]
    if not definitions:
        return []
    firms = ", ".join(sql for feature, sql in definitions if feature.source == "firms")
    activity = ", ".join(sql for feature, sql in definitions if feature.source == "activity")
    table = fetch_clean(
        con,
        'SELECT * EXCLUDE (firm_id, "row") FROM (SELECT firm_id, "row" FROM base) '
        f'{_joined(firms, "known_firms")} {_joined(activity, "known_activity")} ORDER BY "row"',
    )
    return [(feature, column) for (feature, _), column in zip(definitions, table.columns, strict=True)]


def _joined(columns: str, view: str) -> str:
    return (
        f"LEFT JOIN (SELECT firm_id, {columns} FROM {view} GROUP BY firm_id) USING (firm_id)"
        if columns
        else ""
    )


def _firm_extras(tables: Tables) -> list[tuple[Feature, str]]:
    """Return features from extra columns of firms, each with the SQL of its column."""
    definitions = []
    for i, (name, sql_type) in enumerate(sorted(tables.info.extra.get("firms", {}).items())):
        feature = Feature(name, "given by the data set", "", 0, "firms", None, _feature_kind(sql_type))
        # firm_id is the key, so each group has one row; max() only satisfies GROUP BY.
        definitions.append((feature, f"max({extra_column(name)}) AS f{i}"))
    return definitions


def _activity_extras(tables: Tables) -> list[tuple[Feature, str]]:
    if not tables.present("activity"):
        return []
    undated = tables.info.undated
    definitions = []
    for i, (name, sql_type) in enumerate(sorted(tables.info.extra.get("activity", {}).items())):
        column = extra_column(name)
        if _feature_kind(sql_type) == "category":
            # Undated rows have no order, so there is no last one: min() picks one whatever the order of rows.
            last = (
                f"min({column})"
                if undated
                else f"arg_min({column}, days_ago) FILTER (WHERE days_ago < {MAIN_WINDOW})"
            )
            window = None if undated else MAIN_WINDOW
            definitions.append(
                (Feature(name, "its last value", "", 0, "activity", window, "category"), f"{last} AS a{i}")
            )
            continue
        for window in (MAIN_WINDOW,) if undated else EXTRA_WINDOWS:
            label, span = (name, None) if undated else (f"{name}_{window}", window)
            recent = f"FILTER (WHERE days_ago < {window})"
            mean = f"fsum({column}) {recent} / nullif(count({column}) {recent}, 0) AS a{i}_{window}"
            definitions.append((Feature(label, "mean of its rows", "", 0, "activity", span), mean))
    return definitions


def _feature_kind(sql_type: str) -> str:
    return "category" if sql_type == "VARCHAR" else "number"
