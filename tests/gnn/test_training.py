"""Training and scoring on a small synthetic chain: sums, time, and changes that must not affect a score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chain import END, SETTINGS, opened, slices, tables
from supplyrisk import gnn
from supplyrisk.gnn.data.data_splits import REQUIREMENT
from supplyrisk.graph import (
    DataError,
    DatasetInfo,
    DefaultDefinition,
    ModelError,
    Snapshot,
    Tables,
    build_snapshot,
)


def by_firm(scores: gnn.Scores, column: str = "pd") -> dict[str, float | None]:
    return dict(zip(scores.firms["firm_id"].to_pylist(), scores.firms[column].to_pylist(), strict=True))


def assert_same_scores(before: gnn.Scores, after: gnn.Scores, name: Callable[[str], str] = str) -> None:
    """PDs, parts and the hazard passed on are equal to 1e-6, firm by firm."""
    for column in ("pd", "own", "context", "caught", "base_pd"):
        after_by_firm = by_firm(after, column)
        for firm, value in by_firm(before, column).items():
            assert after_by_firm[name(firm)] == (None if value is None else pytest.approx(value, abs=1e-6)), (
                firm,
                column,
            )
    passed_on = dict(
        zip(after.spreaders["firm_id"].to_pylist(), after.spreaders["passes_on"].to_pylist(), strict=True)
    )
    for firm, value in zip(*(before.spreaders[c].to_pylist() for c in ("firm_id", "passes_on")), strict=True):
        assert passed_on[name(firm)] == pytest.approx(value, abs=1e-6)


def test_dates_before_and_after_the_test_date() -> None:
    first, last = date(2023, 1, 1), date(2025, 12, 31)
    days = gnn.as_of_dates(first, last, 180, gnn.TrainingSettings())
    horizon, month = timedelta(days=180), timedelta(days=30)
    assert days.test == [last - horizon]
    # Thirty days of each window were observed: before the test date for training, by the last day for the recent ones.
    assert days.train[-1] == days.test[0] - month
    assert days.recent[-1] == last - month
    assert days.test[0] < days.recent[0]
    assert days.train[0] >= first + horizon
    # 705 days before the test date: 24 dates, 30 days apart.
    steps = {b - a for a, b in pairwise(days.train)} | {b - a for a, b in pairwise(days.recent)}
    assert (steps, len(days.train)) == ({timedelta(days=30)}, 24)


def test_of_a_long_history_the_latest_dates_are_taken() -> None:
    # 30 years, 90 days apart, at most 4 dates before the test date.
    settings = gnn.TrainingSettings(step_days=90, least_step_days=90, most_dates=4)
    days = gnn.as_of_dates(date(1996, 1, 1), date(2025, 12, 31), 180, settings)
    assert days.test == [date(2025, 7, 4)]
    assert days.train == [date(2025, 6, 4) - timedelta(days=d) for d in (270, 180, 90, 0)]


def test_a_short_history_has_no_test() -> None:
    settings = gnn.TrainingSettings()
    last = date(2025, 12, 31)
    # 180 days of history, a horizon of 180 days, and 30 observed days: the least for a test.
    tested = gnn.as_of_dates(last - timedelta(days=390), last, 180, settings)
    assert (len(tested.train), len(tested.test)) == (1, 1)
    untested = gnn.as_of_dates(last - timedelta(days=389), last, 180, settings)
    assert (untested.test, untested.recent) == ([], [])
    assert untested.train[-1] == last - timedelta(days=30)
    with pytest.raises(DataError, match=rf"at least 210.*{REQUIREMENT}"):
        gnn.as_of_dates(last - timedelta(days=209), last, 180, settings)


def test_too_few_failures_are_refused(frames: dict[str, pa.Table]) -> None:
    quiet = frames | {"events": frames["events"].slice(0, 0)}
    cut = (build_snapshot(tables(quiet), date(2024, 6, 1)),)
    with pytest.raises(DataError, match=rf"^0 firms that defaulted .* to learn from; expected {REQUIREMENT}"):
        gnn.train("quiet", gnn.DataSplits(cut, known_until=END), SETTINGS)


def test_one_firm_that_defaults_is_one_however_many_dates_it_stands_on(frames: dict[str, pa.Table]) -> None:
    # Nine dates on which the same seven firms are about to fail: 63 rows, but seven firms.
    first = build_snapshot(tables(frames | {"events": frames["events"].slice(0, 0)}), date(2024, 6, 1)).firms
    firms = first.filter(pc.field("outcome_state") == "sound").column("firm_id").to_pylist()[:7]
    rows = [{"firm_id": firm, "on": date(2024, 7, 1), "kind": "default"} for firm in firms]
    events = pa.Table.from_pylist(rows, schema=frames["events"].schema)
    data = tables(frames | {"events": events})
    days = tuple(build_snapshot(data, date(2024, 6, day)) for day in range(1, 10))
    with pytest.raises(DataError, match=r"^7 firms that defaulted and \d+ that did not to learn from"):
        gnn.train("few", gnn.DataSplits(days, known_until=END), SETTINGS)


def test_parts_add_up_to_the_hazard(model: gnn.RiskModel, now: Snapshot) -> None:
    firms = gnn.score(model, now, use="network").firms
    alive = firms.filter(pc.field("state") == "scored")
    assert alive.num_rows > 250
    total = sum(alive[c].to_numpy() for c in ("own", "context", "caught"))
    assert total == pytest.approx(-np.log1p(-alive["pd"].to_numpy()), rel=1e-9)
    assert (alive["caught"].to_numpy() >= 0).all()
    assert (alive["pd_low"].to_numpy() <= alive["pd"].to_numpy()).all()
    assert (alive["pd"].to_numpy() <= alive["pd_high"].to_numpy()).all()


def test_neighbours_sum_to_caught(model: gnn.RiskModel, now: Snapshot) -> None:
    rows = gnn.score(model, now, use="network").firms.to_pylist()
    whole = [r for r in rows if r["neighbours"] and len(r["neighbours"]) < 3]
    assert whole
    for r in whole:
        assert sum(n["caught"] for n in r["neighbours"]) == pytest.approx(r["caught"], rel=1e-6)


def test_firms_in_default_have_no_pd_and_stay_sources(model: gnn.RiskModel, now: Snapshot) -> None:
    scores = gnn.score(model, now)
    bad = [r for r in scores.firms.to_pylist() if r["state"] == "defaulted"]
    assert bad
    assert {(r["pd"], r["grade"], r["reasons"]) for r in bad} == {(None, None, None)}


def test_a_control_that_scores_borrows_no_parts(model: gnn.RiskModel, now: Snapshot) -> None:
    scores = gnn.score(model, now, use="boosted-neighbours")
    for row in scores.firms.to_pylist():
        assert row["own"] is row["context"] is row["caught"] is row["neighbours"] is None
    assert set(scores.spreaders["model"].to_pylist()) == {"small/network"}


def test_reasons_are_few_stable_codes(model: gnn.RiskModel, now: Snapshot) -> None:
    for use in gnn.CANDIDATES:
        for row in gnn.score(model, now, use=use).firms.to_pylist():
            codes = [r["code"] for r in row["reasons"] or []]
            assert len(codes) == len(set(codes)) <= 4
            assert all(c.replace("_", "").isalnum() and c.isupper() for c in codes)


def test_permuted_rows_change_no_score(
    frames: dict[str, pa.Table], model: gnn.RiskModel, now: Snapshot
) -> None:
    rng = np.random.default_rng(0)
    shuffled = {n: t.take(rng.permutation(t.num_rows)) for n, t in frames.items()}
    for use in gnn.CANDIDATES:
        assert_same_scores(
            gnn.score(model, now, use=use), gnn.score(model, build_snapshot(tables(shuffled), END), use=use)
        )


def test_renamed_ids_change_no_score(
    frames: dict[str, pa.Table], model: gnn.RiskModel, now: Snapshot
) -> None:
    def rename(firm: str) -> str:
        return "Z" + firm[::-1]

    def rename_all(table: pa.Table) -> pa.Table:
        unchanged = {"row_id", "loan_id", "lender_id", "financed_row_id"}
        columns = {c: table[c] for c in table.column_names}
        for column in {c for c in columns if c.endswith("_id")} - unchanged:
            renamed = [None if v is None else rename(v) for v in columns[column].to_pylist()]
            columns[column] = pa.array(renamed, pa.string())
        return pa.table(columns)

    renamed = {name: rename_all(table) for name, table in frames.items()}
    for use in gnn.CANDIDATES:
        assert_same_scores(
            gnn.score(model, now, use=use),
            gnn.score(model, build_snapshot(tables(renamed), END), use=use),
            rename,
        )


def test_a_firm_added_after_training_gets_a_score(frames: dict[str, pa.Table], model: gnn.RiskModel) -> None:
    new = pa.Table.from_pylist([{"firm_id": "NEW", "industry": "never seen", "joined_on": END}])
    more = frames | {"firms": pa.concat_tables([frames["firms"], new], promote_options="default")}
    scores = gnn.score(model, build_snapshot(tables(more), END))
    pd = by_firm(scores)["NEW"]
    assert pd is not None and 0 < pd < 1


def test_a_missing_source_degrades_and_says_so(
    frames: dict[str, pa.Table], model: gnn.RiskModel, now: Snapshot
) -> None:
    fewer = {n: t for n, t in frames.items() if n != "loans"}
    scores = gnn.score(model, build_snapshot(tables(fewer), END))
    assert scores.degraded and scores.absent == ("loans",)
    assert set(scores.firms["degraded"].to_pylist()) == {True}
    assert not gnn.score(model, now).degraded


def test_a_base_rate_moves_the_level_and_keeps_the_order(model: gnn.RiskModel, now: Snapshot) -> None:
    plain, scarce = gnn.score(model, now), gnn.score(model, now, base_rate=0.001)
    assert plain.firms["firm_id"].to_pylist() == scarce.firms["firm_id"].to_pylist()
    mean = [pc.mean(s.firms["pd"]).as_py() for s in (plain, scarce)]
    assert mean[1] < mean[0]
    assert (plain.base_rate, scarce.base_rate) == (None, 0.001)
    assert set(plain.firms["base_rate"].to_pylist()) == {None}
    assert set(scarce.firms["base_rate"].to_pylist()) == {0.001}


def test_another_horizon_or_an_unknown_candidate_is_refused(
    frames: dict[str, pa.Table], model: gnn.RiskModel, now: Snapshot
) -> None:
    with pytest.raises(ModelError, match="horizon is 180 days, the snapshot's 90 days"):
        gnn.score(model, build_snapshot(tables(frames), END, 90))
    with pytest.raises(ModelError, match="boosted-own"):
        gnn.score(model, now, use="oracle")


def test_a_checkpoint_scores_as_the_model_did(model: gnn.RiskModel, now: Snapshot, tmp_path: Path) -> None:
    gnn.save(model, tmp_path / "m")
    gnn.save(model, tmp_path / "m")
    again = gnn.load(tmp_path / "m")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m"]
    assert again.default_definition == model.default_definition == DefaultDefinition()
    for use in gnn.CANDIDATES:
        assert gnn.score(again, now, use=use).firms.equals(gnn.score(model, now, use=use).firms)


@pytest.mark.parametrize("file", ["network.safetensors", "model.json", "boosters.json"])
def test_a_damaged_checkpoint_is_refused(model: gnn.RiskModel, tmp_path: Path, file: str) -> None:
    gnn.save(model, tmp_path / "m")
    (tmp_path / "m" / file).write_bytes(b"\x00damage")
    with pytest.raises(ModelError, match="cannot be read"):
        gnn.load(tmp_path / "m")


def test_a_register_that_does_not_fit_is_refused(model: gnn.RiskModel, tmp_path: Path) -> None:
    odd = replace(model, encoder=replace(model.encoder, numbers=(*model.encoder.numbers, "made_up")))
    gnn.save(odd, tmp_path / "m")
    text = (tmp_path / "m" / "model.json").read_text()
    (tmp_path / "m" / "model.json").write_text(text.replace("made_up", "madeup"))
    with pytest.raises(ModelError, match="does not fit its own feature register"):
        gnn.load(tmp_path / "m")


def test_the_card_tells_what_was_measured_and_on_what(model: gnn.RiskModel) -> None:
    card = model.card
    assert set(card["test"]["scores"]) == set(gnn.CANDIDATES)  # type: ignore[index]
    days = card["as_of"]
    assert set(days["choose"]) < set(days["train"])  # type: ignore[index]
    assert max(days["train"]) < min(days["test"])  # type: ignore[index]
    assert card["outcomes_until"] == days["test"][0]  # type: ignore[index]
    assert card["deployed"]["outcomes_until"] == str(END)  # type: ignore[index]
    assert max(card["deployed"]["as_of"]) > max(days["test"])  # type: ignore[index]
    assert card["champion"] in gnn.CANDIDATES


@pytest.mark.long
def test_training_again_gives_the_same_model(
    frames: dict[str, pa.Table], model: gnn.RiskModel, now: Snapshot
) -> None:
    again = opened(gnn.train("small", slices(frames), SETTINGS))
    assert_same_scores(gnn.score(model, now, use="network"), gnn.score(again, now, use="network"))


def test_firms_without_any_link_can_be_learned_from() -> None:
    rng = np.random.default_rng(0)
    ids = [f"A{i:03}" for i in range(160)]
    capital = rng.lognormal(10, 1, len(ids))
    failed = rng.random(len(ids)) < 1 / (1 + capital / np.median(capital))
    lone = {
        "firms": pa.table({"firm_id": ids, "registered_capital": capital}),
        "labels": pa.table({"firm_id": ids, "defaulted": failed}),
    }
    seen = build_snapshot(Tables(DatasetInfo("lone", undated=True), lone))
    lonely = gnn.train(
        "lone", gnn.DataSplits((seen,)), gnn.TrainingSettings(members=2, bootstrap=20, device="cpu")
    )
    assert lonely.card["caught_share"] == 0.0
    assert set(gnn.score(lonely, seen, use="network").firms["caught"].to_pylist()) == {0.0}


def test_what_passes_to_firms_in_default_is_not_counted(model: gnn.RiskModel, now: Snapshot) -> None:
    scores = gnn.score(model, now, use="network")
    caught = sum(c for c in scores.firms["caught"].to_pylist() if c is not None)
    # What firms catch from persons is passed on by no firm directly, so the firms' sum is the smaller one.
    assert 0 < sum(scores.spreaders["passes_on"].to_pylist()) <= caught + 1e-9


def test_links_leave_out_those_who_catch_nothing_any_more(model: gnn.RiskModel, now: Snapshot) -> None:
    graph, parts = seen = model.parts(now)
    source, target = graph.links.pair_source.numpy(), graph.links.pair_target.numpy()
    firms = (source < graph.firms) & (target < graph.firms) & (parts.pairs > 0)
    failed = (
        firms & graph.defaulted[np.where(firms, target, 0)] & ~graph.defaulted[np.where(firms, source, 0)]
    )
    giver, target_firm = int(source[failed][0]), int(target[failed][0])
    alive = target[firms & (source == giver) & ~graph.defaulted[np.where(firms, target, 0)]]
    passed = gnn.firm_links_of(model, now, giver, seen).passed
    assert {link.id for link in passed} == {graph.firm_ids[i] for i in alive}
    assert graph.firm_ids[target_firm] not in {link.id for link in passed}
    assert gnn.firm_links_of(model, now, target_firm, seen).caught == []


def test_spreaders_follow_the_base_rate(model: gnn.RiskModel, now: Snapshot) -> None:
    counts = [
        sum(gnn.score(model, now, use="network", base_rate=rate).spreaders["passes_on"].to_pylist())
        for rate in (None, 0.001)
    ]
    assert 0 < counts[1] < counts[0]


def test_text_where_numbers_were_learned_is_refused(
    frames: dict[str, pa.Table], model: gnn.RiskModel
) -> None:
    seen = build_snapshot(tables(frames), END)
    words = seen.firms.set_column(
        seen.firms.column_names.index("employees"), "employees", pa.array(["many"] * seen.firms.num_rows)
    )
    with pytest.raises(ModelError, match="column employees holds text, such as 'many'"):
        gnn.score(model, replace(seen, firms=words))


def test_a_save_that_was_killed_half_way_loses_no_model(model: gnn.RiskModel, tmp_path: Path) -> None:
    gnn.save(model, tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / ".m.old")  # killed between the two renames
    assert gnn.load(tmp_path / "m").name == "small"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m"]
