"""The sentences of a memo in English and Chinese, by stable codes; figures are filled in by name in both.

Reasons have their own words, where scores are made: `supplyrisk.gnn.explain.reason_texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "zh")
Words = tuple[str, str]

CONCLUSIONS: dict[str, Words] = {
    "within policy": ("within policy", "符合政策"),
    "refer": ("refer", "转人工审查"),
    "outside policy": ("outside policy", "不符合政策"),
    "insufficient evidence": ("insufficient evidence", "证据不足"),
}
RULES: dict[str, Words] = {
    "MOST": ("most", "政策上限"),
    "GRADE": ("cap of the grade", "等级上限"),
    "COVERAGE": ("coverage", "数据覆盖"),
    "TURNOVER": ("share of turnover", "营业额占比"),
    "DEPENDENCE": ("dependence on one counterparty", "单一交易对手依赖"),
    "SINGLE_NAME": ("one borrower's share of the book", "单户集中度"),
    "COUNTERPARTY": ("one common counterparty's share of the book", "同一交易对手集中度"),
    "LEAST": ("least amount", "最低金额"),
}
STRESSES: dict[str, Words] = {
    "SUPPLIER": ("its largest supplier stops", "最大供应商停产"),
    "CUSTOMER": ("its largest customer stops", "最大客户停产"),
    "CARRIER": ("its main carrier stops", "主要承运商停运"),
    "REGION": ("all other firms of its region stop", "本地区其他企业全部停产"),
}
SOURCES: dict[str, Words] = {
    "activity": ("activity", "经营记录"),
    "purchases": ("purchases", "采购"),
    "deliveries": ("deliveries", "供货"),
    "statements": ("statements", "财务报表"),
}
_FINDINGS: dict[str, Words] = {
    "DEFAULTED": ("it is in default", "该企业已违约"),
    "DEFAULTED_CHANGE": ("that it has been cured and joins anew", "违约已了结并重新入册"),
    "THIN_NO_PD": ("it has no PD", "没有违约概率"),
    "THIN_COVERAGE": (
        "coverage {coverage:.0%}, at least {least:.0%} is needed",
        "数据覆盖 {coverage:.0%}，至少需要 {least:.0%}",
    ),
    "THIN_SCORE": (
        "too little is known of it for its PD to mean anything",
        "已知信息过少，其违约概率没有意义",
    ),
    "THIN_CHANGE": ("more sources, or fresher ones", "更多或更新的数据来源"),
    "PD": (
        "PD {pd:.2%} over the horizon, the bound is {bound:.2%}",
        "观察期违约概率 {pd:.2%}，界限为 {bound:.2%}",
    ),
    "PD_CHANGE": ("a PD below {bound:.2%}", "违约概率低于 {bound:.2%}"),
    "SOLE": (
        "{share:.0%} of its {side} hang on {firm}, which is {state}",
        "{share:.0%} 的{side}依赖 {firm}，后者{state}",
    ),
    "SOLE_CHANGE": ("a second source beside {firm}", "在 {firm} 之外有第二个来源"),
    "SOLE_CHANGE_SALES": ("a second outlet beside {firm}", "在 {firm} 之外有第二个销路"),
    "purchases": ("purchases", "采购"),
    "sales": ("sales", "销售"),
    "in_default": ("in default", "已违约"),
    "at_pd": ("at PD {pd:.2%}", "违约概率为 {pd:.2%}"),
    "RING": ("it is part of a guarantee ring: {firms}", "它属于一个互保圈：{firms}"),
    "RING_CHANGE": ("a release from the guarantees of the ring", "解除该互保圈的担保"),
    "CAUGHT": (
        "{caught:.0%} of its hazard is caught from others",
        "风险强度的 {caught:.0%} 由其他企业传染而来",
    ),
    "CAUGHT_CHANGE": ("a share below {bound:.0%}", "占比低于 {bound:.0%}"),
    "STRESS": (
        "PD {pd:.2%} over the horizon under the worst stress",
        "最坏压力情景下观察期违约概率 {pd:.2%}",
    ),
    "STRESS_CHANGE": ("a stressed PD below {bound:.2%}", "压力情景下违约概率低于 {bound:.2%}"),
    "TURNOVER_UNKNOWN": (
        "its turnover is not known, so the limit rests on its grade alone",
        "营业额未知，额度仅以等级为依据",
    ),
    "TURNOVER_UNKNOWN_CHANGE": ("its sales of the last 180 days", "最近 180 天的销售额"),
    "NO_LIMIT": ("the limit is 0, by the rule “{rule}”", "按“{rule}”规则，额度为 0"),
    "AMOUNT": (
        "{amount:,.0f} is above the limit of {limit:,.0f}, which the rule “{rule}” sets",
        "{amount:,.0f} 高于按“{rule}”规则得出的额度 {limit:,.0f}",
    ),
    "AMOUNT_CHANGE": ("an amount of at most {limit:,.0f}", "金额不超过 {limit:,.0f}"),
}
_LIFTS: dict[str, Words] = {
    "LIFT_MOST": ("a policy that allows more", "允许更高金额的政策"),
    "LIFT_GRADE": ("a better grade", "更好的等级"),
    "LIFT_COVERAGE": ("more sources, or fresher ones", "更多或更新的数据来源"),
    "LIFT_TURNOVER": ("a larger turnover, or a longer term", "更高的营业额，或更长的期限"),
    "LIFT_DEPENDENCE": ("a second source or outlet, or a better grade", "第二个来源或销路，或更好的等级"),
    "LIFT_SINGLE_NAME": ("that it repays what it owes this lender", "偿还欠该放贷人的款项"),
    "LIFT_COUNTERPARTY": ("that borrowers with the same counterparty repay", "依赖同一交易对手的借款人还款"),
}
"""What would lift a rule that leaves nothing."""
_WHYS: dict[str, Words] = {
    "MOST_WHY": ("the most that one decision may reach", "单次决定的上限"),
    "GRADE_WHY": ("the cap of grade {grade}", "{grade} 级的上限"),
    "GRADE_NO_PD": ("it has no PD", "没有违约概率"),
    "COVERAGE_BELOW": (
        "coverage {coverage:.0%} is below {least:.0%}",
        "数据覆盖 {coverage:.0%} 低于 {least:.0%}",
    ),
    "COVERAGE_ENOUGH": ("coverage {coverage:.0%} is enough", "数据覆盖 {coverage:.0%} 足够"),
    "TURNOVER_NONE": ("its turnover is not known", "营业额未知"),
    "TURNOVER_WHY": (
        "{share:.0%} of {turnover:,.0f} turnover over the term",
        "期限内营业额 {turnover:,.0f} 的 {share:.0%}",
    ),
    "DEPENDENCE_NONE": ("no trade is recorded", "没有交易记录"),
    "DEPENDENCE_WHY": (
        "one counterparty is {share:.0%} of its trade: {factor:.0%} of the grade's cap",
        "单一交易对手占其交易的 {share:.0%}：等级上限的 {factor:.0%}",
    ),
    "NO_BOOK": ("no book was given", "未提供贷款组合"),
    "SINGLE_NAME_WHY": ("at most {share:.0%} of the book", "不超过贷款组合的 {share:.0%}"),
    "COUNTERPARTY_WHY": (
        "borrowers with a tenth or more of their trade with {firm} owe {owed:,.0f} and may owe {share:.0%} of the book",
        "一成以上交易依赖 {firm} 的借款人合计欠款 {owed:,.0f}，不得超过贷款组合的 {share:.0%}",
    ),
    "nobody": ("nobody", "任何企业"),
    "LEAST_WHY": (
        "the rule “{rule}” leaves {amount:,.0f}, less than {least:,.0f}",
        "按“{rule}”规则仅余 {amount:,.0f}，低于 {least:,.0f}",
    ),
}
_NOTES: dict[str, Words] = {
    "BY_A_CONTROL": (
        "scored by {model}, a control: it has no own, context and caught",
        "由对照模型 {model} 评分：没有自身、环境与传染之分",
    ),
    "UPSTREAM_UNOBSERVED": (
        "suppliers (not recorded for a producer or exporter: unknown, not none)",
        "供应商（生产商或出口商未登记：未知，并非没有）",
    ),
    "LGD_POLICY": ("the policy", "政策"),
    "LGD_REQUEST": ("the request", "本次申请"),
}
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
"""All of them, by code."""


@dataclass(frozen=True)
class Sentence:
    """A sentence: its code and its figures; one that is a sentence itself is said in the same language."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """The sentence in a language."""
        values = {n: v.text(lang) if isinstance(v, Sentence) else v for n, v in self.values.items()}
        return PHRASES[self.code][LANGUAGES.index(lang)].format(**values)

    def both(self, name: str) -> dict[str, str]:
        """The sentence as fields of a document: name in English, name_zh in Chinese."""
        return {name: self.text(), f"{name}_zh": self.text("zh")}


def write_sentence(code: str, **values: object) -> Sentence:
    """A sentence with its figures."""
    return Sentence(code, values)
