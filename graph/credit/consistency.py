"""Checks that the graph, the stored scores, the loaded data and the policy belong together."""

from __future__ import annotations

from datetime import date

from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import ShopProfile
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo

PD_TOLERANCE = 1e-9
"""PDs that differ by no more are equal: a store may round the last bits."""


def graph_day(store: Store, info: DatasetInfo) -> date:
    """The day that the graph shows.

    Raises
    ------
    DataError: the data are undated, or the graph was built from other data than those described by `info`.
    """
    stamp = store.info().stamp
    if not stamp.get("as_of"):
        raise DataError(
            "the graph shows no day: the data are undated",
            "dated data, since a PD over a term needs a horizon in days",
            "load dated data",
        )
    if stamp.get("content_hash") != info.content_hash:
        raise DataError(
            f"the graph shows {stamp.get('data')}, not the loaded data",
            "a graph of the loaded data",
            "run scgraph store load, then scgraph score",
        )
    return date.fromisoformat(str(stamp["as_of"]))


def check_currency(info: DatasetInfo, policy: Policy) -> None:
    """Raise DataError where the data state another currency than the policy; amounts are never converted."""
    if info.currency not in (None, policy.currency):
        raise DataError(
            f"the data are in {info.currency}, the policy is in {policy.currency}",
            "the same currency in both",
            f"name a policy in {info.currency} with --policy",
        )


def check_scores_match(profile: ShopProfile, stored: StoredScore) -> None:
    """Raise DataError where the graph holds another scoring of a firm than the workspace stores.

    The PDs of its partners are read from the graph: they would be of that other scoring.
    """
    same_model = profile.model == stored.model
    both_or_neither = (profile.pd is None) == (stored.pd is None)
    difference = abs((profile.pd or 0) - (stored.pd or 0))
    if not (same_model and both_or_neither and difference <= PD_TOLERANCE):
        raise DataError(
            f"the graph holds scores by {profile.model}, the workspace stores other scores by {stored.model}",
            "the same scores in both",
            "run scgraph store scores",
        )
