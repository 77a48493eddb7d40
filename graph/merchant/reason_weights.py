"""How much each reason that may be told weighs in a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supplyrisk.graph.merchant.permitted_reasons import ENVIRONMENT, MISSING, TRADING_RISK


@dataclass(frozen=True)
class ReasonWeights:
    """Weights of the reasons of one score.

    Parameters
    ----------
    raising: weight by code, the heaviest first, of equal ones by code; all are positive.
    lowering: likewise of what lowers the score's risk; their weights are positive, too.
    features: by code its features, the one that weighs most in the reason's direction first.
    """

    raising: Mapping[str, float]
    lowering: Mapping[str, float]
    features: Mapping[str, tuple[str, ...]]


def reason_weights(
    margins: Mapping[str, float],
    codes: Mapping[str, str | None],
    *,
    own: float,
    hazards: Mapping[str, float],
) -> ReasonWeights:
    """Merge the parts of a score into the reasons that may be told.

    The margins of all features of one reason are added, so that features that say the same count once. The own hazard
    is divided among what raises the margin, in proportion; other hazards are added as they are.

    Parameters
    ----------
    margins: part of each feature in the score's margin; positive raises the risk.
    codes: by feature the reason that it belongs to; None: it may not be told.
    own: the hazard that the margins are of.
    hazards: what is a hazard already, by reason: TRADING_RISK for what is caught, ENVIRONMENT for the context.
    """
    totals: dict[str | None, float] = {}
    for name, margin in margins.items():
        totals[codes[name]] = totals.get(codes[name], 0.0) + margin
    # What may not be told keeps its share of the hazard: the other reasons do not grow by being told alone.
    raised = sum(max(total, 0.0) for total in totals.values())
    scale = own / raised if raised > 0 else 0.0
    weights = {code: total * scale for code, total in totals.items() if code is not None}
    for code, hazard in hazards.items():
        weights[code] = weights.get(code, 0.0) + hazard
    raising = {code: weight for code, weight in weights.items() if weight > 0}
    # That something is missing, or that partners are sound, is no merit of the shop.
    no_merit = (MISSING, TRADING_RISK, ENVIRONMENT)
    lowering = {code: -weight for code, weight in weights.items() if weight < 0 and code not in no_merit}
    features = {
        code: tuple(_heaviest(margins, codes, code, 1.0 if code in raising else -1.0)) for code in weights
    }
    return ReasonWeights(_ordered(raising), _ordered(lowering), features)


def _heaviest(
    margins: Mapping[str, float], codes: Mapping[str, str | None], code: str, side: float
) -> list[str]:
    """Features of a code whose margin has its direction, the heaviest first, of equal ones by name."""
    names = [name for name, margin in margins.items() if codes[name] == code and margin * side > 0]
    return sorted(names, key=lambda name: (-abs(margins[name]), name))


def _ordered(weights: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
