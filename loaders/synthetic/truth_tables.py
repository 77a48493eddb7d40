"""The folder `truth/`, which no loader reads: causes of defaults, all links, and the re-simulated truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import days, ids, money, pick
from supplyrisk.loaders.synthetic.default_causes import DefaultCauses, attribute_defaults, largest
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.trade_links import TradeLinks
from supplyrisk.loaders.synthetic.truth import InflictedTruth, SufferedTruth, Truth
from supplyrisk.loaders.synthetic.world_files import write_whole
from supplyrisk.loaders.synthetic.world_plan import CAUSES, CHANNELS, Bools, Ints, WorldPlan

FOLDER = "truth"


def write_truth(
    folder: Path, economy: Economy, history: WorldHistory, alone: Ints, truth: Truth
) -> DefaultCauses:
    """Write all truth tables, and return the causes of the defaults.

    Parameters
    ----------
    folder: the data set's folder; the tables go into `truth/` below it.
    alone: week in which each firm would have failed without contagion; the number of weeks: never.
    truth: re-simulated truth; its tables are left out where it is empty.
    """
    truth_folder = folder / FOLDER
    truth_folder.mkdir()
    causes = attribute_defaults(economy, history)
    write_whole(truth_folder, "defaults", _defaults(economy, history, alone, causes))
    write_whole(truth_folder, "causes", _causes(economy, history, causes))
    write_whole(truth_folder, "links", _links(economy))
    if truth.suffered:
        write_whole(truth_folder, "firms", pa.concat_tables(_suffered(economy, s) for s in truth.suffered))
        write_whole(
            truth_folder, "inflicted", pa.concat_tables(_inflicted(economy, i) for i in truth.inflicted)
        )
        write_whole(truth_folder, "victims", pa.concat_tables(_victims(economy, i) for i in truth.inflicted))
        write_whole(truth_folder, "reliability", _reliability(economy.plan, truth))
    return causes


def _defaults(economy: Economy, history: WorldHistory, alone: Ints, causes: DefaultCauses) -> pa.Table:
    """Return all defaults by day: largest cause, neighbour that contributed most, and default without contagion."""
    plan = economy.plan
    firm = ids("F", plan.firms)
    failed = np.flatnonzero(history.failed)
    failed = failed[np.lexsort((failed, history.ended_on[failed]))]
    # entries of `causes`, -1 where a firm has none
    main, caught = (entry[failed] for entry in largest(causes, plan.firms))
    # -1 picks the last entry here; such rows become null below
    source = causes.source[caught] if len(causes.source) else caught
    cause = causes.cause[main] if len(causes.cause) else main
    week_alone = alone[failed]
    # channels come last among the causes
    passed_on = history.causes[failed][:, len(CAUSES) - len(CHANNELS) :].sum(axis=1)
    alone_on = (
        days(plan.week_start(week_alone) + 6, plan.last_day) if len(failed) else pa.nulls(0, pa.date32())
    )
    return pa.table(
        {
            "firm_id": pick(firm, failed),
            "on": days(history.ended_on[failed], plan.last_day),
            "cause": pick(CAUSES, cause, main >= 0),
            "caught_share": pa.array(np.round(passed_on, 6)),
            "source_id": pick(firm, np.maximum(source, 0), caught >= 0),
            "alone_on": alone_on,
        }
    )


def _causes(economy: Economy, history: WorldHistory, causes: DefaultCauses) -> pa.Table:
    """Return all causes of all defaults with their shares."""
    firm = ids("F", economy.plan.firms)
    return pa.table(
        {
            "firm_id": pick(firm, causes.firm),
            "on": days(history.ended_on[causes.firm], economy.plan.last_day),
            "cause": pick(CAUSES, causes.cause),
            "source_id": pick(firm, np.maximum(causes.source, 0), causes.source >= 0),
            "share": pa.array(np.round(causes.share, 6)),
        }
    )


def _links(economy: Economy) -> pa.Table:
    """Return every link that existed, recorded or not."""
    plan = economy.plan
    links = economy.links
    firm = ids("F", plan.firms)
    return pa.table(
        {
            "supplier_id": pick(firm, links.supplier),
            "customer_id": pick(firm, links.customer),
            "essential": pa.array(links.essential),
            "share_of_need": pa.array(np.round(links.need, 6)),
            "weekly_value": money(links.value),
            "first_on": days(plan.week_start(links.start), plan.last_day),
            "last_on": days(plan.week_start(links.stop) - 1, plan.last_day),
            "unseen": pa.array(economy.firms.hidden_upstream[links.customer] | unseen_links(plan, links)),
        }
    )


def unseen_links(plan: WorldPlan, links: TradeLinks) -> Bools:
    """Return which links `supplies` leaves out although both ends would record them: dirt on request."""
    share = plan.dirt.get("unseen_links", 0.0)
    hidden: Bools = plan.stream("unseen").random(len(links.supplier)) < share
    return hidden


def _as_of(plan: WorldPlan, week: int, rows: int) -> pa.Array:
    """Return a column of the as-of date after `week` weeks: the last day of the week before."""
    return days(np.full(rows, plan.first_day + 7 * week - 1), plan.last_day)


def _suffered(economy: Economy, truth: SufferedTruth) -> pa.Table:
    """Return PD with and without contagion, and the output that contagion costs each firm over the horizon."""
    # importance-sampled estimates may exceed 1
    pd = np.minimum(truth.pd, 1.0)
    alone = np.minimum(truth.pd_alone, 1.0)
    return pa.table(
        {
            "as_of": _as_of(economy.plan, truth.week, len(truth.firm)),
            "firm_id": pick(ids("F", economy.plan.firms), truth.firm),
            "pd": pa.array(pd),
            "pd_alone": pa.array(alone),
            "pd_caught": pa.array(pd - alone),
            "output_lost": money(truth.output_lost),
        }
    )


def _inflicted(economy: Economy, truth: InflictedTruth) -> pa.Table:
    """Return what other firms lose when a firm is forced to fail on the as-of date."""
    return pa.table(
        {
            "as_of": _as_of(economy.plan, truth.week, len(truth.firm)),
            "firm_id": pick(ids("F", economy.plan.firms), truth.firm),
            "defaults_inflicted": pa.array(truth.defaults),
            "output_inflicted": money(truth.output),
        }
    )


def _victims(economy: Economy, truth: InflictedTruth) -> pa.Table:
    """Return the firms that each forced failure harms most."""
    victims = truth.victims
    firm = ids("F", economy.plan.firms)
    return pa.table(
        {
            "as_of": _as_of(economy.plan, truth.week, len(victims.source)),
            "firm_id": pick(firm, truth.firm[victims.source]),
            "victim_id": pick(firm, victims.victim),
            "pd_rise": pa.array(victims.pd_rise),
            "output_lost": money(victims.output_lost),
        }
    )


def _reliability(plan: WorldPlan, truth: Truth) -> pa.Table:
    """Return the rank correlation of every truth column between two halves of the replicas."""
    rows = truth.reliability
    weeks = np.array([row.week for row in rows], np.int64)
    return pa.table(
        {
            "as_of": days(plan.first_day + 7 * weeks - 1, plan.last_day),
            "column": pa.array([row.column for row in rows]),
            "split_half": pa.array([row.correlation for row in rows], pa.float64()),
        }
    )
