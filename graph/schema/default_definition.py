"""What counts as a firm's default: kinds of events, and the state of a loan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.schema.contract import DEFAULT_KINDS

DAYS_PAST_DUE = 90
"""Days past due from which a loan is in default: the line that the Basel rules and China's five categories draw."""


@dataclass(frozen=True)
class DefaultDefinition:
    """What counts as a default.

    A firm defaults on the first day on which there is an event of one of `kinds` about it, or on which the state of one
    of its loans is `days_past_due` or more days past due, or has an amount written off.

    Parameters
    ----------
    kinds: kinds of events.
    days_past_due: 1 or more; None: events alone count, and no state of a loan does.

    Raises
    ------
    RequestError: days_past_due is below 1.
    """

    kinds: tuple[str, ...] = DEFAULT_KINDS
    days_past_due: int | None = DAYS_PAST_DUE

    def __post_init__(self) -> None:
        if self.days_past_due is not None and self.days_past_due < 1:
            raise RequestError(
                f"a loan is in default from {self.days_past_due} days past due",
                "1 or more, or None where only events count",
            )

    def __str__(self) -> str:
        texts = list(self.kinds)
        if self.days_past_due is not None:
            texts.append(f"a loan {self.days_past_due} days past due or written off")
        return ", ".join(texts)

    def same_as(self, other: DefaultDefinition, *, loan_states: bool) -> bool:
        """Whether both count the same defaults; loan_states: whether the data state days past due or write-offs."""
        same_kinds = set(self.kinds) == set(other.kinds)
        return same_kinds and (not loan_states or self.days_past_due == other.days_past_due)

    def to_json(self) -> dict[str, Any]:
        """Return it as the keys that checkpoints, cards and documents have."""
        return {"default_kinds": list(self.kinds), "days_past_due": self.days_past_due}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> DefaultDefinition:
        """Read what `to_json` wrote. Files without days_past_due are from versions that counted events alone."""
        return cls(tuple(stored["default_kinds"]), stored.get("days_past_due"))
