"""Write results that the workspace stores, scores, contagion and portraits, into the graph store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pyarrow.parquet as pq

from supplyrisk.graph import DataError, DefaultDefinition, Store, Workspace, contagion_records_of
from supplyrisk.graph.credit import with_score_changes
from supplyrisk.graph.merchant.portrait import portrait_properties
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.layout import day_of_name
from supplyrisk.graph.workspace.score_source import SCORED_BY, ScoreSource
from supplyrisk.services.portrait import portraits
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.risk_properties import risk_properties
from supplyrisk.services.store import Confirm, StoreChange, StorePart, no_confirmation

CONTAGION_SETTINGS = ("essentiality", "substitution", "eps", "residual", "base_pd_from")


def write_scores_to_store(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    dry_run: bool = False,
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
) -> StoreChange:
    """Write the workspace's scores of a day (None: the last) into the store, in place of all earlier ones.

    Raises
    ------
    DataError: that day was not scored, or the store shows another day.
    """
    path = workspace.day_file(workspace.layout.scores, as_of, "scgraph score")
    firms = pq.read_table(path)
    spreaders = pq.read_table(workspace.layout.spreaders_file(day_of_name(path.stem)))
    score_runs = workspace.score_runs()
    properties = with_score_changes(
        risk_properties(firms, spreaders), score_runs, firms, score_runs.behind(path)
    )
    columns = properties.column_names[1:]
    names = [name if name.startswith("risk_") else f"risk_{name}" for name in columns]
    _check_graph_shows(workspace, firms["as_of"][0].as_py() if firms.num_rows else None)
    change = StoreChange(
        "store.scores",
        (
            StorePart("firms", "Firm", properties.num_rows),
            StorePart("properties", ", ".join(names), len(names)),
        ),
        dry_run,
    )
    return _write(workspace, change, lambda store: store.write_scores(properties), confirm, progress)


def write_contagion_to_store(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    dry_run: bool = False,
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
) -> StoreChange:
    """Write the workspace's contagion by mechanism of a day (None: the last) into the store; scores stay.

    Raises
    ------
    DataError: contagion of that day was not computed, or the store shows another day or other data.
    """
    stored = workspace.contagion(as_of)
    records = contagion_records_of(stored.firms, stored.as_of)
    _check_graph_shows(workspace, stored.as_of, stored.content_hash)
    change = StoreChange(
        "store.contagion",
        (
            StorePart("firms", "Firm", records.firms.num_rows),
            StorePart("links", records.links.type, records.links.rows.num_rows),
            StorePart("properties", ", ".join(records.names), len(records.names)),
        ),
        dry_run,
        (settings_of(stored.head),),
    )
    return _write(workspace, change, lambda store: store.write_contagion(records), confirm, progress)


def write_portraits_to_store(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    window_days: int = defaults.PORTRAIT_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    dry_run: bool = False,
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
) -> StoreChange:
    """Write the portraits of a day (None: the last day of the data) into the store; scores and contagion stay.

    Portraits that the workspace lacks are computed first; parameters as in `portraits`.

    Raises
    ------
    DataError: the store shows another day or other data, or as in `portraits`.
    """
    computed = portraits(
        workspace,
        as_of=as_of,
        window_days=window_days,
        default_definition=default_definition,
        beyond_days=beyond_days,
        progress=progress,
    ).portraits
    properties = portrait_properties(computed)
    names = properties.column_names[1:]
    _check_graph_shows(workspace, computed.as_of, computed.content_hash)
    change = StoreChange(
        "store.portraits",
        (
            StorePart("firms", "Firm", properties.num_rows),
            StorePart("properties", ", ".join(names), len(names)),
        ),
        dry_run,
    )
    return _write(workspace, change, lambda store: store.write_portraits(properties), confirm, progress)


def settings_of(head: Mapping[str, object]) -> str:
    """What stored contagion was computed with, in one line; runs of earlier versions do not name the scores."""
    settings = [f"{name} {head[name]}" for name in CONTAGION_SETTINGS]
    scored_by = head.get(SCORED_BY)
    if isinstance(scored_by, Mapping):
        settings.append(f"PDs: {ScoreSource(**scored_by)}")
    return "; ".join(settings)


def _write(
    workspace: Workspace,
    change: StoreChange,
    write: Callable[[Store], None],
    confirm: Confirm,
    progress: JobProgress,
) -> StoreChange:
    if not change.dry_run:
        confirm()
        with workspace.open_graph(progress=progress) as store:
            write(store)
    return change


def _check_graph_shows(workspace: Workspace, as_of: date | None, content_hash: str | None = None) -> None:
    """Refuse to write results into a graph of another day, or of other data (None: of any).

    Raises
    ------
    DataError: the graph shows another day or other data.
    """
    day = as_of.isoformat() if as_of else None
    with workspace.open_graph() as store:
        stamp = store.info().stamp
    if stamp.get("as_of") != day or content_hash not in (None, stamp.get("content_hash")):
        raise DataError(
            f"the graph shows {stamp.get('data')} as of {stamp.get('as_of')}",
            f"the data that the results are of, as of {day}",
            "scgraph store load --as-of DATE shows another day; or compute the results again",
        )
