"""Checks that the graph, the stored scores, the loaded data and the policy belong together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import ShopProfile
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.fast_parquet import read_parquet
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
    """Raise DataError where the graph holds another scoring of a firm than the workspace stores."""
    if profile.model != stored.model or not _equal(profile.pd, stored.pd):
        raise DataError(
            f"the graph holds scores by {profile.model}, the workspace stores other scores by {stored.model}",
            "the same scores in both",
            "run scgraph store scores",
        )


def check_partners_match(shown: Mapping[str, float | None], scores: Path) -> None:
    """Raise DataError where the graph holds another PD of a partner than the stored scores: it names the firm.

    Anyone who may write to the graph can change the property of a firm there; scores are files that nothing edits.

    Parameters
    ----------
    shown: PDs that the graph shows, by the id of a firm or person; persons have no score.
    scores: the workspace's scores of the day.
    """
    table = read_parquet(scores, ["firm_id", "pd"])
    ids = pa.array(sorted(shown), pa.string())
    rows = table.filter(pc.is_in(table["firm_id"], value_set=ids))
    stored = dict(zip(rows["firm_id"].to_pylist(), rows["pd"].to_pylist(), strict=True))
    for firm, pd in sorted(shown.items()):
        if not _equal(pd, stored.get(firm)):
            raise DataError(
                f"the graph shows a PD of {_text(pd)} for {firm}, the stored scores {_text(stored.get(firm))}",
                "the PDs of the stored scores",
                "run scgraph store scores",
            )


def _equal(shown: float | None, stored: float | None) -> bool:
    if shown is None or stored is None:
        return shown is stored
    return abs(shown - stored) <= PD_TOLERANCE


def _text(pd: float | None) -> str:
    return "none" if pd is None else f"{pd:g}"
