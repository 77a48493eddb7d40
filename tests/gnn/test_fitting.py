"""How a member is fitted: how often a failure is told, which dates a member sees, what the priors hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.gnn.network.hazard_propagation import ENDS
from supplyrisk.gnn.network.member import BoostedStages, EnsembleMember
from supplyrisk.gnn.network.member_fitting import fit_member, repeats
from supplyrisk.graph import DatasetInfo, Tables, build_snapshot

FIRMS = 120


def graph() -> PanelGraph:
    """A ring of firms, each the customer of the one before it."""
    ids = [f"F{i:03}" for i in range(FIRMS)]
    around = [*ids[1:], ids[0]]
    frames = {
        "firms": pa.table({"firm_id": ids, "registered_capital": np.arange(1.0, FIRMS + 1)}),
        "supplies": pa.table({"supplier_id": ids, "customer_id": around, "amount": np.full(FIRMS, 5.0)}),
        "labels": pa.table({"firm_id": ids, "defaulted": np.arange(FIRMS) % 6 == 0}),
    }
    seen = build_snapshot(Tables(DatasetInfo("ring", undated=True), frames))
    return panel_graph_of(seen, Encoder.fit([seen]))


def stages(rows: int) -> BoostedStages:
    """Scores that say nothing but a little noise."""
    own = np.log(0.18) + 0.1 * np.random.default_rng(0).normal(size=rows)
    return BoostedStages(own, own, np.zeros((rows, 9)), own, own)


def test_a_failure_that_is_told_on_three_dates_counts_thrice() -> None:
    one = graph()
    assert repeats([one]) == 1.0
    assert repeats([one] * 3) == 3.0
    assert repeats([one, one.without_outcomes(set(one.firm_ids))]) == 1.0


def test_nobody_who_failed_is_told_no_time() -> None:
    quiet = replace(graph(), y=np.zeros(FIRMS))
    assert repeats([quiet]) == 0.0


def test_a_member_learns_transmissions_from_its_own_dates() -> None:
    # Nine dates, every third for a member; only the second of each three has failures that come from suppliers.
    one = graph()
    caught = replace(one, y=np.roll(one.y, 1), defaulted=one.y > 0)
    dates = [one, caught, one] * 3
    rows = stages(9 * FIRMS)
    levels = []
    for number in range(3):
        member = fit_member(EnsembleMember("none", 9, one.links.kinds), dates, rows, number)
        levels.append(float(member.transmission.level[one.links.kinds.index("firm:supplies:firm:forward")]))
    assert levels[1] > max(levels[0], levels[2]) + 1


def test_where_nothing_is_caught_the_prior_keeps_caught_small() -> None:
    one = graph()
    member = fit_member(EnsembleMember("none", 9, one.links.kinds), [one], stages(FIRMS))
    own, context = member.base_parts(stages(FIRMS))
    seen = member.rounds(member.round_inputs(own + context, own, [one]))
    assert float(seen.caught.sum() / seen.hazard.sum()) < 0.05


def test_the_prior_form_is_proportional_to_the_firms_own_hazard() -> None:
    # Without outcomes that tell, w grows as the receiver's own hazard does.
    one = replace(graph(), y=np.full(FIRMS, np.nan))
    one.y[:2] = 0.0, 1.0
    member = fit_member(EnsembleMember("none", 9, one.links.kinds), [one], stages(FIRMS))
    held = member.transmission.ends[:, ENDS]
    assert held.tolist() == pytest.approx([float(member.level[1])] * len(held), abs=0.05)
    assert not torch.isnan(member.transmission.level).any()
