"""Admissions on the terminal: the extra EL of each first, then its shops in the order of admission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_section
from supplyrisk.graph.texts.figures import money, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit import Admission
    from supplyrisk.services import AdmissionsResult


def show_admissions(result: AdmissionsResult) -> None:
    """Print the admissions on stdout."""
    of = result.lender or "named shops"
    show_lines(
        f"{of}: {result.shops} shops examined as of {result.as_of}, policy {result.name} {result.policy[:12]}, "
        f"PDs: {result.scored_by}"
    )
    show_section(
        ("admission", "extra EL", "ceiling", "extra EL without ceiling", "admitted", "of", "days"),
        [
            (
                admission.scenario,
                money(admission.extra_el, result.currency),
                money(admission.ceiling, result.currency),
                money(admission.asked_el, result.currency),
                len(admission.admitted),
                len(admission.rows),
                _days_of(result, admission),
            )
            for admission in result.admissions
        ],
    )
    for admission in result.admissions:
        if admission.rows:
            _show_shops(admission)


def _days_of(result: AdmissionsResult, admission: Admission) -> str:
    if admission.scenario in result.expired:
        return f"expired on {admission.last_day}"
    if not result.has_begun(admission):
        return f"{admission.first_day} to {admission.last_day}, as on the first day"
    return f"until {admission.last_day}"


def _show_shops(admission: Admission) -> None:
    show_lines(
        f"{admission.scenario}: {admission.product} loans of up to {admission.days} days, the lowest PD first"
    )
    show_section(
        ("shop", "grade", "PD", "limit without", "limit", "extra EL", "sum of extra EL", "state"),
        [
            (
                f"{row.firm} {row.name}" if row.name else row.firm,
                row.grade,
                percent(row.pd),
                money(row.limit_without),
                money(row.limit),
                money(row.extra_el),
                money(row.total_el),
                str(row.state),
            )
            for row in admission.rows
        ],
    )
