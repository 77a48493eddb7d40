"""Effects that advice may claim: measured by simulating the same worlds with and without it (docs/advice.md)."""

from __future__ import annotations

from supplyrisk.graph.merchant.advice.advice_kinds import SIMULATED, UNTESTED, AdviceEffect

BORROW_EFFECT = AdviceEffect("default", SIMULATED, -0.0094, -0.0377, 0.0189)
"""Of the amount that shops were advised to borrow, due after 26 weeks; four worlds, t interval."""
STOCK_EFFECT = AdviceEffect("default", SIMULATED, 0.2174, 0.0628, 0.3720)
"""Of the stock that shops were advised to buy, paid at once from cash: it costs liquidity."""
NO_SALES_EFFECT = AdviceEffect("sales", UNTESTED)
"""The simulator sells no more for more stock unless a supplier fails."""
NO_DEFAULT_EFFECT = AdviceEffect("default", UNTESTED)
"""Advertising has no response in the simulator."""
