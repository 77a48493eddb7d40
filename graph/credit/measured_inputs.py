"""The inputs of a memo as a policy measures them: what is too old for it is missing, and so is a PD on thin data."""

from __future__ import annotations

from dataclasses import replace

from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.policy import Policy


def as_measured(inputs: MemoInputs, policy: Policy) -> MemoInputs:
    """Return the inputs as the policy measures them: what is too old for it is missing.

    The coverage is by the policy's list; where that is too low for a grade, there is no PD.
    """
    score = inputs.scores.score
    profile = inputs.shop.profile.with_fresh_turnover(policy.turnover.days)
    inputs = replace(inputs, shop=replace(inputs.shop, profile=profile))
    score = replace(score, coverage=score.coverage_by(policy.coverage))
    if score.insufficient or score.coverage < policy.coverage.minimum:
        # Without a PD there is no expected loss and no stress either, and no network's PD to compare them with.
        score = score.without_pd()
        # Stages and allowances of existing lines stay: they are the lender's accounts, not an opinion of the firm.
        lines = tuple(
            replace(line, risk=replace(line.risk, pd_life=None, pd_life_origination=None))
            for line in inputs.existing
        )
        inputs = replace(inputs, network_pd=None, existing=lines)
    return replace(inputs, scores=replace(inputs.scores, score=score))
