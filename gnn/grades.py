"""Grades and points: a PD over the model's horizon on the scales of a credit desk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GRADES = ("A", "B", "C", "D", "E", "F", "G")
BOUNDS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.15)
"""Upper bounds (exclusive) of the PD of grades A to F; a PD from the last bound on is G."""
BASE_POINTS = 600.0
"""Points at BASE_ODDS."""
BASE_ODDS = 50.0
"""Odds of sound to failed firms."""
POINTS_TO_DOUBLE = 20.0
"""Points that each doubling of the odds adds."""


def grade(pd: float, bounds: tuple[float, ...] = BOUNDS) -> str:
    """Return the grade of a PD over the horizon; bounds are six increasing PDs.

    ValueError where bounds are not six increasing numbers between 0 and 1.
    """
    return str(grades(np.array([pd]), bounds)[0])


def grades(pd: NDArray[np.float64], bounds: tuple[float, ...] = BOUNDS) -> NDArray[np.str_]:
    """Return the grade of each PD [firms], as `grade`."""
    ordered = list(bounds) == sorted(set(bounds))
    if len(bounds) != len(GRADES) - 1 or not ordered or not 0 < bounds[0] <= bounds[-1] < 1:
        raise ValueError(f"grade bounds {bounds}, expected six increasing PDs between 0 and 1")
    # side="right": a PD equal to a bound belongs to the worse grade.
    return np.array(GRADES)[np.searchsorted(bounds, pd, side="right")]


def graded_pd(pd: float, margin: float | None) -> float:
    """Return the PD that grade and points rest on: that of the hazard times the margin for missing data; None: 1."""
    return float(-np.expm1((margin or 1.0) * np.log1p(-pd)))


def points(pd: float) -> float:
    """Return score points: 600 at odds of 50 sound firms to 1 failed, 20 more for each doubling of the odds.

    points = 600 + 20 / ln 2 x (ln((1 - PD) / PD) - ln 50); PD 1 % gives 619.71, 10 % gives 550.52.
    The PD is clipped to [1e-9, 1 - 1e-9].
    """
    return float(all_points(np.array([pd]))[0])


def all_points(pd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points of each PD [firms], as `points`."""
    clipped = np.clip(pd, 1e-9, 1 - 1e-9)
    return np.asarray(
        BASE_POINTS + POINTS_TO_DOUBLE / np.log(2) * (np.log((1 - clipped) / clipped) - np.log(BASE_ODDS))
    )
