"""Instruments that prove or disprove a model: controls, placebos, intervals, drift, deletion, the short dip."""

from supplyrisk.gnn.judge.contenders import PLACEBOS, WHAT, Rows, Seen, placebo, rows_of, settings_of
from supplyrisk.gnn.judge.deletion import Deletion, deletion
from supplyrisk.gnn.judge.dip import Dip, half_life, short_dip
from supplyrisk.gnn.judge.figures import calibration, difference, drift, psi, segments, standings
from supplyrisk.gnn.judge.placebo import Placebo, rewired, size_cells, swapped
from supplyrisk.gnn.judge.report import Plan, examine, verdict
from supplyrisk.gnn.judge.versus import aligned, duel, migration, ranks, shift

__all__ = [
    "PLACEBOS",
    "WHAT",
    "Deletion",
    "Dip",
    "Placebo",
    "Plan",
    "Rows",
    "Seen",
    "aligned",
    "calibration",
    "deletion",
    "difference",
    "drift",
    "duel",
    "examine",
    "half_life",
    "migration",
    "placebo",
    "psi",
    "ranks",
    "rewired",
    "rows_of",
    "segments",
    "settings_of",
    "shift",
    "short_dip",
    "size_cells",
    "standings",
    "swapped",
    "verdict",
]
