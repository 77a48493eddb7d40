"""Features of a firm's credit lines, from `loans`."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.activity import DAILY_SALES
from supplyrisk.graph.snapshot.features.aggregates import ratio, total
from supplyrisk.graph.snapshot.features.feature import CONDUCT, MODEST, Feature, FeatureFamily

_ROWS = f"""(
    SELECT l.*, s.monthly_sales FROM known_loans l LEFT JOIN (
        SELECT firm_id, 30 * {DAILY_SALES} AS monthly_sales FROM known_activity GROUP BY firm_id
    ) s USING (firm_id)
)"""

# A line is overdue where its last state, recorded on or after the due day, still has a drawn amount.
# Of a state recorded before the due day it is unknown whether the line was repaid since.
_OVERDUE = 'drawn > 0 AND due_on <= "on"'

_feature = partial(Feature, source="loans", window=None)

LOANS = FeatureFamily(_ROWS, (
    _feature("loan_drawn", "drawn on all its credit lines", "money", 0, sql=total("drawn", "true"),
             en="total drawn on its credit lines", zh="全部授信已用额"),
    _feature("loan_utilisation", "drawn / limit over its credit lines", "share", 1, prior=CONDUCT,
             sql=ratio("drawn", '"limit"', "true"), en="utilisation of its credit lines", zh="授信使用率"),
    _feature("loan_to_sales", "drawn / sales of 30 days", "ratio", 1, needs_days=True, also_needs="activity",
             scorecard=CONDUCT, sql=f"{total('drawn', 'true')} / nullif(max(monthly_sales), 0)",
             en="drawn amount relative to sales of 30 days", zh="已用授信与近 30 天销售额之比"),
    _feature("loan_days_to_due", "days until the next drawn line is due", "days", 0, needs_days=True,
             sql="min(-due_ago) FILTER (WHERE drawn > 0 AND due_ago <= 0)",
             en="time until the next drawn line is due", zh="距最近一笔贷款到期的天数"),
    _feature("loan_overdue_share", "of what is drawn, the share still drawn when due", "share", 1, needs_days=True,
             prior=CONDUCT,
             sql=f"coalesce({total('drawn', _OVERDUE)}, 0) / nullif({total('drawn', 'due_on IS NOT NULL')}, 0)",
             en="overdue share of drawn amounts", zh="已用授信中到期未还的占比"),
    _feature("loan_days_past_due", "most days past due among its lines", "days", 1, prior=CONDUCT,
             sql="max(days_past_due)", zh="各笔授信中最长逾期天数"),
    _feature("loan_restructured_share", "of what is drawn, the share restructured", "share", 1, scorecard=CONDUCT,
             sql=ratio("drawn * CAST(restructured AS INTEGER)", "drawn", "restructured IS NOT NULL"),
             en="restructured share of drawn amounts", zh="已用授信中重组贷款的占比"),
    _feature("loan_rate", "annual interest rate, weighted by what is drawn", "share", 1, scorecard=MODEST,
             sql=ratio("drawn * rate", "drawn", "rate IS NOT NULL"),
             en="average annual interest rate of its credit lines", zh="按已用额加权的贷款年利率"),
    # No direction: collateral lowers the loss, but lenders ask for it where they expect more defaults.
    _feature("loan_collateral_share", "collateral / drawn over its drawn lines", "ratio", 0,
             sql=ratio("collateral_value", "drawn", "drawn > 0"),
             en="collateral relative to drawn amounts", zh="押品价值与已用授信之比"),
))  # fmt: skip
