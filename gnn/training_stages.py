"""The stages of a training, as it reports them, with their expected durations relative to each other.

The durations are seconds on the demo's world (1,600 firms, 156 weeks) and a busy machine; only their proportions
matter.
All fits take longer with more rows, in about the same proportion.
"""

from __future__ import annotations

from supplyrisk.gnn.data.data_splits import TrainingSettings

TREES = "choosing the numbers of trees"
BOOSTERS = "fitting trees"
MESSAGES = "fitting the network of messages"
BASE = "fitting own risk and context"
TRANSMISSIONS = "fitting transmissions"
EVIDENCE = "weighing the evidence on contagion"
TESTING = "testing"
EARLIER_DATES = "earlier dates: "
"""Prefix of the stages of the fit whose choices are validated on later dates."""
ALL_OUTCOMES = "all known outcomes: "
"""Prefix of the stages of the fit that is deployed."""


def training_stages(
    settings: TrainingSettings, *, forward: bool, deploy: bool, prefix: str = ""
) -> dict[str, float]:
    """Return the stages that `train` reports, in order.

    A stage that turns out to be unnecessary is skipped: the network of messages of the deployed fit where another
    context was chosen, and the fit on earlier dates where they hold too few defaults.

    Parameters
    ----------
    forward: whether the choice is validated on later dates.
    deploy: whether the chosen recipe is fitted once more on all that is known.
    prefix: of every stage's name.
    """
    stages = _panel_stages(settings, 1.0)
    if forward:
        stages |= _prefixed(EARLIER_DATES, _panel_stages(settings, 0.5))
    stages |= _contagion_stages(settings, 1.0)
    if forward:
        stages |= _prefixed(EARLIER_DATES, _contagion_stages(settings, 0.5))
    stages[TESTING] = 50.0
    if deploy:
        fit = {**_panel_stages(settings, 1.3), **_contagion_stages(settings, 1.3)}
        # One context of several is chosen, so this network is often not needed.
        if MESSAGES in fit and len(settings.contexts) > 1:
            fit[MESSAGES] /= 2
        stages |= _prefixed(ALL_OUTCOMES, fit)
    return _prefixed(prefix, stages)


def _panel_stages(settings: TrainingSettings, scale: float) -> dict[str, float]:
    members = settings.members * scale
    messages = {MESSAGES: 90.0 * members} if "messages" in settings.contexts else {}
    return {TREES: 300.0 * scale, BOOSTERS: 100.0 * members, **messages, BASE: 2.0 * members}


def _contagion_stages(settings: TrainingSettings, scale: float) -> dict[str, float]:
    return {TRANSMISSIONS: 5.0 * settings.members * scale, EVIDENCE: 35.0 * scale}


def _prefixed(prefix: str, stages: dict[str, float]) -> dict[str, float]:
    return {prefix + name: duration for name, duration in stages.items()}
