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
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}
ROUNDS = 60
WEEK_LEAVES = 16
WEEK_COLUMN_SHARE = 0.6
WEEK_ROUNDS = 5 / 3
"""Trees of single weeks of sales, whose outcomes are more and differ by season, are larger and more by this factor."""
LEAF_ROWS = 100
"""Rows of a leaf, at least; fewer where there are few rows."""
SHORTER_WEIGHT = 0.5
"""Weight of rows whose window is shorter than the horizon: more recent, but of another length."""
DRIFT_PRIOR = 0.3
"""The common drift is shrunk by n / (n + this), where n is the number of horizons that the past steps span."""


@dataclass(frozen=True)
class QuantileTrees:
    """One booster per quantile.

    first_step: the earliest past step of its rows. latest: the step up to which it knows. drift_prior: see DRIFT_PRIOR.
    """

    boosters: tuple[lgb.Booster, ...]
    first_step: int
    latest: int
    drift_prior: float

    def predict(self, columns: Matrix, end: Numbers) -> Matrix:
        """Return the quantiles of targets [3, rows], in order.

        The median is drawn to 0, no change, the more the fewer horizons the model has seen: one quarter's
        common drift says little about the next one's.

        Parameters
        ----------
        columns [rows, features]: see `window_columns`.
        end [rows]: length up to the window's end in steps.
        """
        quantiles = np.sort(np.array([booster.predict(columns) for booster in self.boosters]), axis=0)
        horizons = np.maximum(self.latest - end - self.first_step, 0.1 * end) / end
        return np.asarray(quantiles - quantiles[1] * (self.drift_prior / (horizons + self.drift_prior)))

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
    drift_prior: see DRIFT_PRIOR; 0: the median is not shrunk.
    leaves, column_share: leaves of a tree, and share of the columns that it sees.
    """

    ends: tuple[int, ...]
    longest: int
    rounds: int = ROUNDS
    seed: int = 0
    drift_prior: float = DRIFT_PRIOR
    leaves: int = 8
    column_share: float = 0.3

    @classmethod
    def of_weeks(cls, ends: tuple[int, ...], longest: int, rounds: int, seed: int) -> TreeSettings:
        """Return the settings of single weeks of sales."""
        more = round(rounds * WEEK_ROUNDS)
        return cls(ends, longest, more, seed, leaves=WEEK_LEAVES, column_share=WEEK_COLUMN_SHARE)

    def parameters(self, rows: int) -> dict[str, object]:
        """Return LightGBM's parameters for so many rows."""
        # Small data need smaller leaves, or there is no split at all.
        leaf = min(LEAF_ROWS, max(5, rows // 20))
        own = {"num_leaves": self.leaves, "feature_fraction": self.column_share, "seed": self.seed}
        return PARAMETERS | own | {"min_data_in_leaf": leaf}

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
    data = lgb.Dataset(known.columns, known.target, weight=weight, free_raw_data=False)
    common = settings.parameters(len(known))
    boosters = [lgb.train(common | {"alpha": alpha}, data, settings.rounds) for alpha in QUANTILES]
    return QuantileTrees(tuple(boosters), known.first_step, latest, settings.drift_prior)
