"""Indicators of cash and credit: cash, payments, claims on customers, credit lines and statements."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator, sql_of_feature
from supplyrisk.graph.merchant.portrait.indicator_rows import (
    ACTIVITY,
    BOUGHT_DUE,
    BOUGHT_PAID,
    CLAIMS,
    LOANS,
    SOLD_PAID,
    STATEMENTS,
)
from supplyrisk.graph.snapshot.features.aggregates import mean, ratio, total

_indicator = partial(Indicator, group="cash")
_claims = partial(_indicator, rows=CLAIMS, records=("amount",), needs=("paid_on",))
_loans = partial(_indicator, rows=LOANS)
_statement = partial(_indicator, rows=STATEMENTS)

CASH = (
    _indicator("cash", unit=Unit.MONEY, better=Better.HIGHER, rows=ACTIVITY, records=("cash",),
               sql="arg_min(cash, days_ago) FILTER (WHERE cash IS NOT NULL)"),
    _indicator("cash_days", unit=Unit.DAYS, better=Better.HIGHER, rows=ACTIVITY, records=("cash", "sales"),
               sql=f"7 * ({sql_of_feature('cash_weeks')})"),
    _indicator("overdrawn_share", unit=Unit.SHARE, better=Better.LOWER, rows=ACTIVITY, records=("cash",),
               sql=mean("CAST(cash < 0 AS INTEGER)", "true")),
    _indicator("pay_delay", unit=Unit.DAYS, better=Better.LOWER, rows=BOUGHT_PAID, records=("due_on",),
               sql=mean("(paid_on - due_on)", "true")),
    _indicator("unpaid_share", unit=Unit.SHARE, better=Better.LOWER, rows=BOUGHT_DUE, records=("amount",),
               needs=("paid_on",), sql=ratio("CASE WHEN paid_ago >= ended THEN 0 ELSE amount END", "amount", "true")),
    _indicator("collection_days", unit=Unit.DAYS, better=Better.LOWER, rows=SOLD_PAID, records=("on",),
               sql=mean('(paid_on - "on")', "true")),
    _claims("receivables", unit=Unit.MONEY, better=Better.NEITHER, zero=True, sql=total("amount", "true")),
    _claims("receivables_overdue", unit=Unit.SHARE, better=Better.LOWER,
            sql=ratio("CASE WHEN is_due THEN amount ELSE 0 END", "amount", "true")),
    _loans("loan_drawn", unit=Unit.MONEY, better=Better.NEITHER, records=("drawn",),
           sql=sql_of_feature("loan_drawn")),
    _loans("loan_utilisation", unit=Unit.SHARE, better=Better.LOWER, records=("drawn", "limit"),
           sql=sql_of_feature("loan_utilisation")),
    _loans("days_past_due", unit=Unit.DAYS, better=Better.LOWER, records=("days_past_due",),
           sql=f"CAST({sql_of_feature('loan_days_past_due')} AS DOUBLE)"),
    _statement("profit_margin", unit=Unit.SHARE, better=Better.HIGHER, records=("revenue", "costs"),
               sql=sql_of_feature("margin")),
    _statement("equity_ratio", unit=Unit.SHARE, better=Better.HIGHER, records=("equity", "short_term_debt"),
               sql=sql_of_feature("equity_ratio")),
    _statement("liquidity", unit=Unit.TIMES, better=Better.HIGHER, records=("liquid_assets", "short_term_debt"),
               sql=sql_of_feature("liquidity")),
)  # fmt: skip
