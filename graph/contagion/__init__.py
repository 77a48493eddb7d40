"""Contagion by mechanism: what happens to everyone when firms fail. Brings numba along: import it where it is used."""

from supplyrisk.graph.contagion.clearing import Clearing, clear
from supplyrisk.graph.contagion.debtrank import Claims, Distress, debtrank
from supplyrisk.graph.contagion.esri import Closures, Exposure, Losses, Options, close_all, esri_all
from supplyrisk.graph.contagion.essentiality import ALL_NON_ESSENTIAL, Essentiality
from supplyrisk.graph.contagion.inputs import base_pds, essentiality_of
from supplyrisk.graph.contagion.lending import BankLosses, Book, defaults, lenders_lose
from supplyrisk.graph.contagion.network import Network
from supplyrisk.graph.contagion.paths import Path, Trace, Why
from supplyrisk.graph.contagion.runs import Watch
from supplyrisk.graph.contagion.scenario import Outcome, Scenario
from supplyrisk.graph.contagion.upstream import exact_upstream
from supplyrisk.graph.contagion.weights import Weights, weigh

__all__ = [
    "ALL_NON_ESSENTIAL",
    "BankLosses",
    "Book",
    "Claims",
    "Clearing",
    "Closures",
    "Distress",
    "Essentiality",
    "Exposure",
    "Losses",
    "Network",
    "Options",
    "Outcome",
    "Path",
    "Scenario",
    "Trace",
    "Watch",
    "Weights",
    "Why",
    "base_pds",
    "clear",
    "close_all",
    "debtrank",
    "defaults",
    "esri_all",
    "essentiality_of",
    "exact_upstream",
    "lenders_lose",
    "weigh",
]
