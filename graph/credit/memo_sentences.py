"""The sentences of a credit memo in English and Chinese, by stable code, with named figures.

The texts of reasons are in `supplyrisk.gnn.explain.reason_texts`, where scores are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from supplyrisk.graph.texts.figures import fill

LANGUAGES = ("en", "zh")
"""Languages, in the order of the texts in Words."""
Words = tuple[str, str]

# Keys are the values of Verdict, which documents store.
CONCLUSIONS: dict[str, Words] = {
    "within policy": ("within policy", "符合授信政策"),
    "refer": ("refer", "转人工审查"),
    "outside policy": ("outside policy", "不符合授信政策"),
    "insufficient evidence": ("insufficient evidence", "依据不足"),
}
RULES: dict[str, Words] = {
    "MOST": ("maximum amount", "单笔最高金额"),
    "GRADE": ("cap by grade", "评级限额"),
    "COVERAGE": ("data coverage", "数据覆盖率"),
    "TURNOVER": ("share of turnover", "营业额占比"),
    "DEPENDENCE": ("dependence on one counterparty", "单一交易对手依赖度"),
    "SINGLE_NAME": ("single-name concentration", "单户集中度"),
    "COUNTERPARTY": ("borrowers sharing one counterparty", "共同交易对手集中度"),
    "LEAST": ("minimum amount", "最低金额"),
}
STRESSES: dict[str, Words] = {
    "SUPPLIER": ("largest supplier stops operating", "最大供应商停产"),
    "CUSTOMER": ("largest customer stops operating", "最大客户停产"),
    "CARRIER": ("main carrier stops operating", "主要承运商停运"),
    "REGION": ("all other firms in its region stop operating", "本地区其他企业全部停产"),
}
SOURCES: dict[str, Words] = {
    "activity": ("activity", "经营记录"),
    "purchases": ("purchases", "采购"),
    "deliveries": ("deliveries", "供货"),
    "statements": ("statements", "财务报表"),
}
# A finding has two texts: the finding itself, and what would change it (a noun phrase, code + "_CHANGE").
_FINDINGS: dict[str, Words] = {
    "DEFAULTED": ("the firm is in default", "该企业处于违约状态"),
    "DEFAULTED_CHANGE": (
        "the default is cured and the firm is readmitted",
        "违约处置完毕并重新准入",
    ),
    "THIN_NO_PD": ("no PD is available for the firm", "该企业没有违约概率"),
    "THIN_COVERAGE": (
        "data coverage is {coverage:percent.0}; at least {least:percent.0} is required",
        "数据覆盖率为 {coverage:percent.0}，最低要求为 {least:percent.0}",
    ),
    "THIN_SCORE": (
        "too little is known about the firm for a meaningful PD",
        "该企业数据过少，违约概率不具参考意义",
    ),
    "THIN_CHANGE": ("more data sources, or more recent data", "补充数据来源或提供更新的数据"),
    "PD": (
        "the PD over the model's horizon is {pd:percent}; the policy threshold is {bound:percent}",
        "预测期违约概率为 {pd:percent}，政策阈值为 {bound:percent}",
    ),
    "PD_CHANGE": ("a PD below {bound:percent}", "违约概率低于 {bound:percent}"),
    # side and state are sentences of their own: purchases or sales, in_default or at_pd.
    "SOLE": (
        "{share:percent.0} of its {side} depend on {firm}, which {state}",
        "{share:percent.0} 的{side}依赖 {firm}，该企业{state}",
    ),
    "SOLE_CHANGE": ("an alternative supplier to {firm}", "引入 {firm} 以外的供应商"),
    "SOLE_CHANGE_SALES": ("an alternative customer to {firm}", "引入 {firm} 以外的客户"),
    "purchases": ("purchases", "采购"),
    "sales": ("sales", "销售"),
    "in_default": ("is in default", "已违约"),
    "at_pd": ("has a PD of {pd:percent}", "违约概率为 {pd:percent}"),
    "RING": ("the firm is part of a guarantee ring: {firms}", "该企业处于互保圈内：{firms}"),
    "RING_CHANGE": ("release from the guarantees within the ring", "解除互保圈内的担保"),
    "CAUGHT": (
        "{caught:percent.0} of its hazard is contagion received from other firms",
        "违约强度的 {caught:percent.0} 由其他企业传染而来",
    ),
    "CAUGHT_CHANGE": ("a share of contagion below {bound:percent.0}", "传染占比低于 {bound:percent.0}"),
    "STRESS": (
        "the PD over the model's horizon is {pd:percent} in the most severe stress",
        "最严重压力情景下预测期违约概率为 {pd:percent}",
    ),
    "STRESS_CHANGE": ("a stressed PD below {bound:percent}", "压力情景下违约概率低于 {bound:percent}"),
    "TURNOVER_UNKNOWN": (
        "turnover is unknown, so the limit does not take it into account",
        "营业额未知，授信额度的测算未考虑营业额",
    ),
    "TURNOVER_UNKNOWN_CHANGE": ("sales figures for the last 180 days", "提供最近 180 天的销售额"),
    "NO_LIMIT": ("the limit is 0 under the rule “{rule}”", "按“{rule}”规则，授信额度为 0"),
    "AMOUNT": (
        "the requested amount of {amount:money} exceeds the limit of {limit:money} under the rule “{rule}”",
        "申请金额 {amount:money} 超过按“{rule}”规则核定的授信额度 {limit:money}",
    ),
    "AMOUNT_CHANGE": ("an amount of at most {limit:money}", "申请金额不超过 {limit:money}"),
}
_LIFTS: dict[str, Words] = {
    "LIFT_MOST": ("a policy with a higher maximum amount", "提高授信政策的单笔最高金额"),
    "LIFT_GRADE": ("a better grade", "评级提高"),
    "LIFT_COVERAGE": ("more data sources, or more recent data", "补充数据来源或提供更新的数据"),
    "LIFT_TURNOVER": ("a higher turnover, or a longer term", "营业额提高或期限延长"),
    "LIFT_DEPENDENCE": (
        "an alternative supplier or customer, or a better grade",
        "引入其他供应商或客户，或评级提高",
    ),
    "LIFT_SINGLE_NAME": ("repayment of its debt to this lender", "偿还对该贷款机构的欠款"),
    "LIFT_COUNTERPARTY": (
        "repayment by borrowers that depend on the same counterparty",
        "依赖同一交易对手的借款人还款",
    ),
}
"""By rule, what would raise a limit of 0."""
_WHYS: dict[str, Words] = {
    "MOST_WHY": ("the maximum for one decision", "单笔审批的最高金额"),
    "GRADE_WHY": ("the cap of grade {grade}", "{grade} 级的评级限额"),
    "GRADE_NO_PD": ("no PD is available for the firm", "该企业没有违约概率"),
    "COVERAGE_BELOW": (
        "data coverage of {coverage:percent.0} is below the required {least:percent.0}",
        "数据覆盖率 {coverage:percent.0} 低于要求的 {least:percent.0}",
    ),
    "COVERAGE_ENOUGH": (
        "data coverage of {coverage:percent.0} is sufficient",
        "数据覆盖率 {coverage:percent.0}，符合要求",
    ),
    "TURNOVER_NONE": ("turnover is unknown", "营业额未知"),
    "TURNOVER_WHY": (
        "{share:percent.0} of a turnover of {turnover:money} over the term",
        "期限内营业额 {turnover:money} 的 {share:percent.0}",
    ),
    "DEPENDENCE_NONE": ("no trade is recorded", "无交易记录"),
    "DEPENDENCE_WHY": (
        "one counterparty accounts for {share:percent.0} of its trade, so {factor:percent.0} of the grade's "
        "cap applies",
        "单一交易对手占其交易的 {share:percent.0}，适用评级限额的 {factor:percent.0}",
    ),
    "NO_BOOK": ("no loan book was provided", "未提供贷款组合"),
    "SINGLE_NAME_WHY": ("at most {share:percent.0} of the loan book", "不超过贷款组合的 {share:percent.0}"),
    "COUNTERPARTY_WHY": (
        "borrowers with a tenth or more of their trade with {firm} owe {owed:money}; "
        "at most {share:percent.0} of the loan book is allowed",
        "一成及以上交易依赖 {firm} 的借款人合计欠款 {owed:money}，不得超过贷款组合的 {share:percent.0}",
    ),
    "any_firm": ("any one firm", "任一企业"),
    "LEAST_WHY": (
        "the rule “{rule}” allows {amount:money}, which is below the minimum of {least:money}",
        "按“{rule}”规则仅可授信 {amount:money}，低于最低金额 {least:money}",
    ),
}
_NOTES: dict[str, Words] = {
    "BASELINE_SCORE": (
        "scored by {model}, a baseline that does not separate own, context and caught",
        "由基准模型 {model} 评分，不区分自身、环境与传染",
    ),
    "EXPERT_SCORE": (
        "scored by the expert scorecard {model}: its effects, and the transmissions behind contagion received, are "
        "stated by credit practice and not learned from defaults",
        "由专家评分卡 {model} 评分：各项权重及风险传导强度由授信经验设定，并非由违约样本估计",
    ),
    "UPSTREAM_UNOBSERVED": (
        "suppliers (not recorded for producers and exporters: unknown, not none)",
        "供应商（生产商和出口商的供应商未登记：情况未知，并非没有）",
    ),
    "LGD_POLICY": ("the policy", "授信政策"),
    "LGD_REQUEST": ("the request", "本次申请"),
}
# One dictionary of all codes: the prefixes keep rules, stresses and sources from clashing with findings.
PHRASES: dict[str, Words] = {
    **CONCLUSIONS,
    **{f"rule.{code}": words for code, words in RULES.items()},
    **{f"stress.{code}": words for code, words in STRESSES.items()},
    **{f"source.{code}": words for code, words in SOURCES.items()},
    **_FINDINGS,
    **_LIFTS,
    **_WHYS,
    **_NOTES,
}
"""All phrases by code."""


@dataclass(frozen=True)
class Sentence:
    """A sentence: its code and its figures by name; a figure may be a Sentence, written in the same language."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """Return the sentence in a language: "en" (default) or "zh"."""
        values = {n: v.text(lang) if isinstance(v, Sentence) else v for n, v in self.values.items()}
        return fill(PHRASES[self.code][LANGUAGES.index(lang)], **values)

    def both(self, name: str) -> dict[str, str]:
        """Return the sentence as two fields of a document: `name` in English, `name`_zh in Chinese."""
        return {name: self.text(), f"{name}_zh": self.text("zh")}


def write_sentence(code: str, **values: object) -> Sentence:
    """Return the sentence of a code with its figures."""
    return Sentence(code, values)
