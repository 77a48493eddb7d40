"""The network that scores: from snapshots to a trained model, and from a model to scores."""

from supplyrisk.gnn.checkpoint import load, save
from supplyrisk.gnn.grades import BOUNDS, grade, points
from supplyrisk.gnn.model import CONTENDERS, NETWORK, RiskModel
from supplyrisk.gnn.reasons import METHOD
from supplyrisk.gnn.score import Scores, score
from supplyrisk.gnn.training import Settings, Slices, as_of_dates, train

__all__ = [
    "BOUNDS",
    "CONTENDERS",
    "METHOD",
    "NETWORK",
    "RiskModel",
    "Scores",
    "Settings",
    "Slices",
    "as_of_dates",
    "grade",
    "load",
    "points",
    "save",
    "score",
    "train",
]
