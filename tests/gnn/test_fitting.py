"""How a member is fitted: rows per failure, which dates a member sees, what the priors do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from firm_ring import FIRMS, noise_stages, ring_graph
from supplyrisk.gnn.network.hazard_propagation import NODE_INPUTS
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_fitting import fit_member, rows_per_failure


def test_a_failure_on_three_dates_gives_three_rows() -> None:
    one = ring_graph()
    assert rows_per_failure([one]) == 1.0
    assert rows_per_failure([one] * 3) == 3.0
    assert rows_per_failure([one, one.without_outcomes(set(one.firm_ids))]) == 1.0


def test_without_failures_there_are_no_rows_per_failure() -> None:
    quiet = replace(ring_graph(), y=np.zeros(FIRMS))
    assert rows_per_failure([quiet]) == 0.0


def test_a_member_learns_transmissions_from_its_own_dates() -> None:
    # Nine dates, every third for a member; only the second of each three has failures that come from suppliers.
    one = ring_graph()
    caught = replace(one, y=np.roll(one.y, 1), defaulted=one.y > 0)
    dates = [one, caught, one] * 3
    rows = noise_stages(9 * FIRMS)
    levels = []
    for number in range(3):
        member = fit_member(EnsembleMember("none", 9, one.links.kinds), dates, rows, number)
        levels.append(float(member.transmission.level[one.links.kinds.index("firm:supplies:firm:forward")]))
    assert levels[1] > max(levels[0], levels[2]) + 1


def test_where_nothing_is_caught_the_prior_keeps_caught_small() -> None:
    one = ring_graph()
    member = fit_member(EnsembleMember("none", 9, one.links.kinds), [one], noise_stages(FIRMS))
    own, context = member.base_parts(noise_stages(FIRMS))
    seen = member.propagate(member.propagation_inputs(own + context, own, [one]))
    assert float(seen.caught.sum() / seen.hazard.sum()) < 0.05


def test_the_prior_form_is_proportional_to_the_firms_own_hazard() -> None:
    # Without outcomes that tell, w grows as the receiver's own hazard does.
    one = replace(ring_graph(), y=np.full(FIRMS, np.nan))
    one.y[:2] = 0.0, 1.0
    member = fit_member(EnsembleMember("none", 9, one.links.kinds), [one], noise_stages(FIRMS))
    held = member.transmission.ends[:, NODE_INPUTS]
    assert held.tolist() == pytest.approx([float(member.level[1])] * len(held), abs=0.05)
    assert not torch.isnan(member.transmission.level).any()
