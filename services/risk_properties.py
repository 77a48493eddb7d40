"""Stored scores as the graph holds them: properties risk_... of firms, reasons as lists of texts and of codes."""

from __future__ import annotations

import pyarrow as pa

_NOT_IN_GRAPH = ("name", "reasons", "neighbours")


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
    reasons = firms.column("reasons").to_pylist()
    for field, name in (("text", "reasons"), ("code", "reason_codes")):
        lists = [None if row is None else [reason[field] for reason in row] for row in reasons]
        table = table.append_column(name, pa.array(lists, pa.list_(pa.string())))
    for name in ("passes_on", "reaches"):
        table = table.append_column(name, spreaders.column(name))
    return table
