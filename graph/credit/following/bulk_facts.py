"""The facts that limits rest on, of all borrowers of a lender or of some shops at once, from the tables of a day.

A check reads them of one shop from the graph (`LimitFacts`, `repayment_facts`, `book_around`); each statement here
names the query or function that it agrees with.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pyarrow as pa

from supplyrisk.graph.credit.exposure_at_default import REVOLVING
from supplyrisk.graph.credit.loan_backing import FINANCED
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.schema.terms import YEAR_DAYS
from supplyrisk.graph.snapshot.arrow_columns import clean_doubles
from supplyrisk.graph.snapshot.as_of_views import AS_OF, create_known_views
from supplyrisk.graph.snapshot.features.activity import ACTIVITY
from supplyrisk.graph.snapshot.features.statements import STATEMENTS
from supplyrisk.graph.snapshot.firm_frame import create_existing
from supplyrisk.graph.workspace.tables import Tables

_LEAST_SHARE = 0.001
"""The parameter `least` of `shop/partners`: counterparties below it do not count as recorded."""
_CHAIN_SHARE = 0.1
"""That of `shop/shared-with-book`: a firm depends on a counterparty from this share on."""
_CONTROL = 0.5
"""That of `lending/group-lines`: the smallest share owned that counts as control."""

_SALES = {feature.name: feature.sql for feature in ACTIVITY.features}
_STATEMENT = {feature.name: feature.sql for feature in STATEMENTS.features}

# `committed`: what a lender is committed to on a line.
_LINES = f"""
CREATE TEMP TABLE lines AS
SELECT *, CASE WHEN drawn IS NULL THEN "limit"
    WHEN drawn = 0 AND product IS NOT NULL AND product <> '{REVOLVING}' THEN 0
    ELSE greatest(coalesce("limit", 0), drawn) END AS committed
FROM known_loans WHERE firm_id IN (SELECT firm_id FROM existing)
"""
# As in `shop/book` and `lending/borrowers`.
_BOOK = f"""
CREATE TEMP VIEW book AS FROM lines WHERE lender_id = getvariable('lender')
    AND (drawn IS NULL OR drawn > 0 OR (product = '{REVOLVING}' AND "limit" > 0))
"""
_CHOSEN = """
CREATE TEMP TABLE chosen AS
SELECT firm_id FROM (SELECT DISTINCT firm_id FROM book UNION SELECT firm_id FROM asked)
SEMI JOIN existing USING (firm_id)
"""
# The columns of `pairs` that shares and turnover need, of the trade of the chosen firms.
_PAIRS = """
CREATE TEMP TABLE chosen_pairs AS
SELECT supplier_id, customer_id, coalesce(fsum(amount) FILTER (WHERE days_ago < 180), 0) AS amount_180,
    min(days_ago) AS last_ago
FROM known_supplies
WHERE (supplier_id IN (FROM chosen) OR customer_id IN (FROM chosen))
    AND supplier_id IN (SELECT firm_id FROM existing) AND customer_id IN (SELECT firm_id FROM existing)
GROUP BY supplier_id, customer_id
"""
# The shares of the edges `supplies`, from the side of each chosen firm.
_SHARES = """
CREATE TEMP TABLE shares AS
SELECT 'supplier' AS side, customer_id AS firm_id, supplier_id AS other,
    amount_180 / nullif(fsum(amount_180) OVER (PARTITION BY customer_id), 0) AS share
FROM chosen_pairs WHERE customer_id IN (FROM chosen)
UNION ALL
SELECT 'customer', supplier_id, customer_id,
    amount_180 / nullif(fsum(amount_180) OVER (PARTITION BY supplier_id), 0)
FROM chosen_pairs WHERE supplier_id IN (FROM chosen)
"""
# `lending/group-lines`: owners up to two steps up, firms up to two steps down from each of them.
_OWNERS = f"""
CREATE TEMP TABLE owners AS
SELECT from_id AS owner, to_id AS owned FROM known_relations WHERE kind = 'owns'
GROUP BY ALL HAVING coalesce(fsum(weight), 1) >= {_CONTROL}
"""
_GROUP = """
CREATE TEMP TABLE group_firms AS
WITH one_up AS (SELECT firm_id, owner FROM chosen JOIN owners ON owned = firm_id),
    up AS (
        SELECT firm_id, firm_id AS owner FROM chosen UNION SELECT firm_id, owner FROM one_up
        UNION SELECT firm_id, o.owner FROM one_up JOIN owners o ON o.owned = one_up.owner
    ), one_down AS (SELECT firm_id, owned FROM up JOIN owners USING (owner)),
    down AS (
        SELECT firm_id, owner AS other FROM up UNION SELECT firm_id, owned FROM one_down
        UNION SELECT firm_id, o.owned FROM one_down JOIN owners o ON o.owner = one_down.owned
    )
SELECT firm_id, other FROM down WHERE other <> firm_id
"""
# `shop/shared-with-book`, with `committed` in place of the drawn amount, as `book_around` counts it.
_CHAINS = f"""
CREATE TEMP TABLE chains AS
WITH depends AS (SELECT DISTINCT firm_id, other FROM shares WHERE share >= {_CHAIN_SHARE}),
    owed AS (
        SELECT firm_id, fsum(coalesce(committed, 0)) AS owed, count(*) FILTER (WHERE committed IS NULL) AS missing
        FROM book GROUP BY firm_id
    ), behind AS (
        SELECT other, fsum(owed) AS owed, sum(missing) AS missing FROM depends JOIN owed USING (firm_id)
        WHERE other <> firm_id GROUP BY other
    )
SELECT d.firm_id, max(greatest(b.owed - coalesce(o.owed, 0), 0)) AS owed,
    bool_or(b.missing > coalesce(o.missing, 0)) AS is_missing
FROM depends d JOIN behind b USING (other) LEFT JOIN owed o ON o.firm_id = d.firm_id
GROUP BY d.firm_id
"""
# `shop/profile`, `missing_trade`, `total_exposure` and `repayment_facts`.
_FACTS = f"""
WITH own AS (
    SELECT firm_id, {_SALES["sales_180"]} AS sales, {_SALES["activity_age_days"]} AS activity_age
    FROM {ACTIVITY.rows} WHERE firm_id IN (FROM chosen) GROUP BY firm_id
), reports AS (
    SELECT firm_id, {_STATEMENT["margin"]} AS margin, {_STATEMENT["statement_age_days"]} AS statement_age
    FROM {STATEMENTS.rows} WHERE firm_id IN (FROM chosen) GROUP BY firm_id
), delivered AS (
    SELECT supplier_id AS firm_id, fsum(amount_180) AS deliveries, min(last_ago) AS delivery_age
    FROM chosen_pairs GROUP BY supplier_id
), sides AS (
    SELECT firm_id, max(share) FILTER (WHERE side = 'supplier') AS supplier_share,
        max(share) FILTER (WHERE side = 'customer') AS customer_share
    FROM shares WHERE share >= {_LEAST_SHARE} GROUP BY firm_id
), debts AS (
    SELECT firm_id, fsum(coalesce(committed, 0)) AS lines, count(*) - count(committed) AS missing,
        fsum(CASE WHEN product IS NULL OR product NOT IN {FINANCED} THEN coalesce(drawn, "limit", 0) * (
            least(1, $term / greatest(1, coalesce(due_on - {AS_OF}, 1)))
            + coalesce(rate, $rate) * $term / {YEAR_DAYS}) END) AS service
    FROM lines WHERE firm_id IN (FROM chosen) GROUP BY firm_id
), given AS (
    SELECT from_id AS firm_id, fsum(coalesce(amount, 0)) AS guarantees, count(*) - count(amount) AS missing
    FROM (
        SELECT from_id, to_id, fsum(amount) AS amount FROM known_relations
        WHERE kind = 'guarantees' AND from_id IN (FROM chosen)
            AND (to_id IN (SELECT firm_id FROM existing) OR to_id IN (SELECT person_id FROM known_persons))
        GROUP BY ALL
    ) GROUP BY from_id
), shared AS (
    SELECT g.firm_id, fsum(coalesce(committed, 0)) AS group_lines, count(*) - count(committed) AS missing
    FROM group_firms g JOIN lines ON lines.firm_id = g.other GROUP BY g.firm_id
), lent AS (
    SELECT firm_id, fsum(coalesce(committed, 0)) AS to_firm FROM book GROUP BY firm_id
), facts AS (
    SELECT *, string_split(coalesce(roles, ''), '|') AS named,
        activity_age IS NOT NULL OR coalesce(contains(roles, 'merchant'), false) AS has_own_sales
    FROM chosen JOIN known_firms USING (firm_id) LEFT JOIN own USING (firm_id)
    LEFT JOIN delivered USING (firm_id) LEFT JOIN sides USING (firm_id)
    WHERE unlisted IS NOT TRUE
)
SELECT firm_id, roles, industry,
    CAST(CASE WHEN has_own_sales THEN sales WHEN delivery_age IS NOT NULL THEN deliveries END AS DOUBLE) AS turnover,
    CAST(CASE WHEN has_own_sales THEN activity_age ELSE delivery_age END AS DOUBLE) AS turnover_age,
    CASE WHEN supplier_share IS NOT NULL AND (customer_share IS NOT NULL OR list_contains(named, 'logistics')
        OR (list_contains(named, 'merchant') AND activity_age IS NOT NULL))
        THEN greatest(supplier_share, coalesce(customer_share, 0)) END AS dependence,
    reports.margin, CAST(reports.statement_age AS DOUBLE) AS statement_age,
    coalesce(debts.lines, 0) + coalesce(given.guarantees, 0) + coalesce(shared.group_lines, 0) AS exposure,
    coalesce(debts.missing, 0) + coalesce(given.missing, 0) + coalesce(shared.missing, 0)
        + CAST(coalesce(chains.is_missing, false) AS INTEGER) > 0 AS is_exposure_missing,
    coalesce(debts.service, 0.0) AS service, coalesce(lent.to_firm, 0.0) AS to_firm,
    coalesce(chains.owed, 0.0) AS chain
FROM facts LEFT JOIN reports USING (firm_id) LEFT JOIN debts USING (firm_id) LEFT JOIN given USING (firm_id)
LEFT JOIN shared USING (firm_id) LEFT JOIN lent USING (firm_id) LEFT JOIN chains USING (firm_id)
ORDER BY firm_id
"""
_BOOK_TOTAL = """
SELECT CAST(coalesce(fsum(coalesce(committed, 0)), 0) AS DOUBLE) AS total,
    (SELECT count(*) > 0 FROM lines) AS has_lenders
FROM book
"""


def bulk_facts(
    tables: Tables, day: date, policy: Policy, *, lender: str | None = None, shops: Collection[str] = ()
) -> tuple[pa.Table, float, bool]:
    """Return the facts of a credit line of the borrowers of a lender and of further shops.

    Parameters
    ----------
    tables: dated tables.
    day: the facts are as known at its end.
    policy: whose `[follow]` states the term, and `[affordability]` the rate of debt without one.
    lender: its id; None (default): no borrowers, and no rules on a book.
    shops: firm_ids of further shops.

    Returns
    -------
    A table sorted by firm_id, without unlisted firms: firm_id; roles; industry; turnover of 180 days, money, and its
    age in days; dependence, the largest share of one counterparty; margin and statement_age of the last statement;
    exposure, money, and whether a part of it is missing; service of its debt over the term, money; to_firm and chain,
    what it and those behind its most common counterparty owe the lender, money. Unknown is null. Then the sum of the
    lender's book, money; and whether the data have loans at all.

    Raises
    ------
    RequestError: the data are undated.
    """
    if tables.info.undated:
        raise RequestError("limits that follow of undated data", "data with days")
    values = {"term": policy.follow.term_days, "rate": policy.affordability.debt_rate}
    with tables.connect() as con:
        create_known_views(con, tables, day)
        create_existing(con)
        con.execute("SET VARIABLE lender = ?", [lender])
        con.register("asked", pa.table({"firm_id": pa.array(sorted(shops), pa.string())}))
        for statement in (_LINES, _BOOK, _CHOSEN, _PAIRS, _SHARES, _OWNERS, _GROUP, _CHAINS):
            con.execute(statement)
        book = clean_doubles(con.sql(_BOOK_TOTAL).to_arrow_table()).to_pylist()[0]
        facts = clean_doubles(con.sql(_FACTS, params=values).to_arrow_table())
    return facts, float(book["total"]), bool(book["has_lenders"])
