"""The SQL of every feature in the register, under its name there, with one pass over each source.

A family is a set of rows with a firm_id, and expressions that aggregate them by firm. Columns such as `days_ago`
come from the views of `as_of_views`; `days_ago < 30` is the half-open window (as_of - 30, as_of]. Sums use DuckDB's
compensated `fsum`, and NULLIF turns a zero denominator into a missing ratio rather than an infinity.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from supplyrisk.graph.snapshot.feature_register import WINDOWS


@dataclass(frozen=True)
class FeatureFamily:
    """Features computed from the same rows.

    Parameters
    ----------
    rows: a relation in SQL with a column firm_id.
    columns: SQL aggregate by feature name.
    counts: features that are 0, not missing, for a firm without rows. Counts of purchases are missing nonetheless
        where the firm's upstream is unobserved.
    """

    rows: str
    columns: dict[str, str]
    counts: frozenset[str] = field(default_factory=frozenset)


def total(value: str, where: str) -> str:
    """Return the SQL of a sum over the rows where a condition holds; NULL without such rows."""
    return f"fsum(CAST({value} AS DOUBLE)) FILTER (WHERE {where})"


def ratio(numerator: str, denominator: str, where: str) -> str:
    """Return the SQL of sum(numerator) / sum(denominator) over the rows that have both."""
    # A row with only one of the two would bias the ratio.
    both = f"{where} AND ({numerator}) IS NOT NULL AND ({denominator}) IS NOT NULL"
    return f"{total(numerator, both)} / nullif({total(denominator, both)}, 0)"


def mean(value: str, where: str) -> str:
    """Return the SQL of a mean over the rows where a condition holds; NULL without such rows."""
    return f"{total(value, where)} / nullif(count({value}) FILTER (WHERE {where}), 0)"


def per_row(value: str, first: int) -> str:
    """Return the SQL of the mean per row in the last 30 days divided by that of days 30 to `first` - 1 ago."""
    recent = mean(value, "days_ago < 30")
    before = mean(value, f"days_ago BETWEEN 30 AND {first - 1}")
    return f"({recent}) / nullif({before}, 0)"


def per_day(recent: str, before: str, first: int) -> str:
    """Return the SQL of the daily sum of the last 30 days divided by that of days 30 to `first` - 1 ago.

    For a firm whose first row is more recent than `first` days ago, the earlier period starts at that row; the
    ratio is missing where that period has fewer than 30 days.
    """
    # The earlier period has max(first_ago) - 29 days, from the firm's first row to day 30. Below 30 days it is too
    # short for a trend: greatest(..., 29) maps these periods to 29, which NULLIF turns into NULL.
    known = f"nullif(greatest(least(max(first_ago) - 29, {first - 30}), 29), 29)"
    return f"(fsum({recent}) / 30) / nullif(fsum({before}) / {known}, 0)"


# Rows may be days, weeks or months. n rows span n - 1 gaps, so the mean gap between rows is the period that one row
# covers, and mean sales per row / mean gap are sales per day.
_RECENT = "days_ago < 180 AND sales IS NOT NULL"
_GAP = (
    f"(max(days_ago) FILTER (WHERE {_RECENT}) - min(days_ago) FILTER (WHERE {_RECENT})) "
    f"/ nullif(count(*) FILTER (WHERE {_RECENT}) - 1, 0)"
)
DAILY_SALES = f"{mean('sales', _RECENT)} / nullif({_GAP}, 0)"
"""Sales per day over the rows of 180 days, money; missing with fewer than two rows."""

LAST_CASH = "arg_min(cash, days_ago) FILTER (WHERE days_ago < 180 AND cash IS NOT NULL)"
_LAST_STOCK = "arg_min(stock_value, days_ago) FILTER (WHERE days_ago < 180 AND stock_value IS NOT NULL)"
_REFUNDS_NOW = ratio("refunds", "sales", "days_ago < 30")
_REFUNDS_BEFORE = ratio("refunds", "sales", "days_ago BETWEEN 30 AND 389")

# All rows of one firm cover equal periods. Trends therefore compare means per row: sums would depend on whether four
# or five weekly rows end within the 30 days. The volatility is rounded to 9 digits because stddev_pop, unlike fsum,
# depends on the order of rows in its last bits.
ACTIVITY = FeatureFamily(
    "known_activity",
    {
        **{f"sales_{w}": total("sales", f"days_ago < {w}") for w in WINDOWS},
        **{f"orders_{w}": total("orders", f"days_ago < {w}") for w in WINDOWS},
        "sales_trend": per_row("sales", 180),
        "orders_trend": per_row("orders", 180),
        "sales_volatility": (
            "round(stddev_pop(sales) FILTER (WHERE days_ago < 180) "
            f"/ nullif({mean('sales', 'days_ago < 180')}, 0), 9)"
        ),
        "sales_own_past": per_row("sales", 390),
        "refund_rate_30": _REFUNDS_NOW,
        "refund_rate_180": ratio("refunds", "sales", "days_ago < 180"),
        "refund_rate_own_past": f"({_REFUNDS_NOW}) / nullif({_REFUNDS_BEFORE}, 0)",
        "dispute_rate_30": ratio("disputes", "orders", "days_ago < 30"),
        "dispute_rate_180": ratio("disputes", "orders", "days_ago < 180"),
        "returning_share_180": ratio("returning_customers", "customers", "days_ago < 180"),
        "conversion_180": ratio("orders", "visitors", "days_ago < 180"),
        "ad_share_180": ratio("ad_spend", "sales", "days_ago < 180"),
        "stock_days": f"{_LAST_STOCK} / nullif({DAILY_SALES}, 0)",
        "cash": LAST_CASH,
        "cash_weeks": f"{LAST_CASH} / nullif(7 * {DAILY_SALES}, 0)",
        "activity_age_days": "min(days_ago)",
    },
)

# Purchases: each pair's sums are already windowed (trade_sums), so a firm's features are sums over its pairs.
# HHI = sum of squared amounts / squared sum of amounts, which equals the sum of squared shares.
CUSTOMER = FeatureFamily(
    "(SELECT customer_id AS firm_id, * FROM pairs)",
    {
        **{f"purchases_{w}": f"fsum(amount_{w})" for w in WINDOWS},
        "purchase_orders_180": "fsum(orders_180)",
        "purchases_trend": per_day("amount_30", "amount_before", 180),
        "purchases_own_past": per_day("amount_30", "amount_past", 390),
        "suppliers_180": "count(*) FILTER (WHERE rows_180 > 0)",
        "supplier_hhi": "fsum(amount_180 * amount_180) / nullif(pow(fsum(amount_180), 2), 0)",
        "pay_late_days": "fsum(late) / nullif(fsum(late_n), 0)",
        "pay_overdue_share": "fsum(unpaid_180) / nullif(fsum(fell_due_180), 0)",
        "purchase_age_days": "min(last_ago)",
    },
    frozenset((*(f"purchases_{w}" for w in WINDOWS), "purchase_orders_180", "suppliers_180")),
)

SUPPLIER = FeatureFamily(
    "(SELECT supplier_id AS firm_id, * FROM pairs)",
    {
        **{f"deliveries_{w}": f"fsum(amount_{w})" for w in WINDOWS},
        "deliveries_trend": per_day("amount_30", "amount_before", 180),
        "deliveries_own_past": per_day("amount_30", "amount_past", 390),
        "customers_180": "count(*) FILTER (WHERE rows_180 > 0)",
        "customer_hhi": "fsum(amount_180 * amount_180) / nullif(pow(fsum(amount_180), 2), 0)",
        "delivery_delay_days": "fsum(delays) / nullif(fsum(delays_n), 0)",
        "delivery_dispute_rate": "fsum(disputed_180) / nullif(fsum(amount_180), 0)",
        "delivery_return_rate": "fsum(returned_180) / nullif(fsum(amount_180), 0)",
        "delivery_confirmed_share": "fsum(confirmed_180) / nullif(fsum(delivered_180), 0)",
        "receivables_overdue_share": "fsum(overdue) / nullif(fsum(owed), 0)",
        "delivery_age_days": "min(last_ago)",
    },
    frozenset((*(f"deliveries_{w}" for w in WINDOWS), "customers_180")),
)


def _shipped(role: str, prefix: str) -> FeatureFamily:
    """Return delay and damage of the shipments in which the firm has a role (a column of shipments).

    Both use the window of deliveries: damage and delay are known on delivery.
    """
    damaged = ratio("damaged", "units", "delivered_ago < 180")
    return FeatureFamily(
        f"(SELECT {role} AS firm_id, * FROM known_shipments WHERE {role} IS NOT NULL)",
        {
            f"{prefix}_delay_days": mean("(delivered_on - promised_on)", "delivered_ago < 180"),
            f"{prefix}_damage_rate": damaged,
        },
    )


# Carried units have the same trend as trades (see per_day), on rows of shipments instead of sums per pair.
_CARRIED = _shipped("carrier_id", "carried")
CARRIER = FeatureFamily(
    _CARRIED.rows,
    {
        **_CARRIED.columns,
        "carried_units_30": total("units", "days_ago < 30"),
        "carried_units_180": total("units", "days_ago < 180"),
        "carried_trend": (
            f"(coalesce({total('units', 'days_ago < 30')}, 0) / 30) "
            f"/ nullif({total('units', 'days_ago BETWEEN 30 AND 179')} "
            "/ nullif(greatest(least(max(days_ago) - 29, 150), 29), 29), 0)"
        ),
    },
)

# `a` is the last statement; the order beyond "on" only makes the choice among undated statements deterministic.
# The statement a year before (`b`) is the one whose period ends nearest to 365 days earlier, at 330 to 400 days: the
# factor 1000 makes the distance decide, and of two at equal distance the later one wins.
_STATEMENTS = """(
    SELECT a.firm_id, a.days_ago, a.revenue, a.costs, a.equity, a.liquid_assets, a.short_term_debt,
        arg_min(b.revenue, abs(b.days_ago - a.days_ago - 365) * 1000 + b.days_ago)
            FILTER (WHERE b.revenue IS NOT NULL) AS revenue_before
    FROM (
        SELECT * FROM known_financials QUALIFY row_number() OVER (
            PARTITION BY firm_id
            ORDER BY "on" DESC NULLS LAST, revenue, costs, equity, liquid_assets, short_term_debt
        ) = 1
    ) a LEFT JOIN known_financials b ON a.firm_id = b.firm_id AND b.days_ago - a.days_ago BETWEEN 330 AND 400
    GROUP BY ALL
)"""

FINANCIALS = FeatureFamily(
    _STATEMENTS,
    {
        "revenue": "max(revenue)",
        "margin": "max((revenue - costs) / nullif(revenue, 0))",
        # The denominator takes equity as at least 0: negative equity / a negative total would look like a sound firm.
        "equity_ratio": "max(equity / nullif(greatest(equity, 0) + short_term_debt, 0))",
        "liquidity": "max(liquid_assets / nullif(short_term_debt, 0))",
        "revenue_growth": "max(revenue / nullif(revenue_before, 0) - 1)",
        "statement_age_days": "max(days_ago)",
    },
)

# A line is overdue where its last state, recorded on or after the due day, still has a drawn amount.
# Of a state recorded before the due day it is unknown whether the line was repaid since.
_OVERDUE = 'drawn > 0 AND due_on <= "on"'
LOANS = FeatureFamily(
    f"""(
        SELECT l.*, s.monthly_sales FROM known_loans l LEFT JOIN (
            SELECT firm_id, 30 * {DAILY_SALES} AS monthly_sales FROM known_activity GROUP BY firm_id
        ) s USING (firm_id)
    )""",
    {
        "loan_drawn": total("drawn", "true"),
        "loan_utilisation": ratio("drawn", '"limit"', "true"),
        "loan_to_sales": f"{total('drawn', 'true')} / nullif(max(monthly_sales), 0)",
        "loan_days_to_due": "min(-due_ago) FILTER (WHERE drawn > 0 AND due_ago <= 0)",
        "loan_overdue_share": (
            f"coalesce({total('drawn', _OVERDUE)}, 0) / nullif({total('drawn', 'due_on IS NOT NULL')}, 0)"
        ),
        "loan_days_past_due": "max(days_past_due)",
        "loan_restructured_share": ratio(
            "drawn * CAST(restructured AS INTEGER)", "drawn", "restructured IS NOT NULL"
        ),
        "loan_rate": ratio("drawn * rate", "drawn", "rate IS NOT NULL"),
        "loan_collateral_share": ratio("collateral_value", "drawn", "drawn > 0"),
    },
)

FIRMS = FeatureFamily(
    "known_firms",
    {
        # A day of founding after as_of is a planned one: no age yet.
        "age_days": "max(founded_ago) FILTER (WHERE founded_ago >= 0)",
        "tenure_days": "max(days_ago)",
        "registered_capital": "max(registered_capital)",
        "paid_in_ratio": "max(paid_in_capital / nullif(registered_capital, 0))",
        "employees": "max(employees)",
    },
)

FAMILIES: tuple[FeatureFamily, ...] = (
    FIRMS, ACTIVITY, CUSTOMER, SUPPLIER,
    _shipped("shipper_id", "sent"), _shipped("receiver_id", "received"), CARRIER, FINANCIALS, LOANS,
)  # fmt: skip
"""All families; every numeric feature of the register belongs to exactly one."""
