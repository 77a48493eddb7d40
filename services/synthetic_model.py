"""The note on results by a model that was trained on synthetic data."""

from __future__ import annotations

SYNTHETIC_MODEL = (
    "scored by a model trained on synthetic data: its PDs are of no known quality for real firms"
)


def synthetic_model_note(synthetic_model: bool, synthetic: bool) -> list[str]:
    """The note where a model of synthetic data scored real data; synthetic data have a notice of their own."""
    return [SYNTHETIC_MODEL] if synthetic_model and not synthetic else []
