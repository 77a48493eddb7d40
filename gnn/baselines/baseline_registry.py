"""The registered baselines by name. It imports none of them, so that the command line lists them without torch.

To add one: a module in this folder with a class that satisfies `Baseline` (protocol.py), and a line in BASELINES.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, cast

from supplyrisk.graph.schema.expert_mark import EXPERT

if TYPE_CHECKING:
    from supplyrisk.gnn.baselines.baseline_protocol import Baseline

NETWORK = "network"


class Use(StrEnum):
    """What a baseline is for."""

    CANDIDATE = "fitted beside every network, on the same rows; it can be champion"
    EVALUATED = "fitted by evaluate alone; the mean of its members' hazards is compared"
    ALONE = "a model of its own, with the prior transmissions; no network is fitted beside it"


@dataclass(frozen=True)
class Registered:
    """The module of a baseline in this folder, its class, and what it is for."""

    module: str
    class_name: str
    use: Use = Use.CANDIDATE


BASELINES = {
    "boosted-own": Registered("boosted_stages", "BoostedOwn"),
    "boosted-neighbours": Registered("boosted_stages", "BoostedNeighbours"),
    "counts-only": Registered("counts_only", "CountsOnly", Use.EVALUATED),
    EXPERT: Registered("expert_scorecard", "ExpertScorecard", Use.ALONE),
}
"""In the order in which tables list them."""


def baseline_names(use: Use) -> tuple[str, ...]:
    """Return the names of the baselines with a use."""
    return tuple(name for name, registered in BASELINES.items() if registered.use == use)


def baseline_class(name: str) -> type[Baseline]:
    """Import a baseline; KeyError if none of this name is registered."""
    registered = BASELINES[name]
    module = import_module(f"supplyrisk.gnn.baselines.{registered.module}")
    return cast("type[Baseline]", getattr(module, registered.class_name))


CANDIDATES = (NETWORK, *baseline_names(Use.CANDIDATE))
"""The candidate models of a training: the network and the baselines that are fitted beside it.

A model's own candidates are `RiskModel.candidates`: an expert model has none of these.
"""
SCORING = (*CANDIDATES, *baseline_names(Use.ALONE))
"""All candidate models that a score can be by."""
SEPARATING = frozenset({NETWORK, *baseline_names(Use.ALONE)})
"""Candidates whose hazard is the sum own + context + caught."""
