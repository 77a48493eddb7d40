"""Admissions: which shops a scenario admits, with the extra EL of each, under a ceiling on their sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import fsum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from supplyrisk.graph.errors import DataError


class AdmissionState(StrEnum):
    """What an admission decides on a shop; the values are stored in lists."""

    ADMITTED = "admitted"
    CEILING = "ceiling reached"
    NO_GAIN = "limit not higher"
    NO_PD = "no PD"
    OUTSIDE = "outside policy"


@dataclass(frozen=True)
class AdmissionCandidate:
    """A shop that an admission is for.

    Parameters
    ----------
    firm, name: of the shop. grade: of its PD.
    pd: PD over the model's horizon, by which shops are admitted; None without one. pd_term: over the longest term.
    limit_without, limit: largest new loan by the policy without and with the admission, money.
    extra_el: EL over the longest term of the difference, money; 0 where there is none.
    state: ADMITTED before the ceiling is looked at, or why it is not.
    """

    firm: str
    name: str | None
    grade: str | None
    pd: float | None
    pd_term: float | None
    limit_without: float
    limit: float
    extra_el: float
    state: AdmissionState


@dataclass(frozen=True)
class AdmissionRow(AdmissionCandidate):
    """A shop of an admission. total_el: extra EL of all that are admitted up to it, itself included, money."""

    total_el: float

    @property
    def room(self) -> float:
        """How much higher the limit may be by the admission, money; 0 for a shop that is not admitted."""
        return self.limit - self.limit_without if self.state is AdmissionState.ADMITTED else 0.0


@dataclass(frozen=True)
class Admission:
    """An admission of one day.

    Parameters
    ----------
    scenario, campaign: names in the policy; campaign: None without one.
    first_day, last_day: of the scenario; first_day: None without a campaign.
    product, days: of the loans that EL is of.
    ceiling: on the extra EL of all admitted shops, money.
    rows: shops in the order of admission.
    """

    scenario: str
    campaign: str | None
    first_day: date | None
    last_day: date
    product: str
    days: int
    ceiling: float
    rows: tuple[AdmissionRow, ...]

    @property
    def admitted(self) -> tuple[AdmissionRow, ...]:
        """The shops that are admitted."""
        return tuple(row for row in self.rows if row.state is AdmissionState.ADMITTED)

    @property
    def extra_el(self) -> float:
        """Extra EL of all shops that are admitted, money; never above the ceiling."""
        return fsum(row.extra_el for row in self.admitted)

    @property
    def asked_el(self) -> float:
        """Extra EL that it would have without a ceiling, money."""
        return fsum(row.extra_el for row in self.rows)

    def row_of(self, firm: str) -> AdmissionRow | None:
        """Return the row of a shop; None where it was not examined."""
        return next((row for row in self.rows if row.firm == firm), None)


@dataclass(frozen=True)
class AdmissionList:
    """The admissions of a policy on a day, as checks use them.

    Parameters
    ----------
    policy: hash of the policy. as_of: day of the scores. data: content hash of the tables. scores: SHA-256 of the
        day's scores. lender: whose book it is of; None: of a list of shops alone.
    """

    policy: str
    as_of: date
    data: str
    scores: str
    lender: str | None
    admissions: tuple[Admission, ...]

    def of_scenario(self, name: str) -> Admission | None:
        """Return the admission of a scenario; None where it was not computed."""
        return next((admission for admission in self.admissions if admission.scenario == name), None)


def admitted_under(candidates: Iterable[AdmissionCandidate], ceiling: float) -> tuple[AdmissionRow, ...]:
    """Return the shops in the order of admission, the lowest PD first, of equal ones the first by id.

    They are admitted until the next one would lift the sum of extra EL above the ceiling; no one after it is admitted,
    however small its extra EL: a riskier shop never takes the place of a safer one. Shops that the admission gives
    nothing take no part.
    """
    rows = []
    # Exact sums: rounding never lifts a sum above the ceiling.
    total = Fraction(0)
    is_open = True
    for shop in sorted(candidates, key=_order):
        state = shop.state
        if state is AdmissionState.ADMITTED:
            is_open = is_open and total + Fraction(shop.extra_el) <= Fraction(ceiling)
            if is_open:
                total += Fraction(shop.extra_el)
            else:
                state = AdmissionState.CEILING
        rows.append(AdmissionRow(**{**vars(shop), "state": state}, total_el=float(total)))
    return tuple(rows)


def _order(shop: AdmissionCandidate) -> tuple[bool, float, str]:
    return shop.pd is None, shop.pd or 0.0, shop.firm


def read_admission_list(path: Path) -> AdmissionList | None:
    """Read a list that `admissions` stored; None where there is none.

    Raises
    ------
    DataError: the file is not a list of this version.
    """
    if not path.is_file():
        return None
    try:
        return TypeAdapter(AdmissionList).validate_json(path.read_bytes())
    except ValidationError as fault:
        raise DataError(
            f"the admission list {path} cannot be read", remedy="run scgraph admissions --apply again"
        ) from fault
