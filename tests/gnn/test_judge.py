"""The evaluation of the small model: rows and models, the deletion test, the short dip, the verdict."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from chain import opened, slices, tables
from page_checks import check_page
from supplyrisk import gnn
from supplyrisk.cli.render.evaluation import standing_rows
from supplyrisk.gnn import evaluation as judge
from supplyrisk.gnn.baselines.baseline_registry import NETWORK
from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.evaluation import candidates
from supplyrisk.gnn.evaluation.candidates import evaluation_rows_of
from supplyrisk.gnn.evaluation.metrics import (
    METRICS,
    Matrix,
    Rows,
    auc_difference,
    bootstrap,
    capture,
    compare_draws,
    failed_firms,
    intervals,
    kolmogorov_smirnov,
)
from supplyrisk.graph import RequestError, Snapshot
from supplyrisk.services import gate_numbers, parse_gates
from supplyrisk.services.gates import breaches_of, gates_on_few_failures
from supplyrisk.web.card_page import render_model_card

Y = np.array([1.0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
P = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])


def test_ks_and_capture_by_hand() -> None:
    # Above .7 are both failures and one of eight sound: 1 - 1/8.
    assert kolmogorov_smirnov(Y, P) == pytest.approx(0.875)
    assert METRICS["gini"](Y, P) == pytest.approx(2 * 15 / 16 - 1)
    # The riskiest tenth is one row, a failure; the riskiest twentieth is half of it.
    assert capture(Y, P, 0.10) == pytest.approx(0.5)
    assert capture(Y, P, 0.05) == pytest.approx(0.25)
    # Where all have one PD, a tenth of the rows hold a tenth of the failures.
    assert capture(Y, np.full(10, 0.2), 0.10) == pytest.approx(0.1)


def _by_whole_firms(y: Matrix, p: Matrix, firms: Rows, name: str, draws: int) -> Matrix:
    """A metric of each draw of whole firms: the rows of every drawn firm, copied as often as it was drawn."""
    rng = np.random.default_rng(0)
    ids = sorted(set(firms.tolist()))
    values: list[float] = []
    while len(values) < draws:
        times = rng.multinomial(len(ids), [1 / len(ids)] * len(ids))
        rows = [
            i for f, n in zip(ids, times, strict=True) for _ in range(n) for i in np.flatnonzero(firms == f)
        ]
        if 0 < y[rows].sum() < len(rows):
            values.append(METRICS[name](y[rows], p[rows]))
    return np.array(values)


@pytest.mark.parametrize("name", ["auc", "pr_auc", "brier", "ks", "gini", "capture_10"])
def test_the_bootstrap_is_that_of_copied_rows(name: str) -> None:
    """Firms of one to four rows, with gaps in their numbers."""
    rng = np.random.default_rng(3)
    firms = np.repeat(rng.choice(1000, 30, replace=False), rng.integers(1, 5, 30))
    p = np.round(rng.random(len(firms)), 1)
    y = (rng.random(len(firms)) < p).astype(float)
    fast = bootstrap(y, p, firms, 40)[name]
    assert fast == pytest.approx(_by_whole_firms(y, p, firms, name, 40))


def test_repeated_rows_of_a_firm_are_no_more_evidence() -> None:
    """Every row four times: intervals by firm stay as wide, of a metric and of a paired difference."""
    rng = np.random.default_rng(0)
    p = rng.random(200)
    other = p + rng.normal(size=200)
    y = (rng.random(200) < p).astype(float)
    firms = np.arange(200)
    four = np.tile(firms, 4)
    once = bootstrap(y, p, firms, 400)
    by_firm = bootstrap(y[four], p[four], four, 400)
    for name in ("auc", "pr_auc", "brier", "ks", "gini", "capture_5", "capture_10"):
        assert by_firm[name] == pytest.approx(once[name]), name
    wide = intervals(y, p, once)["auc"]
    by_row = intervals(y[four], p[four], bootstrap(y[four], p[four], np.arange(800), 400))["auc"]
    assert by_row.high - by_row.low < 0.7 * (wide.high - wide.low)
    difference = auc_difference(y, p, other, once["auc"], bootstrap(y, other, firms, 400)["auc"])
    copied = bootstrap(y[four], other[four], four, 400)["auc"]
    assert asdict(auc_difference(y[four], p[four], other[four], by_firm["auc"], copied)) == pytest.approx(
        asdict(difference)
    )


def test_a_firm_that_fails_at_two_dates_failed_once() -> None:
    assert failed_firms(np.array([1.0, 1, 0, 0, 1]), np.array([7, 7, 3, 3, 9])) == 2
    assert failed_firms(np.zeros(3), np.array([1, 2, 3])) == 0


def test_a_paired_test_finds_what_is_there_and_nothing_in_itself() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(400)
    y = (rng.random(400) < p).astype(float)
    noisy = p + rng.normal(size=400)
    drawn = [bootstrap(y, score, np.arange(400), 500) for score in (p, noisy)]
    gap = METRICS["auc"](y, p) - METRICS["auc"](y, noisy)
    comparison = compare_draws(gap, drawn[0]["auc"], drawn[1]["auc"])
    assert comparison.low > 0 and comparison.p == pytest.approx(1 / 500)
    same = compare_draws(0.0, drawn[0]["auc"], drawn[0]["auc"])
    assert (same.value, same.p) == (0.0, 1.0)


def test_psi_by_hand() -> None:
    before = np.array([0.0] * 50 + [1.0] * 50)
    now = np.array([0.0] * 90 + [1.0] * 10)
    # Up to 0, up to 1, above, and missing: 50, 50, 0, 0 against 90, 10, 0, 0, each with half a row more.
    p, q = np.array([50.5, 50.5, 0.5, 0.5]) / 102, np.array([90.5, 10.5, 0.5, 0.5]) / 102
    assert judge.psi(before, now) == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    assert judge.psi(before, before) == 0.0
    missing = np.where(now > 0, np.nan, now)
    assert judge.psi(before, missing) > judge.psi(before, now)


def test_a_calibration_that_holds_has_slope_one() -> None:
    rng = np.random.default_rng(2)
    h = np.exp(rng.normal(-2, 1, 20_000))
    p = -np.expm1(-h)
    y = (rng.random(len(p)) < p).astype(float)
    figures = judge.calibration(y, p)
    assert figures.slope == pytest.approx(1.0, abs=0.05)
    assert sum(b.rows for b in figures.curve) == len(p)
    assert all(b.low < b.failed_share < b.high for b in figures.curve)
    # Hazards whose logs are spread twice as wide are half as steep.
    assert judge.calibration(y, -np.expm1(-np.exp(2 * np.log(h)))).slope == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("excess", "days"),
    [
        ((0.4, 0.3, 0.1, 0.0), 10.5),  # half of .4 lies half-way between days 7 and 14
        ((0.2, 0.4, 0.2, 0.0), 7.0),  # from the peak on day 7
        ((0.4, 0.3, 0.3, 0.3), None),
    ],
)
def test_half_life_by_hand(excess: tuple[float, ...], days: float | None) -> None:
    assert judge.half_life((0, 7, 14, 21), excess) == days


@pytest.fixture(scope="module")
def model(model: gnn.RiskModel) -> gnn.RiskModel:
    """The tested model, which is the one that is evaluated."""
    assert model.tested is not None
    return opened(model.tested)


@pytest.fixture(scope="module")
def card(frames: dict[str, pa.Table], model: gnn.RiskModel) -> judge.ModelCard:
    """The evaluation of the small model without further training; the dip has a test of its own."""
    return judge.examine_model(
        model, slices(frames), None, judge.EvaluationPlan(False, 1, False, 50), lambda step, done, of: None
    )


def test_all_models_are_evaluated_on_the_same_rows(card: judge.ModelCard, model: gnn.RiskModel) -> None:
    names = [row.candidate for row in card.candidates]
    assert names == [*gnn.CANDIDATES, "counts-only", "network-caught-off"]
    assert card.slice == "test"
    own = {row.candidate: row for row in card.candidates}
    assert own[model.champion].against is None
    measured: Any = model.card["test"]
    assert (card.rows, card.failed) == (measured["rows"], measured["failed"])
    for name in ("boosted-own", "boosted-neighbours"):
        metrics = own[name].metrics
        assert metrics is not None
        assert metrics["auc"].value == pytest.approx(measured["scores"][name]["auc"]["value"])
    by_size = [s for s in card.segments if s.by == "size"]
    assert sum(s.rows for s in by_size) == card.rows
    assert -1 <= (card.stability.over_members["own"] or 0) <= 1
    assert card.stability.over_seeds is None


def test_the_network_without_caught_is_calibrated_on_no_row_that_it_has_learned(
    frames: dict[str, pa.Table], model: gnn.RiskModel
) -> None:
    judged = evaluation_rows_of(model, slices(frames))
    base = judged.views.stacked(lambda p: p.own + p.context)
    expected = pd_of(model.calibrations[NETWORK].apply(base))
    assert judged.pds["network-caught-off"].tolist() == expected.tolist()


def test_seeds_are_reported_where_they_were_trained(card: judge.ModelCard) -> None:
    assert not [line for line in card.verdict if "seeds agree" in line]
    stability = replace(card.stability, seeds=3, over_seeds={"own": 0.91, "caught": None})
    sentences = judge.verdict(replace(card, stability=stability))
    assert "models of 3 seeds agree by rank correlation: own 0.910, caught not measured" in sentences


@pytest.mark.parametrize("which", ["network-rewired", "network-swapped"])
def test_a_placebo_learns_on_the_same_dates_and_on_no_true_link(
    which: str, frames: dict[str, pa.Table], model: gnn.RiskModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = slices(frames)
    placebo_splits: list[gnn.DataSplits] = []

    def trained(name: str, other: gnn.DataSplits, *_: object, deploy: bool) -> gnn.RiskModel:
        assert not deploy
        placebo_splits.append(other)
        return model

    monkeypatch.setattr(candidates, "train", trained)
    placebo = candidates.train_placebo(which, model, splits, lambda step, done, of: None)
    assert 0 < placebo.moved < 1
    true = splits.train
    trained_on = placebo_splits[0].train
    assert not (placebo_splits[0].test or placebo_splits[0].recent)
    assert [s.as_of for s in trained_on] == [s.as_of for s in true]
    supplies = ("firm", "supplies", "firm")
    for one, other in zip(true, trained_on, strict=True):
        assert other.edges[supplies].num_rows == one.edges[supplies].num_rows
        assert not other.edges[supplies].equals(one.edges[supplies])


def test_the_verdict_names_the_champion_and_claims_no_contagion_without_the_placebo(
    card: judge.ModelCard,
) -> None:
    sentences = " ".join(card.verdict)
    assert f"champion: {card.champion}" in sentences
    assert "contagion is not claimed: the placebo with swapped sources was not trained" in sentences
    won = judge.Difference(0.1, 0.05, 0.15, 0.01)
    gains = dict.fromkeys([*card.network_minus, "network-rewired", "network-swapped"], won)
    claimed = " ".join(judge.verdict(replace(card, network_minus=gains, caught_identified=True)))
    assert "contagion is claimed" in claimed
    apart = " ".join(judge.verdict(replace(card, network_minus=gains, caught_identified=False)))
    assert "contagion is not claimed: the members do not agree" in apart
    # A single member can neither agree nor disagree.
    alone = {**card.training, "caught_agreement": None}
    single = judge.verdict(replace(card, network_minus=gains, caught_identified=False, training=alone))
    assert "contagion is not claimed: the members could not be compared on what is caught" in single


def test_gates_and_the_page(card: judge.ModelCard) -> None:
    numbers = gate_numbers(card)
    assert numbers["half_life"] is None
    low, high, lost = parse_gates(["auc<1.1, auc<0", "half_life>42"])
    assert "auc is" in str(low.breach(numbers))
    assert high.breach(numbers) is None
    assert "could not be measured" in str(lost.breach(numbers))
    with pytest.raises(RequestError, match="expected such as auc"):
        parse_gates(["charm>1"])
    assert len(standing_rows(card)) == 5
    page = check_page(render_model_card(card))
    assert card.verdict[0].split(":")[0] in page.text


def test_too_few_failures_support_no_statement(card: judge.ModelCard) -> None:
    """The same figures on nine failed firms instead of ten or more, won by the network everywhere."""
    won = judge.Difference(0.1, 0.05, 0.15, 0.01)
    gains = dict.fromkeys([*card.network_minus, "network-rewired", "network-swapped"], won)
    rows = tuple(replace(row, against=row.against and {**row.against, "auc": won}) for row in card.candidates)
    some = replace(card, network_minus=gains, caught_identified=True, candidates=rows)
    enough = replace(some, failed_firms=10, too_few_failures=False)
    few = replace(some, failed_firms=9, too_few_failures=True)
    claims = (" is better than ", "significantly better: train again", "contagion is claimed")
    for claim in claims:
        assert claim in " ".join(judge.verdict(enough))
        assert claim not in " ".join(judge.verdict(few))
    sentences = " ".join(judge.verdict(few))
    mark = "too few failures (9 firms failed, at least 10 are needed)"
    assert f"contagion is not claimed: {mark}" in sentences
    assert f"the network is not compared with boosted-own, {mark}" in sentences
    assert "PDs vary too" not in sentences
    for cells in standing_rows(few):
        assert cells[-1] == "9 (too few failures)"
    assert {cells[-1] for cells in standing_rows(enough)} == {"10"}


def test_gates_apply_to_too_few_failures_and_say_so(card: judge.ModelCard) -> None:
    few = replace(card, failed_firms=1, too_few_failures=True)
    breached, held, drifted = parse_gates(["auc<1.1", "auc<0", "psi<9"])
    assert breaches_of(few, [breached])[0].endswith(
        "auc<1.1; too few failures (1 firm failed, at least 10 are needed)"
    )
    assert (
        "failures" not in breaches_of(replace(card, failed_firms=10, too_few_failures=False), [breached])[0]
    )
    # Drift rests on no outcome.
    assert "failures" not in breaches_of(few, [drifted])[0]
    assert gates_on_few_failures(few, [drifted]) == []
    assert gates_on_few_failures(few, [breached]) == []
    assert "gates on auc were not breached, but there were too few" in gates_on_few_failures(few, [held])[0]


def test_a_segment_counts_failed_firms(card: judge.ModelCard) -> None:
    for segment in card.segments:
        assert segment.failed_firms <= segment.failed
        assert segment.too_few_failures is (segment.failed_firms < 10)
        assert segment.metrics is None or not segment.too_few_failures
    assert any(segment.too_few_failures for segment in card.segments)


@pytest.mark.parametrize("use", gnn.CANDIDATES)
def test_what_a_reason_names_matters_twice_as_much(model: gnn.RiskModel, now: Snapshot, use: str) -> None:
    deletion = judge.deletion_test(model, now, firms=60, use=use)
    assert deletion.firms > 20
    assert deletion.ratio is not None and deletion.ratio >= 2.0
    assert deletion.named is not None and deletion.random is not None
    assert deletion.ratio == pytest.approx(deletion.named / deletion.random)


def test_a_dip_moves_the_score_of_shops_alone(
    frames: dict[str, pa.Table], model: gnn.RiskModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supplyrisk.gnn.evaluation.dip.WEEKS", 3)
    dip = judge.short_dip(model, tables(frames), judge.DipPlan("boosted-own", shops=10))
    assert dip is not None
    assert (dip.shops, dip.days) == (10, (0, 7, 14, 21))
    assert dip.excess[0] != 0.0
    assert dip.peak == max(dip.excess)
    quiet = {name: table for name, table in frames.items() if name != "activity"}
    assert judge.short_dip(model, tables(quiet)) is None


@pytest.mark.long
def test_placebos_are_trained_and_judged_on_the_same_rows(
    frames: dict[str, pa.Table], model: gnn.RiskModel
) -> None:
    evaluation = judge.examine_model(
        model, slices(frames), None, judge.EvaluationPlan(True, 2, False, 50), lambda step, done, of: None
    )
    assert {"network-rewired", "network-swapped"} <= {row.candidate for row in evaluation.candidates}
    assert 0 < evaluation.placebos["network-swapped"].moved < 1
    assert -1 <= ((evaluation.stability.over_seeds or {})["own"] or 0) <= 1
