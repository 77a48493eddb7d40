"""The credit limit of a shop on a copy of the data, as `check` computes it, in a workspace of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.graph import Tables, Words, Workspace, graph_tables_of, write_table
from supplyrisk.graph.credit import LoanDesk, LoanRequest, Policy, check_currency
from supplyrisk.graph.workspace.tables import MANIFEST, manifest_of, pointer_to, write_json_atomically
from supplyrisk.services.score import run_of, store_scores, write_to_graph
from supplyrisk.services.what_if_document import WhatIfLimit
from supplyrisk.services.what_if_scoring import ScoredCopy


def policy_limit(
    copy: ScoredCopy, workspace: Workspace, model_folder: Path, request: LoanRequest, policy: Policy
) -> WhatIfLimit:
    """Return the limit of the shop for a request by a policy.

    Data, scores and graph of the copy are written into a temporary workspace, with the scores of earlier days, and the
    memo is computed there.

    Parameters
    ----------
    copy: the data with their scores.
    workspace: whose earlier scores count; it is read only.
    model_folder: of the model that scored.
    request: that is checked. policy: that sets the limit.

    Raises
    ------
    DataError: data and policy are of different currencies, or what `LoanDesk.memo` raises.
    """
    check_currency(copy.tables.info, policy)
    scorer = copy.scorer
    with TemporaryDirectory(prefix="scgraph-what-if-") as folder:
        sandbox = Workspace(Path(folder) / "workspace", store="embedded", memory_limit=workspace.memory_limit)
        _write_data(sandbox, copy.tables)
        with sandbox.open_graph(create=True) as store:
            store.rebuild(graph_tables_of(copy.snapshot))
        _copy_earlier_scores(workspace, sandbox, copy)
        run = run_of(model_folder, copy.scores, copy.snapshot)
        learned = gnn.transmissions_of(scorer.model, copy.snapshot, copy.computed, scorer.base_rate)
        store_scores(sandbox, copy.scores, learned, copy.snapshot, run)
        write_to_graph(sandbox, copy.scores, copy.snapshot, run)
        with sandbox.open_graph() as store:
            memo = LoanDesk(sandbox, store).memo(scorer.firm, request, policy)
    limit = memo.sections.limit
    rule = limit.rule(limit.binding)
    why = Words(rule.why, rule.why_zh) if rule else Words("", "")
    return WhatIfLimit(limit.amount, limit.binding, why)


def _write_data(sandbox: Workspace, tables: Tables) -> None:
    layout = sandbox.layout
    folder = layout.data_folder(tables.info.content_hash)
    folder.mkdir(parents=True)
    for name, source in tables.sources.items():
        path = folder / f"{name}.parquet"
        if isinstance(source, pa.Table):
            write_table(path, source)
        else:
            # The file never changes, and the lease of the tables keeps it where it is.
            path.symlink_to(source.resolve())
    rows = {name: tables.rows(name) for name in tables.sources}
    write_json_atomically(folder / MANIFEST, manifest_of(tables.info, rows))
    write_json_atomically(layout.pointer, pointer_to(folder.name, ()))


def _copy_earlier_scores(workspace: Workspace, sandbox: Workspace, copy: ScoredCopy) -> None:
    """Copy the scores of the days before, which a memo shows and whose hashes it checks."""
    sandbox.layout.scores.mkdir(parents=True, exist_ok=True)
    for day in workspace.scored_days():
        if day is not None and day < copy.scorer.as_of:
            for path in (workspace.layout.scores_file(day), workspace.layout.score_hashes_file(day)):
                if path.is_file():
                    shutil.copyfile(path, sandbox.layout.scores / path.name)
