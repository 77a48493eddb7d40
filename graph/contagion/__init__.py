"""Contagion by mechanism: what happens to everyone when firms fail.

What closes all firms in turn brings numba along, which takes a second to import: it comes with the first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from supplyrisk.graph.contagion.book import (
    LGD,
    BalanceSheets,
    DataGaps,
    LoanTerms,
    balance_sheets_of,
    claims_of,
    eads_of,
    in_default,
    loan_book_of,
)
from supplyrisk.graph.contagion.clearing import Clearing, clear_payments
from supplyrisk.graph.contagion.credit import CreditContagion, clear_all, debtrank_all
from supplyrisk.graph.contagion.debtrank import Claims, Distress, debtrank
from supplyrisk.graph.contagion.debts import CreditExposures
from supplyrisk.graph.contagion.essentiality import ALL_NON_ESSENTIAL, Essentiality
from supplyrisk.graph.contagion.inputs import base_pds, equities, essentiality_of, goods_services
from supplyrisk.graph.contagion.lending import (
    LenderLosses,
    LoanBook,
    defaults_by_lost_profit,
    lenders_lose,
    own_loans_lost,
)
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.contagion.options import CONVERGED, EPS, RunOptions
from supplyrisk.graph.contagion.paths import LossExplanation, LossPath, ScenarioTrace
from supplyrisk.graph.contagion.portfolio import (
    ContagionLinks,
    LoanPortfolio,
    LossSimulation,
    enumerate_losses,
    simulate_losses,
)
from supplyrisk.graph.contagion.scenario import Scenario, ScenarioOutcome
from supplyrisk.graph.contagion.tail import TailRisk, drawn_tail, exact_tail
from supplyrisk.graph.contagion.upstream import exact_upstream
from supplyrisk.graph.contagion.weights import NetworkWeights, weights_of

if TYPE_CHECKING:
    from supplyrisk.graph.contagion.compiling import jit
    from supplyrisk.graph.contagion.esri import (
        ClosureLosses,
        Closures,
        ContagionExposure,
        close_all,
        esri_all,
    )
    from supplyrisk.graph.contagion.runs import RunHooks, is_compiled

_COMPILED = dict.fromkeys(("Closures", "ClosureLosses", "ContagionExposure", "close_all", "esri_all"), "esri")
_COMPILED |= {**dict.fromkeys(("RunHooks", "is_compiled"), "runs"), "jit": "compiling"}


def __getattr__(name: str) -> object:
    """What needs compiled kernels, imported when it is asked for."""
    if name not in _COMPILED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_COMPILED[name]}"), name)


__all__ = [
    "ALL_NON_ESSENTIAL",
    "CONVERGED",
    "EPS",
    "LGD",
    "BalanceSheets",
    "Claims",
    "Clearing",
    "ClosureLosses",
    "Closures",
    "ContagionExposure",
    "ContagionLinks",
    "CreditContagion",
    "CreditExposures",
    "DataGaps",
    "Distress",
    "Essentiality",
    "LenderLosses",
    "LoanBook",
    "LoanPortfolio",
    "LoanTerms",
    "LossExplanation",
    "LossPath",
    "LossSimulation",
    "NetworkWeights",
    "RunHooks",
    "RunOptions",
    "Scenario",
    "ScenarioOutcome",
    "ScenarioTrace",
    "SupplyNetwork",
    "TailRisk",
    "balance_sheets_of",
    "base_pds",
    "claims_of",
    "clear_all",
    "clear_payments",
    "close_all",
    "debtrank",
    "debtrank_all",
    "defaults_by_lost_profit",
    "drawn_tail",
    "eads_of",
    "enumerate_losses",
    "equities",
    "esri_all",
    "essentiality_of",
    "exact_tail",
    "exact_upstream",
    "goods_services",
    "in_default",
    "is_compiled",
    "jit",
    "lenders_lose",
    "loan_book_of",
    "own_loans_lost",
    "simulate_losses",
    "weights_of",
]
