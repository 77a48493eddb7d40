from .baselines.baseline_registry import CANDIDATES, NETWORK, SCORING
from .baselines.expert_model import ExpertData, fit_expert, with_expert_test
from .baselines.thin_reference import FactPart, ThinReference
from .data.data_splits import (
    MIN_CONTEXT_FIRMS,
    MIN_FIRMS,
    REQUIREMENT,
    DataSplits,
    TrainingSettings,
    as_of_dates,
)
from .data.distribution import SHIFTED
from .data.feature_profile import FeatureReport, UnseenWord
from .data.panel import MIN_OBSERVED_DAYS
from .devices import device
from .explain.firm_contributions import FirmContributions, FirmRescoring
from .explain.firm_links import CaughtHazard, FirmLinks, PassedHazard, firm_links_of
from .explain.reason_texts import meaning_of
from .explain.reasons import METHOD
from .grades import BOUNDS, grade, graded_pd, grades, points
from .margin_fitting import MARGINS, with_margins
from .model_checkpoint import load, load_tested, save
from .risk_model import RiskModel, SnapshotHazards
from .scoring import ScoredFirm, Scores, score
from .term_fitting import defaults_by_term_text
from .term_structure import TermStructure
from .training import train
from .training_stages import training_stages
from .transmission_tables import transmissions_of

__all__ = [
    "BOUNDS",
    "CANDIDATES",
    "MARGINS",
    "METHOD",
    "MIN_CONTEXT_FIRMS",
    "MIN_FIRMS",
    "MIN_OBSERVED_DAYS",
    "NETWORK",
    "REQUIREMENT",
    "SCORING",
    "SHIFTED",
    "CaughtHazard",
    "DataSplits",
    "ExpertData",
    "FactPart",
    "FeatureReport",
    "FirmContributions",
    "FirmLinks",
    "FirmRescoring",
    "PassedHazard",
    "RiskModel",
    "ScoredFirm",
    "Scores",
    "SnapshotHazards",
    "TermStructure",
    "ThinReference",
    "TrainingSettings",
    "UnseenWord",
    "as_of_dates",
    "defaults_by_term_text",
    "device",
    "firm_links_of",
    "fit_expert",
    "grade",
    "graded_pd",
    "grades",
    "load",
    "load_tested",
    "meaning_of",
    "points",
    "save",
    "score",
    "train",
    "training_stages",
    "transmissions_of",
    "with_expert_test",
    "with_margins",
]
