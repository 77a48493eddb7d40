"""The rows of a backtest: firms as they were scored on earlier days, with what happened to them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAYS_OF_YEAR = 365.0
"""Days of the year that annual margins are for."""
DAYS_OF_MONTH = 365.25 / 12
"""Days of a month of age."""


@dataclass(frozen=True)
class BacktestRows:
    """One row per firm and scored day.

    Parameters
    ----------
    day [rows]: ISO text of the scored day.
    firm [rows]: firm_id.
    grade [rows]: grade by the score; empty where too little was known of the firm for one.
    pd [rows]: PD by the score, over the horizon.
    failed [rows]: 1 where the firm defaulted within the horizon, 0 where it did not, NaN where that is unknown.
    ead [rows]: exposure on the scored day, money; 1 for every firm where no exposure is known.
    loss [rows]: what a default costs, money: LGD x EAD.
    income [rows]: what a sound firm earns over the horizon, money: annual margin x EAD x horizon / 365; NaN without a
        margin.
    failed_after [rows]: days from the scored day to the first default, NaN where there is none in the data.
    observed_days [rows]: days over which the firm is observed after the scored day; NaN where it is not.
    others: by name the PDs of other scores on the same rows, such as baselines.
    """

    day: NDArray[np.str_]
    firm: NDArray[np.str_]
    grade: NDArray[np.str_]
    pd: Floats
    failed: Floats
    ead: Floats
    loss: Floats
    income: Floats
    failed_after: Floats
    observed_days: Floats
    others: Mapping[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pd)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether the outcome of each row is known [rows]."""
        return ~np.isnan(self.failed)

    @property
    def graded(self) -> NDArray[np.bool_]:
        """Whether each row has a grade [rows]; a firm without one has no limit, whatever its PD."""
        return np.asarray(self.grade != "")

    def select(self, mask: NDArray[np.bool_]) -> BacktestRows:
        """Return the rows of a mask [rows]."""
        arrays = {part.name: getattr(self, part.name)[mask] for part in fields(self) if part.name != "others"}
        return replace(self, **arrays, others={name: pds[mask] for name, pds in self.others.items()})

    @classmethod
    def joined(cls, parts: Sequence[BacktestRows]) -> BacktestRows:
        """Return the rows of several days; of the other scores, those that every day has."""
        names = [part.name for part in fields(cls) if part.name != "others"]
        shared = [name for name in parts[0].others if all(name in part.others for part in parts)]
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        others = {name: np.concatenate([part.others[name] for part in parts]) for name in shared}
        return cls(**arrays, others=others)
