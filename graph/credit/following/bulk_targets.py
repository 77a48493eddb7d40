"""Targets of all borrowers of a lender, or of a list of shops, at once: `target_limit` by columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.credit.following.bulk_facts import bulk_facts
from supplyrisk.graph.credit.following.target_limit import TargetLimit
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import TURNOVER_DAYS
from supplyrisk.graph.schema.score_states import DEFAULTED, INSUFFICIENT
from supplyrisk.graph.schema.source_coverage import AGE_COLUMNS
from supplyrisk.graph.workspace.tables import Tables

Amounts = NDArray[np.float64]
Flags = NDArray[np.bool_]
_CODES = (
    "MOST", "COVERAGE", "GRADE", "EXPOSURE", "TURNOVER", "AFFORDABILITY", "DEPENDENCE", "SINGLE_NAME", "COUNTERPARTY",
)  # fmt: skip
"""Rules of a credit line in the order of LIMIT_RULES; of equal totals the first one binds."""


@dataclass(frozen=True)
class BulkTargets:
    """Targets by column, sorted by firm: the fields of `TargetLimit`."""

    firm: pa.Array
    total: Amounts
    binding: NDArray[np.str_]
    exposure: Amounts
    defaulted: Flags
    insufficient: Flags
    outside: Flags

    def __len__(self) -> int:
        """The number of firms."""
        return len(self.total)

    def __iter__(self) -> Iterator[TargetLimit]:
        """Yield the target of each firm."""
        columns = (self.total, self.binding, self.exposure, self.defaulted, self.insufficient, self.outside)
        for row in zip(self.firm.to_pylist(), *(column.tolist() for column in columns), strict=True):
            yield TargetLimit(*row)


def can_be_bulk(policy: Policy) -> bool:
    """Return whether `bulk_targets` applies a policy: not scenarios, nor other shares in a confirmed closed loop."""
    return not policy.scenarios and policy.dependence.left_in_loop is None


def bulk_targets(  # noqa: PLR0913 - the data, what they are judged by, and whose limits
    tables: Tables,
    scores: pa.Table,
    day: date,
    policy: Policy,
    *,
    lender: str | None = None,
    shops: Collection[str] = (),
) -> BulkTargets:
    """Return the targets of the borrowers of a lender and of further shops.

    They are those of `target_limit` on the facts that a check of a credit line over `FollowPolicy.term_days` has; firms
    without a score, and unlisted ones, have none.

    Parameters
    ----------
    tables: dated tables.
    scores: stored scores of the day.
    day: of the scores; the facts are as known at its end.
    policy: one for which `can_be_bulk` holds.
    lender: its id; None (default): no borrowers, and no rules on a book.
    shops: firm_ids of further shops.

    Raises
    ------
    RequestError: the data are undated.
    """
    facts, book, has_lenders = bulk_facts(tables, day, policy, lender=lender, shops=shops)
    names = ("pd", "grade", "state", "coverage", "coverage_model", *AGE_COLUMNS)
    columns = scores.select(["firm_id", *(name for name in names if name in scores.column_names)])
    joined = facts.join(columns, "firm_id", join_type="inner").sort_by("firm_id")
    return _Columns(joined, policy).targets(book if lender is not None else 0.0, has_lenders=has_lenders)


class _Columns:
    """The facts of firms with their scores, and the total by each rule of a policy, money; infinite: none."""

    def __init__(self, table: pa.Table, policy: Policy) -> None:
        self.table = table
        self.policy = policy
        state = table["state"].to_numpy(zero_copy_only=False)
        self.defaulted = np.asarray(state == DEFAULTED, dtype=bool)
        coverage = self._coverage()
        self.has_low_coverage = coverage < policy.coverage.minimum
        self.insufficient = np.asarray(state == INSUFFICIENT, dtype=bool)
        # As `as_measured`: on thin data there is neither PD nor grade.
        thin = self.has_low_coverage | self.insufficient
        grades = table["grade"].to_numpy(zero_copy_only=False)
        self.has_grade = ~thin & np.asarray(grades != None, dtype=bool)  # noqa: E711 - by element
        caps = {grade: policy.cap(grade) for grade in "ABCDEFG"}
        self.cap = np.array([caps.get(grade, np.nan) for grade in grades], dtype=np.float64)
        self.pd = np.where(thin, np.nan, self.numbers("pd"))
        self.exposure = self.numbers("exposure")
        turnover = self.numbers("turnover")
        is_stale = self.numbers("turnover_age") >= policy.turnover.days
        self.turnover = np.where(is_stale, np.nan, turnover) * policy.follow.term_days / TURNOVER_DAYS

    def numbers(self, name: str) -> Amounts:
        """A column as floats, NaN where it is null."""
        return np.asarray(self.table[name].to_numpy(zero_copy_only=False), dtype=np.float64)

    def targets(self, book: float, *, has_lenders: bool) -> BulkTargets:
        """The targets; book: sum of the lender's book, money, 0 without one."""
        totals = np.column_stack(
            [
                np.full(self.table.num_rows, self.policy.amount.maximum),
                np.where(self.has_low_coverage | self.insufficient, 0.0, np.inf),
                np.where(self.defaulted | ~self.has_grade, 0.0, self.cap),
                self._known_exposure(has_lenders=has_lenders),
                self._turnover_total(),
                self._affordable(),
                self._dependence_total(),
                self._headroom(self.numbers("to_firm"), book, self.policy.book.single_name),
                self._headroom(self.numbers("to_firm") + self.numbers("chain"), book, self.policy.book.chain),
            ]
        )
        lowest = np.argmin(totals, axis=1) if len(totals) else np.zeros(0, dtype=np.int64)
        total = totals[np.arange(len(totals)), lowest]
        outside = self.pd >= self.policy.conclusion.outside_pd
        return BulkTargets(
            firm=self.table["firm_id"].combine_chunks(),
            total=np.where(outside | (total < self.policy.amount.minimum), 0.0, total),
            binding=np.array(_CODES)[lowest],
            exposure=self.exposure,
            defaulted=self.defaulted,
            insufficient=self.insufficient | ~self.has_grade,
            outside=outside,
        )

    def _coverage(self) -> Amounts:
        """Coverage as of `StoredScore.coverage_by`."""
        stored = np.nan_to_num(self.numbers("coverage"))
        names = self.table.column_names
        if "coverage_model" not in names or not set(AGE_COLUMNS).intersection(names):
            return stored
        missing = np.full(self.table.num_rows, np.nan)
        ages = np.column_stack([self.numbers(name) if name in names else missing for name in AGE_COLUMNS])
        of_data = self.policy.coverage.coverage(self.table["roles"].to_pylist(), ages)
        of_model = self.numbers("coverage_model")
        return np.where(np.isnan(of_model), stored, np.minimum(of_model, of_data))

    def _known_exposure(self, *, has_lenders: bool) -> Amounts:
        is_missing = self.table["is_exposure_missing"].to_numpy(zero_copy_only=False).astype(bool)
        return np.where(is_missing | (not has_lenders), 0.0, np.inf)

    def _turnover_total(self) -> Amounts:
        bounds = self.policy.turnover
        return np.where(
            np.isnan(self.turnover), 0.0 if bounds.required else np.inf, bounds.share * self.turnover
        )

    def _affordable(self) -> Amounts:
        """Exposure and what `affordability_rule` allows in addition."""
        limits = self.policy.affordability
        is_fresh = self.numbers("statement_age") < limits.statement_days
        stated = np.where(is_fresh, self.numbers("margin"), np.nan)
        assumed = np.array(
            [limits.margin_of(name) for name in self.table["industry"].to_pylist()], np.float64
        )
        margin = np.where(np.isnan(stated), assumed, stated)
        amount = np.maximum(0.0, limits.debt_share * margin * self.turnover - self.numbers("service"))
        total = self.exposure + np.where(np.isnan(self.turnover), 0.0, amount)
        return total if limits.assume_margin else np.where(np.isnan(stated), 0.0, total)

    def _dependence_total(self) -> Amounts:
        bounds = self.policy.dependence
        share = self.numbers("dependence")
        unknown = np.isnan(share)
        beyond = np.maximum(0.0, np.where(unknown, 1.0, share) - bounds.free) / (1 - bounds.free)
        total = (1 - beyond * (1 - bounds.left_at_whole)) * self.cap
        total = np.where(unknown & bounds.required, 0.0, total)
        return np.where(self.has_grade, total, np.inf)

    def _headroom(self, owed: Amounts, book: float, share: float) -> Amounts:
        """Exposure and what a share of the lender's book leaves, as `_headroom` of `limit_rules`."""
        if not book or share >= 1:
            return np.full(len(owed), np.inf)
        return self.exposure + np.maximum(0.0, (share * book - owed) / (1 - share))
