"""Collateral of loans: its valuations as they were known on a day, and the LGD of a loan that it secures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.economics_policy import CollateralPolicy, EconomicsPolicy
from supplyrisk.graph.credit.irb_capital import UNSECURED_LGD_FLOOR, AssetClass
from supplyrisk.graph.schema.version_columns import KNOWN_ON, KNOWN_UNTIL, VOID
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.tables import Tables

INSURANCE = "insurance"
"""The kind that protects by the insurer's promise to pay, not by a value."""
UNSECURED = "unsecured"
SECURED_LGD_FLOORS = {
    "cash": 0.0,
    "securities": 0.0,
    "receivables": 0.10,
    "real_estate": 0.10,
    "physical": 0.15,
}
"""Least LGD of the secured part of an exposure by kind of collateral (CRE32.16, CRE32.58)."""


@dataclass(frozen=True)
class Collateral:
    """The last valuation of a piece of collateral: a row of the table `collateral`. value: money."""

    collateral_id: str
    firm_id: str
    on: date
    kind: str
    value: float
    currency: str | None = None
    loan_id: str | None = None
    haircut: float | None = None
    insurer_id: str | None = None


def read_collateral(
    tables: Tables,
    as_of: date,
    *,
    firm_id: str | None = None,
    loans: Collection[str] = (),
    also: Collection[str] = (),
) -> tuple[Collateral, ...]:
    """Return the last valuation of every piece of collateral that was known at the end of a day; empty without any.

    A piece whose last value is 0 has been released.

    Parameters
    ----------
    firm_id: only collateral of this firm, of whoever secures one of its lines `loans`, and the ids in `also`; None
        (default): of all firms.
    """
    source = tables.sources.get("collateral")
    if source is None:
        return ()
    # Read as it is stored: a memo does not import DuckDB.
    table = source if isinstance(source, pa.Table) else read_parquet(source)
    if firm_id is not None:
        secures = pc.is_in(table["loan_id"], value_set=pa.array(sorted(loans), pa.string()))
        own = table.filter(pc.or_(pc.equal(table["firm_id"], firm_id), secures))["collateral_id"]
        # All rows of a piece, since the last one may name another line.
        ids = pa.array([*own.to_pylist(), *also], pa.string())
        table = table.filter(pc.is_in(table["collateral_id"], value_set=ids))
    rows = [row for row in table.to_pylist() if is_known_row(row, as_of)]
    known = sorted(rows, key=lambda row: row["on"])
    # The last row of an id replaces the earlier ones.
    latest = {row["collateral_id"]: row for row in known}
    names = [part.name for part in fields(Collateral)]
    return tuple(
        Collateral(**{name: row.get(name) for name in names})
        for _, row in sorted(latest.items())
        if row["value"] > 0
    )


def is_known_row(row: Mapping[str, Any], as_of: date, day: str = "on") -> bool:
    """Return whether a stored row, or this version of it, was known at the end of a day; see `as_of_views`.

    day: the column of its own day; "on" by default.
    """
    known_on = row.get(KNOWN_ON.name)
    known_until = row.get(KNOWN_UNTIL)
    is_version = (known_on is None or known_on <= as_of) and (known_until is None or known_until > as_of)
    return bool(row[day] <= as_of and is_version and not row.get(VOID.name))


@dataclass(frozen=True)
class LgdPart:
    """A part of an exposure with one LGD. The field names are keys of stored memos.

    Parameters
    ----------
    kind: kind of the collateral, or "unsecured".
    collateral: id of the collateral; None for the unsecured part.
    amount: of the exposure, money.
    lgd: expected LGD, a share.
    downturn_lgd: LGD in a downturn, a share.
    floor: least LGD for capital, a share.
    """

    kind: str
    collateral: str | None
    amount: float
    lgd: float
    downturn_lgd: float
    floor: float


@dataclass(frozen=True)
class LossSeverity:
    """LGD of an exposure in its parts: those that collateral secures, and the unsecured rest (the last part)."""

    parts: tuple[LgdPart, ...]

    @property
    def lgd(self) -> float:
        """Expected LGD, weighted by exposure (CRE32.10, CRE32.14).

        LGD* = LGD_U E_U / E + sum over collateral i of LGD_Si E_Si / E
        """
        return self._weighted([part.lgd for part in self.parts])

    @property
    def capital_lgd(self) -> float:
        """Downturn LGD for the risk-weight function: weighted likewise, and not below the weighted floor (CRE32.17)."""
        downturn = self._weighted([part.downturn_lgd for part in self.parts])
        return max(downturn, self._weighted([part.floor for part in self.parts]))

    @property
    def unsecured(self) -> float:
        """The unsecured part, money."""
        return self.parts[-1].amount

    def _weighted(self, shares: Sequence[float]) -> float:
        amounts = [part.amount for part in self.parts]
        total = sum(amounts)
        # Without exposure there is no weight: the LGD is that of an unsecured loan.
        if not total:
            return shares[-1]
        return sum(amount * share for amount, share in zip(amounts, shares, strict=True)) / total


def downturn_lgd(lgd: float, policy: EconomicsPolicy) -> float:
    """Return the LGD of an unsecured loan in a downturn: the policy's own value, or LGD + add-on x (1 - LGD).

    An add-on of .08 is the mapping of the Federal Reserve's proposed rule on Basel II (71 FR 55830, 2006).
    """
    if policy.downturn_lgd is not None:
        return max(lgd, policy.downturn_lgd)
    return lgd + policy.downturn_add_on * (1 - lgd)


def counted_value(collateral: Collateral, policy: CollateralPolicy) -> float:
    """Return the value after the haircut, money: value x (1 - haircut), by the table's own haircut if it has one."""
    haircut = collateral.haircut
    if haircut is None:
        haircut = float(getattr(policy.haircut, collateral.kind))
    return collateral.value * (1 - haircut)


def loss_severity(
    ead: float,
    unsecured_lgd: float,
    pledged: Iterable[Collateral],
    collateral_policy: CollateralPolicy,
    economics: EconomicsPolicy,
) -> LossSeverity:
    """Return the LGD of an exposure with its collateral, the kind with the lowest LGD first (CRE32.14).

    Parameters
    ----------
    ead: exposure at default, money.
    unsecured_lgd: expected LGD of the loan without collateral, a share.
    pledged: collateral that counts; no insurance.
    """
    in_downturn = downturn_lgd(unsecured_lgd, economics)
    left = ead
    parts = []
    for piece in sorted(pledged, key=lambda c: (getattr(collateral_policy.lgd, c.kind), c.collateral_id)):
        secured = min(left, counted_value(piece, collateral_policy))
        left -= secured
        # Collateral never makes a loss larger than it is without it.
        lgd = float(getattr(collateral_policy.lgd, piece.kind))
        floor = SECURED_LGD_FLOORS[piece.kind]
        part = LgdPart(
            piece.kind,
            piece.collateral_id,
            secured,
            min(lgd, unsecured_lgd),
            min(lgd, in_downturn),
            floor,
        )
        parts.append(part)
    floor = UNSECURED_LGD_FLOOR[AssetClass(economics.segment)]
    unsecured = LgdPart(UNSECURED, None, left, unsecured_lgd, in_downturn, floor)
    return LossSeverity((*parts, unsecured))


def why_not_counted(
    collateral: Collateral, currency: str, as_of: date, policy: CollateralPolicy
) -> str | None:
    """Return why a valuation does not count, a key of texts "protection.<code>": STALE or CURRENCY; None if it does.

    Parameters
    ----------
    currency: of the policy; amounts are never converted.
    """
    if (as_of - collateral.on).days > policy.max_age_days:
        return "STALE"
    if collateral.currency not in (None, currency):
        return "CURRENCY"
    return None
