"""Gates of `evaluate`: limits that the numbers in a model card must not break."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplyrisk.graph import RequestError
from supplyrisk.graph.schema.aliases import CANDIDATE, CANDIDATES
from supplyrisk.graph.schema.few_failures import failed_firms_of, too_few_failures, too_few_text
from supplyrisk.services.metric_estimates import METRIC_LABELS

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
OUTCOME_NAMES = (*METRIC_LABELS, "slope")
"""Numbers that rest on outcomes, and so on how many firms failed."""
GATE_NAMES = (*OUTCOME_NAMES, "psi", "psi_columns", "deletion", "half_life")
"""Numbers that a gate can limit."""
_GATE = re.compile(r"(\w+)\s*(<=|>=|<|>)\s*([-+]?\d*\.?\d+)")


@dataclass(frozen=True)
class Gate:
    """A limit: it is breached where the number of that name compares so with the bound, as in auc < .7."""

    name: str
    sign: str
    bound: float

    def breach(self, numbers: Mapping[str, float | None]) -> str | None:
        """How the gate is breached, in words; None where it holds. A number that is not measured breaches it."""
        condition = f"{self.name}{self.sign}{self.bound:g}"
        value = numbers[self.name]
        if value is None:
            return f"{self.name} could not be measured, so {condition} cannot be ruled out"
        if COMPARISONS[self.sign](value, self.bound):
            return f"{self.name} is {value:.4g}, which meets {condition}"
        return None


def parse_gates(texts: Sequence[str]) -> tuple[Gate, ...]:
    """Gates such as auc<.7 and psi>.25; one text may join several with commas.

    Raises
    ------
    RequestError: no such number, or no comparison.
    """
    gates = []
    for text in (part.strip() for joined in texts for part in joined.split(",")):
        match = _GATE.fullmatch(text)
        if match is None or match[1] not in GATE_NAMES:
            raise RequestError(
                f"--fail-on is {text!r}", f"such as auc<.7 or psi>.25, with one of {', '.join(GATE_NAMES)}"
            )
        gates.append(Gate(match[1], match[2], float(match[3])))
    return tuple(gates)


def breaches_of(card: Mapping[str, Any], gates: Sequence[Gate]) -> tuple[str, ...]:
    """The breaches of gates by a model card, in words.

    A gate also applies to a number that rests on too few failures, since failing it is the safe side; its breach says
    so.
    """
    numbers = gate_numbers(card)
    few = _few(card)
    breaches = []
    for gate in gates:
        breach = gate.breach(numbers)
        if breach is not None:
            breaches.append(f"{breach}; {few}" if few and gate.name in OUTCOME_NAMES else breach)
    return tuple(breaches)


def gates_on_few_failures(card: Mapping[str, Any], gates: Sequence[Gate]) -> list[str]:
    """A note where gates hold on numbers that rest on too few failures; else nothing."""
    few = _few(card)
    numbers = gate_numbers(card)
    names = {g.name for g in gates if g.name in OUTCOME_NAMES and g.breach(numbers) is None}
    if few is None or not names:
        return []
    return [f"gates on {', '.join(sorted(names))} were not breached, but there were {few}"]


def _few(card: Mapping[str, Any]) -> str | None:
    """Why the numbers of a card support no statement, where too few firms failed."""
    failed = failed_firms_of(card)
    return too_few_text(failed) if too_few_failures(failed) else None


def gate_numbers(card: Mapping[str, Any]) -> dict[str, float | None]:
    """The numbers of a card that gates can limit: the champion's metrics, and one number of each test."""
    champion = card["champion"]
    metrics = next(row["metrics"] for row in card[CANDIDATES] if row[CANDIDATE] == champion) or {}
    numbers = {name: metrics[name]["value"] if name in metrics else None for name in METRIC_LABELS}
    columns = card["drift"]["columns"]
    return numbers | {
        "slope": card["calibration"][champion]["slope"],
        "psi": card["drift"]["score"],
        "psi_columns": columns[0]["psi"] if columns else None,
        "deletion": card["deletion"]["ratio"],
        "half_life": _half_life(card["dip"]),
    }


def _half_life(dip: Mapping[str, Any] | None) -> float | None:
    """Days until half the effect of a dip is gone."""
    if dip is None:
        return None
    # A score that does not react to the dip has nothing to forget.
    half_life: float | None = dip["half_life_days"] if dip["reacted"] else 0.0
    return half_life
