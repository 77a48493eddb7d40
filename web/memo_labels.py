"""Headings and labels of a memo in English and Chinese; its sentences are those of `supplyrisk.graph.credit`."""

from __future__ import annotations

from supplyrisk.graph.credit import LANGUAGES, Words

LABELS: dict[str, Words] = {
    "title": ("Lender's memo", "放贷备忘录"),
    "asked": ("asked", "申请"),
    "day": ("day", "天"),
    "days": ("days", "天"),
    "as_of": ("as of", "截至"),
    "conclusion": ("What the policy says", "政策结论"),
    "decides": ("A person decides; this says what the policy says.", "由人作出决定；此处仅说明政策的结论。"),
    "change": ("would change it", "改变结论的条件"),
    "who": ("Who it is", "企业概况"),
    "industry": ("industry", "行业"),
    "region": ("region", "地区"),
    "roles": ("roles", "角色"),
    "age": ("age, days", "成立天数"),
    "old": ("days old", "天（自成立起）"),
    "turnover": ("turnover in 180 days", "180天营业额"),
    "coverage": ("coverage", "数据覆盖"),
    "source": ("source", "数据来源"),
    "last_on": ("last on", "最近日期"),
    "source_age": ("age, days", "距今天数"),
    "missing": ("not known", "未知"),
    "coverage_of": (
        "coverage is of the sources that the data have and that a firm of its roles would show in",
        "数据覆盖只计数据中已有、且该角色的企业应当出现的来源",
    ),
    "risk": ("How likely it fails", "违约可能性"),
    "pd_term": ("PD over the term", "期限内违约概率"),
    "pd": ("PD over the horizon", "观察期违约概率"),
    "horizon": ("the horizon, days", "观察期天数"),
    "other_pd": ("PD", "违约概率"),
    "range": ("range over the ensemble", "各模型区间"),
    "true_pd": (
        "the true PD over the term, of 90 such firms in 100 as far as synthetic worlds tell",
        "期限内真实违约概率（以合成数据推断，100 家同类企业中 90 家的区间）",
    ),
    "grade": ("grade", "等级"),
    "points": ("points", "评分"),
    "hazard": ("hazard", "风险强度"),
    "own": ("own", "自身"),
    "context": ("context", "环境"),
    "caught": ("caught", "传染"),
    "reasons": ("reasons", "原因"),
    "trajectory": ("earlier days", "历史"),
    "chain": ("Its chain", "供应链"),
    "drawn_how": (
        "Two tiers of suppliers above, two of customers below; a line is as thick as its share of the trade. "
        "Red lines are on the paths over which it catches most. "
        "PD below 1 % green, 5 % olive, 15 % orange, else red; black is in default, grey has no PD.",
        "上方为两级供应商，下方为两级客户；线越粗占比越高。红线属于传染的主要路径。"
        "违约概率低于 1% 绿色，5% 橄榄色，15% 橙色，其余红色；黑色为已违约，灰色为无违约概率。",
    ),
    "partners": ("suppliers, customers, carriers", "供应商、客户、承运商"),
    "side": ("what it is", "关系"),
    "supplier": ("supplier", "供应商"),
    "customer": ("customer", "客户"),
    "carrier": ("carrier", "承运商"),
    "served": ("carried for", "其承运的企业"),
    # Of these a link transmits in both directions: the words say what joins two, not which of them has the other.
    "owns": ("ownership", "持股"),
    "manages": ("management", "任职管理"),
    "invests": ("investment", "投资"),
    "branch": ("branch", "分支机构"),
    "guarantees": ("guarantees", "担保"),
    "stands for": ("it stands for", "为其担保"),
    "backed by": ("it is backed by", "由其担保"),
    "rings": ("guarantee circles", "互保圈"),
    "trade_rings": ("trade rings", "循环交易"),
    "single_sources": ("only source or outlet", "唯一来源或去向"),
    "common": ("behind several of its suppliers", "多家供应商背后的共同供应商"),
    "second_tier": ("the second tier", "第二级"),
    "paths": ("paths that carry most of what it catches, by the network", "传染的主要路径（网络模型）"),
    "path": ("path", "路径"),
    "of_caught": ("of what is caught", "占传染之比"),
    "firm": ("firm", "企业"),
    "name": ("name", "名称"),
    "share": ("share", "占比"),
    "state": ("state", "状态"),
    "failed": ("in default", "已违约"),
    "no_pd": ("no PD", "无违约概率"),
    "others_more": ("more", "家以上"),
    "loss": ("What would be lost", "损失"),
    "ead": ("exposure at default", "违约敞口"),
    "lgd": ("loss given default", "违约损失率"),
    "el": ("expected loss over the term", "期限内预期损失"),
    "lines": ("what it has with all lenders", "在所有放贷人处的授信"),
    "product": ("product", "产品"),
    "unknown": ("not known", "未知"),
    "number": ("lines", "笔数"),
    "drawn": ("drawn", "已用"),
    "stress": ("stress", "压力情景"),
    "stopped": ("firms stopped", "停产企业数"),
    "output": ("output lost", "产出损失"),
    "network_pd": ("the network's PD with nobody stopped", "无企业停产时网络模型的违约概率"),
    "limit": ("How much may be lent", "可贷额度"),
    "rule": ("rule", "规则"),
    "amount": ("amount", "金额"),
    "why": ("why", "依据"),
    "binds": ("binds", "起约束"),
    "book": ("The lender's book", "贷款组合"),
    "lent": ("lent in all", "已放总额"),
    "to_firm": ("of it to this firm", "其中对本企业"),
    "added_el": ("added to the others' EL if it fails", "若其违约，其他借款人预期损失增加"),
    "nothing_drawn": ("nothing is drawn, so its shares set no limit", "尚无已用授信，占比规则不适用"),
    "no_book": ("no book was given (--lender)", "未提供贷款组合（--lender）"),
    "again": ("To see it again", "复查"),
    "policy": ("policy", "政策"),
    "data": ("data", "数据"),
    "order": ("order", "订单融资"),
    "credit": ("revolving credit", "循环授信"),
    "supply_chain": ("supply chain finance", "供应链融资"),
    "other": ("other", "其他"),
    "flat": (
        "The term is longer than the model's horizon: the hazard is held flat.",
        "期限超过模型观察期：假定风险强度不变。",
    ),
    "synthetic": (
        "Synthetic: these data are made up and show nothing about real firms.",
        "合成数据：与真实企业无关。",
    ),
    "degraded": (
        "Degraded: a source that the model was trained with is absent.",
        "降级：缺少模型训练时使用的数据来源。",
    ),
}


def days_word(days: float) -> str:
    """The name of the label for so many days."""
    return "day" if f"{days:.0f}" == "1" else "days"


def label(name: str, lang: str) -> str:
    """A label in one language; a relation that only the data know is its own word."""
    words = LABELS.get(name)
    return name.replace("_", " ") if words is None else words[LANGUAGES.index(lang)]
