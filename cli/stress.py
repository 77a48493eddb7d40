"""`scgraph stress`: what a scenario costs, whom it tips over, what would change it, and what carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from supplyrisk.cli.contagion import essentiality_from
from supplyrisk.cli.errors import usage
from supplyrisk.cli.evidence import find_firm
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.stress_page import show
from supplyrisk.cli.talk import Step as Progress
from supplyrisk.cli.workspace import after_the_data, snapshot_of, tables_of
from supplyrisk.graph import DataError, Tables
from supplyrisk.graph.contagion import Network, Scenario, Trace, weigh
from supplyrisk.graph.stress import (
    Books,
    Course,
    Field,
    Plan,
    Shock,
    by_label,
    by_lender,
    field_of,
    firm_table,
    joined,
    options_of,
    read_plan,
    run_course,
    shocks_of,
)


@dataclass(frozen=True)
class Request:
    """The scenario's file, the day, files with essentialities and PDs (None: the defaults), a firm to look at."""

    scenario: Path
    as_of: date | None = None
    essentiality: Path | None = None
    pd: Path | None = None
    why: str | None = None


@dataclass(frozen=True)
class Found:
    """The results, and what they rest on."""

    plan: Plan
    field: Field
    books: Books | None
    course: Course
    essentiality: str
    why: dict[str, object] | None


def stress_book(session: Session, request: Request, top: int | None, output: Path | None) -> None:
    """Run a scenario, print it, and write its firms if asked to."""
    plan, faults = read_scenario(request.scenario)
    with session.talk.progress() as step:
        found = compute(session, request, (plan, faults), step)
    table, head = firm_table(found.field, found.course, found.books), about(found)
    document = envelope("stress", table.slice(0, top).to_pylist(), about=head)
    if output:
        write_table(output, table, envelope("stress", [], about=head))
    if session.as_json:
        print_json(document)
    else:
        show(document, top)
    for note in notes(found):
        session.talk.say(note)
    say_synthetic(session, found.field.snapshot.info.synthetic)


def read_scenario(file: Path) -> tuple[Plan, list[str]]:
    """The plan of a scenario file and the faults of its form."""
    if not file.is_file():
        raise usage(f"no file {file}; expected a scenario; scgraph stress --example prints one")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise usage(f"{file.name} cannot be read ({fault}); expected TOML in UTF-8") from fault
    return read_plan(text, file.stem)


def compute(session: Session, request: Request, read: tuple[Plan, list[str]], step: Progress) -> Found:
    """Everything that is asked of a scenario."""
    plan, faults = read
    if faults and not plan.steps and not plan.what_ifs:
        refuse(request.scenario.name, faults, [])
    step("reading the network", 0, 0)
    tables = tables_of(session)
    seen = snapshot_of(session, tables, request.as_of)
    for warning in after_the_data(tables, request.as_of):
        session.talk.say(f"note: {warning}")
    field = field_of(seen, Network.from_snapshot(seen))
    shocks, unknown = shocks_of(plan, field)
    refuse(request.scenario.name, faults, unknown)
    at = None if request.why is None else find_firm(
        request.why, field.network.firm_ids, seen.firms["name"].to_pylist()
    )  # fmt: skip
    weights = weigh(field.network, essentiality_from(request.essentiality))
    scenario = Scenario(weights)
    books = _books(tables, seen.as_of, field.network)
    step("following the shocks", 0, 0)
    course = run_course(plan, shocks, scenario, field, books)
    why = None if at is None else why_of(plan, shocks, scenario, at)
    return Found(plan, field, books, course, weights.essentiality, why)


def refuse(name: str, faults: list[str], unknown: list[str]) -> None:
    """Say all faults at once: of the file's form (exit code 2), or only of what the data do not know (3)."""
    if faults:
        raise usage(f"{name}: {'; '.join([*faults, *unknown])}")
    if unknown:
        raise DataError(f"{name}: {'; '.join(unknown)}")


def _books(tables: Tables, as_of: date | None, network: Network) -> Books | None:
    return Books.of(tables, as_of, network) if tables.present("financials") else None


def why_of(plan: Plan, shocks: list[Shock], scenario: Scenario, firm: int) -> dict[str, object]:
    """What carries one firm's loss in the last step."""
    trace = Trace(scenario, *joined(shocks), options_of(plan))
    ids = scenario.weights.network.firm_ids
    found = trace.why(firm)
    if found is None:
        return {"firm_id": ids[firm], "loss": 0.0, "by_supply": 0.0, "by_demand": 0.0, "shocked": [],
                "links": [], "paths": []}  # fmt: skip
    ends = zip(found.supplier, found.customer, found.demand, found.share, strict=True)
    began = np.flatnonzero(found.shocked)
    return {
        "firm_id": ids[firm],
        "loss": found.loss,
        "by_supply": found.by_supply,
        "by_demand": found.by_demand,
        "shocked": [
            {"firm_id": ids[k], "share": float(found.shocked[k])}
            for k in began[np.argsort(-found.shocked[began], kind="stable")]
        ],
        "links": [
            {
                "supplier_id": ids[s],
                "customer_id": ids[c],
                "channel": "demand" if d else "supply",
                "share": float(q),
            }
            for s, c, d, q in ends
        ],
        "paths": [
            {"firms": [ids[f] for f in path.firms], "channel": path.channel, "share": path.share}
            for path in found.paths
        ],
    }


def about(found: Found) -> dict[str, object]:
    """The head of the JSON document: what the numbers rest on, each step, and all of them together."""
    plan, field, course = found.plan, found.field, found.course
    stages = []
    for stage in course.stages:
        tips = stage.outcome.loss >= plan.tips_at
        stages.append(
            {
                "name": stage.label,
                "weeks": stage.weeks,
                "shocked": int(np.count_nonzero((stage.supply > 0) | (stage.demand > 0))),
                "esri": stage.outcome.esri,
                "down": stage.outcome.esri_down,
                "up": stage.outcome.esri_up,
                "money": None if stage.money is None else float(stage.money.sum()),
                "iterations": stage.outcome.iterations,
                "residual": stage.outcome.residual,
                **_sums(field, stage.outcome.loss, stage.money, tips),
            }
        )
    return {
        "as_of": field.snapshot.as_of,
        "synthetic": field.snapshot.info.synthetic,
        "currency": field.snapshot.info.currency,
        "scenario": plan.name,
        "weeks": plan.weeks,
        "firms": field.network.firms,
        "links": len(field.network.amount),
        "essentiality": found.essentiality,
        "substitution": plan.substitution,
        "eps": plan.eps,
        "tips_at": plan.tips_at,
        "money": None if course.money is None else float(course.money.sum()),
        "loss": float(field.network.shares @ course.mean),
        "tips_over": int(course.tips.sum()),
        "statements": 0 if found.books is None else found.books.known,
        **_sums(field, course.mean, course.money, course.tips),
        "steps": stages,
        "why": found.why,
    }


def _sums(
    field: Field, loss: np.ndarray[tuple[int], np.dtype[np.float64]],
    money: np.ndarray[tuple[int], np.dtype[np.float64]] | None, tips: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> dict[str, object]:  # fmt: skip
    return {
        "by_industry": by_label(field, "industry", loss, money, tips),
        "by_region": by_label(field, "region", loss, money, tips),
        "by_lender": by_lender(field, loss, tips),
    }


def notes(found: Found) -> list[str]:
    """What a reader has to know beside the numbers."""
    plan, last = found.plan, found.course.stages[-1].outcome
    stands_in = "others of an industry stand in" if plan.substitution else "nobody stands in"
    said = [
        f"{found.essentiality}; {stands_in}; eps {plan.eps:g}, {last.iterations} steps, residual {last.residual:.2g}",
        "what a step takes stays lost until the scenario ends; shocks of several steps join as 1 - prod(1 - psi)",
    ]
    if found.field.weeks is None:
        said.append("undated data: sales per week are unknown, so that there are no losses in money")
    if found.books is None:
        said.append("no financials: firms tip over by their loss alone")
    else:
        known = found.books.known
        said.append(
            f"{known} of {found.field.network.firms} firms have a statement; the others tip over by loss alone"
        )
        if found.books.by_costs:
            said.append(
                f"{found.books.by_costs} statements have no material costs: all costs stand in for them"
            )
    return said
