"""Stored scores as the graph holds them: properties risk_... of firms, reasons as lists of texts and of codes."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import TERM_DAYS, pd_column
from supplyrisk.graph.schema.score_states import INSUFFICIENT
from supplyrisk.graph.schema.source_coverage import AGE_COLUMNS

_NOT_IN_GRAPH = ("name", "roles", "reasons", "neighbours", *AGE_COLUMNS)
_PD_PROPERTIES = ("pd", "pd_low", "pd_high", "pd_low_90", "pd_high_90", *map(pd_column, TERM_DAYS))
"""PDs that files alone show of firms of which too little is known: queries rank by them."""


def risk_properties(firms: pa.Table, spreaders: pa.Table) -> pa.Table:
    """One row per firm, by firm_id, from the two tables of a scored day.

    Raises
    ------
    ValueError: the tables are of different firms.
    """
    firms = firms.sort_by("firm_id")
    spreaders = spreaders.sort_by("firm_id")
    if not firms.column("firm_id").equals(spreaders.column("firm_id")):
        raise ValueError("scores and spreaders are of different firms")
    table = firms.select([name for name in firms.column_names if name not in _NOT_IN_GRAPH])
    insufficient = pc.equal(firms.column("state"), INSUFFICIENT)
    for name in _PD_PROPERTIES:
        if name in table.column_names:
            column = pc.if_else(insufficient, pa.scalar(None, pa.float64()), table.column(name))
            table = table.set_column(table.column_names.index(name), name, column)
    reasons = firms.column("reasons").to_pylist()
    for field, name in (("text", "reasons"), ("code", "reason_codes")):
        lists = [None if row is None else [reason[field] for reason in row] for row in reasons]
        table = table.append_column(name, pa.array(lists, pa.list_(pa.string())))
    for name in ("passes_on", "reaches"):
        table = table.append_column(name, spreaders.column(name))
    return table
