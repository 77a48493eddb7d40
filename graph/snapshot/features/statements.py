"""Features of a firm's last financial statement, from `financials`."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.feature import MODEST, SOLVENCY, Feature, FeatureFamily

LAST_STATEMENTS = """(
    SELECT * FROM known_financials QUALIFY row_number() OVER (
        PARTITION BY firm_id
        ORDER BY "on" DESC NULLS LAST, revenue, costs, equity, liquid_assets, short_term_debt
    ) = 1
)"""
"""SQL of each firm's last statement; the order beyond "on" only makes the choice among undated ones deterministic."""

# The statement a year before (`b`) is the one whose period ends nearest to 365 days earlier, at 330 to 400 days: the
# factor 1000 makes the distance decide, and of two at equal distance the later one wins.
_WITH_YEAR_BEFORE = f"""(
    SELECT a.firm_id, a.days_ago, a.revenue, a.costs, a.equity, a.liquid_assets, a.short_term_debt,
        arg_min(b.revenue, abs(b.days_ago - a.days_ago - 365) * 1000 + b.days_ago)
            FILTER (WHERE b.revenue IS NOT NULL) AS revenue_before
    FROM {LAST_STATEMENTS} a
    LEFT JOIN known_financials b ON a.firm_id = b.firm_id AND b.days_ago - a.days_ago BETWEEN 330 AND 400
    GROUP BY ALL
)"""

_feature = partial(Feature, source="financials", window=None)

STATEMENTS = FeatureFamily(_WITH_YEAR_BEFORE, (
    _feature("revenue", "revenue by the last statement", "money", -1, scorecard=MODEST, sql="max(revenue)",
             en="revenue in the last statement", zh="最近报表的营业收入"),
    _feature("margin", "(revenue - costs) / revenue", "share", -1, prior=SOLVENCY,
             sql="max((revenue - costs) / nullif(revenue, 0))", en="profit margin", zh="利润率"),
    # The denominator takes equity as at least 0: negative equity / a negative total would look like a sound firm.
    _feature("equity_ratio", "equity / (equity, at least 0, + short-term debt)", "share", -1, has_peers=True,
             prior=SOLVENCY, sql="max(equity / nullif(greatest(equity, 0) + short_term_debt, 0))",
             en="equity as a share of equity and short-term debt", zh="权益占权益与短期负债之比"),
    _feature("liquidity", "liquid assets / short-term debt", "ratio", -1, prior=SOLVENCY,
             sql="max(liquid_assets / nullif(short_term_debt, 0))",
             en="liquid assets relative to short-term debt", zh="流动资产与短期负债之比"),
    _feature("revenue_growth", "revenue / that of the statement a year before, less 1", "share", -1,
             needs_days=True, scorecard=MODEST, sql="max(revenue / nullif(revenue_before, 0) - 1)",
             en="revenue growth over a year", zh="营业收入同比增长"),
    _feature("statement_age_days", "days since the end of the last statement's period", "days", 1, needs_days=True,
             scorecard=MODEST, sql="max(days_ago)",
             en="time since the end of the last statement's period", zh="距最近报表期末的天数"),
))  # fmt: skip
