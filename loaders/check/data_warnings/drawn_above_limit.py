"""Loans of which more is drawn than their limit."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.loaders.check.data_warnings.data_warning import EXAMPLES, ColumnCount, DataWarning
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork

_TOLERANCE = 0.001
"""Share of the limit by which drawn may exceed it: less is rounding or interest of a day."""


def drawn_above_limit(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of loans of which more is drawn than their limit: one of the two may be in another unit."""
    work = works.get("loans")
    if work is None:
        return []
    loan, drawn, limit = (work.field(name).sql for name in ("loan_id", "drawn", "limit"))
    above = f"SELECT * FROM ({loaded_rows(work)}) WHERE {drawn} > {limit} * {1 + _TOLERANCE}"
    state = f"{{'excess': {drawn} - {limit}, 'loan': {loan}, 'drawn': {drawn}, 'limit': {limit}}}"
    count, examples = con.execute(f"SELECT count(*), max({state}, {EXAMPLES}) FROM ({above})").fetchall()[0]
    if not count:
        return []
    return [
        DataWarning(
            "drawn_above_limit",
            "states of loans with more drawn than the limit",
            "check whether both are in the same unit (scale and units in the mapping) and of the same day",
            (ColumnCount("loans", "drawn", count),),
            tuple(f"{e['loan']}: {e['drawn']:,.10g} of {e['limit']:,.10g}" for e in examples),
        )
    ]
