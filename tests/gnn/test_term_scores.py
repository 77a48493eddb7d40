"""PDs by term in scores and checkpoints: their order, their sums, another base rate, and models without them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chain import END, tables
from supplyrisk import gnn
from supplyrisk.gnn.baselines.baseline_registry import CANDIDATES, NETWORK
from supplyrisk.gnn.model_checkpoint import MODEL
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.gnn.term_fitting import defaults_by_term_text
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import TERM_DAYS, ModelError, Snapshot, build_snapshot, pd_column
from supplyrisk.services.term_pds import term_hazards, term_notes, terms_json
from supplyrisk.services.training_card import training_verdict

PARTS = ("own", "context", "caught")
TERMS = TermStructure(180, base_hazard=0.02, k0=0.8, k1=-0.15, observed_days=360)


@pytest.fixture(scope="module")
def termed(model: RiskModel) -> RiskModel:
    """The model with a term structure that is far from a constant hazard."""
    return replace(model, terms=dict.fromkeys(CANDIDATES, TERMS))


@pytest.mark.parametrize("use", CANDIDATES)
def test_pds_increase_with_the_term_and_rank_alike(termed: RiskModel, now: Snapshot, use: str) -> None:
    firms = gnn.score(termed, now, use=use).firms
    alive = firms.filter(pc.field("state") != "defaulted")
    pds = np.stack([alive[pd_column(term)].to_numpy() for term in TERM_DAYS])
    assert pds.shape[1] > 250
    assert (np.diff(pds, axis=0) > 0).all()
    assert pds[2].tolist() == alive["pd"].to_pylist()
    # Scores are sorted by PD, and insufficient ones come after those with a grade: so is every term.
    for state in ("scored", "insufficient"):
        of_state = np.array([found == state for found in alive["state"].to_pylist()])
        assert (np.diff(pds[:, of_state], axis=1) <= 0).all()
    hazard = -np.log1p(-alive["pd"].to_numpy())
    assert pds[0] == pytest.approx(TERMS.pd(hazard, 30), rel=1e-9)
    defaulted = firms.filter(pc.field("state") == "defaulted")
    assert defaulted.num_rows > 0
    assert all(defaulted[pd_column(term)].null_count == defaulted.num_rows for term in TERM_DAYS)


def test_the_table_by_term_adds_up_for_every_firm(termed: RiskModel, now: Snapshot) -> None:
    scores = gnn.score(termed, now, use="network")
    for firm in scores.firms.to_pylist():
        rows = term_hazards(gnn.ScoredFirm.of_row(firm), scores.terms)
        if firm["pd"] is None:
            assert rows == ()
            continue
        assert [row.days for row in rows] == list(TERM_DAYS.values())
        assert [row.extrapolated for row in rows] == [False, False, False, False, True]
        for row in rows:
            hazard = sum(getattr(row, part) for part in PARTS)
            assert row.pd == pytest.approx(-np.expm1(-hazard), rel=1e-9)
        assert [getattr(rows[2], part) for part in PARTS] == [firm[part] for part in PARTS]


def test_a_baseline_has_pds_by_term_and_no_parts(termed: RiskModel, now: Snapshot) -> None:
    scores = gnn.score(termed, now, use="boosted-own")
    firm = next(row for row in scores.firms.to_pylist() if row["pd"] is not None)
    rows = term_hazards(gnn.ScoredFirm.of_row(firm), scores.terms)
    assert [row.pd for row in rows] == [firm[pd_column(term)] for term in TERM_DAYS]
    assert {getattr(row, part) for row in rows for part in PARTS} == {None}


def test_another_base_rate_keeps_the_exponents_of_the_base_hazard(termed: RiskModel, now: Snapshot) -> None:
    rate = 0.2
    scores = gnn.score(termed, now, base_rate=rate)
    calibration = termed.calibrations[termed.champion]
    assert scores.terms is not None
    # The base hazard moves as the hazard of a firm does that scores it.
    odds = (1 / calibration.base_rate - 1) / (1 / rate - 1)  # type: ignore[operator]
    expected = np.log1p(np.expm1(TERMS.base_hazard) * odds)
    assert scores.terms.base_hazard == pytest.approx(expected)
    assert (scores.terms.k0, scores.terms.k1) == (TERMS.k0, TERMS.k1)
    alive = scores.firms.filter(pc.field("state") == "scored")
    hazard = -np.log1p(-alive["pd"].to_numpy())
    assert alive["pd_90"].to_numpy() == pytest.approx(scores.terms.pd(hazard, 90), rel=1e-9)


def test_a_checkpoint_holds_the_terms(termed: RiskModel, now: Snapshot, tmp_path: Path) -> None:
    gnn.save(termed, tmp_path / "m")
    loaded = gnn.load(tmp_path / "m")
    assert loaded.terms == termed.terms
    assert gnn.score(loaded, now).firms.equals(gnn.score(termed, now).firms)
    path = tmp_path / "m" / MODEL
    described = json.loads(path.read_text())
    described["terms"]["network"]["k1"] = 5.0
    path.write_text(json.dumps(described))
    with pytest.raises(ModelError, match=r"damaged.*k1"):
        gnn.load(tmp_path / "m")


def test_a_checkpoint_from_before_has_constant_hazards(
    termed: RiskModel, now: Snapshot, tmp_path: Path
) -> None:
    gnn.save(termed, tmp_path / "m")
    path = tmp_path / "m" / MODEL
    described = json.loads(path.read_text())
    del described["terms"]
    path.write_text(json.dumps(described))
    scores = gnn.score(gnn.load(tmp_path / "m"), now)
    assert scores.terms == TermStructure.constant(180)
    alive = scores.firms.filter(pc.field("state") == "scored")
    hazard = -np.log1p(-alive["pd"].to_numpy())
    assert -np.log1p(-alive["pd_360"].to_numpy()) == pytest.approx(2 * hazard)
    (note,) = term_notes(scores.terms)
    assert note.startswith("terms not fitted")


def test_notes_name_what_is_extrapolated() -> None:
    (note,) = term_notes(TERMS)
    assert note.startswith("pd_lifetime is extrapolated")
    assert "360 days" in note
    (both,) = term_notes(replace(TERMS, observed_days=200))
    assert both.startswith("pd_360, pd_lifetime are extrapolated")
    assert term_notes(replace(TERMS, observed_days=1800)) == []
    assert term_notes(None) == []
    assert terms_json(None) is None
    document = terms_json(TERMS)
    assert document is not None
    assert document["extrapolated"] == ["lifetime"]
    assert (document["horizon_days"], document["observed_days"]) == (180, 360)


def test_training_fits_terms_of_every_candidate(model: RiskModel) -> None:
    assert set(model.terms) == set(CANDIDATES)
    tested = model.tested
    assert tested is not None
    for fitted in (model, tested):
        entry = fitted.card["terms"]
        assert entry["fitted"] == {c: t.to_json() for c, t in fitted.terms.items()}  # type: ignore[index]
        assert all(t.fitted and t.horizon_days == 180 for t in fitted.terms.values())
    # The tested model knows 180 days less; at most 720 days count.
    assert model.terms[NETWORK].observed_days == min(720, tested.terms[NETWORK].observed_days + 180)
    (line,) = [line for line in training_verdict(model) if line.startswith("defaults within")]
    assert line == defaults_by_term_text(model.card["terms"]["defaults"])  # type: ignore[index]


def test_the_card_counts_the_defaults_of_the_data(model: RiskModel, frames: dict[str, pa.Table]) -> None:
    """Counted again from the snapshots: means over the dates that leave the whole term."""
    days = [date.fromisoformat(day) for day in model.card["deployed"]["as_of"]]  # type: ignore[index]
    snapshots = {day: build_snapshot(tables(frames), day).firms for day in days}
    for row in model.card["terms"]["defaults"]:  # type: ignore[index]
        term = row["days"]
        whole = [day for day in days if (END - day).days >= term]
        failed = [
            sum(
                1
                for after in snapshots[day]["failed_after"].to_pylist()
                if after is not None and after <= term
            )
            for day in whole
        ]
        assert row["dates"] == len(whole)
        assert row["observed"] == pytest.approx(sum(failed) / len(whole))
        assert row["low"] <= row["observed"] <= row["high"]
        assert row["expected"] > 0
