"""What moved every firm's score since the last earlier day that was scored: columns that go into the graph with it.

`history.trajectory` tells one firm's whole path; this is the last step of all firms, by the same sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.cli.history import KEPT, Run, bridge_rows, change, rows_in, run_file, runs_of
from supplyrisk.graph.credit import CAUSES, main_cause

PARTS = {f"moved_by_{cause}": cause for cause in CAUSES}
_TEXTS = dict.fromkeys(("grade_before", "before_as_of", "moved_by"), pa.string())
SCHEMA = pa.schema({"pd_before": pa.float64(), **_TEXTS, **dict.fromkeys(PARTS, pa.float64())})
Row = Mapping[str, Any]


def with_moves(properties: pa.Table, workspace: Path, firms: pa.Table, run: Run | None) -> pa.Table:
    """Properties of the firms that were scored, with what `moves_of` finds."""
    moves = moves_of(workspace, firms, run)
    if moves is None:
        return properties
    rows = pc.index_in(properties["firm_id"], value_set=firms["firm_id"])
    for name in moves.column_names:
        properties = properties.append_column(name, moves[name].take(rows))
    return properties


def moves_of(workspace: Path, firms: pa.Table, run: Run | None) -> pa.Table | None:
    """What moved scores since the last earlier kept day.

    None where no earlier day is kept, or its PDs are over another horizon.

    Parameters
    ----------
    workspace: keeps the runs.
    firms: scores as `score` keeps them, of one day.
    run: that gave them; None where it is not known, and so neither is what moved them.

    Returns
    -------
    A row per row of `firms`: pd_before, grade_before and before_as_of by the last run of the earlier day (null for a
    firm without a PD then); moved_by_<cause>, which sum to pd - pd_before, and moved_by, the weightiest of the causes
    in the direction of the change (null where either PD is, or nothing moved).
    """
    if run is None or run.as_of is None:
        return None
    last = {known.as_of: known for known in runs_of(workspace) if known.as_of and known.as_of < run.as_of}
    old = last[max(last)] if last else None
    if old is None or not old.comparable(run):
        return None
    before = {row["firm_id"]: row for row in rows_in(run_file(workspace, old.number))}
    between = bridge_rows(workspace, old, run)
    rows = [
        _moved((old, before.get(row["firm_id"])), (run, row), between.get(row["firm_id"]))
        for row in firms.select(list(KEPT)).to_pylist()
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def _moved(old: tuple[Run, Row | None], new: tuple[Run, Row], between: Row | None) -> dict[str, object]:
    """One firm's row; empty where it had no PD on the earlier day."""
    run, before = old
    if before is None or before["pd"] is None:
        return {}
    told = {"pd_before": before["pd"], "grade_before": before["grade"], "before_as_of": run.as_of}
    if new[1]["pd"] is None:
        return told
    parts = change((run, before), new, between)
    return told | {"moved_by": main_cause(parts)} | {name: parts[cause] for name, cause in PARTS.items()}
