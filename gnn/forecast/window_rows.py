"""Rows to train and calibrate on: a shop at the end of a past step, and what a window after it brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, Self

import numpy as np

from supplyrisk.gnn.forecast.series_features import ShopFeatures
from supplyrisk.gnn.forecast.shop_series import Flags, Matrix, Numbers, ShopSeries

CUT_DAYS = 7
"""Days from one past step to the next at which rows are taken."""
LEAST_HISTORY_DAYS = 28


class Window(NamedTuple):
    """Steps begin..end-1 after a step, counted from 0; week: its number, 0 for the whole horizon."""

    begin: int
    end: int
    week: int = 0


class WindowSource(Protocol):
    """What is forecast: series, with the inputs and targets of windows after any of their steps."""

    @property
    def series(self) -> ShopSeries:
        """The series; its last step is the last that is known."""

    def in_order(self) -> Self:
        """The same with shops in the order of their ids, so that the order of the data does not matter."""

    def features(self, step: int) -> ShopFeatures:
        """What is known at the end of a step, of the shops with enough rows."""

    def columns(self, features: ShopFeatures, step: int, window: Window, longest: int) -> Matrix:
        """Inputs of the trees for a window [shops with features, columns]; longest: steps of the longest window."""

    def targets(self, features: ShopFeatures, step: int, window: Window) -> Matrix:
        """What the window brought, in the shop's own unit [shops with features]; NaN where it is not known."""

    def amounts(self, features: ShopFeatures, window: Window, quantiles: Matrix) -> Matrix:
        """Quantiles of targets [3, shops with features] as amounts."""


@dataclass(frozen=True)
class WindowRows:
    """Rows of shops, past steps and windows.

    Parameters
    ----------
    columns [rows, features]: inputs of the trees.
    target [rows]: what the window brought, in the shop's own unit.
    level [rows]: that unit.
    end [rows]: length up to the window's end in steps.
    week [rows]: number of the week, 0 for the whole horizon.
    known_at [rows]: the step at whose end the target is known.
    thin [rows]: whether the shop had little history.
    """

    columns: Matrix
    target: Matrix
    level: Matrix
    end: Numbers
    week: Numbers
    known_at: Numbers
    thin: Flags

    def take(self, rows: Flags | Numbers) -> WindowRows:
        """Return some rows."""
        return WindowRows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def first_step(self) -> int:
        """The earliest past step of the rows."""
        return int((self.known_at - self.end).min())


def past_rows(source: WindowSource, windows: Sequence[Window], most_rows: int, seed: int) -> WindowRows:
    """Return rows of all past steps, CUT_DAYS apart, whose windows end by the last step of the series.

    Parameters
    ----------
    most_rows: about how many rows to take; of more a sample is drawn.
    seed: of the sample.
    """
    ordered = source.in_order()
    last = ordered.series.steps - 1
    cuts = list(_past_steps(ordered.series, min(w.end for w in windows)))
    wanted = sum(cut + w.end <= last for cut in cuts for w in windows) * len(ordered.series.ids)
    share = min(1.0, most_rows / max(wanted, 1))
    draw = np.random.default_rng(seed)
    longest = max(w.end for w in windows)
    parts = []
    for cut in cuts:
        features = ordered.features(cut)
        for window in windows:
            if cut + window.end > last:
                continue
            drawn = np.flatnonzero(draw.random(len(features.rows)) < share)
            if drawn.size:
                parts.append(_rows_of(ordered, features.take(drawn), cut, window, longest))
    return _joined(parts)


def _rows_of(
    source: WindowSource, features: ShopFeatures, cut: int, window: Window, longest: int
) -> WindowRows:
    target = source.targets(features, cut, window)
    known = np.flatnonzero(~np.isnan(target))
    features = features.take(known)
    count = len(known)
    return WindowRows(
        columns=source.columns(features, cut, window, longest),
        target=target[known],
        level=features.level,
        end=np.full(count, window.end),
        week=np.full(count, window.week),
        known_at=np.full(count, cut + window.end),
        thin=features.thin,
    )


def _past_steps(series: ShopSeries, shortest: int) -> Iterator[int]:
    first = series.in_steps(LEAST_HISTORY_DAYS) - 1
    return iter(range(series.steps - 1 - shortest, first - 1, -series.in_steps(CUT_DAYS)))


def _joined(parts: Sequence[WindowRows]) -> WindowRows:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return WindowRows(np.empty((0, 0)), np.empty(0), np.empty(0), none, none, none, none.astype(bool))
    names = WindowRows.__dataclass_fields__
    return WindowRows(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
