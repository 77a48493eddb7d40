"""The mark of scores by the expert scorecard: the candidate in a score's model, "NAME/expert", and its wording."""

from __future__ import annotations

EXPERT = "expert"
"""The candidate model that states effects instead of learning them."""
EXPERT_NOTE = (
    "expert: PDs by a scorecard whose effects are stated by credit practice, not learned from defaults"
)
"""What a reader of numbers that rest on an expert model has to know."""
PRIOR_CAUGHT = "caught is the stated prior on transmissions, not learned"
"""The same about contagion received."""


def scored_by_expert(model: object) -> bool:
    """Return whether "NAME/candidate", the model of a score, names the expert scorecard; False for None."""
    # A model may itself be called "expert": only the candidate after the slash counts.
    return isinstance(model, str) and model.endswith(f"/{EXPERT}")
