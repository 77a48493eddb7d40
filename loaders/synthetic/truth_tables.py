"""The folder `truth/`, which no loader reads: causes of defaults, and what re-simulation found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import days, ids, money, pick
from supplyrisk.loaders.synthetic.default_causes import DefaultCauses, find_causes, largest
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.trade_links import TradeLinks
from supplyrisk.loaders.synthetic.truth import InflictedTruth, SufferedTruth, Truth
from supplyrisk.loaders.synthetic.world_files import write_whole
from supplyrisk.loaders.synthetic.world_plan import CAUSES, Ints, WorldPlan

FOLDER = "truth"


def write_truth(
    folder: Path, economy: Economy, history: WorldHistory, alone: Ints, truth: Truth
) -> DefaultCauses:
    """Write all truth tables; the causes of the defaults."""
    place = folder / FOLDER
    place.mkdir()
    causes = find_causes(economy, history)
    write_whole(place, "defaults", _defaults(economy, history, alone, causes))
    write_whole(place, "causes", _causes(economy, history, causes))
    write_whole(place, "links", _links(economy))
    if truth.suffered:
        write_whole(place, "firms", pa.concat_tables(_suffered(economy, s) for s in truth.suffered))
        write_whole(place, "inflicted", pa.concat_tables(_inflicted(economy, i) for i in truth.inflicted))
        write_whole(place, "victims", pa.concat_tables(_victims(economy, i) for i in truth.inflicted))
        write_whole(place, "reliability", _reliability(economy.plan, truth))
    return causes


def _defaults(economy: Economy, history: WorldHistory, alone: Ints, causes: DefaultCauses) -> pa.Table:
    """Every default with its largest cause, the neighbour that brought most, and what would have been."""
    plan, firm = economy.plan, ids("F", economy.plan.firms)
    failed = np.flatnonzero(history.failed)
    failed = failed[np.lexsort((failed, history.ended_on[failed]))]
    most, caught = (entry[failed] for entry in largest(causes, plan.firms))
    source, would = causes.source[caught] if len(causes.source) else caught, alone[failed]
    passed = history.causes[failed][:, len(CAUSES) - 5 :].sum(axis=1)
    return pa.table(
        {
            "firm_id": pick(firm, failed),
            "on": days(history.ended_on[failed], plan.last),
            "cause": pick(CAUSES, causes.cause[most] if len(causes.cause) else most, most >= 0),
            "caught_share": pa.array(np.round(passed, 6)),
            "source_id": pick(firm, np.maximum(source, 0), caught >= 0),
            "alone_on": days(plan.week_start(would) + 6, plan.last)
            if len(would)
            else pa.nulls(0, pa.date32()),
        }
    )


def _causes(economy: Economy, history: WorldHistory, causes: DefaultCauses) -> pa.Table:
    """All causes of all defaults with their shares."""
    firm = ids("F", economy.plan.firms)
    return pa.table(
        {
            "firm_id": pick(firm, causes.firm),
            "on": days(history.ended_on[causes.firm], economy.plan.last),
            "cause": pick(CAUSES, causes.cause),
            "source_id": pick(firm, np.maximum(causes.source, 0), causes.source >= 0),
            "share": pa.array(np.round(causes.share, 6)),
        }
    )


def _links(economy: Economy) -> pa.Table:
    """Every link there was, recorded or not."""
    plan, links, firm = economy.plan, economy.links, ids("F", economy.plan.firms)
    return pa.table(
        {
            "supplier_id": pick(firm, links.supplier),
            "customer_id": pick(firm, links.customer),
            "essential": pa.array(links.essential),
            "share_of_need": pa.array(np.round(links.need, 6)),
            "weekly_value": money(links.value),
            "first_on": days(plan.week_start(links.start), plan.last),
            "last_on": days(plan.week_start(links.stop) - 1, plan.last),
            "unseen": pa.array(economy.firms.hidden_upstream[links.customer] | unseen_links(plan, links)),
        }
    )


def unseen_links(plan: WorldPlan, links: TradeLinks) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Links that supplies does not show although both ends would: asked for as dirt."""
    share = plan.dirt.get("unseen_links", 0.0)
    hidden: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        plan.stream("unseen").random(len(links.supplier)) < share
    )
    return hidden


def _date(plan: WorldPlan, week: int, rows: int) -> pa.Array:
    """The as-of date after so many weeks: the last day of the week before."""
    return days(np.full(rows, plan.first + 7 * week - 1), plan.last)


def _suffered(economy: Economy, found: SufferedTruth) -> pa.Table:
    """PD with contagion and without, and what others cost the firm over the horizon."""
    pd, alone = np.minimum(found.pd, 1.0), np.minimum(found.pd_alone, 1.0)
    return pa.table(
        {
            "as_of": _date(economy.plan, found.week, len(found.firm)),
            "firm_id": pick(ids("F", economy.plan.firms), found.firm),
            "pd": pa.array(pd),
            "pd_alone": pa.array(alone),
            "pd_caught": pa.array(pd - alone),
            "output_lost": money(found.output_lost),
        }
    )


def _inflicted(economy: Economy, found: InflictedTruth) -> pa.Table:
    """What others lose when the firm is forced to fail on the as-of date."""
    return pa.table(
        {
            "as_of": _date(economy.plan, found.week, len(found.firm)),
            "firm_id": pick(ids("F", economy.plan.firms), found.firm),
            "defaults_inflicted": pa.array(found.defaults),
            "output_inflicted": money(found.output),
        }
    )


def _victims(economy: Economy, found: InflictedTruth) -> pa.Table:
    """Whom each forced failure harms most."""
    place, victim, rise, output = found.victims
    firm = ids("F", economy.plan.firms)
    return pa.table(
        {
            "as_of": _date(economy.plan, found.week, len(place)),
            "firm_id": pick(firm, found.firm[place]),
            "victim_id": pick(firm, victim),
            "pd_rise": pa.array(rise),
            "output_lost": money(output),
        }
    )


def _reliability(plan: WorldPlan, truth: Truth) -> pa.Table:
    """Rank correlation of every column between two halves of the replicas."""
    rows = truth.reliability
    weeks = np.array([week for week, _, _ in rows], np.int64)
    return pa.table(
        {
            "as_of": days(plan.first + 7 * weeks - 1, plan.last),
            "column": pa.array([name for _, name, _ in rows]),
            "split_half": pa.array([value for _, _, value in rows], pa.float64()),
        }
    )
