"""Check a loan request of a shop that is not in the data: a thin file, scored from the facts that it states."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from supplyrisk import gnn
from supplyrisk.graph import FEATURES, SCORED, DataError, RequestError, Words, Workspace, to_json
from supplyrisk.graph.credit import (
    LoanMemo,
    LoanRequest,
    Policy,
    ThinFacts,
    ThinFileSection,
    example_facts,
    keep_ranking_evidence,
    memo_of,
    memo_words,
    policy_text,
    read_policy,
    stated_scenarios,
    thin_inputs,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.expert_mark import EXPERT
from supplyrisk.graph.schema.strict_toml import parse_toml
from supplyrisk.graph.texts.figures import percent
from supplyrisk.services.check import ORDER, CheckResult, record_check
from supplyrisk.services.preparation import Preparation
from supplyrisk.services.progress import FEATURES as READING
from supplyrisk.services.progress import JobProgress, silent

MODEL = f"thin file/{EXPERT}"
"""The scorer of a thin file in memos."""
MOST_REASONS = 3
"""Facts that a memo names as reasons, the riskiest first."""


@dataclass(frozen=True)
class RankedAmong:
    """The firms that a shop is ranked among. data: hash of what they are from. synthetic: whether they are made up."""

    firms: gnn.ThinReference
    data: str
    synthetic: bool


def check_facts(
    workspace: Workspace,
    facts: Path,
    *,
    amount: float,
    days: int,
    product: str = ORDER,
    lgd: float | None = None,
    other_debt: float | None = None,
    rate: float | None = None,
    policy: Path | None = None,
    prepared_by: str | None = None,
    record: bool = True,
    command: str | None = None,
    progress: JobProgress = silent,
) -> CheckResult:
    """Write the memo of a shop that is not in the data, from a file with its facts.

    The expert scorecard scores it, ranked among the firms of the workspace; without data in the workspace, among those
    of a shipped table. The policy is the same, and always refers: nothing that the shop states is verified.

    Parameters
    ----------
    facts: the file; `facts_example` is one. amount, days, product, lgd, other_debt, rate, policy, prepared_by,
        command: as of `check`.
    record: append the memo to the audit log; a folder without data has none.

    Raises
    ------
    RequestError: an amount, term, product or LGD out of range.
    DataError: the file cannot be read or has faults (all are listed), or is in another currency than the policy.
    """
    text = _text_of(facts)
    stated = parse_toml(text, ThinFacts, f"facts {facts}")
    rules = read_policy(policy)
    request = LoanRequest(amount, days, product, lgd, other_debt=other_debt, rate=rate)
    faults = request.faults()
    if faults:
        raise RequestError("; ".join(faults))
    prepared = Preparation.now(prepared_by)
    if stated.currency != rules.currency:
        raise DataError(
            f"the facts are in {stated.currency}, the policy is in {rules.currency}",
            "the same currency in both",
            f"name a policy in {stated.currency} with --policy",
        )
    progress(READING)
    has_data = workspace.layout.pointer.is_file()
    reference = ranked_among(workspace) if has_data else shipped_table()
    result = CheckResult(thin_memo(stated, request, rules, reference), prepared=prepared)
    if not (record and has_data):
        return result
    evidence = keep_ranking_evidence(workspace, last_scored_day(workspace), policy_text(policy))
    return record_check(workspace, result, request, evidence, command, facts=text)


def facts_example() -> str:
    """The text of a file with facts, with its comments."""
    return example_facts()


def ranked_among(workspace: Workspace) -> RankedAmong:
    """The firms of a workspace on the last scored day, else on the last day of the data.

    Their base rate is the mean PD of the scores; without any, that of the shipped table.
    """
    info = workspace.info()
    day = last_scored_day(workspace)
    horizon = defaults.HORIZON_DAYS
    base_rate = gnn.ThinReference.shipped().base_rate
    basis = "assumed"
    if day is not None:
        scores = workspace.scores(day)
        pds = [pd for pd in scores["pd"].to_pylist() if pd is not None]
        if pds and scores["horizon_days"][0].as_py() is not None:
            horizon = int(scores["horizon_days"][0].as_py())
            base_rate = sum(pds) / len(pds)
            basis = "the mean PD of its scores"
    snapshot = workspace.snapshot(day, horizon_days=horizon)
    rate = f"base rate {percent(base_rate)} in {horizon} days, {basis}"
    source = f"the firms of {info.name} as of {snapshot.as_of}; {rate}"
    firms = gnn.ThinReference.of_snapshot(snapshot, base_rate, source)
    return RankedAmong(firms, info.content_hash, info.synthetic)


def last_scored_day(workspace: Workspace) -> date | None:
    """The last day that was scored; None where none was, or the data are undated."""
    return max((day for day in workspace.scored_days() if day is not None), default=None)


def shipped_table() -> RankedAmong:
    """The shipped table of quantiles."""
    firms = gnn.ThinReference.shipped()
    digest = hashlib.sha256(to_json(firms.to_json()).encode()).hexdigest()
    return RankedAmong(firms, digest, synthetic=True)


def thin_memo(facts: ThinFacts, request: LoanRequest, policy: Policy, reference: RankedAmong) -> LoanMemo:
    """The memo of a shop by its facts and the firms that it is ranked among."""
    firms = reference.firms
    score = firms.score_facts(facts.features(), facts.industry, facts.region)
    section = ThinFileSection.of(
        reference=firms.source,
        base_rate=firms.base_rate,
        group=score.group,
        peers=score.peers,
        riskier_than=score.riskier_than,
        known=score.known,
        worst_pd=score.worst_pd,
        worst_grade=gnn.grade(score.worst_pd),
    )
    row = {
        "pd": score.pd,
        "grade": gnn.grade(score.pd),
        "points": gnn.points(score.pd),
        "state": SCORED,
        "model": MODEL,
        "as_of": facts.as_of,
        "horizon_days": firms.horizon_days,
        "coverage": score.known,
        "degraded": False,
        "synthetic_model": reference.synthetic,
        "reasons": [_reason(part) for part in score.parts[:MOST_REASONS] if part.log_odds > 0],
        "neighbours": [],
    }
    inputs = thin_inputs(facts, request, row, section)
    return LoanMemo(
        sections=memo_of(replace(inputs, scenarios=stated_scenarios(inputs, policy)), policy),
        as_of=facts.as_of,
        model=MODEL,
        degraded=False,
        synthetic=False,
        synthetic_model=reference.synthetic,
        data=reference.data,
    )


def _reason(part: gnn.FactPart) -> dict[str, Any]:
    feature = next(feature for feature in FEATURES if feature.name == part.column)
    fact = Words(feature.en or feature.meaning, feature.zh)
    text = memo_words("thin_file.reason", fact=fact, share=part.riskier_than)
    return {
        "code": f"OWN_{feature.base_name.upper()}",
        "share": None,
        "text": text.en,
        "text_en": text.en,
        "text_zh": text.zh,
    }


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(
            f"facts {path} cannot be read ({fault})",
            "a TOML file in UTF-8",
            "scgraph check --show-facts prints an example",
        ) from fault
