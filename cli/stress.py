"""`scgraph stress`: what a scenario costs, whom it tips over, what would change it, and what carries it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.cli.contagion_inputs import base_pds_from, check_given, read_essentiality
from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.stress_document import Found, about, notes, why_of
from supplyrisk.cli.stress_page import show, show_exposure
from supplyrisk.cli.talk import Step as Progress
from supplyrisk.cli.workspace import check_as_of, snapshot_of, tables_of, transmission_files
from supplyrisk.graph import DataError, Snapshot, Tables, Transmissions, last_statements
from supplyrisk.graph.contagion import RunOptions, Scenario, ScenarioTrace, SupplyNetwork, weights_of
from supplyrisk.graph.stress import (
    EPS,
    CounterfactualBench,
    ScenarioCosts,
    ScenarioPlan,
    ScenarioScope,
    combined_shocks,
    compare_with_learned,
    explain_exposure,
    firm_table,
    options_of,
    read_scenario_plan,
    run_course,
    scenario_scope_of,
    shocks_of,
)
from supplyrisk.services import find_firm

LINK = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("customer_id", pa.string()),
        ("channel", pa.string()),
        ("share", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Request:
    """The day, files with essentialities and PDs (None: the defaults), a firm to look at, eps."""

    as_of: date | None = None
    essentiality: Path | None = None
    pd: Path | None = None
    why: str | None = None
    eps: float | None = None


def stress_book(session: Session, request: Request, file: Path, top: int | None, output: Path | None) -> None:
    """Run a scenario, print it, and write its firms if asked to."""
    check_given(request.pd, request.essentiality)
    plan, faults = read_scenario(file)
    plan = replace(plan, eps=request.eps or plan.eps)
    with session.talk.progress() as step:
        found = compute(session, request, file.name, (plan, faults), step)
    bench = found.bench
    table, head = firm_table(bench.scope, found.course, bench.costs, found.beside), about(found)
    document = envelope("stress", table.slice(0, top).to_pylist(), about=head)
    if output:
        write_table(output, table, envelope("stress", [], about=head))
    if session.as_json:
        print_json(document)
    else:
        show(document, top)
    for note in notes(found):
        session.talk.say(note)
    say_synthetic(session, bench.scope.snapshot.info.synthetic)


def explain_firm(session: Session, request: Request, top: int | None, output: Path | None) -> None:
    """What carries one firm's exposure, over the closures of all others one by one."""
    check_given(request.pd, request.essentiality)
    with session.talk.progress() as step:
        _, field = field_seen(session, request, step)
        at, seen, eps = _row(request.why or "", field), field.snapshot, request.eps or EPS
        pd, origin = base_pds_from(session, request.pd, seen, field.network)
        if pd is None:
            raise usage(
                "an exposure needs base PDs; expected --pd FILE, or scores made by scgraph score before"
            )
        weights = weights_of(field.network, read_essentiality(request.essentiality))
        closing = partial(step, "closing one firm after the other")
        found = explain_exposure(Scenario(weights), pd, at, RunOptions(eps), closing)
    why = why_of(found, at, field.network.firm_ids)
    head = {"as_of": seen.as_of, "synthetic": seen.info.synthetic, "essentiality": weights.essentiality,
            "eps": eps, "base_pd_from": origin, "exposure": why.pop("loss"), **why}  # fmt: skip
    links = pa.Table.from_pylist(head.pop("links"), LINK)
    if output:
        write_table(output, links, envelope("stress.exposure", [], about=head))
    if session.as_json:
        print_json(envelope("stress.exposure", links.slice(0, top).to_pylist(), about=head))
    else:
        show_exposure(head, links.to_pylist(), top)
    session.talk.say(
        f"exposure: sum over all other firms of base PD ({origin}) x loss when it closes; eps {eps:g}"
    )
    say_synthetic(session, seen.info.synthetic)


def read_scenario(file: Path) -> tuple[ScenarioPlan, list[str]]:
    """The plan of a scenario file and the faults of its form."""
    if not file.is_file():
        raise usage(f"no file {file}; expected a scenario; scgraph stress --example prints one")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise usage(f"{file.name} cannot be read ({fault}); expected TOML in UTF-8") from fault
    return read_scenario_plan(text, file.stem)


def compute(
    session: Session, request: Request, name: str, read: tuple[ScenarioPlan, list[str]], step: Progress
) -> Found:
    """Everything that is asked of a scenario; name: of its file."""
    plan, faults = read
    if faults and not plan.steps and not plan.what_ifs:
        refuse(name, faults, [])
    tables, field = field_seen(session, request, step)
    shocks, unknown = shocks_of(plan, field)
    refuse(name, faults, unknown)
    at = None if request.why is None else _row(request.why, field)
    essentiality, seen = read_essentiality(request.essentiality), field.snapshot
    pd, origin = base_pds_from(session, request.pd, seen, field.network) if plan.what_ifs else (None, None)
    books = (
        ScenarioCosts.of(last_statements(tables, seen), field.network)
        if tables.present("financials")
        else None
    )
    bench = CounterfactualBench(plan, shocks, field, essentiality, pd, books, learned_of(session, seen))
    return _played(bench, origin, at, session.settings.ccf, step)


def field_seen(session: Session, request: Request, step: Progress) -> tuple[Tables, ScenarioScope]:
    """The data, and what scenarios can be about in them."""
    step("reading the network", 0, 0)
    tables = tables_of(session)
    check_as_of(session, tables, request.as_of)
    seen = snapshot_of(session, tables, request.as_of)
    return tables, scenario_scope_of(seen, SupplyNetwork.from_snapshot(seen))


def _row(named: str, field: ScenarioScope) -> int:
    return find_firm(named, field.network.firm_ids, field.snapshot.firms["name"].to_pylist())


def _played(
    bench: CounterfactualBench, origin: str | None, at: int | None, ccf: float, step: Progress
) -> Found:
    """The course of the scenario, and what is asked beside it; at: the firm whose loss is to be explained."""
    plan, learned = bench.plan, bench.learned
    scenario = Scenario(weights_of(bench.scope.network, bench.essentiality))
    step("following the shocks", 0, 0)
    course = run_course(plan, bench.shocks, scenario, bench.scope, bench.costs)
    closing = partial(step, "closing one firm after the other")
    return Found(
        bench=bench,
        course=course,
        beside=None if learned is None else compare_with_learned(course, learned),
        effects=[effect for asked in plan.what_ifs for effect in bench.effects(asked, closing)],
        base_pd_from=origin,
        why=None
        if at is None
        else why_of(_trace(bench, scenario).explain(at), at, bench.scope.network.firm_ids),
        ccf=ccf,
    )


def _trace(bench: CounterfactualBench, scenario: Scenario) -> ScenarioTrace:
    return ScenarioTrace(scenario, *combined_shocks(bench.shocks), options_of(bench.plan))


def learned_of(session: Session, seen: Snapshot) -> Transmissions | None:
    """What `score` kept of the network for these data and this day; None where it kept nothing for them."""
    files = transmission_files(session.folder, seen.as_of)
    if not all(file.is_file() for file in files):
        return None
    kept = Transmissions.from_tables(*(pq.read_table(file) for file in files))
    ids = tuple(seen.firms["firm_id"].to_pylist())
    if kept.content_hash != seen.info.content_hash or kept.node_ids[: kept.firms] != ids:
        session.talk.say("note: the kept transmissions are of other data; run scgraph score again")
        return None
    return kept


def refuse(name: str, faults: list[str], unknown: list[str]) -> None:
    """Say all faults at once: of the file's form (exit code 2), or only of what the data do not know (3)."""
    if faults:
        raise usage(f"{name}: {'; '.join([*faults, *unknown])}")
    if unknown:
        raise DataError(f"{name}: {'; '.join(unknown)}")
