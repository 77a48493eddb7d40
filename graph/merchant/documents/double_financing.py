"""Order items, invoices and trades that back more than one loan, with the rows that say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.snapshot.as_of_views import create_known_views

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from supplyrisk.graph.workspace.tables import Tables


@dataclass(frozen=True)
class TwicePledged:
    """Something that backs two loans. The field names are keys of documents.

    Parameters
    ----------
    firm: the firm that pledged it.
    backing: what it is: "order 7", "order 7 item 10", "invoice R1" or "trade T9".
    loan, lender, since, row: the loan that it backs first, its lender, the first day, and the row that says so.
    other_loan, other_lender, other_since, other_row: the same of the other loan.
    """

    firm: str
    backing: str
    loan: str
    lender: str | None
    since: date | None
    row: str
    other_loan: str
    other_lender: str | None
    other_since: date | None
    other_row: str


# Loans that name the trade that they finance, and are not repaid, are pledges too. A row without a row_id is named by
# the columns that tell it apart.
PLEDGES_IN_FORCE = """
SELECT firm_id, loan_id, lender_id, "on" AS since, order_id, item_id, reference, financed_row_id,
    'pledges ' || coalesce('row_id ' || row_id, concat_ws(' ', 'loan_id', loan_id, 'order_id ' || order_id,
        'item_id ' || item_id, 'reference ' || reference, 'financed_row_id ' || financed_row_id, 'on', "on")) AS row
FROM known_pledges WHERE released_on IS NULL
UNION ALL
SELECT firm_id, loan_id, lender_id, coalesce(opened_on, "on"), NULL, NULL, NULL, financed_row_id,
    concat_ws(' ', 'loans loan_id', loan_id, 'on', "on")
FROM known_loans WHERE financed_row_id IS NOT NULL AND coalesce(drawn, 1) > 0
"""
"""SQL of what backs loans at as_of: a row per order, item, invoice or trade, with the row that says so."""

# What an invoice was sent for is pledged with it.
_OF_INVOICES = """
SELECT DISTINCT seller_id, reference, order_id, coalesce(item_id, '') AS item_id FROM known_documents
WHERE kind = 'invoice' AND reference IS NOT NULL
"""
_RESOLVED = f"""
SELECT DISTINCT p.* REPLACE (coalesce(p.order_id, d.order_id) AS order_id,
    CASE WHEN p.order_id IS NULL THEN d.item_id ELSE p.item_id END AS item_id)
FROM {{pledges}} p LEFT JOIN ({_OF_INVOICES}) d
    ON p.order_id IS NULL AND d.seller_id = p.firm_id AND d.reference = p.reference
"""
# Two pledges clash where they name the same invoice, the same trade, or the same order: a whole order contains each of
# its items.
_CLASH = """
(a.reference = b.reference OR a.financed_row_id = b.financed_row_id
    OR (a.order_id = b.order_id AND coalesce(a.item_id = b.item_id, true)))
"""
_BACKING = """
CASE WHEN a.reference = b.reference THEN 'invoice ' || a.reference
    WHEN a.financed_row_id = b.financed_row_id THEN 'trade ' || a.financed_row_id
    ELSE 'order ' || a.order_id || coalesce(' item ' || nullif(coalesce(a.item_id, b.item_id), ''), '') END
"""
_TWICE = f"""
WITH pledged AS ({_RESOLVED.format(pledges=f"({PLEDGES_IN_FORCE})")})
SELECT DISTINCT a.firm_id AS firm, {_BACKING} AS backing,
    a.loan_id AS loan, a.lender_id AS lender, a.since AS since, a.row AS row,
    b.loan_id AS other_loan, b.lender_id AS other_lender, b.since AS other_since, b.row AS other_row
FROM pledged a JOIN pledged b ON a.firm_id = b.firm_id AND a.loan_id <> b.loan_id AND {_CLASH}
WHERE (coalesce(a.since, DATE '0001-01-01'), a.loan_id) < (coalesce(b.since, DATE '0001-01-01'), b.loan_id)
ORDER BY ALL
"""
# A name of what a new loan is to be backed by may be that of an order, an item of it, an invoice or a trade.
_NAMED = f"""
WITH pledged AS ({_RESOLVED.format(pledges=f"({PLEDGES_IN_FORCE})")}),
names AS (SELECT unnest($names::VARCHAR[]) AS name),
asked AS (
    SELECT $firm AS firm_id, name, name AS order_id, NULL AS item_id, NULL AS reference, NULL AS financed_row_id
        FROM names
    UNION ALL SELECT $firm, name, regexp_extract(name, '^(.*)/', 1), regexp_extract(name, '/([^/]*)$', 1), NULL, NULL
        FROM names WHERE contains(name, '/')
    UNION ALL SELECT $firm, name, NULL, NULL, name, NULL FROM names
    UNION ALL SELECT $firm, name, NULL, NULL, NULL, name FROM names
),
b AS ({_RESOLVED.format(pledges="asked")})
SELECT DISTINCT b.name, a.loan_id, a.lender_id, a.since, a.row
FROM pledged a JOIN b ON a.firm_id = b.firm_id AND NOT list_contains($repays, a.loan_id) AND {_CLASH}
ORDER BY ALL
"""


@dataclass(frozen=True)
class NamedPledge:
    """What a loan is to be backed by, as the request names it, and the loan that it backs already, with its row."""

    name: str
    loan: str
    lender: str | None
    since: date | None
    row: str


def double_financing(tables: Tables, as_of: date | None = None) -> tuple[TwicePledged, ...]:
    """Return everything that backs two loans at the end of a day, a pair of rows each.

    Parameters
    ----------
    tables: the workspace's tables; `pledges` and `loans` are read, absent ones are empty.
    as_of: the day; None (default): all rows count.
    """
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        return clashes(con)


def clashes(con: duckdb.DuckDBPyConnection) -> tuple[TwicePledged, ...]:
    """As `double_financing`, on a connection that has the known views."""
    return tuple(TwicePledged(*row) for row in con.execute(_TWICE).fetchall())


def named_pledges(
    con: duckdb.DuckDBPyConnection, firm: str, names: Collection[str], repays: Collection[str]
) -> tuple[NamedPledge, ...]:
    """Return the loans that named orders ("7"), items ("7/10"), invoices or trades of a firm back already.

    Parameters
    ----------
    con: a connection that has the known views.
    repays: loans that do not count.
    """
    values = {"firm": firm, "names": sorted(names), "repays": sorted(repays)}
    return tuple(NamedPledge(*row) for row in con.execute(_NAMED, values).fetchall())
