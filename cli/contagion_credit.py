"""`scgraph contagion --model debtrank` and `--model clearing`: each firm fails in turn, on balance sheets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.cli.contagion_inputs import (
    NO_PDS,
    SOURCE,
    Ground,
    Request,
    Show,
    mostly_from,
    need_pds,
    percent,
    read_ground,
    sources_of,
)
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table
from supplyrisk.graph.contagion import (
    BalanceSheets,
    CreditContagion,
    balance_sheets_of,
    clear_all,
    debtrank_all,
)

TOP = 20
DEBTRANK = "debtrank"


@dataclass(frozen=True)
class Found:
    """The results, and what they rest on."""

    model: str
    ground: Ground
    sheets: BalanceSheets
    credit: CreditContagion


def rank_debtors(session: Session, request: Request, model: str, show: Show) -> None:
    """Compute, print, and write if asked to."""
    request.check()
    with session.talk.progress() as step:
        step("reading the network", 0, 0)
        ground = read_ground(session, request)
        need_pds(show.by_exposure, ground.pd)
        sheets = balance_sheets_of(
            ground.network, ground.snapshot, ground.statements, guarantees=model == DEBTRANK
        )

        def progress(done: int, of: int) -> None:
            step("one firm failing after the other", done, of)

        if model == DEBTRANK:
            credit = debtrank_all(sheets.claims, sheets.equity, pd=ground.pd, progress=progress)
        else:
            credit = clear_all(sheets.claims, sheets.liquid, pd=ground.pd, progress=progress)
    found = Found(model, ground, sheets, credit)
    table = table_of(found, "exposure" if show.by_exposure else "impact")
    head = about(found)
    if show.output:
        write_table(show.output, table, envelope("contagion", [], about=head))
    if session.as_json:
        print_json(envelope("contagion", table.slice(0, show.top).to_pylist(), about=head))
    else:
        show_table(
            *ranked(found, table.slice(0, show.top or TOP)), title="what each firm's failure costs the others"
        )
    for note in notes(found):
        session.talk.say(note)
    say_synthetic(session, ground.snapshot.info.synthetic)


def table_of(found: Found, by: str) -> pa.Table:
    """One row per firm, the largest first; what nobody knows is null."""
    ground, sheets, credit, n = found.ground, found.sheets, found.credit, found.ground.network.firms
    own = sheets.equity if found.model == DEBTRANK else sheets.liquid
    nothing = pa.nulls(n, pa.float64())
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "firm_id": pa.array(ground.network.firm_ids, pa.string()),
        "name": ground.snapshot.firms["name"],
        "industry": ground.snapshot.firms["industry"],
        "impact": pa.array(credit.impact),
        "lost": pa.array(credit.lost),
        "failed": pa.array(credit.failed),
        "iterations": pa.array(credit.iterations),
        "residual": pa.array(credit.residual),
        "equity" if found.model == DEBTRANK else "liquid_assets": pa.array(own, mask=np.isnan(own)),
        "base_pd": nothing if ground.pd is None else pa.array(ground.pd),
        "exposure": nothing,
        "sources": pa.nulls(n, pa.list_(SOURCE)),
    }
    if credit.exposure is not None:
        unknown = np.isnan(own) if found.model == DEBTRANK else np.zeros(n, dtype=bool)
        columns["exposure"] = pa.array(credit.exposure, mask=unknown)
        columns["sources"] = sources_of(ground.network.firm_ids, credit.worst, credit.source, credit.exposure)
    return pa.table(columns).sort_by([(by, "descending"), ("firm_id", "ascending")])


def about(found: Found) -> dict[str, object]:
    """The head of the JSON document: what the numbers rest on."""
    sheets, seen = found.sheets, found.ground.snapshot
    own = sheets.equity if found.model == DEBTRANK else sheets.liquid
    return {
        "as_of": seen.as_of,
        "model": found.model,
        "synthetic": seen.info.synthetic,
        "firms": found.ground.network.firms,
        "unpaid": sheets.owed.trade,
        "guarantees": sheets.owed.guarantees,
        "guarantees_without_amount": sheets.owed.unpriced,
        "firms_without_statement": int(np.isnan(own).sum()),
        "residual": float(np.max(found.credit.residual, initial=0.0)),
        "base_pd_from": found.ground.pd_from,
    }


def ranked(found: Found, table: pa.Table) -> tuple[tuple[str, ...], list[list[object]]]:
    """Columns and rows for people."""
    shares = found.model == DEBTRANK
    columns = (
        "firm",
        "name",
        "impact %",
        "lost",
        "failed",
        f"exposure{' %' if shares else ''}",
        "mostly from",
    )
    rows: list[list[object]] = []
    for row in table.to_pylist():
        exposure = percent(row["exposure"]) if shares else row["exposure"]
        whole = [row["firm_id"], row["name"], percent(row["impact"]), row["lost"], row["failed"], exposure]
        rows.append([*whole, mostly_from(row)])
    return columns, rows


def channel_head(sheets: BalanceSheets) -> dict[str, object]:
    """What credit as a channel of exposures rests on, for the head of the JSON document."""
    return {
        "unpaid": sheets.owed.trade,
        "guarantees": sheets.owed.guarantees,
        "guarantees_without_amount": sheets.owed.unpriced,
        "firms_without_statement": int(np.isnan(sheets.equity).sum()),
    }


def channel_notes(sheets: BalanceSheets) -> list[str]:
    """The same for people."""
    owed, missing = sheets.owed, int(np.isnan(sheets.equity).sum())
    said = [
        f"credit: {owed.trade} links with unpaid trade and {owed.guarantees} guarantees; "
        "of the lost shares of production and of equity the largest counts"
    ]
    if missing:
        said.append(
            f"{missing} firms have no equity in a statement: what they lose by credit is not measured, "
            "and they pass on their own failure and nothing more"
        )
    if owed.unpriced:
        said.append(f"{owed.unpriced} guarantees without an amount are left out")
    return said


def notes(found: Found) -> list[str]:
    """What a reader has to know beside the numbers."""
    head = about(found)
    missing = head["firms_without_statement"]
    claims = f"{head['unpaid']} links with unpaid trade"
    if found.model == DEBTRANK:
        said = [
            f"DebtRank over {claims} and {head['guarantees']} guarantees; "
            "impact is the lost share of all others' equity"
        ]
        gap = (
            f"{missing} firms have no equity in a statement: they pass on their own failure and nothing more"
        )
    else:
        said = [f"clearing over {claims}; impact is the share of all debts that others are paid less"]
        gap = f"{missing} firms have no liquid assets in a statement: they are taken to pay in full"
    if missing:
        said.append(gap)
    if head["guarantees_without_amount"]:
        said.append(f"{head['guarantees_without_amount']} guarantees without an amount are left out")
    said.append(NO_PDS if found.ground.pd_from is None else f"base PDs from {found.ground.pd_from}")
    return said
