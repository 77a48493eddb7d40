"""Which scenarios of a policy apply to a loan of a shop on a day, and the policy with them.

Scenarios without a ceiling: the first of the file whose conditions are met applies. Where a fact that a condition needs
is unknown, every scenario that may be the first one counts, each key at its strictest, so that nothing is gained by
hiding it. Admissions (scenarios with a ceiling) come on top: the first one whose conditions are met, for the shops in
its list, and only in keys that the other scenario does not set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from supplyrisk.graph.credit.admission.admission_list import Admission, AdmissionList, AdmissionState
from supplyrisk.graph.credit.admission.admission_texts import (
    admission_words,
    facts_words,
    scenario_words,
    terms_words,
)
from supplyrisk.graph.credit.admission.scenario_policy import PolicyScenario, ScenarioTerms
from supplyrisk.graph.credit.admission.scenario_terms import strictest_terms, without_keys_of
from supplyrisk.graph.credit.admission.shop_kind import ShopKind
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.texts.text_files import Words

NO_TERMS = ScenarioTerms()
_STATE_CODES = {
    AdmissionState.CEILING: "CEILING",
    AdmissionState.NO_GAIN: "NO_GAIN",
    AdmissionState.NO_PD: "NO_PD",
    AdmissionState.OUTSIDE: "OUTSIDE",
}


@dataclass(frozen=True)
class ScenarioNote:
    """What became of a scenario that is for the shop: its name, a stable code, and a text."""

    scenario: Words
    code: str
    text: Words


@dataclass(frozen=True)
class ScenarioRuling:
    """The policy of a loan by the scenarios that apply.

    Parameters
    ----------
    policy: with all of them. standing: without the admission; the same where there is none.
    room: how much the admission may lift the limit, money; None without an admission.
    notes: on every scenario that is for the shop.
    """

    policy: Policy
    standing: Policy
    room: float | None
    notes: tuple[ScenarioNote, ...]


@dataclass(frozen=True)
class ScenarioCase:
    """What the choice of scenarios rests on.

    Parameters
    ----------
    policy: as its file states it. kind: of the shop. firm: its id. as_of: the day.
    admissions: the list that holds for this policy, lender and day; None (default): there is none.
    is_outdated: whether there is a list, but of other data or scores; False by default.
    """

    policy: Policy
    kind: ShopKind
    firm: str
    as_of: date
    admissions: AdmissionList | None = None
    is_outdated: bool = False

    def ruling(self, request: LoanRequest) -> ScenarioRuling:
        """Return the policy of a loan."""
        terms, notes = self._standing(request)
        standing = self.policy.under(terms)
        scenario, more = self._admission(request)
        notes += more
        if scenario is None:
            return ScenarioRuling(standing, standing, None, tuple(notes))
        admission = self._admission_of(scenario)
        row = admission.row_of(self.firm) if admission else None
        if admission is None or row is None or row.state is not AdmissionState.ADMITTED:
            return ScenarioRuling(standing, standing, None, tuple(notes))
        loosened = self.with_admission(scenario, request)
        return ScenarioRuling(loosened, standing, row.room, tuple(notes))

    def with_admission(self, scenario: PolicyScenario, request: LoanRequest) -> Policy:
        """Return the policy of a loan with an admission, whether or not the shop is in its list."""
        terms, _ = self._standing(request)
        stated = without_keys_of(scenario.terms, terms)
        return self.policy.under(stated.filled_from(terms.filled_from(self.policy.own_terms)))

    def admission_for(self, request: LoanRequest) -> PolicyScenario | None:
        """Return the admission whose conditions a loan meets, whether or not there is a list; None without one."""
        return self._admission(request)[0]

    def _standing(self, request: LoanRequest) -> tuple[ScenarioTerms, list[ScenarioNote]]:
        """Return the terms of the scenarios without a ceiling, and the notes on all of these."""
        notes = []
        possible: list[PolicyScenario] = []
        first: PolicyScenario | None = None
        for scenario in self._for_shop(request, admissions=False):
            note = self._refused(scenario, request)
            if note is None and first is not None:
                note = self._note(scenario, "LATER", name=scenario_words(first))
            if note is not None:
                notes.append(note)
                continue
            possible.append(scenario)
            if not self.kind.unknown(scenario.when):
                first = scenario
        if len(possible) == 1 and first is not None:
            return first.terms, [self._note(first, "APPLIED", keys=terms_words(first.terms)), *notes]
        for scenario in possible:
            unknown = self.kind.unknown(scenario.when)
            code = "STRICTER" if unknown else "STRICTER_TOO"
            notes.append(self._note(scenario, code, unknown=facts_words(unknown)))
        if not possible:
            return NO_TERMS, notes
        return strictest_terms(self.policy.own_terms, [s.terms for s in possible]), notes

    def _admission(self, request: LoanRequest) -> tuple[PolicyScenario | None, list[ScenarioNote]]:
        """Return the admission whose conditions are met, and the notes on all admissions."""
        notes = []
        first: PolicyScenario | None = None
        met: PolicyScenario | None = None
        for scenario in self._for_shop(request, admissions=True):
            note = self._refused(scenario, request)
            unknown = self.kind.unknown(scenario.when)
            if note is None and first is not None:
                note = self._note(scenario, "LATER", name=scenario_words(first))
            elif note is None and unknown:
                # It may be the one for this shop, so that no later one takes its place.
                first = scenario
                note = self._note(scenario, "UNKNOWN", unknown=facts_words(unknown))
            elif note is None:
                first = scenario
                note = self._listed(scenario, request)
                if note.code != "LGD":
                    met = scenario
            notes.append(note)
        return met, notes

    def _for_shop(self, request: LoanRequest, *, admissions: bool) -> Iterator[PolicyScenario]:
        """Yield the scenarios of one sort that may be for such a shop and product."""
        for scenario in self.policy.scenarios:
            when = scenario.when
            for_product = not when.product or request.product in when.product
            if scenario.is_admission is admissions and for_product and not self.kind.unmet(when):
                yield scenario

    def _refused(self, scenario: PolicyScenario, request: LoanRequest) -> ScenarioNote | None:
        """Return why a scenario for such a shop is not for this day or term; None where it is."""
        last_day = self.policy.last_day(scenario)
        if last_day is not None and self.as_of > last_day:
            return self._note(scenario, "EXPIRED", day=last_day)
        first_day = self.policy.first_day(scenario)
        if first_day is not None and self.as_of < first_day:
            return self._note(scenario, "NOT_BEGUN", day=first_day)
        longest = scenario.when.longest_days
        if longest is not None and request.days > longest:
            return self._note(scenario, "TERM", days=longest)
        return None

    def _admission_of(self, scenario: PolicyScenario) -> Admission | None:
        return self.admissions.of_scenario(scenario.name) if self.admissions else None

    def _listed(self, scenario: PolicyScenario, request: LoanRequest) -> ScenarioNote:
        """Return what the admission list says of the shop."""
        if request.lgd is not None and request.lgd > self.policy.loss.lgd_of(request.product):
            return self._note(scenario, "LGD")
        admission = self._admission_of(scenario)
        if admission is None:
            return self._note(scenario, "OTHER_SCORES" if self.is_outdated else "NO_LIST")
        row = admission.row_of(self.firm)
        if row is None:
            return self._note(scenario, "NOT_EXAMINED")
        if row.state is not AdmissionState.ADMITTED:
            return self._note(scenario, _STATE_CODES[row.state], ceiling=admission.ceiling)
        terms, _ = self._standing(request)
        return self._note(
            scenario,
            "ADMITTED",
            keys=terms_words(without_keys_of(scenario.terms, terms)),
            extra=row.extra_el,
            shops=len(admission.admitted),
            total=admission.extra_el,
            ceiling=admission.ceiling,
            day=admission.last_day,
        )

    def _note(self, scenario: PolicyScenario, code: str, **figures: object) -> ScenarioNote:
        return ScenarioNote(scenario_words(scenario), code, admission_words(f"note.{code}", **figures))


def on_first_day(case: ScenarioCase, scenario: PolicyScenario) -> ScenarioCase:
    """Return a case on the first day of a scenario's campaign, where that is still to come: for a preview of it."""
    first_day = case.policy.first_day(scenario)
    return case if first_day is None else replace(case, as_of=max(case.as_of, first_day))
