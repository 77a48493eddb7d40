"""Portraits as the graph holds them: properties portrait_... of firms."""

from __future__ import annotations

import pyarrow as pa

from supplyrisk.graph.merchant.portrait.indicator_register import INDICATORS
from supplyrisk.graph.merchant.portrait.portrait_index import INDICES
from supplyrisk.graph.merchant.portrait.portrait_table import PortraitTable, change_of
from supplyrisk.graph.snapshot.arrow_columns import as_doubles, as_nullable, rounded


def portrait_properties(portraits: PortraitTable) -> pa.Table:
    """Return one row per firm with the properties of its portrait.

    They are portrait_as_of and portrait_days, the indices as portrait_index_<key>, the value of each indicator as
    portrait_<key>, and of totals portrait_<key>_change and portrait_<key>_yearly_change, the changes since the window
    before and since a year ago.
    """
    shops = portraits.shops
    rows = shops.num_rows
    columns = {
        "firm_id": shops["firm_id"],
        "portrait_as_of": pa.array([portraits.as_of.isoformat()] * rows, pa.string()),
        "portrait_days": pa.array([portraits.window_days] * rows, pa.int64()),
    }
    columns |= {f"portrait_index_{key}": shops[f"index.{key}"] for key in INDICES}
    for key, indicator in INDICATORS.items():
        columns[f"portrait_{key}"] = shops[key]
        if indicator.is_total:
            value = as_doubles(shops[key])
            for name, earlier in (("change", "before"), ("yearly_change", "year_ago")):
                change = change_of(indicator, value, as_doubles(shops[f"{key}.{earlier}"]))
                columns[f"portrait_{key}_{name}"] = as_nullable(rounded(change))
    return pa.table(columns)
