"""The portraits of all shops of a day as one table: a row per shop, and for each indicator its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.portrait.figure_kinds import Figure, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator
from supplyrisk.graph.merchant.portrait.indicator_register import INDICATORS
from supplyrisk.graph.merchant.portrait.peer_standing import PeerCells, PeerStanding
from supplyrisk.graph.merchant.portrait.portrait_index import INDICES
from supplyrisk.graph.merchant.portrait.window_figures import IndicatorFigures, window_figures
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.arrow_columns import as_nullable
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.snapshot.default_days import create_default_days
from supplyrisk.graph.snapshot.peers import LEVELS
from supplyrisk.graph.snapshot.snapshot import snapshot_day
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

Floats = NDArray[np.float64]

_RELATIVE = (Unit.MONEY, Unit.COUNT, Unit.TIMES)
"""Units whose change is a share of the earlier value; of others it is the difference."""

_SHOPS = """
CREATE TEMP TABLE portrait_shops AS
SELECT CAST(row_number() OVER (ORDER BY f.firm_id) - 1 AS INTEGER) AS number, f.firm_id, name, industry, region,
    d.firm_id IS NOT NULL AS defaulted, CAST(NULL AS BOOLEAN) AS unlisted
FROM known_firms f LEFT JOIN (
    SELECT DISTINCT firm_id FROM known_default_days WHERE coalesce("on" > getvariable('labels_as_of'), true)
) d USING (firm_id)
WHERE unlisted IS NOT TRUE
"""


@dataclass(frozen=True)
class PortraitTable:
    """The portraits of all listed firms of a day.

    Parameters
    ----------
    as_of: the day; only what was known at its end counts.
    window_days: length of the window.
    content_hash: of the data.
    currency: of amounts; None where the data state none.
    synthetic: whether the data are made up.
    defaults: what counts as a default, in words.
    shops: a row per firm by firm_id: firm_id, name, industry, region, defaulted; for each index of INDICES
        index.<key> and index.<key>.parts, the number of its known parts; and for each indicator of INDICATORS

        <key>: the value over the window, null where there is none.
        <key>.before, <key>.year_ago: the window before, and the same weeks a year ago.
        <key>.percentile: the percentile of the value among the peers, 0 to 1.
        <key>.peers, <key>.level: number of these peers with a value, and which group they are, one of LEVELS.

        and for each basis (`Indicator.basis`) <basis>.age, days since the last row that records it, and
        <basis>.coverage.
    """

    as_of: date
    window_days: int
    content_hash: str
    currency: str | None
    synthetic: bool
    defaults: str
    shops: pa.Table


def change_of(indicator: Indicator, value: Floats, earlier: Floats) -> Floats:
    """Return the change of a figure since an earlier one [shops]: relative, or the difference of shares and days.

    NaN where either is missing, and relative to an amount that is not above 0.
    """
    if indicator.unit not in _RELATIVE:
        return value - earlier
    return value / np.where(earlier > 0, earlier, np.nan) - 1


def portrait_table(
    tables: Tables,
    as_of: date | None = None,
    *,
    window_days: int = defaults.PORTRAIT_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
) -> PortraitTable:
    """Compute the portraits of all listed firms.

    Parameters
    ----------
    tables: the workspace's tables.
    as_of: the day; None (default): the last day of the data.
    window_days: days of the window, up to as_of; 60 by default.
    default_definition: what counts as a default; firms in default are no peers.

    Raises
    ------
    DataError: the data are undated, or have no firms on that day.
    """
    day = snapshot_day(tables, as_of)
    if day is None:
        raise DataError(
            "the data are undated, and a portrait is of the last days before a day",
            "rows with days",
            "map the column of the day, and load without undated = true",
        )
    with tables.connect() as con:
        create_known_views(con, tables, day)
        create_default_days(con, default_definition, tables)
        con.execute(_SHOPS)
        shops = con.sql("SELECT * EXCLUDE (number) FROM portrait_shops ORDER BY number").to_arrow_table()
        if not shops.num_rows:
            raise DataError(f"no listed firm has joined as of {day}", "a later day", "choose another --as-of")
        columns = _columns(con, tables, shops, window_days)
    head = shops.drop_columns(["unlisted"])
    for name, column in columns.items():
        head = head.append_column(name, column)
    info = tables.info
    return PortraitTable(
        as_of=day,
        window_days=window_days,
        content_hash=info.content_hash,
        currency=info.currency,
        synthetic=info.synthetic,
        defaults=str(default_definition),
        shops=head,
    )


def _columns(
    con: duckdb.DuckDBPyConnection, tables: Tables, shops: pa.Table, window_days: int
) -> dict[str, pa.Array]:
    """Return the columns of indices and indicators, in the order of the table."""
    cells = PeerCells.of(shops)
    wanted = {(part.indicator, part.figure) for index in INDICES.values() for part in index.parts}
    by_indicator: dict[str, dict[str, pa.Array]] = {}
    percentiles: dict[tuple[str, Figure], Floats] = {}
    bases: dict[str, pa.Array] = {}
    for indicator, figures in window_figures(con, tuple(tables.sources), shops.num_rows, window_days):
        standing = cells.standing(figures.value)
        by_indicator[indicator.key] = _indicator_columns(indicator, figures, standing)
        bases[f"{indicator.basis}.age"] = as_nullable(figures.age)
        bases[f"{indicator.basis}.coverage"] = as_nullable(figures.coverage)
        ranked = {
            Figure.CHANGE: figures.before,
            Figure.YEARLY_CHANGE: figures.year_ago,
        }
        percentiles[indicator.key, Figure.VALUE] = standing.percentile
        for figure, earlier in ranked.items():
            if (indicator.key, figure) in wanted:
                change = change_of(indicator, figures.value, earlier)
                percentiles[indicator.key, figure] = cells.standing(change).percentile
    columns = _index_columns(percentiles)
    for key in INDICATORS:
        columns |= by_indicator[key]
    return columns | bases


def _indicator_columns(
    indicator: Indicator, figures: IndicatorFigures, standing: PeerStanding
) -> dict[str, pa.Array]:
    key = indicator.key
    ranked = np.isfinite(standing.percentile)
    level = pa.DictionaryArray.from_arrays(
        pa.array(standing.level.astype(np.int8), mask=~ranked), pa.array(LEVELS)
    )
    return {
        key: as_nullable(figures.value),
        f"{key}.before": as_nullable(figures.before),
        f"{key}.year_ago": as_nullable(figures.year_ago),
        f"{key}.percentile": as_nullable(standing.percentile),
        f"{key}.peers": pa.array(standing.peers.astype(np.int32), mask=~ranked),
        f"{key}.level": level,
    }


def _index_columns(percentiles: Mapping[tuple[str, Figure], Floats]) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for index in INDICES.values():
        points = [part.points(percentiles[part.indicator, part.figure]) for part in index.parts]
        value, known = index.value(points)
        columns[f"index.{index.key}"] = as_nullable(value)
        columns[f"index.{index.key}.parts"] = pa.array(known.astype(np.int8))
    return columns
