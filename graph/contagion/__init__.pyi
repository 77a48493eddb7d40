from .clearing import Clearing, clear_payments
from .closure_runs import RunHooks, is_compiled
from .credit_contagion import CreditContagion, clear_all, debtrank_all
from .credit_exposures import CreditExposures
from .debtrank import Claims, Distress, run_debtrank
from .esri import ClosureLosses, Closures, ContagionExposure, close_all, esri_all
from .essentiality import ALL_NON_ESSENTIAL, Essentiality
from .kernels.compiling import jit
from .lender_losses import (
    LenderLosses,
    LoanBook,
    defaults_by_lost_profit,
    losses_from_defaults,
    losses_on_own_loans,
)
from .loan_book import (
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
from .loss_paths import LossExplanation, LossPath, ScenarioTrace
from .loss_simulation import ContagionLinks, LoanPortfolio, LossSimulation, enumerate_losses, simulate_losses
from .network import SupplyNetwork
from .run_options import CONVERGED, EPS, RunOptions
from .scenario import Scenario, ScenarioOutcome
from .tail_risk import TailRisk, drawn_tail, exact_tail
from .upstream_loss import exact_upstream
from .user_inputs import base_pds, equities, essentiality_of, goods_services
from .weights import NetworkWeights, weights_of

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
    "loan_book_of",
    "losses_from_defaults",
    "losses_on_own_loans",
    "run_debtrank",
    "simulate_losses",
    "weights_of",
]
