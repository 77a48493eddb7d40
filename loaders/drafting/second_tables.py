"""Further tables that a list of firms feeds: the day or the mark of a default stands in a column of it."""

from __future__ import annotations

from collections.abc import Sequence

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.drafting.column_fits import ColumnFit, fits_kind
from supplyrisk.loaders.drafting.header_dictionary import EXACT, implied_constant, match_header
from supplyrisk.loaders.drafting.sampled_table import SampledTable
from supplyrisk.loaders.drafting.table_fit import FittedTable, TableFit


def second_fits(sample: SampledTable, fit: TableFit, fitted: Sequence[FittedTable]) -> list[TableFit]:
    """Return what a list of firms feeds besides: events from a day of default, else labels from a mark of default."""
    header = fit.header_of("firm_id")
    if fit.table != "firms" or header is None:
        return []
    used = {column.header for column in fit.columns}
    firm = ColumnFit("firm_id", header, EXACT, "as for the table firms")
    tables = {one.fit.table for one in fitted}
    if "events" not in tables:
        for own in sample.columns:
            implied = implied_constant("events", "kind", own.name)
            if own.name in used or implied is None or not own.filled:
                continue
            if fits_kind(TABLES["events"].column("on"), own):
                day = ColumnFit("on", own.name, EXACT, "header")
                reason = f"column {own.name} of the list"
                empty = own.name if own.empty else ""
                constants = {"kind": implied}
                return [
                    TableFit("events", 1.0, (firm, day), constants, (), reason, dropped_where_empty=empty)
                ]
    if not tables & {"events", "labels"}:
        for own in sample.columns:
            match = match_header("labels", "defaulted", own.name)
            if match and match.strength == EXACT and own.name not in used and own.filled:
                mark = ColumnFit("defaulted", own.name, EXACT, "header")
                if fits_kind(TABLES["labels"].column("defaulted"), own):
                    return [TableFit("labels", 1.0, (firm, mark), {}, (), f"column {own.name} of the list")]
    return []
