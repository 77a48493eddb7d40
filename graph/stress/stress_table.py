"""The result of a scenario, firm by firm, as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.graph.snapshot.arrow_columns import as_nullable
from supplyrisk.graph.stress.learned_comparison import LearnedComparison
from supplyrisk.graph.stress.scenario_costs import ScenarioCosts
from supplyrisk.graph.stress.scenario_course import ScenarioCourse
from supplyrisk.graph.stress.scenario_scope import ScenarioScope

REASONS = {"by_loss": "loss", "by_equity": "equity", "by_liquidity": "liquid assets"}
"""Why a firm tips over: fields of `ScenarioCourse`, and their words in the table."""


@dataclass(frozen=True)
class FirmLoss:
    """A row of `firm_table`; None where a value is unknown."""

    firm_id: str
    name: str | None
    industry: str | None
    region: str | None
    lost_supply: float
    lost_demand: float
    loss: float
    by: str | None
    losses: list[float]
    money: float | None
    lost_profit: float | None
    equity: float | None
    liquid_assets: float | None
    tips_over: list[str]
    network_pd: float | None
    network_pd_stressed: float | None
    rank_difference: float | None


def firm_table(
    scope: ScenarioScope,
    course: ScenarioCourse,
    costs: ScenarioCosts | None = None,
    learned: LearnedComparison | None = None,
) -> pa.Table:
    """Return one row per firm, largest loss in money first, then in share, then by firm_id.

    Columns: firm_id, name, industry, region; lost_supply, lost_demand (psi of all steps together); loss and by (the
    channel that binds) in the last step; losses of every step; money; lost_profit, equity, liquid_assets; tips_over
    (reasons); network_pd, network_pd_stressed, rank_difference (see `LearnedComparison`). Unknown values are null.
    """
    n = scope.network.firms
    firms = scope.snapshot.firms
    last = course.stages[-1]
    # Typed nulls: a column has the same type with and without data.
    unknown = pa.nulls(n, pa.float64())
    reasons = zip(*(getattr(course, name) for name in REASONS), strict=True)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "firm_id": pa.array(scope.network.firm_ids, pa.string()),
        **{name: firms[name] for name in ("name", "industry", "region")},
        "lost_supply": pa.array(last.supply),
        "lost_demand": pa.array(last.demand),
        "loss": pa.array(course.loss),
        "by": pa.array([_binding(*pair) for pair in zip(last.outcome.down, last.outcome.up, strict=True)]),
        "losses": pa.array(
            np.transpose([stage.outcome.loss for stage in course.stages]).tolist(), pa.list_(pa.float64())
        ),
        "money": unknown if course.money is None else pa.array(course.money),
        "lost_profit": as_nullable(course.lost_profit),
        "equity": unknown if costs is None else as_nullable(costs.equity),
        "liquid_assets": unknown if costs is None else as_nullable(costs.liquid_assets),
        "tips_over": pa.array(
            [[word for word, tips in zip(REASONS.values(), row, strict=True) if tips] for row in reasons],
            pa.list_(pa.string()),
        ),
        "network_pd": unknown if learned is None else as_nullable(learned.pd),
        "network_pd_stressed": unknown if learned is None else as_nullable(learned.pd_stressed),
        "rank_difference": unknown if learned is None else as_nullable(learned.rank_difference),
    }
    return pa.table(columns).sort_by(
        [("money", "descending"), ("loss", "descending"), ("firm_id", "ascending")]
    )


def _binding(down: float, up: float) -> str | None:
    """Return the channel of a loss by lost supply and by lost demand: the larger one, or both; None without a loss."""
    if down == up:
        return None if down == 0 else "both"
    return "supply" if down > up else "demand"
