"""The facts of a shop that is not in the data, as a lender collects them: a TOML file with plain names.

They are what the shop states, not verified. A fact that is left out is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from importlib import resources
from typing import Annotated, Any

from pydantic import Field

from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.schema.strict_toml import Share, StrictTable, Text, accepted_if, expects

Amount = Annotated[float, Field(ge=0), expects("an amount of 0 or more")]
Signed = Annotated[float, expects("a number")]
Ratio = Annotated[float, Field(ge=-1, le=1), expects("a share from -1 to 1")]
Whole = Annotated[int, Field(ge=0), expects("a whole number of 0 or more")]
Day = Annotated[date, expects("a day such as 2025-06-30, without quotes")]
Product = Annotated[str, accepted_if(PRODUCTS.__contains__), expects(f"one of {', '.join(PRODUCTS)}")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$"), expects("an ISO code such as CNY")]

MONTH_DAYS = 30
TURNOVER_MONTHS = 6
YEAR_DAYS = 365.25


class StatedDebt(StrictTable):
    """A debt of the shop, a table [[debts]]: what is drawn, money, and as far as known its other facts."""

    lender: Text
    drawn: Amount
    limit: Amount | None = None
    product: Product = "other"
    due: Day | None = None
    rate: Share | None = None
    days_past_due: Whole | None = None


class ThinFacts(StrictTable):
    """The facts; shares are from 0 to 1, money in `currency`, all as of the day `as_of`.

    Parameters
    ----------
    founded: day. years_on_platform: since it joined. employees: people.
    monthly_sales: mean of the last six months. revenue, margin, equity, liquid_assets, short_term_debt: by its last
        statement, whose period ended on statement_on; revenue_growth: over the year before.
    cash: now. late_payment_share: of what fell due in six months, paid late or not at all. average_days_late: of its
        payments. refund_share: of sales. dispute_share: of orders. returning_customer_share: of customers.
    largest_customer_share, largest_supplier_share: of sales to firms, and of purchases.
    debts: [] for a shop that states that it has none.
    """

    name: Text
    as_of: Day
    currency: Currency
    industry: Text | None = None
    region: Text | None = None
    founded: Day | None = None
    years_on_platform: Amount | None = None
    employees: Whole | None = None
    monthly_sales: Amount | None = None
    cash: Signed | None = None
    late_payment_share: Share | None = None
    average_days_late: Signed | None = None
    refund_share: Share | None = None
    dispute_share: Share | None = None
    returning_customer_share: Share | None = None
    largest_customer_share: Share | None = None
    largest_supplier_share: Share | None = None
    statement_on: Day | None = None
    revenue: Amount | None = None
    revenue_growth: Signed | None = None
    margin: Ratio | None = None
    equity: Signed | None = None
    liquid_assets: Amount | None = None
    short_term_debt: Amount | None = None
    debts: Annotated[tuple[StatedDebt, ...], Field(strict=False)] | None = None

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Yield a fault per day after as_of, and one where figures of a statement lack its day."""
        day = values.get("as_of")
        for key in ("founded", "statement_on"):
            stated = values.get(key)
            if isinstance(day, date) and isinstance(stated, date) and stated > day:
                yield f"{key} is {stated}, expected a day up to as_of, {day}"
        figures = [key for key in STATEMENT_KEYS if key in keys]
        if figures and "statement_on" not in keys:
            yield f"no statement_on, expected the last day of the period of {', '.join(figures)}"

    @property
    def turnover(self) -> float | None:
        """Sales of six months, money."""
        return None if self.monthly_sales is None else TURNOVER_MONTHS * self.monthly_sales

    @property
    def statement_age(self) -> int | None:
        """Days since the end of the last statement's period."""
        return None if self.statement_on is None else (self.as_of - self.statement_on).days

    @property
    def age_days(self) -> int | None:
        """Days since it was founded."""
        return None if self.founded is None else (self.as_of - self.founded).days

    @property
    def tenure_days(self) -> float | None:
        """Days since it joined the platform."""
        return None if self.years_on_platform is None else YEAR_DAYS * self.years_on_platform

    def features(self) -> dict[str, float]:
        """Return the known columns of the firm frame, by name, in the same units."""
        values: dict[str, float | None] = {
            "age_days": self.age_days,
            "tenure_days": self.tenure_days,
            "employees": self.employees,
            "cash_weeks": _ratio(self.cash, 7 * _daily(self.monthly_sales)),
            "pay_overdue_share": self.late_payment_share,
            "pay_late_days": self.average_days_late,
            "refund_rate_180": self.refund_share,
            "dispute_rate_180": self.dispute_share,
            "returning_share_180": self.returning_customer_share,
            "customer_hhi": largest_hhi(self.largest_customer_share),
            "supplier_hhi": largest_hhi(self.largest_supplier_share),
            "statement_age_days": self.statement_age,
            "revenue": self.revenue,
            "revenue_growth": self.revenue_growth,
            "margin": self.margin,
            "equity_ratio": self._equity_ratio(),
            "liquidity": _ratio(self.liquid_assets, self.short_term_debt or 0.0),
            **self._debt_features(),
        }
        return {name: float(value) for name, value in values.items() if value is not None}

    def _equity_ratio(self) -> float | None:
        if self.equity is None or self.short_term_debt is None:
            return None
        return _ratio(self.equity, max(self.equity, 0.0) + self.short_term_debt)

    def _debt_features(self) -> dict[str, float | None]:
        if not self.debts:
            return {}
        drawn = sum(debt.drawn for debt in self.debts)
        # Lines without a limit have neither part of the ratio.
        limited = [(debt.drawn, debt.limit) for debt in self.debts if debt.limit is not None]
        rated = [(debt.drawn, debt.rate) for debt in self.debts if debt.rate is not None]
        return {
            "loan_utilisation": _ratio(sum(d for d, _ in limited), sum(limit for _, limit in limited)),
            "loan_to_sales": _ratio(drawn, MONTH_DAYS * _daily(self.monthly_sales)),
            "loan_days_past_due": _most_past_due([debt.days_past_due for debt in self.debts]),
            "loan_rate": _ratio(sum(d * rate for d, rate in rated), sum(d for d, _ in rated)),
        }


STATEMENT_KEYS = ("revenue", "revenue_growth", "margin", "equity", "liquid_assets", "short_term_debt")
"""Facts of a statement, which are worth nothing without its day."""


def largest_hhi(share: float | None) -> float | None:
    """Return the largest HHI that a largest share allows: as many partners of that share as there can be, and one more.

    What the shop does not state about its other partners must not make it look safer.
    """
    if not share:
        return None
    number = int(1 / share + 1e-9)
    return number * share**2 + max(0.0, 1 - number * share) ** 2


def example_facts() -> str:
    """Return the text of an example file with every key and its comment."""
    return (
        resources.files("supplyrisk.graph.credit").joinpath("facts_example.toml").read_text(encoding="utf-8")
    )


def _most_past_due(days: Collection[int | None]) -> int | None:
    """Return the most days past due of all debts; None where those that are not stated may be more than 0."""
    most = max((known for known in days if known is not None), default=None)
    return most if most or None not in days else None


def _daily(monthly: float | None) -> float:
    return (monthly or 0.0) / MONTH_DAYS


def _ratio(part: float | None, whole: float) -> float | None:
    return None if part is None or whole <= 0 else part / whole
