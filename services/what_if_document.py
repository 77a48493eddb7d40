"""The result of a what-if as dataclasses; the field names are the keys of its JSON, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from supplyrisk.graph import Words


@dataclass(frozen=True)
class WhatIfScore:
    """A score before or after the changes.

    Parameters
    ----------
    state: "scored", "insufficient" or "defaulted".
    pd: over the horizon; None in default, and where nothing of other firms is used: a shop sees no PD.
    points, grade, worst_grade: None unless scored; worst_grade also where nothing is stated.
    own, context, caught: hazards that sum to -ln(1 - pd); None where a baseline scores, and where pd is None.
    """

    state: str
    pd: float | None
    points: float | None
    grade: str | None
    worst_grade: str | None
    own: float | None
    context: float | None
    caught: float | None


@dataclass(frozen=True)
class WhatIfLimit:
    """A credit limit by the policy, as `check` computes it: money, the rule that sets it, and why."""

    amount: float
    binding: str
    why: Words


@dataclass(frozen=True)
class WhatIfNeed:
    """What a shop will lack in the next thirteen weeks, as `forecast` computes it.

    Parameters
    ----------
    amount: by the median of the lowest cash, money; 0 where cash stays above 0.
    cautious: by its 10 % quantile.
    under_on: first day of the week in which the median of cash is below 0; None: it is not.
    """

    amount: float
    cautious: float
    under_on: date | None


@dataclass(frozen=True)
class WhatIfState:
    """Score, limit and financing need before or after the changes.

    limit, need: None where they are not computed, see `WhatIf.limit_note` and `need_note`.
    """

    score: WhatIfScore
    limit: WhatIfLimit | None
    need: WhatIfNeed | None


@dataclass(frozen=True)
class WhatIfStep:
    """One change, made after those before it.

    Parameters
    ----------
    number: its place in the file, from 1.
    kind: the word of `do`.
    text: what it is.
    rows: how many rows it changed, added or removed.
    points: after it. points_change: what it adds to those before it; both None where there is no score.
    pd, pd_change: likewise.
    """

    number: int
    kind: str
    text: Words
    rows: int
    points: float | None
    points_change: float | None
    pd: float | None
    pd_change: float | None


@dataclass(frozen=True)
class WhatIfFeature:
    """A feature of the shop that the changes move.

    Parameters
    ----------
    feature, text, unit: its name, what it is, and its unit.
    before, after: None where missing.
    lowest, highest: the range of the training rows; None where the model does not record it.
    outside: whether `after` is outside of that range, so that the result is an extrapolation.
    """

    feature: str
    text: Words
    unit: str
    before: float | None
    after: float | None
    lowest: float | None
    highest: float | None
    outside: bool


@dataclass(frozen=True)
class WhatIf:
    """A shop before and after changes of its own rows.

    Parameters
    ----------
    firm, name, as_of, horizon_days, currency: whose, of which day, over how many days, and in which money.
    partners_fixed: whether nothing of other firms was used; points are then by the shop's own rows alone.
    before, after: all changes together.
    steps: one per change, in the order of the file, in which each is made after those before it.
    features: those that changed, by name.
    limit_note, need_note: why there is no limit, or no need; None where there is one.
    """

    firm: str
    name: str | None
    as_of: date
    horizon_days: int | None
    currency: str | None
    partners_fixed: bool
    before: WhatIfState
    after: WhatIfState
    steps: tuple[WhatIfStep, ...]
    features: tuple[WhatIfFeature, ...]
    limit_note: Words | None
    need_note: Words | None

    @property
    def outside(self) -> tuple[WhatIfFeature, ...]:
        """The features that left the range of the training rows."""
        return tuple(feature for feature in self.features if feature.outside)
