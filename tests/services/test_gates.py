"""Gates: what is parsed, and what counts as a breach."""

from __future__ import annotations

import pytest

from supplyrisk.graph import RequestError
from supplyrisk.services import parse_gates


def test_gates_are_joined_by_commas_and_repeated() -> None:
    gates = parse_gates(["auc<.7, psi>.25", "slope>=1.5"])
    assert [(gate.name, gate.sign, gate.bound) for gate in gates] == [
        ("auc", "<", 0.7),
        ("psi", ">", 0.25),
        ("slope", ">=", 1.5),
    ]


@pytest.mark.parametrize("text", ["charm>1", "auc", "auc=1", "auc<", ""])
def test_a_faulty_gate_is_a_faulty_request(text: str) -> None:
    with pytest.raises(RequestError, match="such as auc"):
        parse_gates([text])


def test_what_is_not_measured_breaches_a_gate() -> None:
    (low, high) = parse_gates(["auc<.7", "half_life>42"])
    assert low.breach({"auc": 0.7}) is None
    assert low.breach({"auc": 0.69}) == "auc is 0.69, which meets auc<0.7"
    assert "could not be measured" in str(high.breach({"half_life": None}))
