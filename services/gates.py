"""Gates of `evaluate`: limits that the numbers in a model card must not break."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from supplyrisk.gnn import evaluation
from supplyrisk.graph import RequestError
from supplyrisk.graph.schema.few_failures import too_few_text
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


def parse_gates(
    texts: Sequence[str], names: Sequence[str] = GATE_NAMES, example: str = "auc<.7 or psi>.25"
) -> tuple[Gate, ...]:
    """Gates such as auc<.7 and psi>.25; one text may join several with commas.

    names: the numbers that can be limited. example: what an error shows.

    Raises
    ------
    RequestError: no such number, or no comparison.
    """
    gates = []
    for text in (part.strip() for joined in texts for part in joined.split(",")):
        match = _GATE.fullmatch(text)
        if match is None or match[1] not in names:
            raise RequestError(f"--fail-on is {text!r}", f"such as {example}, with one of {', '.join(names)}")
        gates.append(Gate(match[1], match[2], float(match[3])))
    return tuple(gates)


def breaches_of(card: evaluation.ModelCard, gates: Sequence[Gate]) -> tuple[str, ...]:
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


def gates_on_few_failures(card: evaluation.ModelCard, gates: Sequence[Gate]) -> list[str]:
    """A note where gates hold on numbers that rest on too few failures; else nothing."""
    few = _few(card)
    numbers = gate_numbers(card)
    names = {g.name for g in gates if g.name in OUTCOME_NAMES and g.breach(numbers) is None}
    if few is None or not names:
        return []
    return [f"gates on {', '.join(sorted(names))} were not breached, but there were {few}"]


def _few(card: evaluation.ModelCard) -> str | None:
    """Why the numbers of a card support no statement, where too few firms failed."""
    return too_few_text(card.failed_firms) if card.too_few_failures else None


def gate_numbers(card: evaluation.ModelCard) -> dict[str, float | None]:
    """The numbers of a card that gates can limit: the champion's metrics, and one number of each test."""
    metrics = next(row.metrics for row in card.candidates if row.candidate == card.champion) or {}
    columns = card.drift.columns
    return {name: metrics[name].value if name in metrics else None for name in METRIC_LABELS} | {
        "slope": card.calibration[card.champion].slope,
        "psi": card.drift.score,
        "psi_columns": columns[0].psi if columns else None,
        "deletion": card.deletion.ratio,
        "half_life": _half_life(card.dip),
    }


def _half_life(dip: evaluation.DipResult | None) -> float | None:
    """Days until half the effect of a dip is gone."""
    if dip is None:
        return None
    # A score that does not react to the dip has nothing to forget.
    return dip.half_life_days if dip.reacted else 0.0
