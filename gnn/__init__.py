"""The network that scores: from snapshots to a trained model, and from a model to scores."""

# ruff: noqa: E402
import os
import warnings

# LightGBM and torch each bring an OpenMP whose idle threads spin unless told otherwise before they are imported;
# huge pages make torch's large arrays up to twice as fast.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

# torch-geometric decorates with torch.jit.script on import, which torch deprecates: nothing a user could mend.
warnings.filterwarnings("ignore", message=".*torch.jit.script.*")

from supplyrisk.gnn.checkpoint import load, save
from supplyrisk.gnn.devices import DEVICES, device
from supplyrisk.gnn.grades import BOUNDS, grade, points
from supplyrisk.gnn.kept import transmissions_of
from supplyrisk.gnn.links import FirmLinks, firm_links_of
from supplyrisk.gnn.model import CONTENDERS, NETWORK, RiskModel
from supplyrisk.gnn.reasons import METHOD
from supplyrisk.gnn.score import Scores, score
from supplyrisk.gnn.slices import DataSplits, TrainingSettings, as_of_dates, dates_between
from supplyrisk.gnn.training import train

__all__ = [
    "BOUNDS",
    "CONTENDERS",
    "DEVICES",
    "METHOD",
    "NETWORK",
    "DataSplits",
    "FirmLinks",
    "RiskModel",
    "Scores",
    "TrainingSettings",
    "as_of_dates",
    "dates_between",
    "device",
    "firm_links_of",
    "grade",
    "load",
    "points",
    "save",
    "score",
    "train",
    "transmissions_of",
]
