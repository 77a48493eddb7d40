"""Effects that advice may claim: measured by simulating the same worlds with and without it (docs/advice.md)."""

from __future__ import annotations

from supplyrisk.graph.merchant.advice.advice_kinds import SIMULATED, UNTESTED, AdviceEffect

BORROW_EFFECT = AdviceEffect("default", SIMULATED, -0.0154, -0.0326, 0.0018)
"""Of two weeks of sales, due after the horizon of 26 weeks, on all shops: docs/what-if.md; four worlds, t interval."""
STOCK_EFFECT = AdviceEffect("default", SIMULATED, 0.0109, -0.0006, 0.0224)
"""Of half as much stock again, paid from cash: it costs liquidity."""
NO_SALES_EFFECT = AdviceEffect("sales", UNTESTED)
"""The simulator sells no more for more stock unless a supplier fails."""
NO_DEFAULT_EFFECT = AdviceEffect("default", UNTESTED)
"""Advertising has no response in the simulator."""
