"""Admissions: which shops the admissions of a policy would admit, with their extra EL under the ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk.graph import DEFAULTED, RequestError, Workspace, document_json, to_json, write_text
from supplyrisk.graph.credit import (
    Admission,
    AdmissionCandidate,
    AdmissionList,
    AdmissionState,
    ExpectedLoss,
    LoanDesk,
    LoanRequest,
    Policy,
    PolicyScenario,
    admitted_under,
    as_measured,
    borrowers_of,
    check_currency,
    credit_limit,
    limit_facts,
    on_first_day,
    read_policy,
)
from supplyrisk.graph.workspace.score_source import SCORED_BY, ScoreSource
from supplyrisk.services.check import find_shop
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import JobProgress, silent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AdmissionsResult:
    """The admissions of a policy on the day of the graph; amounts are in `currency`.

    Parameters
    ----------
    policy, name: hash and name of the policy.
    lender: whose borrowers are examined; None: the named shops alone.
    shops: number of shops that were examined.
    admissions: in the order of the policy; those that have expired have no shops.
    expired: names of the scenarios that have expired.
    stored: file of the list that checks use; None: a preview.
    """

    policy: str
    name: str
    as_of: date
    data: str
    currency: str
    lender: str | None
    shops: int
    admissions: tuple[Admission, ...]
    expired: tuple[str, ...]
    scored_by: ScoreSource | None
    stored: Path | None = None

    def has_begun(self, admission: Admission) -> bool:
        """Whether the first day of an admission has come."""
        return admission.first_day is None or admission.first_day <= self.as_of

    def rows(self) -> list[dict[str, object]]:
        """A row per admission and shop, in the order of admission."""
        return [
            {"scenario": admission.scenario} | document_json(row)
            for admission in self.admissions
            for row in admission.rows
        ]

    def to_json(self) -> Document:
        """The admissions as a JSON document: EL of each first, then a row per admission and shop."""
        totals = [
            {
                "scenario": admission.scenario,
                "extra_el": admission.extra_el,
                "ceiling": admission.ceiling,
                "asked_el": admission.asked_el,
                "admitted": len(admission.admitted),
                "examined": len(admission.rows),
                "campaign": admission.campaign,
                "first_day": admission.first_day,
                "last_day": admission.last_day,
                "has_expired": admission.scenario in self.expired,
                "product": admission.product,
                "days": admission.days,
            }
            for admission in self.admissions
        ]
        return document(
            "admissions",
            self.rows(),
            about={"as_of": self.as_of, SCORED_BY: self.scored_by},
            lender=self.lender,
            shops=self.shops,
            currency=self.currency,
            policy={"name": self.name, "hash": self.policy},
            totals=totals,
            data=self.data,
        )

    def to_frame(self) -> pd.DataFrame:
        """A row per admission and shop."""
        frame: pd.DataFrame = pa.Table.from_pylist(self.rows()).to_pandas()
        return frame


def admissions(
    workspace: Workspace,
    lender: str | None = None,
    *,
    policy: Path,
    shops: Sequence[str] = (),
    campaign: str | None = None,
    apply: bool = False,
    progress: JobProgress = silent,
) -> AdmissionsResult:
    """Compute which shops the admissions of a policy admit: its scenarios with a ceiling on the extra EL.

    The extra EL of a shop is PD over the longest term x LGD x EAD of what the admission adds to its limit. Shops are
    admitted in the order of their PD over the horizon, the lowest first, until the next one would lift the sum above
    the ceiling. An admission whose campaign is still to come is computed as on its first day.

    Parameters
    ----------
    lender: whose borrowers are examined, with its concentration limits; None: no lender's.
    policy: the policy file.
    shops: firm_ids or names of further shops; without a lender, of all.
    campaign: only admissions of this campaign; None: all. A stored list always has all.
    apply: store the list, which checks of this policy, lender and day then use; False: a preview.

    Raises
    ------
    RequestError: neither lender nor shops; a policy without admissions, or without any of that campaign.
    DataError: scores, graph, data and policy do not belong together; the lender has no lines.
    """
    rules = read_policy(policy)
    scenarios = [scenario for scenario in rules.scenarios if scenario.is_admission]
    if not scenarios:
        raise RequestError(
            f"policy {policy} has no admission", "a [[scenario]] with extra_el, the ceiling on the extra EL"
        )
    shown = [s for s in scenarios if campaign is None or s.when.campaign == campaign]
    if not shown:
        known = sorted({s.when.campaign for s in scenarios if s.when.campaign})
        raise RequestError(
            f"no admission of campaign {campaign!r}", ", ".join(known) or "none has a campaign"
        )
    if lender is None and not shops:
        raise RequestError("neither a lender nor shops", "a lender_id, or shops by firm_id or name")
    check_currency(workspace.info(), rules)
    with workspace.open_graph() as store:
        desk = LoanDesk(workspace, store)
        # One changed byte in the scores would change every figure.
        _ = desk.score_hashes
        borrowers = [row.firm for row in borrowers_of(store, lender)] if lender else []
        firms = sorted({*borrowers, *(find_shop(store, shop) for shop in shops)})
        examined = scenarios if apply else shown
        computed = []
        for scenario in examined:
            progress(f"limits under {scenario.name}")
            computed.append(_admission(desk, scenario, firms, lender, rules))
        model = _model_of(workspace, desk.as_of)
        listed = AdmissionList(
            rules.hash, desk.as_of, desk.info.content_hash, desk.scores_digest, lender, tuple(computed)
        )
        stored = _store(workspace, listed) if apply else None
        return AdmissionsResult(
            policy=rules.hash,
            name=rules.name,
            as_of=desk.as_of,
            data=desk.info.content_hash,
            currency=rules.currency,
            lender=lender,
            shops=len(firms),
            admissions=tuple(a for a in computed if campaign is None or a.campaign == campaign),
            expired=tuple(a.scenario for a in computed if a.last_day < desk.as_of),
            scored_by=ScoreSource.of_day(workspace.layout, desk.as_of, model),
            stored=stored,
        )


def _model_of(workspace: Workspace, as_of: date) -> str:
    return str(workspace.scores(as_of)["model"][0].as_py())


def _store(workspace: Workspace, listed: AdmissionList) -> Path:
    path = workspace.layout.admissions_file(listed.as_of, listed.policy, listed.lender)
    path.parent.mkdir(exist_ok=True)
    write_text(path, to_json(document_json(listed)) + "\n")
    return path


def _admission(
    desk: LoanDesk,
    scenario: PolicyScenario,
    firms: Iterable[str],
    lender: str | None,
    policy: Policy,
) -> Admission:
    (product,) = scenario.when.product
    days = scenario.when.longest_days
    last_day = policy.last_day(scenario)
    ceiling = scenario.extra_el
    # The policy file is refused without them.
    assert days is not None  # noqa: S101
    assert last_day is not None  # noqa: S101
    assert ceiling is not None  # noqa: S101
    candidates: list[AdmissionCandidate] = []
    if desk.as_of <= last_day:
        # The amount does not change the limit.
        request = LoanRequest(policy.amount.minimum or 1.0, days, product, lender=lender)
        shops = (_candidate(desk, firm, request, scenario, policy) for firm in firms)
        candidates = [shop for shop in shops if shop is not None]
    return Admission(
        scenario=scenario.name,
        campaign=scenario.when.campaign,
        first_day=policy.first_day(scenario),
        last_day=last_day,
        product=product,
        days=days,
        ceiling=ceiling,
        rows=admitted_under(candidates, ceiling),
    )


def _candidate(
    desk: LoanDesk, firm: str, request: LoanRequest, scenario: PolicyScenario, policy: Policy
) -> AdmissionCandidate | None:
    """The shop with its limits without and with an admission; None where its conditions are not met."""
    inputs = desk.limit_inputs(firm, request, policy)
    # The policy has scenarios.
    assert inputs.scenarios is not None  # noqa: S101
    case = on_first_day(inputs.scenarios, scenario)
    if case.admission_for(request) != scenario:
        return None
    standing = case.ruling(request).standing
    loosened = case.with_admission(scenario, request)
    measured = as_measured(inputs, loosened)
    limit_without = credit_limit(limit_facts(measured, standing), standing).amount
    limit = credit_limit(limit_facts(measured, loosened), loosened).amount
    score = measured.scores.score
    pd_term = score.over_term(score.pd, request.days)
    gain = limit - limit_without
    state = AdmissionState.ADMITTED
    if score.state == DEFAULTED or score.pd is None or pd_term is None:
        state = AdmissionState.NO_PD
    elif score.pd >= policy.conclusion.outside_pd:
        state = AdmissionState.OUTSIDE
    elif gain <= 0:
        state = AdmissionState.NO_GAIN
    extra_el = 0.0
    if state is AdmissionState.ADMITTED:
        ead = LoanRequest(gain, request.days, request.product).ead(policy)
        extra_el = ExpectedLoss(pd_term or 0.0, policy.loss.lgd_of(request.product), ead).el
    return AdmissionCandidate(
        firm=firm,
        name=inputs.shop.profile.name,
        grade=score.grade,
        pd=score.pd,
        pd_term=pd_term,
        limit_without=limit_without,
        limit=limit,
        extra_el=extra_el,
        state=state,
    )
