"""Contagion by mechanism: what happens to everyone when firms fail.

What closes all firms in turn brings numba along, which takes a second to import: it comes with the first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from supplyrisk.graph.contagion.book import (
    LGD,
    Gaps,
    Sheets,
    Terms,
    book_of,
    claims_of,
    eads_of,
    in_default,
    sheets_of,
)
from supplyrisk.graph.contagion.clearing import Clearing, clear
from supplyrisk.graph.contagion.credit import Credit, clear_all, debtrank_all
from supplyrisk.graph.contagion.debtrank import Claims, Distress, debtrank
from supplyrisk.graph.contagion.debts import Debts
from supplyrisk.graph.contagion.essentiality import ALL_NON_ESSENTIAL, Essentiality
from supplyrisk.graph.contagion.inputs import base_pds, equities, essentiality_of, goods_services
from supplyrisk.graph.contagion.lending import BankLosses, Book, defaults, lenders_lose, own_loans_lost
from supplyrisk.graph.contagion.network import Network
from supplyrisk.graph.contagion.options import CONVERGED, EPS, Options
from supplyrisk.graph.contagion.paths import Path, Trace, Why
from supplyrisk.graph.contagion.portfolio import Portfolio, Simulation, Spread, enumerate_losses, simulate
from supplyrisk.graph.contagion.scenario import Outcome, Scenario
from supplyrisk.graph.contagion.tail import Tail, drawn_tail, exact_tail
from supplyrisk.graph.contagion.upstream import exact_upstream
from supplyrisk.graph.contagion.weights import Weights, weigh

if TYPE_CHECKING:
    from supplyrisk.graph.contagion.compiling import jit
    from supplyrisk.graph.contagion.esri import Closures, Exposure, Losses, close_all, esri_all
    from supplyrisk.graph.contagion.runs import Watch, is_compiled

_COMPILED = dict.fromkeys(("Closures", "Exposure", "Losses", "close_all", "esri_all"), "esri")
_COMPILED |= {**dict.fromkeys(("Watch", "is_compiled"), "runs"), "jit": "compiling"}


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
    "BankLosses",
    "Book",
    "Claims",
    "Clearing",
    "Closures",
    "Credit",
    "Debts",
    "Distress",
    "Essentiality",
    "Exposure",
    "Gaps",
    "Losses",
    "Network",
    "Options",
    "Outcome",
    "Path",
    "Portfolio",
    "Scenario",
    "Sheets",
    "Simulation",
    "Spread",
    "Tail",
    "Terms",
    "Trace",
    "Watch",
    "Weights",
    "Why",
    "base_pds",
    "book_of",
    "claims_of",
    "clear",
    "clear_all",
    "close_all",
    "debtrank",
    "debtrank_all",
    "defaults",
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
    "own_loans_lost",
    "sheets_of",
    "simulate",
    "weigh",
]
