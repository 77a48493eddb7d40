"""Checks that the graph, the stored scores, the loaded data and the policy belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import GuaranteeRing, ShopProfile
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.score_runs import ScoreRun
from supplyrisk.graph.workspace.tables import DatasetInfo

PD_TOLERANCE = 1e-9
"""PDs that differ by no more are equal: a store may round the last bits."""
MOST_NAMED = 5
"""Differences between graph and scores that an error names."""


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
    if profile.model != stored.model or not _equal(profile.pd, stored.shown_pd):
        raise DataError(
            f"the graph holds scores by {profile.model}, the workspace stores other scores by {stored.model}",
            "the same scores in both",
            "run scgraph store scores",
        )


@dataclass(frozen=True)
class ShownRisk:
    """What the graph shows of a firm or person: its PD (None: it has none), and whether it is in default."""

    pd: float | None
    defaulted: bool


def same_definition(store: Store, run: ScoreRun | None) -> bool:
    """Whether graph and scores are known to count the same as a default: a model may count other events."""
    about = store.info().about
    if run is None or run.defaults is None or "default_kinds" not in about:
        return False
    return run.defaults == str(DefaultDefinition.from_json(about))


def check_partners_match(
    shown: Mapping[str, ShownRisk], rings: Iterable[GuaranteeRing], scores: Path, *, defaults: bool
) -> None:
    """Raise DataError where the graph holds another PD or default than the stored scores: it names the firms.

    Anyone who may write to the graph can change the property of a firm there; scores are files that nothing edits.

    Parameters
    ----------
    shown: what the graph shows, by the id of a firm or person; persons have no score.
    rings: guarantee circles, with the number of members that the graph shows as in default.
    scores: the workspace's scores of the day.
    defaults: whether to compare defaults too; see `same_definition`.
    """
    circles = tuple(rings) if defaults else ()
    members = {member for ring in circles for member in ring.circle}
    table = read_parquet(scores, ["firm_id", "pd", "state"])
    ids = pa.array(sorted({*shown, *members}), pa.string())
    rows = table.filter(pc.is_in(table["firm_id"], value_set=ids))
    # The graph shows no PD of firms of which too little is known.
    scored = [DayScore.of_row(row) for row in rows.to_pylist()]
    stored = {score.firm_id: ShownRisk(score.pd, score.state == DEFAULTED) for score in scored}
    no_score = ShownRisk(None, defaulted=False)
    faults = []
    for firm, risk in sorted(shown.items()):
        score = stored.get(firm, no_score)
        faults += _differences(firm, risk if defaults else replace(risk, defaulted=score.defaulted), score)
    for ring in circles:
        failing = sum(stored.get(member, no_score).defaulted for member in ring.circle)
        if failing != ring.failing:
            names = ", ".join(ring.circle)
            faults.append(
                f"the graph shows {ring.failing} of {names} in default, the stored scores {failing}"
            )
    if faults:
        # Scores are written into the graph, defaults are built into it.
        remedy = "run scgraph store scores"
        if any("default" in fault for fault in faults):
            remedy = "run scgraph store load, then scgraph store scores"
        rest = f"; and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
        raise DataError(
            "; ".join(faults[:MOST_NAMED]) + rest,
            "the PDs and defaults of the stored scores",
            remedy,
        )


def _differences(firm: str, shown: ShownRisk, stored: ShownRisk) -> list[str]:
    """Return in words how the graph differs from the stored scores in one firm."""
    faults = []
    if not _equal(shown.pd, stored.pd):
        faults.append(
            f"the graph shows a PD of {_text(shown.pd)} for {firm}, the stored scores {_text(stored.pd)}"
        )
    if shown.defaulted != stored.defaulted:
        words = {True: "in default", False: "not in default"}
        stored_as = words[stored.defaulted]
        faults.append(f"the graph shows {firm} as {words[shown.defaulted]}, the stored scores as {stored_as}")
    return faults


def _equal(shown: float | None, stored: float | None) -> bool:
    if shown is None or stored is None:
        return shown is stored
    return abs(shown - stored) <= PD_TOLERANCE


def _text(pd: float | None) -> str:
    return "none" if pd is None else f"{pd:g}"
