"""Why each firm of a world failed: what took its cash, and, where it came along a link, from whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import REMEMBERED, Series, WorldHistory
from supplyrisk.loaders.synthetic.weekly_dynamics import FADE
from supplyrisk.loaders.synthetic.world_plan import CAUSES, CHANNELS, Floats, Ints

LEAST = 0.01
"""Shares below this are left out."""


@dataclass(frozen=True)
class DefaultCauses:
    """One entry per default, cause and source: share of what took the cash; source -1 where it has none."""

    firm: Ints
    cause: Ints
    source: Ints
    share: Floats


def find_causes(economy: Economy, history: WorldHistory) -> DefaultCauses:
    """The causes of all defaults, the largest first.

    A firm's losses of the weeks before its default (each week's counting REMEMBERED times the next one's)
    are divided by cause; those that came through a channel are divided among its neighbours there in
    proportion to what each of them brought: link's weight times the neighbour's gap, summed over the same
    weeks in the same way. Late payment has no gap: it is divided by who was short of cash.
    """
    firm, cause = np.nonzero(history.causes)
    share, source = history.causes[firm, cause], np.full(len(firm), -1)
    first = len(CAUSES) - len(CHANNELS)
    own = cause < first
    parts = [(firm[own], cause[own], source[own], share[own])]
    felt = _felt(economy, history)
    for number, channel in enumerate(CHANNELS, start=first):
        parts.append(_divided(history, number, *_neighbours(economy, history, channel, felt)))
    firm, cause, source, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = share >= LEAST
    firm, cause, source, share = firm[kept], cause[kept], source[kept], share[kept]
    order = np.lexsort((source, cause, -np.round(share, 9), firm, history.ended_on[firm]))
    return DefaultCauses(firm[order], cause[order], source[order], share[order])


def _divided(
    history: WorldHistory, cause: int, receiver: Ints, source: Ints, weight: Floats
) -> tuple[Ints, Ints, Ints, Floats]:
    """A channel's shares divided by weight; a receiver without neighbours keeps its own, from nobody."""
    total = np.bincount(receiver, weight, len(history.failed))
    at = np.flatnonzero(weight > 0)
    receiver, source, weight = receiver[at], source[at], weight[at]
    share = history.causes[receiver, cause] * weight / total[receiver]
    alone = np.flatnonzero((history.causes[:, cause] > 0) & (total == 0))
    return (
        np.concatenate([receiver, alone]),
        np.full(len(at) + len(alone), cause),
        np.concatenate([source, np.full(len(alone), -1)]),
        np.concatenate([share, history.causes[alone, cause]]),
    )


@dataclass(frozen=True)
class _Felt:
    """Week by week what neighbours feel of a firm: its gap, weeks x firms, and its shortness of cash."""

    gap: Series
    strain: Series


def _felt(economy: Economy, history: WorldHistory) -> _Felt:
    """Gaps with what follows a failure; a closed firm leaves none."""
    plan, firms = economy.plan, economy.firms
    gap, now = history.gap.copy(), np.zeros(plan.firms, np.float32)
    room = (0.5 * (firms.cash + firms.line)).astype(np.float32)
    strain = np.zeros_like(gap)
    for week in range(plan.weeks):
        now = np.where(history.failed & (history.ended_week == week), np.float32(1), now * np.float32(FADE))
        gap[week] += now
        here = (firms.joined_week <= week) & (week < history.ended_week)
        tight = 1 - (history.cash[week] + firms.line.astype(np.float32)) / room
        strain[week] = np.where(here, np.clip(tight, 0, 1), 0)
    return _Felt(gap, strain)


def _neighbours(
    economy: Economy, history: WorldHistory, channel: str, felt: _Felt
) -> tuple[Ints, Ints, Floats]:
    """Receivers that failed, their neighbours of a channel, and what each brought up to the failure."""
    links, firms, given = economy.links, economy.firms, economy.guarantees
    span = (links.start, links.stop)
    if channel == "supply":
        return _summed(economy, history, (links.customer, links.supplier, links.need, *span), felt.gap)
    if channel == "demand":
        return _summed(economy, history, (links.supplier, links.customer, links.value, *span), felt.gap)
    if channel == "invoices":
        lost = np.diff(felt.gap, axis=0, prepend=np.float32(0)) > 0.5
        owed = np.maximum(felt.strain, 8 * lost).astype(np.float32)
        return _summed(economy, history, (links.supplier, links.customer, links.value, *span), owed)
    if channel == "guarantees":
        lost = np.diff(felt.gap, axis=0, prepend=np.float32(0)) > 0.5
        entries = (given.guarantor, given.guaranteed, given.amount, given.start, given.stop)
        return _summed(economy, history, entries, lost.astype(np.float32))
    everyone, always = np.arange(economy.plan.firms), np.zeros(economy.plan.firms, np.int64)
    weight = (firms.carrier != everyone).astype(np.float64)
    entries = (everyone, firms.carrier, weight, always, always + economy.plan.weeks)
    return _summed(economy, history, entries, felt.gap)


def _summed(
    economy: Economy, history: WorldHistory, entries: tuple[Ints, Ints, Floats, Ints, Ints], brought: Series
) -> tuple[Ints, Ints, Floats]:
    """(receiver, neighbour, weight, start, stop) whose receiver failed, with the sum of what was brought."""
    at = np.flatnonzero(history.failed[entries[0]])
    receiver, neighbour = entries[0][at], entries[1][at]
    weight, start, stop = entries[2][at], entries[3][at], entries[4][at]
    total, until = np.zeros(len(at)), history.ended_week[receiver]
    for week in range(1, economy.plan.weeks):
        felt = (start <= week) & (week < stop) & (week <= until)
        # what a neighbour did in the week before is felt in this one
        total = (
            np.where(week <= until, REMEMBERED * total, total) + felt * weight * brought[week - 1, neighbour]
        )
    return receiver, neighbour, total


def largest(causes: DefaultCauses, firms: int) -> Iterator[Ints]:
    """For each firm the entry of its largest cause, and of the largest cause that has a source; -1: none."""
    for kept in (np.ones(len(causes.firm), bool), causes.source >= 0):
        entry, at = np.full(firms, -1), np.flatnonzero(kept)
        # entries are sorted with the largest first: written backwards, it stays
        entry[causes.firm[at][::-1]] = at[::-1]
        yield entry
