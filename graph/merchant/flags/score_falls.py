"""Falls of scores between scored days, as evidence for flags."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from supplyrisk.graph.merchant.flags.flag_rules import FLAG_KINDS, FlagRules
from supplyrisk.graph.schema.score_states import INSUFFICIENT
from supplyrisk.graph.workspace.score_runs import ScoreRun, ScoreRuns

SCORE_DROP = "score_drop"
EVIDENCE_COLUMNS = (
    ("firm_id", pa.string()),
    ("kind", pa.string()),
    ("first_on", pa.date32()),
    ("last_on", pa.date32()),
)
EVIDENCE_SCHEMA = pa.schema(EVIDENCE_COLUMNS)


def score_falls(
    score_runs: ScoreRuns, day: date, rules: FlagRules, firms: Collection[str] | None = None
) -> pa.Table:
    """Return the rises of PDs by `pd_factor` between scored days up to a day, as evidence of their later day.

    Two days count only where one scorer scored both: another model's PD is no evidence on a shop. Days before the
    expiry of a flag are left out.
    """
    first_day = day - timedelta(days=FLAG_KINDS[SCORE_DROP].expiry_days)
    last_runs = {run.as_of: run for run in score_runs.runs() if run.as_of is not None}
    days = sorted(name for name in last_runs if date.fromisoformat(name) <= day)
    tables = [EVIDENCE_SCHEMA.empty_table()]
    for before, after in pairwise(days):
        runs = last_runs[before], last_runs[after]
        on = date.fromisoformat(after)
        if on <= first_day or runs[0].scorer != runs[1].scorer:
            continue
        old, new = (_pds(score_runs, run, rules.pd_least, firms) for run in runs)
        joined = old.join(new, "firm_id", right_suffix="_after", join_type="inner")
        rose = joined.filter(pc.greater_equal(joined["pd_after"], pc.multiply(joined["pd"], rules.pd_factor)))
        rows = [
            {"firm_id": firm, "kind": SCORE_DROP, "first_on": on, "last_on": on}
            for firm in rose["firm_id"].to_pylist()
        ]
        tables.append(pa.Table.from_pylist(rows, EVIDENCE_SCHEMA))
    return pa.concat_tables(tables)


def _pds(score_runs: ScoreRuns, run: ScoreRun, least: float, firms: Collection[str] | None) -> pa.Table:
    """PDs of a run by firm, at least the floor."""
    filters = None if firms is None else [("firm_id", "in", sorted(firms))]
    path = score_runs.layout.run_file(run.number)
    table = pq.read_table(path, columns=["firm_id", "pd", "state"], filters=filters)
    scored = table.filter(
        pc.and_(pc.is_valid(table["pd"]), pc.fill_null(pc.not_equal(table["state"], INSUFFICIENT), True))
    )
    return pa.table({"firm_id": scored["firm_id"], "pd": pc.max_element_wise(scored["pd"], least)})
