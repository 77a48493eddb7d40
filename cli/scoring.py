"""`scgraph score`: every firm's score, printed, kept in the workspace, and written back to the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.history import Run, digest_of, keep_run, stamped
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.moves import with_moves
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.cli.workspace import (
    SCORES,
    check_as_of,
    check_store,
    has_graph,
    model_folder,
    open_graph,
    partners_file,
    scores_file,
    scores_name,
    snapshot_of,
    tables_of,
    transmission_files,
)
from supplyrisk.graph import Snapshot, Tables, Transmissions, partners_of, read_back

TOP = 20


@dataclass(frozen=True)
class Request:
    """What to score and by whom; None: the last day, the champion, the base rate of the training data."""

    as_of: date | None = None
    use: str | None = None
    base_rate: float | None = None
    write_back: bool = True
    from_graph: bool = False


@dataclass(frozen=True)
class Result:
    """Scores, the model that gave them, what became of them in the graph, in words, and the run for the history."""

    scores: gnn.Scores
    model: gnn.RiskModel
    written: str
    run: Run


def score_book(session: Session, request: Request, top: int | None, output: Path | None) -> None:
    """Score the workspace's firms, keep and print the scores."""
    result = compute(session, request)
    scores = result.scores
    if output:
        head = head_of(scores) if output.suffix.lower() == ".json" else None
        write_table(output, stamped(scores.firms, result.run), head)
    _show(session, scores, top)
    for note in (*notes(scores, result.model), result.written):
        session.talk.say(note)
    say_synthetic(session, scores.synthetic)


def compute(session: Session, request: Request) -> Result:
    """Score the workspace's firms; the scores go into its folder scores and, if asked for, into the graph."""
    if request.base_rate is not None and not 0 < request.base_rate < 1:
        raise usage(f"--base-rate is {request.base_rate:g}; expected a share between 0 and 1")
    if request.write_back:
        check_store(session.settings)
    with session.talk.progress() as step:
        step("reading the model", 0, 0)
        model = read_model(session)
        step("computing features", 0, 0)
        seen = (out_of_graph if request.from_graph else out_of_tables)(session, model, request.as_of)
        step("scoring", 0, 0)
        bounds = session.settings.grade_bounds
        graph, parts = model.parts(seen, (request.use or model.champion,))
        found = graph.scored(), parts
        del graph
        use, rate, lang = request.use, request.base_rate, session.settings.lang
        scores = gnn.score(model, seen, use=use, base_rate=rate, bounds=bounds, computed=found, lang=lang)
        step("writing", 0, 0)
        run = run_of(session, scores, seen)
        keep(session, scores, gnn.transmissions_of(model, seen, found, rate), run)
        write_table(partners_file(session.folder, scores.as_of), stamped(partners_of(seen), run))
        keep_run(session.folder, run, scores.firms)
        not_written = "scores were not written to the graph"
        written = write_back(session, scores, seen, run) if request.write_back else not_written
        return Result(scores, model, written, run)


def out_of_tables(session: Session, model: gnn.RiskModel, as_of: date | None) -> Snapshot:
    """What the workspace's data show on a day."""
    tables = tables_of(session)
    check_as_of(session, tables, as_of)
    return as_the_model_sees(session, model, tables, as_of)


def out_of_graph(session: Session, model: gnn.RiskModel, as_of: date | None) -> Snapshot:
    """What the graph store holds, the workspace's data left alone; its day is the one that it was loaded for."""
    with open_graph(session) as store:
        seen = read_back(store)
    if as_of not in (None, seen.as_of):
        raise usage(
            f"--as-of {as_of}, but the graph shows {seen.as_of}; leave one of --as-of and --from-graph out"
        )
    return replace(seen, horizon_days=model.horizon_days if seen.as_of else None)


def read_model(session: Session) -> gnn.RiskModel:
    """The model in the settings, on the device in the settings."""
    return gnn.load(model_folder(session), gnn.device(session.settings.device))


def as_the_model_sees(session: Session, model: gnn.RiskModel, tables: Tables, as_of: date | None) -> Snapshot:
    """A snapshot with the horizon and the kinds of defaults that the model was trained with.

    The model's go before the settings', since a PD is only ever of what was learned; where the kinds differ, it is
    said.
    """
    kinds = model.default_kinds
    if set(kinds) != set(session.settings.default_kinds):
        asked = ", ".join(session.settings.default_kinds)
        session.talk.say(
            f"note: defaults are {', '.join(kinds)}, as in training; the setting default_kinds ({asked}) is not used"
        )
    own = replace(session, settings=replace(session.settings, default_kinds=kinds))
    return snapshot_of(own, tables, as_of, model.horizon_days)


def keep(session: Session, scores: gnn.Scores, learned: Transmissions, run: Run) -> None:
    """Write the scores and who passes on into the workspace's folder of scores; and what the network learned."""
    folder = session.folder / SCORES
    folder.mkdir(parents=True, exist_ok=True)
    name = scores_name(scores.as_of)
    write_table(scores_file(session.folder, scores.as_of), stamped(scores.firms, run))
    write_table(folder / f"{name}-spreaders.parquet", scores.spreaders)
    for file, table in zip(
        transmission_files(session.folder, scores.as_of), learned.to_tables(), strict=True
    ):
        file.parent.mkdir(exist_ok=True)
        write_table(file, table)


def run_of(session: Session, scores: gnn.Scores, seen: Snapshot) -> Run:
    """What the history is to know of a run beside its scores."""
    day = scores.as_of.isoformat() if scores.as_of else None
    digest = digest_of(model_folder(session))
    data, rate, horizon = seen.info.content_hash, scores.base_rate, scores.horizon_days
    return Run(0, day, scores.model, digest, data, rate, horizon)


def write_back(session: Session, scores: gnn.Scores, seen: Snapshot, run: Run) -> str:
    """Set risk_ properties in the graph, if it shows the same data and day; says what was done."""
    if not has_graph(session):
        return "no graph to write the scores to; scgraph load builds one"
    with open_graph(session) as store:
        stamp = store.info().stamp
        day = seen.as_of.isoformat() if seen.as_of else None
        if (stamp["content_hash"], stamp["as_of"]) != (seen.info.content_hash, day):
            return f"scores were not written to the graph: it shows {stamp['data']} as of {stamp['as_of']}"
        store.write_scores(with_moves(risk_properties(scores), session.folder, scores.firms, run))
        place = store.info().place
    return f"scores were written to the graph ({place})"


def risk_properties(scores: gnn.Scores) -> pa.Table:
    """One row per firm as the graph holds it: reasons as lists of texts and of codes."""
    return kept_properties(scores.firms, scores.spreaders)


def kept_properties(firms: pa.Table, spread: pa.Table) -> pa.Table:
    """The same from the two tables that the workspace keeps."""
    firms, spread = firms.sort_by("firm_id"), spread.sort_by("firm_id")
    if not firms.column("firm_id").equals(spread.column("firm_id")):
        raise ValueError("scores and spreaders are of different firms")
    table = firms.select([n for n in firms.column_names if n not in ("name", "reasons", "neighbours")])
    reasons = firms.column("reasons").to_pylist()
    for part, name in (("text", "reasons"), ("code", "reason_codes")):
        lists = [None if row is None else [r[part] for r in row] for row in reasons]
        table = table.append_column(name, pa.array(lists, pa.list_(pa.string())))
    for name in ("passes_on", "reaches"):
        table = table.append_column(name, spread.column(name))
    return table


def document(scores: gnn.Scores, top: int | None) -> dict[str, object]:
    """The JSON envelope of scores; top cuts both lists."""
    return head_of(scores, top) | {"rows": scores.firms.slice(0, top).to_pylist()}


def head_of(scores: gnn.Scores, top: int | None = None) -> dict[str, object]:
    """The envelope without its rows; top cuts the list of spreaders."""
    head = {
        "as_of": scores.as_of,
        "model": scores.model,
        "degraded": scores.degraded,
        "synthetic": scores.synthetic,
        "horizon_days": scores.horizon_days,
        "contender": scores.candidate,
        "default_kinds": list(scores.default_kinds),
        "base_rate": scores.base_rate,
        "absent_sources": list(scores.absent),
        "caught_identified": scores.identified,
    }
    spreaders = scores.spreaders.slice(0, top).to_pylist()
    return envelope("score", [], about=head, spreaders=spreaders)


def _show(session: Session, scores: gnn.Scores, top: int | None) -> None:
    if session.as_json:
        print_json(document(scores, top))
        return
    horizon = f"within {scores.horizon_days} days of {scores.as_of}" if scores.as_of else "undated"
    session.talk.say(
        f"PD {horizon}, by {scores.model}; the {min(top or TOP, scores.firms.num_rows)} riskiest"
    )
    show_table(*ranked(scores, top or TOP), title="riskiest")
    show_text("")
    session.talk.say("who passes on the most, by the network")
    show_table(*spreaders(scores, top or TOP), title="who passes on the most")


def ranked(scores: gnn.Scores, top: int) -> tuple[tuple[str, ...], list[list[object]]]:
    """Columns and rows of the riskiest firms."""
    columns = (
        "firm",
        "name",
        "PD %",
        "range %",
        "grade",
        "points",
        "own %",
        "context %",
        "caught %",
        "main reason",
    )
    return columns, [_ranked_row(row) for row in scores.firms.slice(0, top).to_pylist()]


def _ranked_row(row: dict[str, Any]) -> list[object]:
    if row["pd"] is None:
        return [row["firm_id"], row["name"], *[None] * 7, "in default"]
    hazard = [
        None if row[part] is None else f"{100 * row[part]:.2f}" for part in ("own", "context", "caught")
    ]
    low_high = f"{100 * row['pd_low']:.2f}-{100 * row['pd_high']:.2f}"
    reason = row["reasons"][0]["text"] if row["reasons"] else None
    thin = " (insufficient data)" if row["state"] == "insufficient" else ""
    pd_, points = f"{100 * row['pd']:.2f}", f"{row['points']:.0f}"
    return [row["firm_id"], row["name"], pd_, low_high, row["grade"] + thin, points, *hazard, reason]


def spreaders(scores: gnn.Scores, top: int) -> tuple[tuple[str, ...], list[list[object]]]:
    """Columns and rows of the firms that others catch most from."""
    rows = scores.spreaders.slice(0, top).to_pylist()
    found = [
        [r["firm_id"], r["name"], f"{100 * r['passes_on']:.2f}", r["reaches"], r["state"]]
        for r in rows
        if r["passes_on"]
    ]
    return ("firm", "name", "hazard passed on %", "firms reached", "state"), list(found)


def notes(scores: gnn.Scores, model: gnn.RiskModel) -> list[str]:
    """What a reader of scores has to know beside them."""
    said = []
    if scores.candidate == gnn.NETWORK:
        said.append("own, context and caught are hazards; they sum to -log(1 - PD)")
        if not scores.identified:
            said.append("caught is not identified: the networks of the ensemble do not agree on it enough")
    else:
        said.append(
            f"scored by {scores.candidate}: it has no own, context and caught; reasons by {gnn.METHOD}"
        )
    if scores.horizon_days is not None:
        said.append(
            "pd_low_90 to pd_high_90: the true PD of 90 firms of 100 lies there in synthetic worlds; "
            "of real data that is an assumption"
        )
    if scores.base_rate is not None:
        said.append(f"PDs are at a base rate of {scores.base_rate:g}, as was asked for")
    if scores.candidate != model.champion:
        said.append(f"the champion is {model.champion}; {scores.candidate} was asked for")
    if scores.degraded:
        said.append(f"degraded: the model was trained with {', '.join(scores.absent)}, which these data lack")
    return said
