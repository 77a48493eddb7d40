"""How scored data differ from training, by feature: coverage, PSI, unseen words, and features that are lacking."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk import gnn
from supplyrisk.gnn.data.distribution import (
    bin_counts,
    psi_by_chance,
    psi_of_counts,
    quantile_bounds,
)
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.feature_profile import (
    FeatureProfile,
    FeatureReport,
    feature_profiles,
    feature_reports,
)
from supplyrisk.graph import Feature, Snapshot
from supplyrisk.services.feature_notes import feature_notes

VALUES = st.one_of(st.floats(-5, 5).map(lambda v: round(v, 1)), st.just(float("nan")))


@settings(max_examples=100, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=40), st.lists(VALUES, max_size=40))
def test_counts_by_bin_are_those_of_a_readable_loop(before: list[float], now: list[float]) -> None:
    bounds = quantile_bounds(np.array(before))
    expected = [0] * (len(bounds) + 2)
    for value in now:
        if np.isnan(value):
            expected[-1] += 1
        else:
            expected[sum(1 for bound in bounds if bound < value)] += 1
    assert bin_counts(np.array(now, dtype=float), bounds).tolist() == expected
    assert list(bounds) == sorted(set(bounds))


def test_psi_by_hand() -> None:
    # Half a row more in each bin: 2.5 and .5 of 3 against 1.5 and 1.5 of 3.
    p, q = (5 / 6, 1 / 6), (1 / 2, 1 / 2)
    expected = sum((b - a) * np.log(b / a) for a, b in zip(p, q, strict=True))
    assert psi_of_counts([2, 0], [1, 1]) == pytest.approx(expected)
    assert psi_of_counts([7, 3, 0], [7, 3, 0]) == 0.0


def test_few_rows_alone_can_look_like_a_shift() -> None:
    """Samples of one distribution exceed the bound in about one case of a hundred, whatever their size."""
    rng = np.random.default_rng(0)
    before = rng.multinomial(20_000, [0.1] * 10)
    for firms in (60, 1000):
        draws = [rng.multinomial(firms, [0.1] * 10) for _ in range(2000)]
        above = np.mean([psi_of_counts(before, now) > psi_by_chance(before, now) for now in draws])
        assert 0.002 < above < 0.03, firms
    # A tenth of the firms, ten times the bound: a PSI above .25 is no surprise with 60 firms.
    assert psi_by_chance(before, rng.multinomial(60, [0.1] * 10)) > 0.25
    assert psi_by_chance([5, 0, 0], [3, 0, 0]) == 0.0


def _snapshot(columns: dict[str, list[Any]], now: Snapshot) -> Snapshot:
    """A snapshot of four firms with these columns alone; words are text, all else numbers."""
    features = tuple(
        Feature(n, n, "", 0, "loans" if n == "limit_used" else "firms", None, _kind(v))
        for n, v in columns.items()
    )
    sources = ("firms", "loans") if "limit_used" in columns else ("firms",)
    return replace(now, firms=pa.table(columns), features=features, sources=sources)


def _kind(values: list[Any]) -> str:
    return "category" if any(isinstance(value, str) for value in values) else "number"


TRAINED = {
    "cash": [float(k % 10) for k in range(40)],
    "limit_used": [None, *[0.5, 0.7, 0.1] * 13],
    "rare": [1.0, *[None] * 39],
    "industry": ["shops"] * 20 + ["makers|shops"] * 18 + [None, "rockets"],
}


@pytest.fixture(scope="module")
def encoder(now: Snapshot) -> Encoder:
    return Encoder.fit([_snapshot(TRAINED, now)])


@pytest.fixture(scope="module")
def profiles(encoder: Encoder, now: Snapshot) -> tuple[FeatureProfile, ...]:
    trained = _snapshot(TRAINED, now)
    return feature_profiles(encoder, [trained], [encoder.transform(trained)])


def _reports(
    columns: dict[str, list[Any]], now: Snapshot, encoder: Encoder, profiles: tuple[FeatureProfile, ...]
) -> dict[str, FeatureReport]:
    snapshot = _snapshot(columns, now)
    reports = feature_reports(encoder, profiles, snapshot, encoder.transform(snapshot))
    assert [r.psi or 0.0 for r in reports] == sorted((r.psi or 0.0 for r in reports), reverse=True)
    return {report.feature: report for report in reports}


def test_a_profile_by_hand(profiles: tuple[FeatureProfile, ...]) -> None:
    by_name = {profile.feature: profile for profile in profiles}
    assert by_name["cash"].bounds == tuple(float(k) for k in range(9))
    assert by_name["cash"].counts == (4,) * 10 + (0,)
    assert (by_name["cash"].lowest, by_name["cash"].highest) == (0.0, 9.0)
    assert (by_name["industry"].lowest, by_name["industry"].highest) == (None, None)
    assert by_name["rare"].coverage == pytest.approx(1 / 40)
    industry = by_name["industry"]
    assert industry.words == ("makers", "shops")
    # One other word, and one firm without an industry.
    assert (industry.counts, industry.rows) == ((18, 38, 1, 1), 40)
    assert industry.coverage == pytest.approx(39 / 40)
    assert by_name["limit_used"].source == "loans"


def test_a_profile_is_stored_as_json(profiles: tuple[FeatureProfile, ...]) -> None:
    stored = json.loads(json.dumps([profile.to_json() for profile in profiles]))
    assert tuple(FeatureProfile.from_json(value) for value in stored) == profiles


def test_the_training_data_themselves_have_not_shifted(
    now: Snapshot, encoder: Encoder, profiles: tuple[FeatureProfile, ...]
) -> None:
    for report in _reports(TRAINED, now, encoder, profiles).values():
        assert report.psi == 0.0
        assert report.coverage == report.trained_coverage
        assert not report.shifted and not report.lacking


def test_what_is_missing_shifted_or_unseen_is_named(
    now: Snapshot, encoder: Encoder, profiles: tuple[FeatureProfile, ...]
) -> None:
    """No loans; cash has doubled; a new industry; the rare number is missing, but training hardly had it."""
    columns = {
        "cash": [2 * float(k % 10) for k in range(40)],
        "rare": [None] * 40,
        "industry": ["space|shops"] * 12 + ["rockets"] + ["shops"] * 27,
    }
    reports = _reports(columns, now, encoder, profiles)
    assert reports["limit_used"].lacking
    assert reports["limit_used"].coverage == 0.0
    assert reports["limit_used"].trained_coverage == pytest.approx(39 / 40)
    assert not reports["rare"].lacking
    assert [(u.word, u.firms) for u in reports["industry"].unseen] == [("space", 12), ("rockets", 1)]
    # Four bins of 4 are empty now, and the last one holds 20: with half a row more in each bin,
    # 4 x (4 / 45.5) ln 9 + (16 / 45.5) ln(20.5 / 4.5).
    cash = reports["cash"]
    expected = 4 * 4 / 45.5 * np.log(9) + 16 / 45.5 * np.log(20.5 / 4.5)
    assert cash.psi == pytest.approx(expected)
    assert cash.shifted
    # The same shift in four firms may be chance.
    few = _reports({"cash": [0.0, 9.0, 18.0, 18.0]}, now, encoder, profiles)["cash"]
    assert few.psi is not None and few.psi > 0.25 and not few.shifted


def test_a_feature_that_moves_with_the_calendar_has_not_shifted(now: Snapshot, encoder: Encoder) -> None:
    """Two training dates, on which all firms have one value of cash each; a third one is new."""
    dates = [_snapshot(TRAINED | {"cash": [value] * 40}, now) for value in (1.0, 5.0)]
    stored = feature_profiles(encoder, dates, [encoder.transform(date) for date in dates])
    cash = next(profile for profile in stored if profile.feature == "cash")
    assert cash.counts == (40, 40, 0, 0)
    # 40 firms of one date against 80 of both, with half a row more in each of the four bins.
    expected = psi_of_counts((40, 40, 0, 0), (40, 0, 0, 0))
    assert cash.psi_of_dates == pytest.approx(expected)
    assert expected > 0.25
    again = _reports(TRAINED | {"cash": [5.0] * 40}, now, encoder, stored)["cash"]
    assert again.psi == pytest.approx(expected)
    assert not again.shifted
    assert _reports(TRAINED | {"cash": [9.0] * 40}, now, encoder, stored)["cash"].shifted


def test_features_of_a_category_without_the_column_are_lacking(
    now: Snapshot, encoder: Encoder, profiles: tuple[FeatureProfile, ...]
) -> None:
    reports = _reports({"cash": [1.0, 2.0]}, now, encoder, profiles)
    assert {name for name, report in reports.items() if report.lacking} == {"industry", "limit_used"}


def test_an_old_model_does_not_record_them(now: Snapshot, encoder: Encoder) -> None:
    reports = _reports({"cash": [1.0, None], "industry": ["space", None]}, now, encoder, ())
    assert {(r.psi, r.trained_coverage, r.lacking, r.shifted) for r in reports.values()} == {
        (None, None, False, False)
    }
    assert reports["cash"].coverage == 0.5
    assert [u.word for u in reports["industry"].unseen] == ["space"]


def test_notes_name_the_worst_few(model: gnn.RiskModel, now: Snapshot) -> None:
    scores = gnn.score(model, now)
    assert scores.records_features
    reports = tuple(
        FeatureReport(f"f{k}", 1.0, "firms", 1.0, psi=1.0 - k / 10, psi_by_chance=0.01, psi_of_dates=0.1)
        for k in range(5)
    )
    lost = tuple(FeatureReport(f"loan{k}", 0.0, "loans", 0.9, 0.0, 0.0) for k in range(2))
    gone = (FeatureReport("margin", 0.0, "financials", 0.4, 0.0, 0.0),)
    words = replace(
        reports[0], psi=0.0, feature="industry", unseen=(gnn.UnseenWord("space", 12),), unseen_words=1
    )
    notes = feature_notes(replace(scores, absent=("loans",), features=(*reports, *lost, *gone, words)))
    assert notes == [
        "degraded: the model was trained with loans (2 features), margin, which these data lack",
        "shifted against the training data, PSI above 0.25: f0 1.00, f1 0.90, f2 0.80, and 2 more",
        "unseen in industry: 'space' (12 firms)",
    ]
    assert feature_notes(replace(scores, absent=(), features=())) == []
    unknown = (FeatureReport("cash", 1.0),)
    assert "not recorded in this model" in feature_notes(replace(scores, absent=(), features=unknown))[0]


def test_scores_say_it_firm_by_firm(model: gnn.RiskModel, now: Snapshot) -> None:
    """A column that training had is removed from the data; its table stays."""
    plain = gnn.score(model, now)
    assert not plain.degraded and plain.degraded_features == ()
    assert {report.feature for report in plain.features} == {feature for feature, _ in model.encoder.columns}
    lost = "sales_180"
    assert lost in model.encoder.numbers
    column = pa.nulls(now.firms.num_rows, pa.float64())
    firms = now.firms.set_column(now.firms.column_names.index(lost), lost, column)
    scores = gnn.score(model, replace(now, firms=firms))
    assert scores.degraded_features == (lost,)
    assert scores.absent == ()
    assert set(scores.firms["degraded"].to_pylist()) == {True}
