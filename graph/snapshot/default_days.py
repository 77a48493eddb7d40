"""The days on which firms default, by events and by the states of their loans."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

# All states of a loan count rather than its last one: a loan may be current again, or may have been written off as a
# whole, and its borrower defaulted nonetheless. The day is that of the state and not the day on which the loan became
# that much past due, which lies before it: the lender's report is what makes the default known.
_DEFAULT_DAYS = """
CREATE TEMP VIEW default_days AS
SELECT firm_id, "on" FROM events WHERE "on" IS NOT NULL AND list_contains(getvariable('defaults'), kind)
UNION ALL
SELECT firm_id, "on" FROM loans
WHERE "on" IS NOT NULL AND getvariable('days_past_due') IS NOT NULL
    AND (days_past_due >= getvariable('days_past_due') OR written_off > 0)
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


def create_default_days(con: duckdb.DuckDBPyConnection, definition: DefaultDefinition) -> None:
    """Create the temp views `default_days` and `loan_checks` (firm_id, on), over all days of the data.

    They reach beyond as_of: whoever reads them for anything but an outcome restricts them to days up to as_of.

    - default_days: every day on which a firm is in default by the definition; the first one is the day of its default.
    - loan_checks: every state of a loan that shows whether it is in default; none where only events count.
    """
    con.execute("SET VARIABLE defaults = ?", [list(definition.kinds)])
    con.execute("SET VARIABLE days_past_due = ?", [definition.days_past_due])
    con.execute(_DEFAULT_DAYS)
    con.execute(_LOAN_CHECKS)


def create_stated_outcomes(con: duckdb.DuckDBPyConnection, labels_day: date) -> None:
    """Create the temp view `stated_outcomes` (firm_id, defaulted): outcomes as they are known by a day.

    A firm has defaulted by a label, an event of a default kind without a day, or a default on a day up to labels_day.
    It has not where only labels say so; other firms have no row. Needs the views of `create_default_days`.
    """
    con.execute("SET VARIABLE labels_as_of = ?", [labels_day])
    con.execute(_STATED_OUTCOMES)


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
