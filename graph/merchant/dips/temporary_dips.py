"""Dips of sales as known on a day, for all shops at once, and which of them are temporary."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.merchant.dips.dip_rules import FESTIVAL_DIP, SHORT_DIP, DipRules
from supplyrisk.graph.merchant.dips.dip_runs import create_dip_candidates
from supplyrisk.graph.merchant.dips.dip_signs import create_dip_signs
from supplyrisk.graph.merchant.dips.weekly_sales import create_dip_weeks
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.schema.festivals import SPRING_FESTIVAL, festivals_between
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.snapshot.default_days import create_default_days
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

DIP_SCHEMA = pa.schema(
    [
        ("firm_id", pa.string()),
        ("began_on", pa.date32()),
        ("ended_on", pa.date32()),
        ("depth", pa.float64()),
        ("weeks", pa.float64()),
        ("cause", pa.string()),
        ("festival", pa.string()),
        ("sound_weeks", pa.int64()),
        ("verdict", pa.string()),
    ]
)
"""Columns of `sales_dips`."""

# The verdicts are those of DIP_VERDICTS, in its order of precedence.
_VERDICTS = f"""
CREATE TEMP TABLE dips AS
SELECT firm_id, began_on, CASE WHEN last < newest THEN ended_on END AS ended_on, lost / low_weeks AS depth,
    lost / deepest AS weeks, CASE WHEN is_festival THEN '{FESTIVAL_DIP}' ELSE '{SHORT_DIP}' END AS cause,
    CASE WHEN is_festival THEN festival END AS festival, steady_weeks AS sound_weeks,
    CASE
        WHEN firm_id IN (SELECT firm_id FROM dip_shut) THEN 'default'
        WHEN lost > longest * deepest * (1 + 1e-9) OR last - first > longest THEN 'too_long'
        WHEN last = newest AND newest < -1 THEN 'stale'
        WHEN steady_weeks < $steady_share * sound_weeks THEN 'unsound_history'
        WHEN firm_id IN (SELECT firm_id FROM dip_overdue) THEN 'overdue'
        WHEN (firm_id, first) IN (SELECT (firm_id, first) FROM dip_disputes) THEN 'disputes'
        WHEN (firm_id, first) IN (SELECT (firm_id, first) FROM dip_partners) THEN 'partner_lost'
        ELSE 'temporary'
    END AS verdict
FROM (
    SELECT *, CASE WHEN is_festival AND festival = '{SPRING_FESTIVAL}' THEN $festival_weeks
        ELSE $short_weeks END AS longest
    FROM dip_candidates
)
"""


def sales_dips(
    tables: Tables,
    day: date,
    rules: DipRules | None = None,
    *,
    firms: Collection[str] | None = None,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
) -> pa.Table:
    """Return every recent dip of every shop as known at the end of a day, with its verdict; columns DIP_SCHEMA.

    Parameters
    ----------
    tables: dated tables.
    rules: bounds, DipRules() by default.
    firms: ids of the shops; None (default): all.
    default_definition: what counts as a default.

    Returns
    -------
    A table sorted by firm_id and began_on: ended_on is the last day of the last low week, null while the dip goes on;
    depth the mean share of usual sales that its low weeks lost; weeks its length in weeks of its deepest loss; cause
    one of DIP_CAUSES, and festival the key of the festival; sound_weeks the steady weeks among those right before it
    (`rules.sound_weeks` or `festival_sound_weeks`); verdict one of DIP_VERDICTS.

    Raises
    ------
    RequestError: the data are undated.
    """
    if tables.info.undated:
        raise RequestError("dips of undated data", "data with days")
    with tables.connect() as con:
        create_known_views(con, tables, day)
        create_default_days(con, default_definition, tables)
        create_dips(con, day, rules or DipRules(), firms=firms)
        columns = ", ".join(DIP_SCHEMA.names)
        return fetch_clean(con, f"SELECT {columns} FROM dips ORDER BY firm_id, began_on").cast(DIP_SCHEMA)


def create_dips(
    con: duckdb.DuckDBPyConnection,
    day: date,
    rules: DipRules,
    *,
    firms: Collection[str] | None = None,
) -> None:
    """Create the temp table `dips`, see `sales_dips`, and `dip_weeks`.

    Needs the known views of that day and `known_default_days`; parameters as of `sales_dips`.
    """
    calendar = rules.calendar
    if calendar is None:
        calendar = festivals_between(day - timedelta(weeks=rules.weeks + 4), day + timedelta(weeks=4))
    create_dip_weeks(con, rules, firms)
    create_dip_candidates(con, rules, calendar)
    create_dip_signs(con, rules)
    parameters = {
        "steady_share": 1 - rules.unsteady_share,
        "festival_weeks": rules.festival_weeks,
        "short_weeks": rules.short_weeks,
    }
    con.execute(_VERDICTS, parameters)


def temporary_dips(
    tables: Tables,
    day: date,
    rules: DipRules | None = None,
    *,
    firms: Collection[str] | None = None,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
) -> pa.Table:
    """Return the dips that are called temporary on a day: `sales_dips` without the other ones and the verdict."""
    dips = sales_dips(tables, day, rules, firms=firms, default_definition=default_definition)
    return dips.filter(pc.equal(dips["verdict"], "temporary")).drop_columns(["verdict"])
