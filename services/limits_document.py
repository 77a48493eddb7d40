"""Limits in force as documents: those of a lender on a day, and the history of one shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from supplyrisk.graph import LANGUAGES, Words, read_texts
from supplyrisk.graph.credit import FollowPolicy, LimitBasis, LimitInForce
from supplyrisk.graph.texts.figures import fill
from supplyrisk.services.documents import Document, TableResult, document

NEW = "new"
RAISED = "raised"
LOWERED = "lowered"
HELD = "held"
CHANGES = (NEW, RAISED, LOWERED, HELD)
"""How a limit in force changed since the run before."""


@dataclass(frozen=True)
class LimitRow:
    """A limit in force on a day, the one before it, and why in words; amounts are money.

    on: day of the run. before: None where there was none. change: one of CHANGES. why: for the lender.
    why_shop: for the shop.
    """

    on: date
    limit: LimitInForce
    before: float | None
    change: str
    why: Words
    why_shop: Words


@dataclass(frozen=True)
class LimitsResult(TableResult):
    """The limits in force of a lender on a day.

    Parameters
    ----------
    basis: what they rest on. as_of: the day. weeks: since the run before; 0 for the first.
    rows: sorted by firm.
    el, target_el: expected loss over horizon_days if the limits in force, or the targets, are fully drawn, money.
    skipped: shops without a score and without a limit before.
    record: entry of the audit log; None: not recorded. is_new: whether this run computed and stored them.
    """

    basis: LimitBasis
    as_of: date
    weeks: float
    currency: str
    rows: tuple[LimitRow, ...]
    el: float
    target_el: float
    horizon_days: int
    skipped: tuple[str, ...]
    model: str
    synthetic: bool
    record: int | None
    is_new: bool

    @property
    def counts(self) -> dict[str, int]:
        """Number of limits by how they changed."""
        counted = Counter(row.change for row in self.rows)
        return {change: counted[change] for change in CHANGES}

    @property
    def total(self) -> float:
        """Sum of the limits in force, money."""
        return sum(row.limit.limit for row in self.rows)

    @property
    def target_total(self) -> float:
        """Sum of the targets, money."""
        return sum(row.limit.target or 0.0 for row in self.rows)

    def table(self) -> pa.Table:
        """A row per firm."""
        return limit_table(self.rows)

    def head(self) -> Document:
        """The document without its rows."""
        return document(
            "limits",
            [],
            about={"as_of": self.as_of, "model": self.model, "synthetic": self.synthetic},
            basis=self.basis,
            weeks=self.weeks,
            currency=self.currency,
            counts=self.counts,
            total=self.total,
            target_total=self.target_total,
            el=self.el,
            target_el=self.target_el,
            horizon_days=self.horizon_days,
            skipped=self.skipped,
            record=self.record,
        )


@dataclass(frozen=True)
class LimitHistory(TableResult):
    """The limits in force of one shop with a lender, oldest first."""

    lender: str
    firm: str
    rows: tuple[LimitRow, ...]

    @property
    def current(self) -> LimitRow | None:
        """The last one; None where there is none."""
        return self.rows[-1] if self.rows else None

    def table(self) -> pa.Table:
        """A row per run."""
        return limit_table(self.rows)

    def head(self) -> Document:
        """The document without its rows."""
        return document("limit_history", [], lender=self.lender, firm=self.firm)


def limit_row(on: date, limit: LimitInForce, before: float | None, follow: FollowPolicy) -> LimitRow:
    """Return the row of a limit on a day, with its reason in both languages."""
    change = NEW if before is None else HELD
    if before is not None and limit.limit != before:
        change = RAISED if limit.limit > before else LOWERED
    values = {
        "target": limit.target,
        "rise": follow.rise,
        "fall": follow.fall,
        "floor": follow.dip_floor,
        "rule": limit.rule,
        "expires": limit.expires_on,
    }
    why, why_shop = (_words(f"{reader}.{limit.reason}", values) for reader in ("lender", "shop"))
    return LimitRow(on, limit, before, change, why, why_shop)


def limit_table(rows: tuple[LimitRow, ...]) -> pa.Table:
    """Return limits as a table: their day and fields, then before, change, and why in both languages."""
    schema = pa.schema(
        [("firm", pa.string()), ("on", pa.date32()), ("renewed_on", pa.date32()), ("expires_on", pa.date32())]
        + [(name, pa.float64()) for name in ("limit", "before", "target", "exact")]
        + [(name, pa.string()) for name in ("change", "reason", "rule", "why_en", "why_zh")]
    )
    listed = [
        {
            "firm": row.limit.firm,
            "on": row.on,
            "renewed_on": row.limit.renewed_on,
            "expires_on": row.limit.expires_on,
            "limit": row.limit.limit,
            "before": row.before,
            "target": row.limit.target,
            "exact": row.limit.exact,
            "change": row.change,
            "reason": str(row.limit.reason),
            "rule": row.limit.rule,
            "why_en": row.why.en,
            "why_zh": row.why.zh,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(listed, schema=schema)


def _words(key: str, values: Mapping[str, object]) -> Words:
    texts = (read_texts("supplyrisk.graph.texts", "limits", lang)[key] for lang in LANGUAGES)
    return Words(*(fill(text, **values) for text in texts))
