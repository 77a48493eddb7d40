"""Parts of a score merged into the reasons that may be told, by hand."""

from __future__ import annotations

import pytest

from supplyrisk.graph.merchant import reason_weights


def test_features_of_one_reason_count_once_and_hazards_are_added() -> None:
    margins = {
        "late": 0.3,
        "unpaid": 0.1,
        "cash": -0.2,
        "age": 0.0,
        "secret": 0.4,
        "margin": 0.2,
        "equity": -0.5,
    }
    codes = {
        "late": "PAYMENT", "unpaid": "PAYMENT", "cash": "LIQUIDITY", "age": "HISTORY", "secret": None,
        "margin": "LIQUIDITY", "equity": "PROFIT",
    }  # fmt: skip
    weights = reason_weights(margins, codes, own=0.02, hazards={"TRADING_RISK": 0.005, "ENVIRONMENT": -0.001})
    # .4 of .8 raised, half of which may not be told: PAYMENT has half of the own hazard.
    assert weights.raising == pytest.approx({"PAYMENT": 0.01, "TRADING_RISK": 0.005})
    assert list(weights.raising) == ["PAYMENT", "TRADING_RISK"]
    # .2 of liquidity cancel out; a context that lowers the hazard is no merit.
    assert weights.lowering == pytest.approx({"PROFIT": 0.0125})
    assert weights.features["PAYMENT"] == ("late", "unpaid")
    assert weights.features["PROFIT"] == ("equity",)


def test_equal_weights_come_in_the_order_of_their_codes() -> None:
    for names in (("b", "a", "c"), ("c", "b", "a")):
        weights = reason_weights(
            dict.fromkeys(names, 0.1), {n: n.upper() for n in names}, own=0.3, hazards={}
        )
        assert list(weights.raising) == ["A", "B", "C"]


def test_what_is_missing_is_no_merit() -> None:
    weights = reason_weights({"revenue": -0.4}, {"revenue": "MISSING"}, own=0.01, hazards={})
    assert weights.raising == weights.lowering == {}
