"""The expert model on the small synthetic chain: sums, base rate, direction, continuity, and what it does not claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chain import END, tables
from supplyrisk import gnn
from supplyrisk.gnn.baselines.expert_model import ExpertData, fit_expert
from supplyrisk.graph import DataError, ModelError, Snapshot, build_snapshot

RATE = 0.03


def expert_data(now: Snapshot, known: tuple[Snapshot, ...] = (), rate: float = RATE) -> ExpertData:
    return ExpertData(now, rate, known)


@pytest.fixture(scope="module")
def stated(now: Snapshot) -> gnn.RiskModel:
    """The expert model without any outcome; tests do not change it."""
    return fit_expert("book", expert_data(now))


@pytest.fixture(scope="module")
def scores(stated: gnn.RiskModel, now: Snapshot) -> gnn.Scores:
    """Its scores of the last day."""
    return gnn.score(stated, now)


def alive(scores: gnn.Scores, column: str) -> np.ndarray:
    """A column of the firms with a PD, in the order of their ids."""
    table = scores.firms.filter(pc.is_valid(scores.firms["pd"])).sort_by("firm_id")
    return np.asarray(table[column].to_numpy(), dtype=float)


def with_outcomes(snapshot: Snapshot, failed: int, known: int) -> Snapshot:
    """The snapshot in which the first firms failed, the next ones are sound and no other outcome is known."""
    outcome = [True] * failed + [False] * (known - failed) + [None] * (snapshot.firms.num_rows - known)
    at = snapshot.firms.column_names.index("outcome")
    firms = snapshot.firms.set_column(at, "outcome", pa.array(outcome, pa.bool_()))
    return replace(snapshot, firms=firms)


def sound_too(known: tuple[Snapshot, ...]) -> set[str]:
    """The firms that survived at least one window."""
    return {
        firm
        for snapshot in known
        for firm, outcome in zip(
            *(snapshot.firms[c].to_pylist() for c in ("firm_id", "outcome")), strict=True
        )
        if outcome is False
    }


def test_without_outcomes_the_mean_pd_is_the_base_rate_contagion_included(scores: gnn.Scores) -> None:
    assert alive(scores, "pd").mean() == pytest.approx(RATE, rel=1e-9)
    assert alive(scores, "caught").sum() > 0


def test_the_parts_sum_to_the_hazard_and_the_context_is_zero(scores: gnn.Scores) -> None:
    own, context, caught = (alive(scores, name) for name in ("own", "context", "caught"))
    assert own + caught == pytest.approx(-np.log1p(-alive(scores, "pd")), rel=1e-12)
    assert not context.any()
    assert alive(scores, "base_pd") == pytest.approx(-np.expm1(-own), rel=1e-12)


def test_scores_are_marked_and_state_no_interval(scores: gnn.Scores, stated: gnn.RiskModel) -> None:
    assert scores.model == "book/expert"
    assert scores.expert
    assert scores.candidate == "expert"
    assert not scores.identified
    assert (
        set(scores.firms["model"].to_pylist())
        == set(scores.spreaders["model"].to_pylist())
        == {"book/expert"}
    )
    for column in ("pd_low", "pd_high", "pd_low_90", "pd_high_90"):
        assert scores.firms[column].null_count == scores.firms.num_rows
    assert stated.candidates == ("expert",)
    assert stated.boosters == ()


def test_reasons_name_own_columns_and_neighbours(scores: gnn.Scores) -> None:
    rows = [row for row in scores.firms.to_pylist() if row["pd"] is not None]
    riskiest = rows[0]
    assert len(riskiest["reasons"]) >= 2
    shares = [reason["share"] for reason in riskiest["reasons"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    codes = {reason["code"] for row in rows for reason in row["reasons"]}
    assert any(code.startswith("OWN_") for code in codes)
    assert "CONTEXT" not in codes


def test_less_liquidity_never_lowers_a_pd(stated: gnn.RiskModel, now: Snapshot, scores: gnn.Scores) -> None:
    before = alive(scores, "pd")
    for name in ("liquidity", "equity_ratio", "margin"):
        halved = pc.subtract(now.firms[name], 0.5)
        firms = now.firms.set_column(now.firms.column_names.index(name), name, halved)
        after = alive(gnn.score(stated, replace(now, firms=firms)), "pd")
        assert (after >= before - 1e-12).all()
        assert (after > before).any()


def test_one_more_outcome_moves_every_pd_a_little(now: Snapshot) -> None:
    # Every step from no default to twelve among 300 known firms, and one more sound firm.
    steps = [(0, 0), (0, 1), (0, 299), (0, 300)] + [(failed, 300) for failed in range(1, 13)]
    models = [fit_expert("book", expert_data(now, (with_outcomes(now, *step),))) for step in steps]
    pds = [alive(gnn.score(model, now), "pd") for model in models]
    shifts = [
        np.abs(np.log(after / (1 - after)) - np.log(before / (1 - before))).max()
        for (before, after), step in zip(pairwise(pds), steps[1:], strict=True)
        if step != (0, 299)  # 298 outcomes at once
    ]
    # The bound on a single outcome is far above what one of 300 does.
    assert max(shifts) < 0.45
    assert pds[-1].mean() > pds[3].mean()
    assert (
        fit_expert("book", expert_data(now, (with_outcomes(now, 0, 0),))).calibrations
        == models[0].calibrations
    )


def test_the_order_of_firms_does_not_matter(stated: gnn.RiskModel, frames: dict[str, pa.Table]) -> None:
    order = np.random.default_rng(2).permutation(frames["firms"].num_rows)
    shuffled = build_snapshot(tables(frames | {"firms": frames["firms"].take(order)}), END)
    known = with_outcomes(shuffled, 0, 0)
    again = fit_expert("book", expert_data(shuffled, (known,)))
    assert alive(gnn.score(again, shuffled), "pd") == pytest.approx(
        alive(gnn.score(stated, shuffled), "pd"), rel=1e-9
    )


def test_known_defaults_move_the_level_and_the_card_counts_them(
    frames: dict[str, pa.Table], now: Snapshot
) -> None:
    known = tuple(build_snapshot(tables(frames), END - timedelta(days=180 * k)) for k in (3, 2, 1))
    model = fit_expert("book", expert_data(now, known, rate=0.001))
    expert = model.card["scorecard"]
    failed = {
        firm
        for snapshot in known
        for firm, outcome in zip(
            *(snapshot.firms[c].to_pylist() for c in ("firm_id", "outcome")), strict=True
        )
        if outcome
    }
    assert expert["failed"] == len(failed) > 5
    assert 0.001 < expert["rate"] < 0.1
    assert alive(gnn.score(model, now), "pd").mean() == pytest.approx(expert["rate"], rel=1e-9)
    assert expert["moved"].keys() == expert["effects"].keys()
    moves = {column: expert["moved"][column] - effect for column, effect in expert["effects"].items()}
    assert 0 < max(map(abs, moves.values())) < 0.5
    held_out = model.card["choosing"]
    assert held_out["failed_firms"] == len(failed)
    assert held_out["firms"] == expert["sound"] + len(failed - sound_too(known))
    # Out of fold by firm. Most "defaults" of this chain are lawsuits, which the ratios say little about.
    assert held_out["scores"]["expert"]["auc"]["value"] > 0.5


def test_another_base_rate_multiplies_the_odds(
    stated: gnn.RiskModel, now: Snapshot, scores: gnn.Scores
) -> None:
    before = alive(scores, "pd")
    after = alive(gnn.score(stated, now, base_rate=0.1), "pd")
    ratio = (after / (1 - after)) / (before / (1 - before))
    assert ratio == pytest.approx(np.full(len(ratio), (0.1 / 0.9) / (RATE / (1 - RATE))), rel=1e-9)


def test_a_candidate_that_the_model_lacks_is_an_error(stated: gnn.RiskModel, now: Snapshot) -> None:
    for candidate in ("network", "boosted-own", "nonsense"):
        with pytest.raises(ModelError, match=f"no candidate {candidate}; expected expert"):
            gnn.score(stated, now, use=candidate)


def test_to_disk_and_back(stated: gnn.RiskModel, now: Snapshot, scores: gnn.Scores, tmp_path: Path) -> None:
    gnn.save(stated, tmp_path / "book")
    again = gnn.load(tmp_path / "book")
    assert again.candidates == ("expert",)
    assert gnn.score(again, now).firms.equals(scores.firms)


def test_data_without_any_stated_column_are_refused(frames: dict[str, pa.Table]) -> None:
    firms = frames["firms"].select(["firm_id", "registered_capital"])
    bare = build_snapshot(tables({"firms": firms, "supplies": frames["supplies"].slice(0, 0)}), END)
    with pytest.raises(DataError, match="no column of the firms' own data has a stated effect"):
        fit_expert("book", expert_data(bare))


def test_links_and_transmissions_are_those_of_the_prior(stated: gnn.RiskModel, now: Snapshot) -> None:
    computed = stated.parts(now)
    transmissions = gnn.transmissions_of(stated, now, computed)
    assert transmissions.model == "book/expert"
    trade = np.array([":supplies:" in kind for kind in transmissions.kind.to_pylist()])
    share = computed.graph.links.share.numpy()
    alive_target = ~computed.graph.defaulted
    # At a receiver with the mean log own hazard w is .005 x share; w is proportional to the receiver's own hazard.
    level = stated.members[0].level.numpy()
    own = np.log(computed.parts.own)
    target = transmissions.target
    at = trade & (target < computed.graph.firms) & (share > 0)
    at[at] &= alive_target[target[at]]
    expected = 1 / (1 + np.exp(5.3 - (own[target[at]] - level[0])))
    assert transmissions.weight[0][at] == pytest.approx(expected * share[at], rel=1e-9)
    firm = int(np.flatnonzero((computed.parts.caught > 0) & alive_target)[0])
    links = gnn.firm_links_of(stated, now, firm, computed)
    factor = stated.calibrations["expert"].factor(computed.parts.hazard("expert"))[firm]
    assert sum(link.caught for link in links.caught) == pytest.approx(computed.parts.caught[firm] * factor)
