"""The stages of a training, as it reports them, with their expected durations relative to each other.

The durations are seconds on the demo's world (1,600 firms, 156 weeks) and a busy machine; only their proportions
matter.
All fits take longer with more rows, in about the same proportion.
"""

from __future__ import annotations

from dataclasses import replace

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
FORWARD_MEMBERS = 2
"""Members of the ensemble that is fitted on earlier dates and judged on the forward dates, at most."""
EARLIER_SHARE = 0.4
"""Duration of the fit on earlier dates, which have fewer rows, relative to that on all dates before the test date."""
ALL_SHARE = 1.3
"""Duration of the fit on all known outcomes, likewise."""


def forward_settings(settings: TrainingSettings) -> TrainingSettings:
    """Return the settings of the fit on earlier dates: few members are enough to compare candidates."""
    return replace(settings, members=min(settings.members, FORWARD_MEMBERS))


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
    earlier = forward_settings(settings)
    stages = _panel_stages(settings, 1.0)
    if forward:
        stages |= _prefixed(EARLIER_DATES, _panel_stages(earlier, EARLIER_SHARE))
    stages |= _contagion_stages(settings, 1.0)
    if forward:
        stages |= _prefixed(EARLIER_DATES, _contagion_stages(earlier, EARLIER_SHARE))
    stages[TESTING] = 40.0
    if deploy:
        fit = {**_panel_stages(settings, ALL_SHARE), **_contagion_stages(settings, ALL_SHARE)}
        # One context of several is chosen, so this network is often not needed.
        if MESSAGES in fit and len(settings.contexts) > 1:
            fit[MESSAGES] /= 2
        stages |= _prefixed(ALL_OUTCOMES, fit)
    return _prefixed(prefix, stages)


def _panel_stages(settings: TrainingSettings, scale: float) -> dict[str, float]:
    members = settings.members
    stages = {TREES: 120.0, BOOSTERS: 60.0 * members}
    if "messages" in settings.contexts:
        # Early stopping of the first member's network sets the epochs of all others.
        stages[MESSAGES] = 150.0 + 50.0 * members
    stages[BASE] = 2.0 * members
    return {name: scale * duration for name, duration in stages.items()}


def _contagion_stages(settings: TrainingSettings, scale: float) -> dict[str, float]:
    return {TRANSMISSIONS: 4.0 * settings.members * scale, EVIDENCE: 25.0 * scale}


def _prefixed(prefix: str, stages: dict[str, float]) -> dict[str, float]:
    return {prefix + name: duration for name, duration in stages.items()}
