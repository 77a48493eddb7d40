from .candidate_pds import OWN_PART, CandidatePds, candidate_pds
from .candidates import (
    DESCRIPTIONS,
    PLACEBOS,
    EvaluationRows,
    ModelViews,
    evaluation_rows_of,
    settings_of,
    train_placebo,
)
from .deletion import DeletionResult, deletion_test
from .dip import DipPlan, DipResult, half_life, short_dip
from .evaluation_card import ModelCard
from .examination import EvaluationPlan, examination_stages, examine_model
from .measures import calibration, difference, drift, psi, segments, standings
from .metrics import Difference, Interval
from .placebos import PlaceboSnapshot, rewired, size_cells, swapped
from .score_comparison import (
    GradeMigration,
    PairedComparison,
    RankChange,
    ScoreShift,
    aligned_scores,
    grade_migration,
    paired_comparison,
    rank_changes,
    score_shift,
)
from .verdicts import verdict

__all__ = [
    "DESCRIPTIONS",
    "OWN_PART",
    "PLACEBOS",
    "CandidatePds",
    "DeletionResult",
    "Difference",
    "DipPlan",
    "DipResult",
    "EvaluationPlan",
    "EvaluationRows",
    "GradeMigration",
    "Interval",
    "ModelCard",
    "ModelViews",
    "PairedComparison",
    "PlaceboSnapshot",
    "RankChange",
    "ScoreShift",
    "aligned_scores",
    "calibration",
    "candidate_pds",
    "deletion_test",
    "difference",
    "drift",
    "evaluation_rows_of",
    "examination_stages",
    "examine_model",
    "grade_migration",
    "half_life",
    "paired_comparison",
    "psi",
    "rank_changes",
    "rewired",
    "score_shift",
    "segments",
    "settings_of",
    "short_dip",
    "size_cells",
    "standings",
    "swapped",
    "train_placebo",
    "verdict",
]
