"""Return of a loan on its capital: RAROC before tax, and the interest rate that meets the hurdle."""

from __future__ import annotations

import math
from dataclasses import dataclass

RATE_STEPS = 10_000
"""Steps of a quoted rate in 1: rates are quoted in hundredths of a percent."""
_ROUNDING = 1e-9
"""The rate that earns the hurdle does so whatever the last bits of its RAROC."""


@dataclass(frozen=True)
class LowReturn:
    """A RAROC below the hurdle, and the interest rate that earns the hurdle; shares in a year."""

    raroc: float
    hurdle: float
    rate: float

    @property
    def quoted_rate(self) -> float:
        """The rate in steps of RATE_STEPS, rounded up: one that is rounded down would not earn the hurdle."""
        return math.ceil(round(self.rate * RATE_STEPS, 6)) / RATE_STEPS


@dataclass(frozen=True)
class LoanReturn:
    """What a loan costs in a year, from which RAROC and the hurdle rate follow.

    Parameters
    ----------
    ead: exposure at default, money; interest, funding and cost are shares of it.
    funding_rate, cost: shares of EAD in a year.
    annual_el: expected loss in a year, money.
    capital: capital that the loan ties up, money.
    """

    ead: float
    funding_rate: float
    cost: float
    annual_el: float
    capital: float

    def raroc(self, rate: float) -> float | None:
        """Return the risk-adjusted return on capital before tax, a share; None where the loan needs no capital.

            RAROC = (interest - funding - cost - EL) / capital

        Parameters
        ----------
        rate: nominal interest rate, a share in a year.
        """
        if self.capital <= 0:
            return None
        income = (rate - self.funding_rate - self.cost) * self.ead - self.annual_el
        return income / self.capital

    def rate_for(self, hurdle: float) -> float | None:
        """Return the nominal interest rate at which RAROC is the hurdle, a share in a year; None without exposure.

            rate = funding rate + cost + (EL + hurdle x capital) / EAD

        Parameters
        ----------
        hurdle: RAROC that is required, a share in a year.
        """
        if self.ead <= 0:
            return None
        return self.funding_rate + self.cost + (self.annual_el + hurdle * self.capital) / self.ead


def is_enough(raroc: float, hurdle: float) -> bool:
    """Return whether a RAROC reaches the hurdle."""
    return raroc >= hurdle - _ROUNDING
