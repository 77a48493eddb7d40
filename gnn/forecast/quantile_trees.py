"""Boosted trees for three quantiles of the log of sales over the ordinary level, pooled over all shops."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from supplyrisk.gnn.forecast.shop_series import Matrix, Numbers
from supplyrisk.gnn.forecast.window_rows import WindowRows

QUANTILES = (0.1, 0.5, 0.9)
LEVEL = 0.8
"""Probability of the interval between the outer two."""
# Few, shallow trees: the rows of a quarter share its fortunes, so there are far fewer independent outcomes than rows.
# The last two settings make the trees the same whatever the number of threads.
PARAMETERS = {
    "objective": "quantile",
    "learning_rate": 0.04,
    "num_leaves": 8,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}
ROUNDS = 60
LEAF_ROWS = 100
"""Rows of a leaf, at least; fewer where there are few rows."""
SHORTER_WEIGHT = 0.5
"""Weight of rows whose window is shorter than the horizon: more recent, but of another length."""
DRIFT_PRIOR = 0.3
"""The common drift is shrunk by n / (n + this), where n is the number of horizons that the past steps span."""


@dataclass(frozen=True)
class QuantileTrees:
    """One booster per quantile; first_step, latest: the past steps of its rows, and the step up to which it knows."""

    boosters: tuple[lgb.Booster, ...]
    first_step: int
    latest: int

    def predict(self, columns: Matrix, end: Numbers) -> Matrix:
        """Return the quantiles of logs [3, rows], in order.

        The median is drawn to 0, the ordinary level, the more the fewer horizons the model has seen: one quarter's
        common drift says little about the next one's.

        Parameters
        ----------
        columns [rows, features]: see `window_columns`.
        end [rows]: length up to the window's end in steps.
        """
        quantiles = np.sort(np.array([booster.predict(columns) for booster in self.boosters]), axis=0)
        horizons = np.maximum(self.latest - end - self.first_step, 0.1 * end) / end
        return np.asarray(quantiles - quantiles[1] * (DRIFT_PRIOR / (horizons + DRIFT_PRIOR)))

    def to_json(self) -> list[str]:
        """Return LightGBM's text format of every booster."""
        return [booster.model_to_string() for booster in self.boosters]


@dataclass(frozen=True)
class TreeSettings:
    """How trees are fitted.

    Parameters
    ----------
    ends: lengths up to the end of the windows that are forecast, in steps; rows of others weigh less.
    longest: the longest of all; a row's weight halves with each such length that it is older.
    rounds: trees per quantile.
    seed: of the samples of rows and columns.
    """

    ends: tuple[int, ...]
    longest: int
    rounds: int = ROUNDS
    seed: int = 0

    def weights(self, rows: WindowRows, latest: int) -> Matrix:
        """Return the weights of rows, 1 on the average.

        They grow with the square root of a shop's level: an error of a tenth is larger in a large shop, but its level
        must not decide alone.
        """
        weight = np.sqrt(rows.level) * 0.5 ** ((latest - rows.known_at) / self.longest)
        weight *= np.where(np.isin(rows.end, self.ends), 1.0, SHORTER_WEIGHT)
        return np.asarray(weight / weight.mean())


def fit_trees(rows: WindowRows, latest: int, settings: TreeSettings) -> QuantileTrees:
    """Fit the trees on the rows whose windows end by a step, the latest that they may know."""
    known = rows.take(rows.known_at <= latest)
    weight = settings.weights(known, latest)
    # Small data need smaller leaves, or there is no split at all.
    leaf = min(LEAF_ROWS, max(5, len(known) // 20))
    data = lgb.Dataset(known.columns, known.target, weight=weight, free_raw_data=False)
    common = PARAMETERS | {"min_data_in_leaf": leaf, "seed": settings.seed}
    boosters = [lgb.train(common | {"alpha": alpha}, data, settings.rounds) for alpha in QUANTILES]
    return QuantileTrees(tuple(boosters), known.first_step, latest)
