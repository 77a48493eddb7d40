"""Monitor borrowers: whose score, reasons or neighbourhood changed since a day, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from supplyrisk.graph import UNLISTED, Workspace
from supplyrisk.graph.credit import (
    BORROWER_CHANGE_SCHEMA,
    KINDS,
    AlertBounds,
    BorrowerChange,
    ScoredDay,
    borrower_changes,
    borrowers_of,
    graph_day,
    read_scored_days,
)
from supplyrisk.graph.credit.shop_facts import Borrower
from supplyrisk.graph.workspace.score_runs import ScoreRun
from supplyrisk.graph.workspace.score_source import ScoreSource
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.progress import JobProgress, silent


@dataclass(frozen=True)
class MonitorResult(TableResult):
    """The borrowers that changed between two scored days.

    changes: the gravest first. watched: how many firms were compared. baseline, current: the runs of the earlier and
    the later day. bounds: from where on a change is an alert. notes: what could not be compared.
    scored_by: the sources of the scores of both days.
    """

    since: date
    lender: str | None
    watched: int
    baseline_day: date
    baseline: ScoreRun
    current_day: date
    current: ScoreRun
    bounds: AlertBounds
    changes: tuple[BorrowerChange, ...]
    degraded: bool
    synthetic: bool
    synthetic_model: bool
    notes: tuple[str, ...]
    scored_by: tuple[ScoreSource, ScoreSource]

    @property
    def alerts(self) -> dict[str, int]:
        """The number of alerts of each kind."""
        counts = Counter(alert.kind for change in self.changes for alert in change.alerts)
        return {kind: counts[kind] for kind in KINDS}

    def table(self) -> pa.Table:
        """A row per borrower that changed, as it is written to files."""
        rows = [change.to_json() for change in self.changes]
        return pa.Table.from_pylist(rows, schema=BORROWER_CHANGE_SCHEMA)

    def head(self) -> Document:
        """The document without its rows."""
        about: Document = {
            "as_of": self.current_day,
            "model": self.current.model,
            "degraded": self.degraded,
            "synthetic": self.synthetic,
            "synthetic_model": self.synthetic_model,
        }
        return document(
            "monitor",
            [],
            about=about,
            since=self.since,
            lender=self.lender,
            watched=self.watched,
            baseline=self.scored_by[0],
            current=self.scored_by[1],
            bounds=self.bounds,
            alerts=self.alerts,
            notes=self.notes,
        )


def monitor(
    workspace: Workspace,
    since: date,
    *,
    lender: str | None = None,
    bounds: AlertBounds | None = None,
    progress: JobProgress = silent,
) -> MonitorResult:
    """List the borrowers whose score, reasons or neighbourhood changed since a day, with the causes.

    It compares the stored scores and partners of two days: the last scored day on or before `since`, and the day that
    the graph shows. Where the data have no loans, all scored firms are watched.

    Parameters
    ----------
    lender: whose borrowers; None: every lender's.
    bounds: from where on a change is an alert; None: the defaults of AlertBounds.

    Raises
    ------
    DataError: one of the days was not scored, the scores are of other data or over another horizon, or the lender has
    no lines. WorkspaceError: no data are loaded.
    """
    info = workspace.info()
    bounds = bounds or AlertBounds()
    progress("querying the graph")
    with workspace.open_graph() as store:
        as_of = graph_day(store, info)
        borrowers = borrowers_of(store, lender)
    progress("reading stored scores")
    # Without borrowers all firms are read: None stands for all.
    firms = {borrower.firm for borrower in borrowers} or None
    then, now = read_scored_days(workspace, since, as_of, firms)
    notes = _notes(then, now, since)
    if not borrowers:
        notes.append("the data have no loans: all scored firms are watched")
        borrowers = tuple(Borrower(firm, [], None) for firm in sorted(now.scores))
    watched = tuple(borrower for borrower in borrowers if now.firm(borrower.firm).state != UNLISTED)
    if firms and len(watched) < len(borrowers):
        notes.append(f"{len(borrowers) - len(watched):,} borrowers are unlisted firms and are not watched")
    progress("comparing")
    changes = []
    if then.day != now.day:
        changes = borrower_changes(workspace.score_runs(), then, now, watched, bounds)
    # degraded is the same for every firm of a day.
    first = next(iter(now.scores.values()), None)
    return MonitorResult(
        since=since,
        lender=lender,
        watched=len(watched),
        baseline_day=then.day,
        baseline=then.run,
        current_day=now.day,
        current=now.run,
        bounds=bounds,
        changes=tuple(changes),
        degraded=first is not None and first.degraded,
        synthetic=info.synthetic,
        synthetic_model=then.run.synthetic_model or now.run.synthetic_model,
        notes=tuple(notes),
        scored_by=(
            ScoreSource.of_run(then.run, workspace.score_runs()),
            ScoreSource.of_run(now.run, workspace.score_runs()),
        ),
    )


def _notes(then: ScoredDay, now: ScoredDay, since: date) -> list[str]:
    """What a reader has to know: that both days are the same, or that neighbourhoods could not be compared."""
    if then.day == now.day:
        return [
            f"the graph shows the scores of {then.day}, the last scored day on or before {since}: nothing changed; "
            "a later day counts once its scores are in the graph"
        ]
    return [
        f"no partners are stored for {scored.day}: neighbourhoods are not compared"
        for scored in (then, now)
        if scored.partners is None
    ]
