"""`scgraph portfolio`: a lender's book, its losses and its concentrations, out of what the workspace holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from supplyrisk.cli.errors import EXIT_GATE, usage
from supplyrisk.cli.files import check_file, envelope, print_json, to_json, write_atomically
from supplyrisk.cli.history import rows_in
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_lines as say
from supplyrisk.cli.talk import show_table
from supplyrisk.cli.workspace import open_graph, scores_file
from supplyrisk.graph import read_workspace
from supplyrisk.graph.credit import (
    DrawSettings,
    LearnedStops,
    Loan,
    breaches,
    check_currency,
    concentrations,
    costliest_failures,
    graph_day,
    lines_of,
    loans_of,
    loss_by_label,
    portfolio_totals,
    read_policy,
    shared_partner_rows,
    simulate_book,
    tail_rows,
)

Row = dict[str, Any]
CODES = ("SINGLE_NAME", "CHAIN")
"""Limits that a book may breach."""
COLUMNS = ("firm_id", "pd", "base_pd", "grade", "state", "horizon_days", "model", "degraded")
"""What is read of the kept scores."""
MOST = 10


@dataclass(frozen=True)
class Wanted:
    """Which lender's book, by which policy, how it is drawn, and which breaches end in exit code 5."""

    lender: str
    policy: Path | None
    draws: DrawSettings
    fail_on: Sequence[str] = ()


def show_portfolio(session: Session, wanted: Wanted, output: Path | None) -> None:
    """Work out a lender's book and show it; exit code 5 where a limit named in fail_on is breached."""
    fail_on = wanted.fail_on
    strange = sorted(set(fail_on) - {*CODES, "any"})
    if strange:
        raise usage(f"--fail-on {', '.join(strange)}; expected {', '.join(CODES)} or any")
    check_file(output, (".json",))
    document = _work_out(session, wanted)
    if output:
        text = to_json(document) + "\n"
        write_atomically(output, lambda out: out.write(text.encode()))
        session.talk.say(f"written to {output}")
    if session.as_json:
        print_json(document)
    elif not output:
        _show(document)
    met = [row for row in document["breaches"] if row["code"] in fail_on or "any" in fail_on]
    if met:
        said = "; ".join(f"{r['code']} {r['firm']} {r['share']:.1%} of at most {r['limit']:.1%}" for r in met)
        session.talk.say(f"limits breached: {said}")
        raise typer.Exit(EXIT_GATE)


def _work_out(session: Session, wanted: Wanted) -> Row:
    lender, draws = wanted.lender, wanted.draws
    policy, info = read_policy(wanted.policy), read_workspace(session.folder).info
    check_currency(info, policy)
    with session.talk.progress() as step, open_graph(session) as store:
        step("asking the graph", 0, 0)
        as_of = graph_day(store, info)
        answers, served, asked = shared_partner_rows(store, lender)
        lines = lines_of(store, lender)
    learned = LearnedStops(session.workspace.transmissions(as_of))
    scores = rows_in(scores_file(session.folder, as_of), None, COLUMNS)
    by_firm = {row["firm_id"]: row for row in scores}
    for line in lines:
        # The kept scores are the ones that the tail is drawn from: the graph's may be of another scoring.
        kept = by_firm[line["firm"]]
        line |= {
            "pd": kept["pd"],
            "defaulted": kept["state"] == "defaulted",
            "grade": kept["grade"] or "in default",
        }
    loans = loans_of(lines, policy)
    base = np.array([by_firm[firm]["base_pd"] or 0.0 for firm in learned.kept.node_ids[: learned.kept.firms]])
    with session.talk.progress() as step:
        step("drawing defaults", 0, 0)
        drawn = simulate_book(loans, learned, base, draws)
        step("stopping firms one by one", 0, 0)
        costly = costliest_failures(loans, learned)
    sums = portfolio_totals(loans)
    about = {"as_of": as_of, "model": scores[0]["model"], "synthetic": info.synthetic}
    return envelope(
        "portfolio",
        _worst_first(loans),
        about=about | {"degraded": scores[0]["degraded"]},
        lender=lender, currency=policy.currency, horizon_days=scores[0]["horizon_days"], totals=sums,
        tail=tail_rows(drawn), draws=asdict(draws), added_el=drawn.added, added_error=drawn.added_error,
        gap=drawn.with_contagion.el - sums["el"] - sums["el_defaulted"],
        grades=sorted(loss_by_label(loans, "grade"), key=lambda row: row["grade"]),
        concentration=concentrations(loans, served), costliest=costly, answers=answers,
        breaches=breaches(loans, answers, policy), policy={"name": policy.name, "hash": policy.hash},
        queries=[asdict(one) for one in asked], data=info.content_hash,
    )  # fmt: skip


def _line(loan: Loan) -> Row:
    names = ("firm", "name", "loan", "product", "drawn", "line", "due_on", "defaulted", "grade")
    return {name: loan.row[name] for name in names} | {
        "pd": loan.pd,
        "lgd": loan.lgd,
        "ead": loan.ead,
        "el": loan.el,
    }


def _worst_first(loans: Sequence[Loan]) -> list[Row]:
    rows = [_line(loan) for loan in loans]
    return sorted(rows, key=lambda row: (-row["el"], row["firm"], row["loan"]))


def _show(document: Row) -> None:
    sums, money = document["totals"], document["currency"]
    say(
        f"{document['lender']}: {sums['lines']} lines to {sums['borrowers']} borrowers, EAD {money} {sums['ead']:,.0f} "
        f"as of {document['as_of']}, {document['model']}"
    )
    say(
        f"EL over {document['horizon_days']} days {sums['el']:,.0f}; besides {sums['el_defaulted']:,.0f} expected of "
        f"{sums['borrowers_defaulted']} borrowers in default"
    )
    if sums["unscored"]:
        say(f"without a PD, counted as 0: {', '.join(sums['unscored'][:MOST])}")
    say("")
    tail = [
        ("with" if t["contagion"] else "without", *(f"{t[k]:,.0f}" for k in ("el", "var", "es")), _errors(t))
        for t in document["tail"]
    ]
    level = document["draws"]["level"]
    show_table(("contagion", "EL", f"VaR {100 * level:g}%", f"ES {100 * level:g}%", "errors"), tail)
    say(
        f"simulated, those in default included; contagion adds {document['added_el']:,.0f} "
        f"(+/- {document['added_error']:,.0f}) to the EL; the simulated EL is {document['gap']:+,.0f} off the sum "
        "of PD x LGD x EAD, which stops at the network's rounds and never hands a default straight back"
    )
    say("")
    show_table(("grade", "EAD", "share", "EL"), [_sums(r, "grade") for r in document["grades"]])
    say("")
    rows = [
        (c["by"], c["of"], f"{c['hhi']:.4f}", c["largest"], f"{c['share']:.1%}")
        for c in document["concentration"]
    ]
    show_table(("concentration by", "of", "HHI", "largest", "its share"), rows)
    say("")
    costly = [
        (c["firm"], *(f"{c[k]:,.0f}" for k in ("own_loss", "added_el", "total")))
        for c in document["costliest"]
    ]
    show_table(("whose failure costs most", "own loss", "added EL", "total"), costly[:MOST])
    _show_answers(document)
    for breach in document["breaches"]:
        what = " ".join(filter(None, (breach["code"], breach["side"], breach["firm"])))
        say(f"over the limit: {what} {breach['share']:.1%}, at most {breach['limit']:.1%}")


def _show_answers(document: Row) -> None:
    """What hangs together in the book: the trades that are financed twice and the chains, the rest by its count."""
    answers = dict(document["answers"])
    twice = answers["lending/double-financing"]
    if twice:
        rows = [
            (
                r["trade"],
                ", ".join(r["loans"]),
                ", ".join(r["lenders"]),
                ", ".join(r["firms"]),
                f"{r['drawn']:,.0f}",
            )
            for r in twice[:MOST]
        ]
        say("")
        show_table(("trade financed twice", "loans", "lenders", "borrowers", "drawn"), rows)
    behind = answers["lending/suppliers-behind"]
    if behind:
        say("")
        counts = ("tier1", "tier2", "tier3", "drawn", "exposed", "chain")
        rows = [(r["supplier"], *(f"{r[c]:,.0f}" for c in counts)) for r in behind[:MOST]]
        show_table(("supplier behind borrowers", "tier 1", "tier 2", "tier 3", *counts[3:]), rows)
    for name, found in answers.items():
        if found:
            say(f"\n{name}: {len(found)} rows (scgraph query run {name} --param lender={document['lender']})")


def _errors(tail: Row) -> str:
    var = f"VaR {tail['var_low']:,.0f} to {tail['var_high']:,.0f}"
    return f"EL +/- {tail['el_error']:,.0f}, {var}, ES +/- {tail['es_error']:,.0f}"


def _sums(row: Row, name: str) -> tuple[object, ...]:
    return row[name], f"{row['ead']:,.0f}", f"{row['share']:.1%}", f"{row['el']:,.0f}"
