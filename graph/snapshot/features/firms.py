"""Features of a firm's own record in `firms`."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.feature import MODEST, Feature, FeatureFamily

_feature = partial(Feature, source="firms", window=None)

FIRMS = FeatureFamily("known_firms", (
    # A day of founding after as_of is a planned one: no age yet.
    _feature("age_days", "days since it was founded", "days", -1, needs_days=True, scorecard=MODEST,
             sql="max(founded_ago) FILTER (WHERE founded_ago >= 0)", zh="成立至今天数"),
    _feature("tenure_days", "days since it joined the platform or book", "days", -1, needs_days=True,
             scorecard=MODEST, sql="max(days_ago)", zh="入驻平台或入册至今天数"),
    _feature("registered_capital", "capital as registered", "money", -1, sql="max(registered_capital)",
             en="registered capital", zh="注册资本"),
    _feature("paid_in_ratio", "paid-in / registered capital", "share", -1,
             sql="max(paid_in_capital / nullif(registered_capital, 0))",
             en="paid-in share of registered capital", zh="实缴资本与注册资本之比"),
    _feature("employees", "people employed", "people", -1, scorecard=MODEST, sql="max(employees)", zh="员工人数"),
    _feature("roles", "what it does in the chain", "", 0, kind="category", zh="在供应链中的角色"),
    _feature("shop_type", "where its goods come from", "", 0, kind="category", zh="货源类型"),
    _feature("industry", "its industry", "", 0, kind="category", zh="所属行业"),
    _feature("region", "its region", "", 0, kind="category", zh="所在地区"),
))  # fmt: skip
"""Categories without SQL are base columns of the firm frame."""
