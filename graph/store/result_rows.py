"""Results of firms as a store takes them: scores, contagion and portraits as properties with a prefix of their own."""

from __future__ import annotations

import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.store.graph_tables import NodeTable, check_unique, plain_table
from supplyrisk.graph.store.property_names import CONTAGION_NAMES, PORTRAIT_PREFIX


def portrait_rows(frame: pa.Table) -> pa.Table:
    """Return a frame of portraits as firm properties: firm_id, then columns with the prefix portrait_.

    Raises
    ------
    DataError: as `score_rows`.
    """
    rows = _property_rows(frame, "portraits")
    return rows.rename_columns([_prefixed(name, PORTRAIT_PREFIX) for name in rows.column_names])


def score_rows(frame: pa.Table, *, contagion: bool = False) -> pa.Table:
    """Return a frame of scores as firm properties: firm_id, then columns with the prefix risk_.

    Parameters
    ----------
    contagion: whether these are contagion results, which have reserved names; False (default) for a model's scores.

    Raises
    ------
    DataError: there is no column firm_id, a firm_id is null or occurs twice, a value is NaN, a column has a type that
        no property can hold, or a model's score has a name reserved for contagion.
    """
    rows = _property_rows(frame, "scores")
    names = [_prefixed(name, "risk_") for name in rows.column_names]
    reserved = [] if contagion else sorted(CONTAGION_NAMES & {*names})
    if reserved:
        raise DataError(
            f"scores with the columns {', '.join(reserved)}",
            "other names: these are reserved for contagion results",
        )
    return rows.rename_columns(names)


def _property_rows(frame: pa.Table, what: str) -> pa.Table:
    """Return a frame of results of firms with types that properties can hold; what: they are, for errors."""
    if "firm_id" not in frame.column_names:
        raise DataError(f"{what} with columns {', '.join(frame.column_names)}", "a column firm_id")
    rows = plain_table(frame)
    if rows["firm_id"].null_count:
        raise DataError(f"{what} have {rows['firm_id'].null_count} rows without firm_id", "one firm per row")
    check_unique(NodeTable("Firm", rows))
    return rows


def _prefixed(name: str, prefix: str) -> str:
    return name if name == "firm_id" or name.startswith(prefix) else f"{prefix}{name}"
