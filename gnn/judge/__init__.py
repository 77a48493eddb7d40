"""Instruments that prove or disprove a model: controls, placebos, intervals, drift, deletion, the short dip."""

from supplyrisk.gnn.judge.contenders import (
    PLACEBOS,
    WHAT,
    JudgedRows,
    ModelViews,
    judged_rows_of,
    settings_of,
    train_placebo,
)
from supplyrisk.gnn.judge.deletion import DeletionResult, deletion_test
from supplyrisk.gnn.judge.dip import DipResult, half_life, short_dip
from supplyrisk.gnn.judge.figures import calibration, difference, drift, psi, segments, standings
from supplyrisk.gnn.judge.placebo import PlaceboSnapshot, rewired, size_cells, swapped
from supplyrisk.gnn.judge.report import EvaluationPlan, examine_model, verdict
from supplyrisk.gnn.judge.versus import (
    aligned_scores,
    grade_migration,
    paired_comparison,
    rank_changes,
    score_shift,
)

__all__ = [
    "PLACEBOS",
    "WHAT",
    "DeletionResult",
    "DipResult",
    "EvaluationPlan",
    "JudgedRows",
    "ModelViews",
    "PlaceboSnapshot",
    "aligned_scores",
    "calibration",
    "deletion_test",
    "difference",
    "drift",
    "examine_model",
    "grade_migration",
    "half_life",
    "judged_rows_of",
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
