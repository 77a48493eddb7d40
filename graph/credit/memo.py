"""The credit memo of a shop: profile, risk, supply chain, expected loss, limit and conclusion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from supplyrisk.graph.credit.collateral import Collateral, loss_severity
from supplyrisk.graph.credit.conditions import suggested_conditions
from supplyrisk.graph.credit.expected_loss import ExpectedLoss
from supplyrisk.graph.credit.farming.crop_cover import CropCover, with_crop_cover
from supplyrisk.graph.credit.loan_request import LoanRequest, lines_by_product
from supplyrisk.graph.credit.measured_inputs import as_measured
from supplyrisk.graph.credit.memo_document import (
    BookSection,
    DataSource,
    EconomicsSection,
    LossSection,
    Memo,
    PolicyStamp,
    RequestSection,
    RiskSection,
    ShopSection,
    StressLoss,
    section_of,
)
from supplyrisk.graph.credit.memo_inputs import MemoInputs, MemoStress
from supplyrisk.graph.credit.memo_sections import SECTIONS
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.policy_result import apply_policy
from supplyrisk.graph.credit.request_economics import request_economics, unsecured_lgd
from supplyrisk.graph.credit.score_history import ScoreHistory, StoredScore
from supplyrisk.graph.credit.shop_chain import chain_of
from supplyrisk.graph.credit.shop_facts import ShopFacts
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.expert_mark import scored_by_expert
from supplyrisk.graph.texts.text_files import Words

SCHEMA = "scgraph.check/1"


def memo_of(inputs: MemoInputs, policy: Policy) -> Memo:
    """Return the memo.

    Raises
    ------
    DataError: the request is invalid, see `LoanRequest.faults` and `pd_over_term`.
    """
    request = inputs.request
    if inputs.scenarios is not None:
        policy = inputs.scenarios.ruling(request).policy
    inputs = as_measured(inputs, policy)
    faults = request.faults()
    # Invalid requests are refused before anything is computed from them.
    if faults:
        raise DataError("; ".join(faults))
    result = apply_policy(inputs, policy)
    conditions = suggested_conditions(inputs, policy, result)
    inputs = replace(inputs, backing=result.backing, conditions=conditions)
    # Before the queries are listed: a section may run some of its own.
    tables = tuple(record.build(inputs) for record in SECTIONS if record.applies(inputs))
    return Memo(
        shop=_shop_section(inputs.shop, inputs.scores),
        request=RequestSection(**vars(request), currency=inputs.currency),
        risk=_risk_section(inputs.scores, request.days),
        chain=replace(
            chain_of(inputs.shop, inputs.scores.score, inputs.paths),
            horizon_days=inputs.scores.score.terms.horizon_days,
        ),
        loss=_loss_section(inputs, policy),
        book=_book_section(inputs),
        limit=result.limit,
        conclusion=result.conclusion,
        policy=PolicyStamp(policy.name, policy.hash, policy.currency),
        queries=tuple(inputs.shop.library.records),
        exposure=inputs.exposure,
        economics=_economics_section(inputs, policy),
        thin_file=inputs.thin_file,
        names=inputs.names,
        tables=tables,
    )


def _shop_section(shop: ShopFacts, scores: ScoreHistory) -> ShopSection:
    profile = shop.profile
    as_of = scores.score.as_of
    # The graph stores ages in days; the as-of day of the scores turns them into days.
    sources = tuple(
        DataSource(source, None if age is None else as_of - timedelta(days=age), age)
        for source, age in profile.source_ages.items()
    )
    missing = [memo_words(f"source.{source.source}") for source in sources if source.age_days is None]
    if profile.turnover is None and profile.turnover_age is not None:
        missing.append(memo_words("note.sales_stale", age=profile.turnover_age))
    if profile.upstream == "unobserved":
        missing.append(memo_words("note.upstream_unobserved"))
    return section_of(
        ShopSection,
        profile,
        coverage=scores.score.coverage,
        sources=sources,
        missing=tuple(gap.en for gap in missing),
        missing_zh=tuple(gap.zh for gap in missing),
    )


def _risk_section(scores: ScoreHistory, days: int) -> RiskSection:
    score = scores.score
    note = _score_note(score)
    return section_of(
        RiskSection,
        score,
        horizon_days=score.terms.horizon_days,
        beyond_horizon=score.terms.extrapolated(days),
        pd_term=score.over_term(score.pd, days),
        pd_term_low=score.over_term(score.pd_low, days),
        pd_term_high=score.over_term(score.pd_high, days),
        pd_term_low_90=score.over_term(score.pd_low_90, days),
        pd_term_high_90=score.over_term(score.pd_high_90, days),
        note=note.en if note else None,
        note_zh=note.zh if note else None,
        trajectory=scores.earlier,
        term_days=days,
    )


def _score_note(score: StoredScore) -> Words | None:
    """Return what a reader has to know about the scorer of a PD."""
    if score.pd is None:
        return None
    if scored_by_expert(score.model):
        # Without parts of the hazard the scorecard alone scored: a shop that is not in the data.
        if score.hazard is None:
            return memo_words("note.expert_own", model=score.model)
        return memo_words("note.expert", model=score.model)
    # A PD without own, context and caught comes from a baseline.
    return memo_words("note.baseline", model=score.model) if score.hazard is None else None


def _loss_section(inputs: MemoInputs, policy: Policy) -> LossSection:
    request = inputs.request
    score = inputs.scores.score
    pd = score.over_term(score.pd, request.days)
    unsecured = unsecured_lgd(request, policy)
    security = inputs.security.collateral
    crops = inputs.security.crops
    severity = loss_severity(request.ead(policy), unsecured, security, policy.collateral, policy.economics)
    lgd = with_crop_cover(severity, crops, policy.collateral.crop_insurance).lgd
    lgd_source = memo_words(f"note.lgd_{_lgd_source(request, security, crops)}")
    # Without a PD there is no EL, and no EL of stresses to compare with it.
    loss = None if pd is None else ExpectedLoss(pd, lgd, request.ead(policy))
    network_pd_term = score.over_term(inputs.network_pd, request.days)
    undisturbed = None if loss is None or network_pd_term is None else replace(loss, pd=network_pd_term)
    return LossSection(
        ead=request.ead(policy),
        lgd=lgd,
        el=None if loss is None else loss.el,
        stresses=() if loss is None else tuple(_stressed(s, inputs, loss) for s in inputs.stresses),
        lgd_from=lgd_source.en,
        lgd_from_zh=lgd_source.zh,
        network_pd=inputs.network_pd,
        lines=lines_by_product(inputs.shop.loans, policy),
        network_pd_term=network_pd_term,
        network_el=None if undisturbed is None else undisturbed.el,
        horizon_days=score.terms.horizon_days,
        term_days=request.days,
    )


def _lgd_source(request: LoanRequest, security: Collection[Collateral], crops: Collection[CropCover]) -> str:
    if request.lgd is not None:
        return "request"
    if any(cover.counted > 0 for cover in crops):
        return "collateral_crops" if security else "crops"
    return "collateral" if security else "policy"


def _economics_section(inputs: MemoInputs, policy: Policy) -> EconomicsSection | None:
    economics = request_economics(inputs, policy)
    if economics is None:
        return None
    return section_of(EconomicsSection, economics, collateral=inputs.security.notes)


def _stressed(stress: MemoStress, inputs: MemoInputs, loss: ExpectedLoss) -> StressLoss:
    """Return a stress with its PD over the term and its EL, by the LGD and EAD of the unstressed loss."""
    pd_term = inputs.scores.score.over_term(stress.pd, inputs.request.days)
    el = None if pd_term is None else replace(loss, pd=pd_term).el
    return StressLoss(**vars(stress), pd_term=pd_term, el=el)


def _book_section(inputs: MemoInputs) -> BookSection | None:
    lender = inputs.request.lender
    if lender is None or inputs.other_borrowers is None:
        return None
    others = inputs.other_borrowers
    horizon = inputs.scores.score.terms.horizon_days
    return BookSection(lender, inputs.book, others.added_el, others.borrowers, horizon)
