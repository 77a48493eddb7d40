"""Why each firm of a world failed: the causes of its losses of cash and, for contagion, the neighbours behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import LOSS_MEMORY, Series, WorldHistory
from supplyrisk.loaders.synthetic.weekly_dynamics import FADE
from supplyrisk.loaders.synthetic.world_plan import CAUSES, CHANNELS, Bools, Floats, Ints

MIN_SHARE = 0.01
"""Shares below this are left out."""


@dataclass(frozen=True)
class DefaultCauses:
    """One entry per default, cause and source.

    Parameters
    ----------
    firm: number of the failed firm.
    cause: number in CAUSES.
    source: number of the neighbour behind it; -1 where there is none.
    share: share of the firm's losses of cash.
    """

    firm: Ints
    cause: Ints
    source: Ints
    share: Floats

    def where(self, selected: Bools) -> DefaultCauses:
        """Return the selected entries."""
        return DefaultCauses(
            self.firm[selected], self.cause[selected], self.source[selected], self.share[selected]
        )


def attribute_defaults(economy: Economy, history: WorldHistory) -> DefaultCauses:
    """Attribute all defaults to causes and neighbours, by day of default and firm, largest share first.

    A firm's losses of cash before its default are divided by cause; each week's count LOSS_MEMORY times those of the
    week after. Losses through a channel are divided among the firm's neighbours in that channel in proportion to

        sum over weeks of LOSS_MEMORY^age * link weight * gap of the neighbour.

    Late payment comes without a gap: it is divided by the neighbours' shortness of cash.
    """
    firm, cause = np.nonzero(history.causes)
    first_channel = len(CAUSES) - len(CHANNELS)
    whole = DefaultCauses(firm, cause, np.full(len(firm), -1), history.causes[firm, cause])
    parts = [whole.where(cause < first_channel)]
    effects = _neighbour_effects(economy, history)
    for number, channel in enumerate(CHANNELS, start=first_channel):
        brought = _brought_through(economy, history, channel, effects)
        parts.append(_divide_by_weight(history, number, brought))
    causes = DefaultCauses(
        firm=np.concatenate([part.firm for part in parts]),
        cause=np.concatenate([part.cause for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        share=np.concatenate([part.share for part in parts]),
    )
    causes = causes.where(causes.share >= MIN_SHARE)
    # the last key counts first; shares are rounded so that their last bits do not decide the order
    order = np.lexsort(
        (causes.source, causes.cause, -np.round(causes.share, 9), causes.firm, history.ended_on[causes.firm])
    )
    return DefaultCauses(causes.firm[order], causes.cause[order], causes.source[order], causes.share[order])


@dataclass(frozen=True)
class _Brought:
    """What neighbours brought to failed firms through a channel; one entry per link."""

    receiver: Ints
    source: Ints
    weight: Floats


def _divide_by_weight(history: WorldHistory, cause: int, brought: _Brought) -> DefaultCauses:
    """Divide a channel's shares by weight; a firm that no neighbour affected keeps its share without a source."""
    total = np.bincount(brought.receiver, brought.weight, len(history.failed))
    at = np.flatnonzero(brought.weight > 0)
    receiver = brought.receiver[at]
    share = history.causes[receiver, cause] * brought.weight[at] / total[receiver]
    unexplained = np.flatnonzero((history.causes[:, cause] > 0) & (total == 0))
    return DefaultCauses(
        firm=np.concatenate([receiver, unexplained]),
        cause=np.full(len(at) + len(unexplained), cause),
        source=np.concatenate([brought.source[at], np.full(len(unexplained), -1)]),
        share=np.concatenate([share, history.causes[unexplained, cause]]),
    )


@dataclass(frozen=True)
class _EffectSeries:
    """What neighbours feel of each firm, weeks x firms: its gap, and its shortness of cash from 0 to 1."""

    gap: Series
    strain: Series

    @property
    def fails(self) -> Bools:
        """Weeks in which a firm defaults: its gap jumps by more than a half."""
        jumps: Bools = np.diff(self.gap, axis=0, prepend=np.float32(0)) > 0.5
        return jumps


def _neighbour_effects(economy: Economy, history: WorldHistory) -> _EffectSeries:
    """Compute gaps including those after a default, and shortness of cash; a closed firm leaves neither."""
    plan = economy.plan
    firms = economy.firms
    gap = history.gap.copy()
    after_default = np.zeros(plan.firms, np.float32)
    half_target = (0.5 * (firms.target_cash + firms.credit_line)).astype(np.float32)
    strain = np.zeros_like(gap)
    for week in range(plan.weeks):
        # in single precision throughout, as the series are
        fails = history.failed & (history.ended_week == week)
        after_default = np.where(fails, np.float32(1), after_default * np.float32(FADE))
        gap[week] += after_default
        active = (firms.joined_week <= week) & (week < history.ended_week)
        tight = 1 - (history.cash[week] + firms.credit_line.astype(np.float32)) / half_target
        strain[week] = np.where(active, np.clip(tight, 0, 1), 0)
    return _EffectSeries(gap, strain)


@dataclass(frozen=True)
class _ChannelLinks:
    """Links of a channel, in use in weeks [start, stop): who receives, from which neighbour, with which weight."""

    receiver: Ints
    neighbour: Ints
    weight: Floats
    start: Ints
    stop: Ints


def _brought_through(
    economy: Economy, history: WorldHistory, channel: str, effects: _EffectSeries
) -> _Brought:
    """Compute what the neighbours of failed firms brought to them through a channel, up to the default."""
    links = economy.links
    firms = economy.firms
    guarantees = economy.guarantees
    if channel == "supply":
        inputs = _ChannelLinks(links.customer, links.supplier, links.need, links.start, links.stop)
        return _sum_over_weeks(economy, history, inputs, effects.gap)
    orders = _ChannelLinks(links.supplier, links.customer, links.value, links.start, links.stop)
    if channel == "demand":
        return _sum_over_weeks(economy, history, orders, effects.gap)
    if channel == "invoices":
        # a default takes up to eight weeks of invoices, a strained customer delays those of one week
        unpaid = np.maximum(effects.strain, 8 * effects.fails).astype(np.float32)
        return _sum_over_weeks(economy, history, orders, unpaid)
    if channel == "guarantees":
        calls = _ChannelLinks(
            guarantees.guarantor,
            guarantees.guaranteed,
            guarantees.amount,
            guarantees.start,
            guarantees.stop,
        )
        return _sum_over_weeks(economy, history, calls, effects.fails.astype(np.float32))
    everyone = np.arange(economy.plan.firms)
    start = np.zeros(economy.plan.firms, np.int64)
    # carriers do not depend on themselves
    weight = (firms.carrier != everyone).astype(np.float64)
    carriage = _ChannelLinks(everyone, firms.carrier, weight, start, start + economy.plan.weeks)
    return _sum_over_weeks(economy, history, carriage, effects.gap)


def _sum_over_weeks(
    economy: Economy, history: WorldHistory, links: _ChannelLinks, brought: Series
) -> _Brought:
    """Sum link weight times what the neighbour brought (weeks x firms), for the links of failed receivers."""
    at = np.flatnonzero(history.failed[links.receiver])
    receiver = links.receiver[at]
    neighbour = links.neighbour[at]
    weight = links.weight[at]
    start = links.start[at]
    stop = links.stop[at]
    total = np.zeros(len(at))
    until = history.ended_week[receiver]
    for week in range(1, economy.plan.weeks):
        felt = (start <= week) & (week < stop) & (week <= until)
        # links act with a delay of one week
        total = (
            np.where(week <= until, LOSS_MEMORY * total, total) + felt * weight * brought[week - 1, neighbour]
        )
    return _Brought(receiver, neighbour, total)


def largest(causes: DefaultCauses, firms: int) -> Iterator[Ints]:
    """Yield, per firm, the entry of its largest cause, then of its largest cause with a source; -1: none."""
    for selected in (np.ones(len(causes.firm), bool), causes.source >= 0):
        entry = np.full(firms, -1)
        at = np.flatnonzero(selected)
        # entries are sorted with the largest first: assigned backwards, the largest stays
        entry[causes.firm[at][::-1]] = at[::-1]
        yield entry
