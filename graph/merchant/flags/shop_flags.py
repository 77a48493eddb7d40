"""Flags of all shops, or of some, as of a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pyarrow as pa

from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.merchant.dips import create_dips
from supplyrisk.graph.merchant.flags.flag_evidence import FLAGS, KIND_ROWS, create_flag_evidence
from supplyrisk.graph.merchant.flags.flag_rules import FlagRules
from supplyrisk.graph.merchant.flags.score_falls import EVIDENCE_COLUMNS, score_falls
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.snapshot.default_days import create_default_days
from supplyrisk.graph.workspace.score_runs import ScoreRuns
from supplyrisk.graph.workspace.tables import Tables

FLAG_SCHEMA = pa.schema((*EVIDENCE_COLUMNS, ("strength", pa.float64()), ("expires_on", pa.date32())))
"""Columns of `shop_flags`."""


def shop_flags(
    tables: Tables,
    day: date,
    rules: FlagRules | None = None,
    *,
    firms: Collection[str] | None = None,
    score_runs: ScoreRuns | None = None,
) -> pa.Table:
    """Return the flags that have not expired by a day; columns FLAG_SCHEMA, by firm_id and strength.

    Parameters
    ----------
    tables: dated tables.
    rules: what is evidence, FlagRules() by default; `FLAG_KINDS` says how flags decay and expire.
    firms: ids of the shops; None (default): all.
    score_runs: stored scores, for falls of the score; None (default): none.

    Returns
    -------
    first_on is the day of the first evidence and last_on of the last one, the day itself while a case goes on; strength
    is 1 on last_on and half of that a half-life later; from expires_on on the flag is gone.

    Raises
    ------
    RequestError: the data are undated.
    """
    if tables.info.undated:
        raise RequestError("flags of undated data", "data with days")
    rules = rules or FlagRules()
    with tables.connect() as con:
        create_known_views(con, tables, day)
        create_default_days(con, defaults.DEFAULT_DEFINITION, tables)
        create_dips(con, day, rules.dips, firms=firms)
        create_flag_evidence(con, tables, rules)
        if score_runs is not None:
            con.register("score_evidence", score_falls(score_runs, day, rules, firms))
            con.execute("INSERT INTO flag_evidence FROM score_evidence")
        if firms is not None:
            con.execute(
                "DELETE FROM flag_evidence WHERE NOT list_contains(getvariable('dip_firms'), firm_id)"
            )
        con.register("flag_kinds", pa.Table.from_pylist(KIND_ROWS))
        return fetch_clean(con, FLAGS).cast(FLAG_SCHEMA)
