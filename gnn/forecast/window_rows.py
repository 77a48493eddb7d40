"""Rows to train and calibrate on: a shop at the end of a past step, and what a window after it brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from supplyrisk.gnn.forecast.series_features import ShopFeatures, features_at, year_ago
from supplyrisk.gnn.forecast.shop_series import Flags, Matrix, Numbers, ShopSeries

LEAST_RATIO = 0.02
"""Sales of a window below this share of the ordinary level count as such; a forecast so low is 0."""
CUT_DAYS = 7
"""Days from one past step to the next at which rows are taken."""
LEAST_HISTORY_DAYS = 28


class Window(NamedTuple):
    """Steps begin..end-1 after a step, counted from 0; week: its number, 0 for a total."""

    begin: int
    end: int
    week: int = 0


@dataclass(frozen=True)
class WindowRows:
    """Rows of shops, past steps and windows.

    Parameters
    ----------
    columns [rows, features]: inputs of the trees.
    target [rows]: log of the window's sales over those of ordinary steps.
    level [rows]: what an ordinary step adds.
    end [rows]: length up to the window's end in steps.
    week [rows]: number of the week, 0 for a total.
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


def window_columns(
    series: ShopSeries, features: ShopFeatures, step: int, window: Window, longest: int
) -> Matrix:
    """Return the inputs of the trees for a window after a step [shops with a forecast, features].

    Calendar columns are of single weeks only: over a quarter they would name the step, since all shops share them.
    """
    count = len(features.rows)
    own_past = year_ago(series, step, window.begin, window.end)[features.rows]
    parts = [features.columns, np.full((count, 1), window.end / longest), np.round(own_past, 5)[:, None]]
    if window.week:
        first = (step + 1 + window.begin) * series.step
        last = (step + 1 + window.end) * series.step - 1
        parts.append(np.tile(series.calendar_days.features(first, last), (count, 1)))
    return np.column_stack(parts)


def past_rows(series: ShopSeries, windows: Sequence[Window], most_rows: int, seed: int) -> WindowRows:
    """Return rows of all past steps, CUT_DAYS apart, whose windows end by the last step of the series.

    Shops are taken in the order of their ids, so that the order of the series does not matter.

    Parameters
    ----------
    most_rows: about how many rows to take; of more a sample is drawn.
    seed: of the sample.
    """
    ordered = series.take(np.argsort(np.array(series.ids, dtype=object), kind="stable"))
    cuts = list(_past_steps(ordered, min(w.end for w in windows)))
    wanted = sum(w.end <= ordered.steps - 1 - cut for cut in cuts for w in windows) * len(ordered.ids)
    share = min(1.0, most_rows / max(wanted, 1))
    draw = np.random.default_rng(seed)
    longest = max(w.end for w in windows)
    parts = []
    for cut in cuts:
        features = features_at(ordered, cut)
        for window in windows:
            if cut + window.end > ordered.steps - 1:
                continue
            drawn = np.flatnonzero(draw.random(len(features.rows)) < share)
            if drawn.size:
                parts.append(_rows_of(ordered, _some(features, drawn), cut, window, longest))
    return _joined(parts, series)


def _rows_of(
    series: ShopSeries, features: ShopFeatures, cut: int, window: Window, longest: int
) -> WindowRows:
    count = len(features.rows)
    sums = series.totals.sums(cut + 1 + window.begin, cut + 1 + window.end)[features.rows]
    ratios = sums / (features.level * (window.end - window.begin))
    return WindowRows(
        columns=window_columns(series, features, cut, window, longest),
        target=np.log(np.maximum(ratios, LEAST_RATIO)),
        level=features.level,
        end=np.full(count, window.end),
        week=np.full(count, window.week),
        known_at=np.full(count, cut + window.end),
        thin=features.thin,
    )


def _past_steps(series: ShopSeries, shortest: int) -> Iterator[int]:
    first = series.in_steps(LEAST_HISTORY_DAYS) - 1
    return iter(range(series.steps - 1 - shortest, first - 1, -series.in_steps(CUT_DAYS)))


def _some(features: ShopFeatures, rows: Numbers) -> ShopFeatures:
    return ShopFeatures(
        features.rows[rows], features.columns[rows], features.level[rows], features.thin[rows]
    )


def _joined(parts: Sequence[WindowRows], series: ShopSeries) -> WindowRows:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return WindowRows(np.empty((0, 0)), np.empty(0), np.empty(0), none, none, none, none.astype(bool))
    names = WindowRows.__dataclass_fields__
    return WindowRows(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
