"""The mark of models that detect: they learned outcomes that are known by a day and have none themselves."""

from __future__ import annotations

LABELS_AS_OF = "labels_as_of"
"""Key of that day in model cards and documents; absent where outcomes have days."""
DETECTION = "detection, not prediction"
"""The mark."""


def labels_entry(day: str | None) -> dict[str, str]:
    """Return the entry of a card or document for the ISO day by which the outcomes are known; none without one."""
    return {LABELS_AS_OF: day} if day else {}


def detection_note(labels_as_of: str) -> str:
    """Return what a reader of scores by such a model has to know.

    labels_as_of: ISO day by which the outcomes are known.
    """
    return (
        f"{DETECTION}: a PD says how much a firm looks like those that had defaulted by {labels_as_of}, and not how "
        "likely it is to default within some time; there are no PDs by term"
    )
