"""The days on which firms default, by events and by the states of their loans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL, identity_of
from supplyrisk.graph.snapshot.as_of_views import AS_OF, known_versions
from supplyrisk.graph.workspace.tables import Tables, quoted

if TYPE_CHECKING:
    import duckdb

# All states of a loan count rather than its last one: a loan may be current again, or may have been written off as a
# whole, and its borrower defaulted nonetheless. The day is that of the state and not the day on which the loan became
# that much past due, which lies before it: the lender's report is what makes the default known.
_IS_DEFAULT = {
    "events": "list_contains(getvariable('defaults'), kind)",
    "loans": (
        "getvariable('days_past_due') IS NOT NULL "
        "AND (days_past_due >= getvariable('days_past_due') OR written_off > 0)"
    ),
}
"""SQL condition under which a row of a table is a default."""

# A correction of a default, of its amount say, does not change when it became known; a default that is only known since
# its correction, or that was recorded late, counts from the day on which it became known.
_LAST_VERSIONS = """
(SELECT v.* REPLACE (greatest(v."on", coalesce(k.known_from, v.known_on, v."on")) AS "on")
FROM {versions} v LEFT JOIN (
    SELECT {key}, min(coalesce(known_on, "on")) AS known_from FROM {versions}
    WHERE {counts} AND void IS NOT TRUE GROUP BY {key}
) k USING ({key}) WHERE v.{last} AND v.void IS NOT TRUE)
"""

# States that show whether a loan is in default. A data set may have these columns without any value.
_LOAN_CHECKS = """
CREATE TEMP VIEW loan_checks AS
SELECT firm_id, "on" FROM loans
WHERE "on" IS NOT NULL AND getvariable('days_past_due') IS NOT NULL
    AND (days_past_due IS NOT NULL OR written_off IS NOT NULL)
"""


# Whoever is stated to have defaulted by any source did: a list of firms without default may be older than an event.
_STATED_OUTCOMES = """
CREATE TEMP VIEW stated_outcomes AS
SELECT firm_id, bool_or(defaulted) AS defaulted FROM (
    SELECT firm_id, defaulted FROM labels
    UNION ALL
    SELECT firm_id, true FROM events WHERE "on" IS NULL AND list_contains(getvariable('defaults'), kind)
    UNION ALL
    SELECT firm_id, true FROM default_days WHERE "on" <= getvariable('labels_as_of')
) GROUP BY firm_id
"""


def create_default_days(
    con: duckdb.DuckDBPyConnection, definition: DefaultDefinition, tables: Tables | None = None
) -> None:
    """Create the temp views `default_days`, `known_default_days` and `loan_checks` (firm_id, on).

    - default_days: every day on which a firm is in default by the definition; the first one is the day of its default.
      It reaches beyond as_of: whoever reads it for anything but an outcome uses the next one.
    - known_default_days: those that were known at the end of as_of, all of them in undated data.
    - loan_checks: every state of a loan that shows whether it is in default; none where only events count.

    Parameters
    ----------
    tables: the data set, if its rows may have corrections; the variable `as_of` is set then.
    """
    con.execute("SET VARIABLE defaults = ?", [list(definition.kinds)])
    con.execute("SET VARIABLE days_past_due = ?", [definition.days_past_due])
    last = {name: name if tables is None else _last_versions(tables, name) for name in _IS_DEFAULT}
    con.execute(f"CREATE TEMP VIEW default_days AS {_default_days(last)}")
    known = "SELECT * FROM default_days"
    if tables is not None and any(map(tables.has_versions, _IS_DEFAULT)):
        undated = tables.info.undated
        known = _default_days({name: known_versions(tables, name, undated=undated) for name in _IS_DEFAULT})
    con.execute(
        f'CREATE TEMP VIEW known_default_days AS FROM ({known}) WHERE coalesce("on" <= {AS_OF}, true)'
    )
    con.execute(_LOAN_CHECKS)


def create_stated_outcomes(con: duckdb.DuckDBPyConnection, labels_day: date) -> None:
    """Create the temp view `stated_outcomes` (firm_id, defaulted): outcomes as they are known by a day.

    A firm has defaulted by a label, an event of a default kind without a day, or a default on a day up to labels_day.
    It has not where only labels say so; other firms have no row. Needs the views of `create_default_days`.
    """
    con.execute("SET VARIABLE labels_as_of = ?", [labels_day])
    con.execute(_STATED_OUTCOMES)


def _default_days(rows: Mapping[str, str]) -> str:
    """Return the SQL of all days of default; rows: by table, SQL of its rows."""
    return " UNION ALL ".join(
        f'SELECT firm_id, "on" FROM {rows[name]} WHERE "on" IS NOT NULL AND {counts}'
        for name, counts in _IS_DEFAULT.items()
    )


def _last_versions(tables: Tables, name: str) -> str:
    """Return the SQL of a table's rows in their last versions, on the day that they were known as defaults or later."""
    if not tables.has_versions(name):
        return quoted(name)
    return _LAST_VERSIONS.format(
        versions=quoted(tables.versions_of(name)),
        key=", ".join(quoted(column) for column in identity_of(TABLES[name])),
        counts=_IS_DEFAULT[name],
        last=f"{KNOWN_UNTIL} IS NULL",
    )


def states_loan_defaults(tables: Tables) -> bool:
    """Return whether any loan of a data set states its days past due or a write-off, so that it can be in default."""
    if not tables.present("loans"):
        return False
    with tables.connect() as con:
        row = con.execute("SELECT count(days_past_due) + count(written_off) FROM loans").fetchone()
    return bool(row and row[0])


def same_defaults(first: DefaultDefinition, second: DefaultDefinition, tables: Tables) -> bool:
    """Return whether two definitions count the same defaults in a data set."""
    # The table of loans is read only where it decides.
    return first.same_as(second, loan_states=True) or (
        first.same_as(second, loan_states=False) and not states_loan_defaults(tables)
    )
