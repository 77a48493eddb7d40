"""The register of features: the records of all sources, in the order of the firm frame.

All features here are a firm's own data; the network derives the influence of neighbours from the edges. Windows are
half-open, (as_of - window, as_of]. Missing values are null: for a firm without rows, only counts and sums of trades
and events are 0, and only where the data set has that table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache

from supplyrisk.graph.snapshot.features.activity import ACTIVITY
from supplyrisk.graph.snapshot.features.deliveries import DELIVERIES
from supplyrisk.graph.snapshot.features.feature import MAIN_WINDOW, Feature, FeatureFamily
from supplyrisk.graph.snapshot.features.firms import FIRMS
from supplyrisk.graph.snapshot.features.history import HISTORY
from supplyrisk.graph.snapshot.features.loans import LOANS
from supplyrisk.graph.snapshot.features.purchases import PURCHASES
from supplyrisk.graph.snapshot.features.shipments import CARRIED, RECEIVED, SHIPPED
from supplyrisk.graph.snapshot.features.statements import STATEMENTS

FAMILIES: tuple[FeatureFamily, ...] = (
    FIRMS, ACTIVITY, PURCHASES, DELIVERIES, SHIPPED, RECEIVED, CARRIED, STATEMENTS, LOANS, *HISTORY
)  # fmt: skip
"""All families, each a query."""

FEATURES: tuple[Feature, ...] = tuple(feature for family in FAMILIES for feature in family.features)
"""Every feature computed from the contract's columns, in the order of the frame."""

PEER_LEVEL = Feature(
    "peer_level", "which firms are its peers", "", 0, "firms", None, "category", zh="同类企业的范围"
)
"""The group that percentiles among peers (`peers`) refer to."""


def undated_name(name: str) -> str:
    """Return a feature's name in undated data, where totals replace windows: without its _180."""
    return name.removesuffix(f"_{MAIN_WINDOW}")


def is_shipped(name: str) -> bool:
    """Return whether a column is of a shipped feature, its percentiles among peers and counts of events included.

    A user's column may look like one over another window: margin_2023 is not the margin. Names of events are never
    given to users' columns.
    """
    value = name.removesuffix("_peers")
    return value in _shipped_names() or value.startswith("events_")


@cache
def _shipped_names() -> frozenset[str]:
    """Names of all shipped features, in dated and in undated data."""
    return frozenset(name for feature in FEATURES for name in (feature.name, undated_name(feature.name)))


def registered(sources: Collection[str], undated: bool, *, labelled: bool = False) -> dict[str, Feature]:
    """Return the features that a data set with these tables has, by their name in the register.

    Undated data have one feature per window family, computed over all rows and named without the window.

    labelled: whether outcomes are known by a day, as of which the data have features of all their history, too.
    """
    features: dict[str, Feature] = {}
    for feature in FEATURES:
        if feature.source not in sources or (feature.also_needs or feature.source) not in sources:
            continue
        if feature.needs_labels and not labelled:
            continue
        if not undated:
            features[feature.name] = feature
        # Of each window family only the main window remains; all windows would hold the same total.
        elif not feature.needs_days and feature.window in (None, MAIN_WINDOW):
            features[feature.name] = replace(feature, name=undated_name(feature.name), window=None)
    return features
