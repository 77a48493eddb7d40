"""`scgraph monitor`: which borrowers changed since a day, by what, and why; out of what the workspace keeps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import typer

from supplyrisk.cli.errors import EXIT_GATE, usage
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.history import bridge_rows, change
from supplyrisk.cli.kept_scores import Kept, days_around, kept_on, runs_on
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table
from supplyrisk.cli.workspace import open_graph
from supplyrisk.graph import DataError, read_workspace
from supplyrisk.graph.credit import (
    CAUSES,
    KINDS,
    MODEL,
    UNSEPARATED,
    AlertBounds,
    FirmDay,
    NeighbourScores,
    ScoreBridge,
    alerts_of,
    borrowers_of,
    graph_day,
)

Row = dict[str, Any]
TOP = 50


@dataclass(frozen=True)
class Wanted:
    """Since when, whose borrowers (None: every lender's), and which kinds of alerts end in exit code 5."""

    since: date
    lender: str | None = None
    fail_on: Sequence[str] = ()


def monitor_book(session: Session, wanted: Wanted, output: Path | None) -> None:
    """Work out who changed and show it; exit code 5 where an alert of a kind named in fail_on is raised."""
    strange = sorted(set(wanted.fail_on) - {*KINDS, "any"})
    if strange:
        raise usage(f"--fail-on {', '.join(strange)}; expected {', '.join(KINDS)} or any")
    document = _work_out(session, wanted)
    if output:
        head = {name: value for name, value in document.items() if name != "rows"}
        write_table(output, pa.Table.from_pylist(document["rows"], schema=SCHEMA), head)
        session.talk.say(f"written to {output}")
    if session.as_json:
        print_json(document)
    elif not output:
        _show(document)
    for line in _said(document):
        session.talk.say(line)
    met = {k: n for k, n in document["alerts"].items() if k in wanted.fail_on or "any" in wanted.fail_on}
    if any(met.values()):
        session.talk.say("alerts: " + ", ".join(f"{kind} {count}" for kind, count in met.items() if count))
        raise typer.Exit(EXIT_GATE)


def _work_out(session: Session, wanted: Wanted) -> Row:
    info, bounds = read_workspace(session.folder).info, _bounds(session)
    with session.talk.progress() as step:
        step("asking the graph", 0, 0)
        with open_graph(session) as store:
            as_of = graph_day(store, info)
            borrowers = borrowers_of(store, wanted.lender)
        step("reading what was kept", 0, 0)
        days = days_around(session.folder, wanted.since, as_of)
        runs = runs_on(session.folder, days)
        if runs[1].data != info.content_hash:
            raise DataError(
                f"the kept scores of {as_of} are of other data",
                "of those that are loaded",
                "run scgraph score again",
            )
        then, now = kept_on(session.folder, days, runs, {row["firm"] for row in borrowers} or None)
        notes = _notes(then, now, wanted.since)
        if not borrowers:
            notes.append("the data hold no loans: all scored firms are watched")
            borrowers = [{"firm": firm, "lenders": [], "drawn": None} for firm in sorted(now.scores)]
        step("comparing", 0, 0)
        changed = [] if then.day == now.day else _rows(session.folder, (then, now), borrowers, bounds)
        rows = sorted(changed, key=_gravest)
    first = next(iter(now.scores.values()), {})
    counted = Counter(alert["kind"] for row in rows for alert in row["alerts"])
    about = {"as_of": as_of, "model": now.run.model, "degraded": bool(first.get("degraded"))}
    return envelope(
        "monitor",
        rows,
        about=about | {"synthetic": info.synthetic},
        since=wanted.since, lender=wanted.lender, watched=len(borrowers),
        baseline=_told(then), current=_told(now), bounds=asdict(bounds),
        alerts={kind: counted[kind] for kind in KINDS}, notes=notes,
    )  # fmt: skip


def _bounds(session: Session) -> AlertBounds:
    """The bounds in force."""
    own = session.settings
    return AlertBounds(
        own.pd_factor, own.watch_pd, own.watch_share, own.watch_moved, own.watch_reason, own.watch_sides
    )


def _notes(then: Kept, now: Kept, since: date) -> list[str]:
    if then.day == now.day:
        return [
            f"the graph shows the scores of {then.day}, the last kept day on or before {since}: nothing changed; "
            "a later day counts once its scores are in the graph"
        ]
    lost = [str(kept.day) for kept in (then, now) if kept.partners is None]
    return [f"no partners are kept of {day}: neighbourhoods are not compared" for day in lost]


def _rows(
    workspace: Path, days: tuple[Kept, Kept], borrowers: Sequence[Row], bounds: AlertBounds
) -> list[Row]:
    then, now = days
    moved = _Why(then, now, bridge_rows(workspace, then.run, now.run, set(now.scores)))
    found = []
    for borrower in borrowers:
        firm = borrower["firm"]
        old, new = then.seen(firm), now.seen(firm)
        others = {p["other"] for seen in (old, new) for p in seen.partners or ()}
        around = NeighbourScores(then.scores, now.scores, {other: moved.of(other) for other in others})
        why = moved.of(firm)
        alerts = alerts_of(old, new, why, around, bounds)
        if alerts:
            parts = dict.fromkeys(CAUSES) if why.parts is None else why.parts
            whole = None if why.parts is None else math.fsum(why.parts.values())
            found.append(
                {"firm_id": firm, "name": (new.row or {}).get("name"), "lenders": borrower["lenders"]}
                | {"drawn": borrower["drawn"], "then": _score(old), "now": _score(new)}
                | {"change": whole, **parts, "alerts": [alert.as_document() for alert in alerts]}
            )
    return found


@dataclass(frozen=True)
class _Why:
    """How the two days' scores of a firm belong together; bridge: what the old scorer said of the new data."""

    then: Kept
    now: Kept
    bridge: Mapping[str, Row]

    def of(self, firm: str) -> ScoreBridge:
        old, new = self.then.scores.get(firm), self.now.scores.get(firm)
        between = self.bridge.get(firm)
        parts = None
        if old and new and old["pd"] is not None and new["pd"] is not None:
            parts = change((self.then.run, old), (self.now.run, new), between)
        runs = self.then.run, self.now.run
        if runs[0].scorer == runs[1].scorer:
            return ScoreBridge(parts)
        same = (runs[0].as_of, runs[0].data) == (runs[1].as_of, runs[1].data)
        state = between["state"] if between else None
        return ScoreBridge(parts, MODEL if same else UNSEPARATED, state)


def _score(seen: FirmDay) -> Row:
    return {"pd": seen.pd, "grade": seen.grade, "state": seen.state}


def _told(kept: Kept) -> Row:
    run = kept.run
    return {"as_of": kept.day, "model": run.model, "digest": run.digest, "data": run.data}


def _gravest(row: Row) -> tuple[int, float, str]:
    """By the gravest kind of alert, the PD's rise, and the id."""
    return KINDS.index(row["alerts"][0]["kind"]), -(row["change"] or 0.0), row["firm_id"]


_SCORE_TYPE = pa.struct([("pd", pa.float64()), ("grade", pa.string()), ("state", pa.string())])
_ALERT = pa.struct(
    [(name, pa.string()) for name in ("kind", "what", "cause", "text", "other")]
    + [(name, pa.float64()) for name in ("before", "after")]
)
SCHEMA = pa.schema(
    [("firm_id", pa.string()), ("name", pa.string()), ("lenders", pa.list_(pa.string()))]
    + [("drawn", pa.float64()), ("then", _SCORE_TYPE), ("now", _SCORE_TYPE)]
    + [(name, pa.float64()) for name in ("change", *CAUSES)]
    + [("alerts", pa.list_(_ALERT))]
)


def _show(document: Row) -> None:
    rows = [
        (
            row["firm_id"] if not at else "",
            row["name"] if not at else "",
            alert["kind"],
            alert["text"],
            alert["cause"],
        )
        for row in document["rows"][:TOP]
        for at, alert in enumerate(row["alerts"])
    ]
    if rows:
        show_table(("firm", "name", "alert", "what changed", "cause"), rows)


def _said(document: Row) -> list[str]:
    """What is said beside the table."""
    then, now = document["baseline"]["as_of"], document["current"]["as_of"]
    whose = f"borrowers of {document['lender']}" if document["lender"] else "firms"
    count = len(document["rows"])
    more = f", the first {TOP} shown" if count > TOP else ""
    return [
        f"{count} of {document['watched']:,} {whose} changed from {then} to {now}{more}",
        *(f"note: {note}" for note in document["notes"]),
    ]
