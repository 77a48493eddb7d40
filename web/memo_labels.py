"""Headings and labels of a memo in English and Chinese; its sentences are those of `supplyrisk.graph.credit`."""

from __future__ import annotations

from supplyrisk.graph.credit import LANGUAGES, Words
from supplyrisk.graph.schema.relations import end_of
from supplyrisk.graph.texts.figures import is_one

HEADINGS: dict[str, Words] = {
    "title": ("Credit memo", "授信审查意见"),
    "conclusion": ("Policy conclusion", "授信政策结论"),
    "who": ("The firm", "企业概况"),
    "risk": ("Probability of default", "违约概率"),
    "chain": ("Supply chain", "供应链"),
    "loss": ("Exposure and expected loss", "风险暴露与预期损失"),
    "limit": ("Credit limit", "授信额度"),
    "again": ("Queries that reproduce this memo", "复核查询"),
}
_REQUEST: dict[str, Words] = {
    "asked": ("requested", "申请"),
    "day": ("day", "天"),
    "days": ("days", "天"),
    "as_of": ("as of", "截至"),
    "order": ("order finance", "订单融资"),
    "credit": ("revolving credit", "循环授信"),
    "supply_chain": ("supply chain finance", "供应链融资"),
    "other": ("other", "其他"),
    "decides": (
        "A person decides; this memo states only the policy's conclusion.",
        "授信决定由审批人作出；本意见仅说明授信政策的结论。",
    ),
    "change": ("to change this", "可改变结论的条件"),
    "policy": ("policy", "授信政策"),
    "data": ("data version", "数据版本"),
    "synthetic": (
        "Synthetic data: this memo says nothing about real firms.",
        "合成数据：与真实企业无关。",
    ),
    "synthetic_model": (
        "Scored by a model trained on synthetic data: its PDs are of no known quality for real firms.",
        "由合成数据训练的模型评分：其违约概率对真实企业的准确性未知。",
    ),
    "degraded": (
        "Degraded: data that the model was trained with are missing: a source, or all values of a feature.",
        "降级：缺少模型训练时使用的数据（数据来源，或某项指标的全部取值）。",
    ),
}
_FIRM: dict[str, Words] = {
    "firm": ("firm", "企业"),
    "name": ("name", "名称"),
    "industry": ("industry", "行业"),
    "region": ("region", "地区"),
    "roles": ("roles", "角色"),
    "age": ("age in days", "成立天数"),
    "old": ("{days} days old", "成立 {days} 天"),
    "turnover": ("turnover, last 180 days", "近 180 天营业额"),
    "coverage": ("data coverage", "数据覆盖率"),
    "source": ("data source", "数据来源"),
    "last_on": ("last record", "最近记录"),
    "source_age": ("age in days", "距今天数"),
    "missing": ("no data on", "缺少数据"),
    "coverage_of": (
        "data coverage counts only the sources that are loaded and that apply to a firm with its roles",
        "数据覆盖率仅统计已导入且适用于该角色企业的数据来源",
    ),
}
_RISK: dict[str, Words] = {
    "pd_term": ("PD over the term", "期限内违约概率"),
    "pd": ("PD over the horizon", "预测期违约概率"),
    "pd_days": ("{days}-day PD", "预测期（{days} 天）违约概率"),
    "horizon": ("horizon in days", "预测期天数"),
    "other_pd": ("PD", "违约概率"),
    "range": ("range over the ensemble", "集成模型区间"),
    "true_pd": (
        "90% interval for the true PD over the term (coverage measured on synthetic worlds)",
        "期限内真实违约概率的 90% 区间（覆盖率在合成数据上测得）",
    ),
    "grade": ("grade", "风险等级"),
    "points": ("points", "评分"),
    "hazard": ("hazard", "违约强度"),
    "own": ("own risk", "自身风险"),
    "context": ("context effect", "环境影响"),
    "caught": ("contagion received", "传入风险"),
    "reasons": ("reasons", "原因"),
    "trajectory": ("earlier scores", "历史评分"),
    "failed": ("in default", "已违约"),
    "no_pd": ("no PD", "无违约概率"),
    "flat": (
        "The term is longer than any that the model observed: its PD is extrapolated.",
        "期限超过模型观察到的最长期限：违约概率为外推值。",
    ),
}
_CHAIN: dict[str, Words] = {
    "drawn_how": (
        "Two tiers of suppliers above, two tiers of customers below; the width of a line is its share of the trade. "
        "Red lines belong to the main paths of contagion to this firm. "
        "PD below 1 % green, below 5 % olive, below 15 % orange, otherwise red; black is in default, grey has no PD.",
        "上方为两级供应商，下方为两级客户；线越粗，交易占比越高。红线属于本企业的主要风险传导路径。"
        "违约概率低于 1% 绿色，5% 橄榄色，15% 橙色，其余红色；黑色为已违约，灰色为无违约概率。",
    ),
    "side": ("relation", "关系"),
    "share": ("share", "占比"),
    "state": ("state", "状态"),
    "stands for": ("guaranteed by this firm", "由本企业担保"),
    "backed by": ("guarantor of this firm", "为本企业担保"),
    "rings": ("guarantee rings", "互保圈"),
    "trade_rings": ("circular trade", "循环交易"),
    "single_sources": ("sole supplier or customer", "唯一供应商或客户"),
    "common": ("common supplier behind several of its suppliers", "多家供应商背后的共同供应商"),
    "paths": ("main paths of contagion, by the network", "主要风险传导路径（网络模型）"),
    "of_caught": ("share of contagion received", "占传入风险之比"),
}
_LOSS: dict[str, Words] = {
    "ead": ("exposure at default", "违约风险暴露"),
    "lgd": ("loss given default", "违约损失率"),
    "el": ("expected loss over the term", "期限内预期损失"),
    "lines": ("its credit lines with all lenders", "在各贷款机构的授信"),
    "product": ("product", "产品"),
    "unknown": ("unknown", "未知"),
    "number": ("lines", "笔数"),
    "drawn": ("drawn", "已用额度"),
    "stress": ("stress scenario", "压力情景"),
    "stopped": ("firms stopped", "停产企业数"),
    "output": ("output lost", "产出损失"),
    "network_pd": ("PD by the network with no firm stopped", "无企业停产时网络模型的违约概率"),
    "book": ("The lender's loan book", "贷款机构的贷款组合"),
    "lent": ("total drawn", "已用额度合计"),
    "to_firm": ("of which by this firm", "其中本企业"),
    "added_el": (
        "increase in the EL of other borrowers if this firm defaults",
        "本企业违约时其他借款人预期损失的增加额",
    ),
    "nothing_drawn": (
        "nothing is drawn, so the concentration limits do not apply",
        "尚无已用额度，集中度限额不适用",
    ),
    "no_book": (
        "no lender named (--lender), so no concentration limits apply",
        "未指定贷款机构（--lender），集中度限额不适用",
    ),
    "rule": ("rule", "规则"),
    "amount": ("amount", "金额"),
    "why": ("basis", "依据"),
    "binds": ("binding rule", "起约束作用的规则"),
}
LABELS: dict[str, Words] = HEADINGS | _REQUEST | _FIRM | _RISK | _CHAIN | _LOSS


def days_word(days: float) -> str:
    """The name of the label for so many days: day or days."""
    return "day" if is_one(days) else "days"


def label(name: str, language: str) -> str:
    """A label in "en" or "zh", or the word for a relation."""
    return LABELS.get(name, end_of(name).word)[LANGUAGES.index(language)]
