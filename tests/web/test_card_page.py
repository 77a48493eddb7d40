"""Stored model cards: they are read as they were written, and every one has its page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from page_checks import HOSTILE, check_page
from supplyrisk.gnn.evaluation import DipResult, ModelCard
from supplyrisk.web import render_model_card

CARDS = Path(__file__).resolve().parents[1] / "fixtures" / "cards"
NAMES = ("earlier", "undated")
"""A card of dated data from before failed firms were counted, and a present one of undated data."""


def _stored(name: str) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((CARDS / f"{name}.json").read_text(encoding="utf-8"))
    return card


def _text(card: ModelCard) -> str:
    return " ".join(check_page(render_model_card(card)).text.split())


def test_a_card_is_written_as_it_was_read() -> None:
    stored = _stored("undated")
    assert json.dumps(ModelCard.from_json(stored).to_json()) == json.dumps(stored)


def test_a_card_from_before_failed_firms_were_counted_counts_failed_rows() -> None:
    stored = _stored("earlier")
    card = ModelCard.from_json(stored)
    assert (card.failed_firms, card.too_few_failures, card.expert, card.days_past_due) == (
        12,
        False,
        False,
        None,
    )
    assert [segment.too_few_failures for segment in card.segments] == [False, True, True]
    # What the earlier version stored is unchanged.
    assert card.to_json() == card.to_json() | {
        name: stored[name] for name in set(stored) - {"contenders", "segments"}
    }


def test_what_is_no_card_is_refused() -> None:
    with pytest.raises(ValueError, match="champion"):
        ModelCard.from_json({"model": "a"})


@pytest.mark.parametrize("name", NAMES)
def test_the_page_states_the_figures_of_the_card(name: str) -> None:
    card = ModelCard.from_json(_stored(name))
    text = _text(card)
    assert f"Model card: {card.model}" in text and card.verdict[0] in text and card.data in text
    for standing in card.candidates:
        assert standing.metrics is not None
        auc = standing.metrics["auc"]
        assert f"{auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]" in text
    for column in card.drift.columns:
        assert f"{column.column}{column.psi:.3f}" in text
    assert f"of {card.failed_firms:,} firms failed" in text
    assert render_model_card(card) == render_model_card(card)


def test_every_part_that_a_card_may_lack_is_left_out() -> None:
    card = ModelCard.from_json(_stored("earlier"))
    bare = replace(
        card,
        as_of=(),
        horizon_days=None,
        candidates=tuple(replace(row, metrics=None, against=None) for row in card.candidates),
        calibration={card.champion: replace(card.calibration[card.champion], curve=())},
        segments=(),
        placebos={},
        stability=replace(card.stability, over_members={}, over_seeds=None),
        deletion=replace(card.deletion, named=None, random=None, ratio=None, by_kind={}),
        dip=None,
        training={},
    )
    text = _text(bare)
    assert (
        "evaluated as ofundated" in text
        and "Short dip" not in text
        and "placebo" not in text.split("Stability")[1]
    )
    assert check_page(render_model_card(bare)).tags["svg"] == 0


def test_the_page_warns() -> None:
    card = replace(ModelCard.from_json(_stored("earlier")), segments=())
    few = replace(card, failed_firms=9, too_few_failures=True)
    assert _text(few).count("Too few failures (9 firms failed") == 3
    assert _text(few).count("9 (too few failures)") == len(card.candidates)
    assert "Too few failures (" not in _text(card)
    assert (
        _text(replace(card, synthetic=True)).count("Synthetic data: this shows nothing about real firms.")
        == 1
    )
    trained = _text(replace(card, synthetic=False, synthetic_model=True, expert=True))
    assert "Synthetic data: this" not in trained and "synthetic" in trained
    assert "effects are stated by credit practice" in trained


def test_the_dip_has_a_row_per_day() -> None:
    dip = DipResult(
        shops=7,
        candidate="network",
        days=(0, 7),
        excess=(0.125, 0.03),
        peak=0.125,
        half_life_days=4.0,
        reacted=True,
    )
    text = _text(replace(ModelCard.from_json(_stored("earlier")), dip=dip))
    assert "7 sound shops, scored by network" in text and "00.125 70.030" in text


def test_texts_of_a_card_are_escaped() -> None:
    card = ModelCard.from_json(_stored("earlier"))
    hostile = replace(
        card,
        model=HOSTILE,
        verdict=(HOSTILE,),
        what={HOSTILE: HOSTILE},
        segments=(replace(card.segments[0], value=HOSTILE),),
        drift=replace(card.drift, columns=(replace(card.drift.columns[0], column=HOSTILE),)),
        settings={HOSTILE: HOSTILE},
        data=HOSTILE,
    )
    assert check_page(render_model_card(hostile)).text.count(HOSTILE) == 10
