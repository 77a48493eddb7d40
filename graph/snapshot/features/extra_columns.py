"""Features from columns of the data set that the contract does not name."""

from __future__ import annotations

from collections.abc import Iterator

from supplyrisk.graph.snapshot.as_of_views import extra_column
from supplyrisk.graph.snapshot.features.aggregates import mean
from supplyrisk.graph.snapshot.features.feature import MAIN_WINDOW, Feature, FeatureFamily
from supplyrisk.graph.workspace.tables import Tables

EXTRA_WINDOWS = (30, MAIN_WINDOW)
"""Windows in days over which extra columns of activity are averaged."""


def extra_families(tables: Tables) -> tuple[FeatureFamily, ...]:
    """Return candidate features from columns that the contract does not name; two of them may have the same name.

    Columns of firms are used unchanged. Of activity, numbers become the mean of the rows in 30 and in 180 days (of
    all rows in undated data), and texts the last value in 180 days.
    """
    families = [FeatureFamily("known_firms", tuple(_firm_features(tables)))]
    if tables.present("activity"):
        families.append(FeatureFamily("known_activity", tuple(_activity_features(tables))))
    return tuple(families)


def _firm_features(tables: Tables) -> Iterator[Feature]:
    for name, sql_type in sorted(tables.info.extra.get("firms", {}).items()):
        kind = "category" if sql_type == "VARCHAR" else "number"
        # firm_id is the key, so each group has one row; max() only satisfies GROUP BY.
        sql = f"max({extra_column(name)})"
        yield Feature(name, name.replace("_", " "), "", 0, "firms", None, kind, sql=sql)


def _activity_features(tables: Tables) -> Iterator[Feature]:
    undated = tables.info.undated
    # Reasons show these meanings: the column's name says what it is.
    for name, sql_type in sorted(tables.info.extra.get("activity", {}).items()):
        column = extra_column(name)
        label = name.replace("_", " ")
        if sql_type == "VARCHAR":
            # Undated rows have no order, so there is no last one: min() picks one whatever the order of rows.
            last = f"arg_min({column}, days_ago) FILTER (WHERE days_ago < {MAIN_WINDOW})"
            window = None if undated else MAIN_WINDOW
            sql = f"min({column})" if undated else last
            yield Feature(name, f"{label}, last value", "", 0, "activity", window, "category", sql=sql)
        elif undated:
            yield Feature(name, f"{label}, mean", "", 0, "activity", None, sql=mean(column, "true"))
        else:
            for days in EXTRA_WINDOWS:
                sql = mean(column, f"days_ago < {days}")
                yield Feature(
                    f"{name}_{days}",
                    f"{label}, mean of the last {days} days",
                    "",
                    0,
                    "activity",
                    days,
                    sql=sql,
                )
