"""Texts of the reasons in English and in Chinese; codes are the same in both.

English meanings that the feature register gives as formulas, and Chinese meanings, are listed here by feature; a window
at the end of a name is put into words. A column that only the data define keeps its name, and values stay as they are.
"""

from __future__ import annotations

import re
from functools import cache

from supplyrisk.graph import Feature

LANGUAGES = ("en", "zh")

PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "missing": "{meaning}: unknown",
        "entries": "{meaning}: {value:.0f} entries",
        "is": "{meaning}: {word}",
        "is_not": "{meaning}: not {word}",
        "value": "{meaning}: {figure} {unit}",
        "defaulted": "{value:.0f} of {family} in default",
        "count": "{value:.0f} links to {family}",
        "links_out": "{value:.0f} links from the firm ({kind})",
        "links_in": "{value:.0f} links to the firm ({kind})",
        "risk": "own risk of {family}",
        "failed": "defaults among {family}, recent ones weighing more",
        "failed_none": "no default among {family}",
        "mean": "mean of {family}: {column}",
        "context": "its links, industry and region resemble those of firms with a higher default rate",
        "caught": "{share:.0%} of its hazard is contagion from {id} ({link})",
    },
    "zh": {
        "missing": "{meaning}：数据缺失",
        "entries": "{meaning}：{value:.0f} 项",
        "is": "{meaning}：{word}",
        "is_not": "{meaning}：非 {word}",
        "value": "{meaning}：{figure} {unit}",
        "defaulted": "{family}中有 {value:.0f} 家已违约",
        "count": "与{family}的往来关系 {value:.0f} 条",
        "links_out": "指向他方的“{kind}”关系 {value:.0f} 条",
        "links_in": "来自他方的“{kind}”关系 {value:.0f} 条",
        "risk": "{family}的自身风险",
        "failed": "{family}中发生过违约（越近影响越大）",
        "failed_none": "{family}中未发生违约",
        "mean": "{family}的平均值：{column}",
        "context": "所处关联网络、行业和地区与违约率较高的企业相近",
        "caught": "{share:.0%} 的违约强度由 {id}（{link}）传染而来",
    },
}
FAMILIES = {
    "en": {
        "upstream": "its suppliers",
        "downstream": "its customers",
        "carriers": "the carriers that serve it",
        "related": "firms related to it",
        "via": "firms two relations away",
        "second_upstream": "suppliers of its suppliers",
        "second_downstream": "customers of its customers",
        "cell": "firms of its industry and region",
    },
    "zh": {
        "upstream": "其供应商",
        "downstream": "其客户",
        "carriers": "为其服务的承运商",
        "related": "其关联企业",
        "via": "相隔两层关系的企业",
        "second_upstream": "其供应商的供应商",
        "second_downstream": "其客户的客户",
        "cell": "同行业同地区的企业",
    },
}
LINKS_ZH = {
    "supplier": "供应商",
    "customer": "客户",
    "carrier": "承运商",
    "served": "其承运的企业",
    "owns": "持股",
    "manages": "任职管理",
    "guarantees": "担保",
    "invests": "投资",
    "branch": "分支机构",
}
SINGULAR = {
    "days": "day",
    "weeks": "week",
    "people": "person",
    "orders": "order",
    "firms": "firm",
    "units": "unit",
    "events": "event",
    "links": "link",
    "entries": "entry",
}
"""Singular of the English units."""
UNITLESS = ("share", "ratio", "index")
"""Units that are not printed: a share has its % sign, and the meaning of the others names what is divided by what."""
UNITS_ZH = {
    "days": "天",
    "weeks": "周",
    "money": "元",
    "people": "人",
    "orders": "单",
    "firms": "家",
    "units": "件",
    "events": "次",
    "percentile": "（最高 100）",
}
MEANINGS_EN = {
    "registered_capital": "registered capital",
    "paid_in_ratio": "paid-in share of registered capital",
    "sales": "value of its sales",
    "orders": "orders received",
    "sales_trend": "sales, last 30 days relative to the 150 days before",
    "orders_trend": "orders, last 30 days relative to the 150 days before",
    "sales_volatility": "volatility of sales (standard deviation / mean)",
    "sales_own_past": "sales, last 30 days relative to the 360 days before",
    "refund_rate": "refunds as a share of sales",
    "refund_rate_own_past": "refund rate, last 30 days relative to the 360 days before",
    "dispute_rate": "share of orders in dispute",
    "returning_share": "share of returning customers",
    "conversion": "orders as a share of visitors",
    "ad_share": "advertising costs as a share of sales",
    "stock_days": "time until the stock is sold",
    "cash": "cash as last recorded",
    "cash_weeks": "sales covered by cash",
    "activity_age_days": "time since the last activity record",
    "purchases": "purchases from recorded suppliers",
    "purchase_orders": "orders placed with recorded suppliers",
    "purchases_trend": "purchases per day, last 30 days relative to up to 150 days before",
    "purchases_own_past": "purchases per day, last 30 days relative to up to 360 days before",
    "suppliers": "number of its suppliers",
    "supplier_hhi": "supplier concentration (HHI, 1 = all from one supplier)",
    "pay_late_days": "average payment delay",
    "pay_overdue_share": "unpaid share of payments due",
    "purchase_age_days": "time since its last purchase",
    "deliveries": "sales to recorded customers",
    "deliveries_trend": "sales per day to recorded customers, last 30 days relative to up to 150 days before",
    "deliveries_own_past": "sales per day to recorded customers, last 30 days relative to up to 360 days before",
    "customers": "number of firms it sells to",
    "customer_hhi": "customer concentration (HHI, 1 = all to one customer)",
    "delivery_delay_days": "average delivery delay",
    "delivery_dispute_rate": "share of delivered value in dispute",
    "delivery_return_rate": "share of delivered value returned",
    "delivery_confirmed_share": "share of delivered value confirmed",
    "receivables_overdue_share": "overdue share of receivables",
    "delivery_age_days": "time since its last delivery",
    "sent_delay_days": "average delay of goods sent",
    "sent_damage_rate": "share of sent units damaged",
    "received_delay_days": "average delay of goods received",
    "received_damage_rate": "share of received units damaged",
    "carried_trend": "units carried per day, last 30 days relative to up to 150 days before",
    "carried_delay_days": "average delay of goods carried",
    "carried_damage_rate": "share of carried units damaged",
    "revenue": "revenue in the last statement",
    "margin": "profit margin",
    "equity_ratio": "equity as a share of equity and short-term debt",
    "liquidity": "liquid assets relative to short-term debt",
    "revenue_growth": "revenue growth over a year",
    "statement_age_days": "time since the end of the last statement's period",
    "loan_drawn": "total drawn on its credit lines",
    "loan_utilisation": "utilisation of its credit lines",
    "loan_to_sales": "drawn amount relative to sales of 30 days",
    "loan_days_to_due": "time until the next drawn line is due",
    "loan_overdue_share": "overdue share of drawn amounts",
    "loan_restructured_share": "restructured share of drawn amounts",
    "loan_rate": "average annual interest rate of its credit lines",
    "loan_collateral_share": "collateral relative to drawn amounts",
}
"""Meanings that the register gives as a formula or without a window. The register's are stored in snapshots."""
MEANINGS_ZH = {
    "age_days": "成立至今天数",
    "tenure_days": "入驻平台或入册至今天数",
    "registered_capital": "注册资本",
    "paid_in_ratio": "实缴资本与注册资本之比",
    "employees": "员工人数",
    "roles": "在供应链中的角色",
    "shop_type": "货源类型",
    "industry": "所属行业",
    "region": "所在地区",
    "sales": "销售额",
    "orders": "订单数",
    "sales_trend": "销售趋势：近 30 天与此前 150 天之比",
    "orders_trend": "订单趋势：近 30 天与此前 150 天之比",
    "sales_volatility": "销售额波动：标准差与均值之比",
    "sales_own_past": "销售额与自身过去相比：近 30 天与此前 360 天之比",
    "refund_rate": "退款率",
    "refund_rate_own_past": "退款率与自身过去相比：近 30 天与此前 360 天之比",
    "dispute_rate": "纠纷率",
    "returning_share": "回头客占比",
    "conversion": "访客成交率",
    "ad_share": "广告支出占销售额之比",
    "stock_days": "库存可售天数",
    "cash": "最近一次记录的现金",
    "cash_weeks": "现金可支撑的销售周数",
    "activity_age_days": "距最近一次经营记录的天数",
    "purchases": "向在册供应商采购额",
    "purchase_orders": "向在册供应商下单数",
    "purchases_trend": "采购趋势：近 30 天与此前至多 150 天之比",
    "purchases_own_past": "采购与自身过去相比：近 30 天与此前至多 360 天之比",
    "suppliers": "供应商家数",
    "supplier_hhi": "供应商集中度 HHI（1 为全部来自一家）",
    "pay_late_days": "付款平均逾期天数",
    "pay_overdue_share": "到期应付中未付的占比",
    "purchase_age_days": "距最近一次采购的天数",
    "deliveries": "向在册客户供货额",
    "deliveries_trend": "供货趋势：近 30 天与此前至多 150 天之比",
    "deliveries_own_past": "供货与自身过去相比：近 30 天与此前至多 360 天之比",
    "customers": "客户家数",
    "customer_hhi": "客户集中度 HHI（1 为全部给一家）",
    "delivery_delay_days": "交货平均延误天数",
    "delivery_dispute_rate": "供货额中有纠纷的占比",
    "delivery_return_rate": "供货额中被退货的占比",
    "delivery_confirmed_share": "供货额中已确认的占比",
    "receivables_overdue_share": "应收款中逾期的占比",
    "delivery_age_days": "距最近一次供货的天数",
    "sent_delay_days": "发货平均延误天数",
    "sent_damage_rate": "发货破损率",
    "received_delay_days": "收货平均延误天数",
    "received_damage_rate": "收货破损率",
    "carried_units": "为他人承运的件数",
    "carried_trend": "承运趋势：近 30 天与此前至多 150 天之比",
    "carried_delay_days": "承运平均延误天数",
    "carried_damage_rate": "承运破损率",
    "revenue": "最近报表的营业收入",
    "margin": "利润率",
    "equity_ratio": "权益占权益与短期负债之比",
    "liquidity": "流动资产与短期负债之比",
    "revenue_growth": "营业收入同比增长",
    "statement_age_days": "距最近报表期末的天数",
    "loan_drawn": "全部授信已用额",
    "loan_utilisation": "授信使用率",
    "loan_to_sales": "已用授信与近 30 天销售额之比",
    "loan_days_to_due": "距最近一笔贷款到期的天数",
    "loan_overdue_share": "已用授信中到期未还的占比",
    "loan_days_past_due": "各笔授信中最长逾期天数",
    "loan_restructured_share": "已用授信中重组贷款的占比",
    "loan_rate": "按已用额加权的贷款年利率",
    "loan_collateral_share": "押品价值与已用授信之比",
    "peer_level": "同类企业的范围",
    "upstream": "上游情况",
}
EVENTS_ZH = {
    "default": "违约",
    "bankruptcy": "破产",
    "closure": "歇业",
    "suspension": "停业整顿",
    "lawsuit": "诉讼",
    "sanction": "处罚",
}


def phrase(name: str, lang: str, **values: object) -> str:
    """Return a phrase of PHRASES with its values; trailing spaces, which an empty unit leaves, are removed."""
    text = PHRASES[lang][name]
    value = values.get("value")
    if lang == "en" and isinstance(value, float) and f"{value:.0f}" == "1":
        # The word after the number is its unit.
        text = re.sub(r"(?<=\{value:\.0f\} )\w+", lambda word: SINGULAR.get(word[0], word[0]), text)
    return text.format(**values).rstrip()


@cache
def meaning_of(name: str, feature: Feature | None, lang: str) -> str:
    """Return the meaning of a feature; without one here or in the register, its name."""
    if lang == "zh":
        return _chinese(name)
    default = feature.meaning if feature else name.replace("_", " ")
    return _english(name, default)


def unit_of(feature: Feature | None, currency: str | None, lang: str, *, one: bool = False) -> str:
    """Return a feature's unit in words, in the singular for one; money is in the data's currency, if it is known."""
    unit = feature.unit if feature else ""
    if unit == "money":
        return currency or ""
    if unit in UNITLESS:
        return ""
    if lang == "zh":
        return UNITS_ZH.get(unit, unit)
    if unit == "percentile":
        return "of 100"
    return SINGULAR.get(unit, unit) if one else unit


def link_of(link: str, lang: str) -> str:
    """Return the name of a kind of link, or of what a neighbour is to a firm."""
    return LINKS_ZH.get(link, link.replace("_", " ")) if lang == "zh" else link.replace("_", " ")


def _english(name: str, default: str) -> str:
    if name in MEANINGS_EN:
        return MEANINGS_EN[name]
    if name.endswith("_peers"):
        base = name.removesuffix("_peers")
        meaning = _english(base, "")
        return f"percentile among its peers ({meaning})" if meaning else default
    # sales_30: the feature over a window of days.
    match = re.fullmatch(r"(.+)_(\d+)", name)
    if match and match[1] in MEANINGS_EN:
        return f"{MEANINGS_EN[match[1]]}, last {match[2]} days"
    return default


def _chinese(name: str) -> str:
    if name in MEANINGS_ZH:
        return MEANINGS_ZH[name]
    if name.endswith("_peers"):
        return f"在同类中的百分位（{_chinese(name.removesuffix('_peers'))}）"
    # sales_30: the feature over a window of days.
    match = re.fullmatch(r"(.+)_(\d+)", name)
    if match:
        return f"近 {match[2]} 天{_chinese(match[1])}"
    if name.startswith("events_"):
        # events_lawsuit:tax counts the events of a kind whose text has a word; kinds that the data add keep their name.
        kind, _, word = name.removeprefix("events_").partition(":")
        event = EVENTS_ZH.get(kind, kind)
        return f"{event}事件数" if not word else f"{event}事件数（含“{word}”）"
    return name.replace("_", " ")
