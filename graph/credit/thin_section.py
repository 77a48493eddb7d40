"""The section of a memo that marks a thin file: a shop that is not in the data, scored from what it states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from supplyrisk.graph.credit.memo_sentences import memo_words


@dataclass(frozen=True)
class ThinFileSection:
    """How a shop was scored that is not in the data. The field names are keys of stored memos.

    Parameters
    ----------
    reference: the firms that it was ranked among, in words. base_rate: their expected share of defaults.
    group: its peers among them, "industry and region", "industry" or "all"; peers: how many those are.
    riskier_than: share of the peers with a lower PD.
    known: share of the weight of the scorecard's effects of which the facts state a value.
    worst_pd, worst_grade: PD and grade over the horizon if everything unknown were at its riskiest.
    """

    reference: str
    base_rate: float
    group: str
    peers: int
    riskier_than: float
    known: float
    worst_pd: float
    worst_grade: str
    text: str
    text_zh: str

    @classmethod
    def of(cls, **figures: object) -> Self:
        """Return the section of some figures, which are all fields but the texts."""
        group = memo_words(f"thin_file.{figures['group']}")
        text = memo_words("thin_file.text", **{**figures, "group": group})
        return cls(**figures, text=text.en, text_zh=text.zh)  # type: ignore[arg-type]
