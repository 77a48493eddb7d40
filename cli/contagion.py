"""`scgraph contagion`: what each firm's failure does to all others, and what each suffers from the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.cli.contagion_credit import channel_head, channel_notes
from supplyrisk.cli.contagion_inputs import (
    EXCEEDS,
    NO_PDS,
    SOURCE,
    Ground,
    Request,
    Show,
    mostly_from,
    need_pds,
    percent,
    read_essentiality,
    read_ground,
    sources_of,
)
from supplyrisk.cli.contagion_lenders import (
    Lenders,
    lender_columns,
    lender_notes,
    lender_rows,
    lender_table,
    read_lenders,
)
from supplyrisk.cli.exposing import keep_contagion
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph.contagion import (
    BalanceSheets,
    ClosureLosses,
    ContagionExposure,
    CreditExposures,
    LenderLosses,
    RunHooks,
    RunOptions,
    SupplyNetwork,
    balance_sheets_of,
    close_all,
    is_compiled,
    weights_of,
)

TOP = 20
CONVERGED = 1e-6
"""Residuals up to which a result is called converged."""
CHECKPOINT = "contagion.part.npz"
SECTOR = pa.struct([("sector", pa.string()), ("exposure", pa.float64()), ("share", pa.float64())])


@dataclass(frozen=True)
class Found:
    """The results, and what they rest on. sheets: balance sheets, where credit is a channel of exposures."""

    ground: Ground
    losses: ClosureLosses
    exposure: ContagionExposure | None
    essentiality: str
    lenders: tuple[Lenders, LenderLosses] | None
    sheets: BalanceSheets | None

    @property
    def network(self) -> SupplyNetwork:
        """Who trades with whom."""
        return self.ground.network


def rank_firms(session: Session, request: Request, show: Show) -> None:
    """Compute, print, and write if asked to."""
    request.check()
    found = compute(session, request)
    need_pds(show.by_exposure, found.exposure)
    table = table_of(found, "exposure" if show.by_exposure else "esri")
    lenders = None if found.lenders is None else lender_table(*found.lenders, found.ground)
    rows = [] if lenders is None else lenders.to_pylist()
    head = about(found, request.options)
    keep_contagion(session, table, found.ground.snapshot, head)
    if show.output:
        write_table(show.output, table, envelope("contagion", [], about=head, lenders=rows))
    if show.lenders and lenders is not None:
        write_table(show.lenders, lenders, envelope("contagion", [], about=head))
    if session.as_json:
        print_json(envelope("contagion", table.slice(0, show.top).to_pylist(), about=head, lenders=rows))
    else:
        show_table(
            *ranked(table.slice(0, show.top or TOP), credit=request.credit),
            title="what each firm's failure does, and what it suffers",
        )
        if lenders is not None:
            show_text("")
            show_table(*lender_rows(lenders.slice(0, show.top or TOP)), title="what lenders lose")
    for note in notes(found, request.options):
        session.talk.say(note)
    if show.lenders and lenders is None:
        session.talk.say("no lenders: the data hold no loans")
    say_synthetic(session, found.ground.snapshot.info.synthetic)


def compute(session: Session, request: Request) -> Found:
    """ESRI of every firm and, where there are base PDs, every firm's exposure; with loans, what lenders lose."""
    if not is_compiled():
        session.talk.say("compiling, once: this takes ten to thirty seconds, and later runs start at once")
    with session.talk.progress() as step:
        step("reading the network", 0, 0)
        essentiality = read_essentiality(request.essentiality)
        ground = read_ground(session, request)
        need_pds(request.credit, ground.pd, "--credit")
        sheets = read_sheets(ground) if request.credit else None
        lenders = read_lenders(session, request, ground)
        weights = weights_of(ground.network, essentiality)
        step("compiling", 0, 0)
        watch = RunHooks(
            lambda done, of: step("closing one firm after the other", done, of),
            session.folder / CHECKPOINT,
        )
        book = None if lenders is None else lenders.book
        debts = None if sheets is None else CreditExposures(sheets.claims, sheets.equity)
        found = close_all(weights, request.options, pd=ground.pd, book=book, credit=debts, hooks=watch)
    both = None if lenders is None or found.lenders is None else (lenders, found.lenders)
    return Found(ground, found.losses, found.exposure, essentiality.name, both, sheets)


def read_sheets(ground: Ground) -> BalanceSheets:
    """Unpaid trade and guarantees, and what firms can bear."""
    return balance_sheets_of(ground.network, ground.snapshot, ground.statements, guarantees=True)


def table_of(found: Found, by: str) -> pa.Table:
    """One row per firm, the largest first; exposures are null where there are no base PDs."""
    ground, n, losses, exposure = found.ground, found.network.firms, found.losses, found.exposure
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "firm_id": pa.array(found.network.firm_ids, pa.string()),
        "name": ground.snapshot.firms["name"],
        "industry": ground.snapshot.firms["industry"],
        "esri": pa.array(losses.esri),
        "down": pa.array(losses.down),
        "up": pa.array(losses.up),
        "iterations": pa.array(losses.iterations),
        "residual": pa.array(losses.residual),
        "base_pd": pa.nulls(n, pa.float64()) if ground.pd is None else pa.array(ground.pd),
    }
    parts = {"exposure": None, "by_supply": None, "by_demand": None} if exposure is None else {
        "exposure": exposure.total, "by_supply": exposure.supply, "by_demand": exposure.demand
    }  # fmt: skip
    columns |= {k: pa.nulls(n, pa.float64()) if v is None else pa.array(v) for k, v in parts.items()}
    columns["by_credit"] = pa.nulls(n, pa.float64())
    if exposure is not None and exposure.credit is not None and found.sheets is not None:
        columns["by_credit"] = pa.array(exposure.credit, mask=np.isnan(found.sheets.equity))
    columns["sectors"], columns["sources"] = _sectors(found), _sources(found)
    columns |= lender_columns(found.lenders[1] if found.lenders else None, n)
    return pa.table(columns).sort_by([(by, "descending"), ("firm_id", "ascending")])


def _sources(found: Found) -> pa.Array:
    exposure = found.exposure
    if exposure is None:
        return pa.nulls(found.network.firms, pa.list_(SOURCE))
    return sources_of(found.network.firm_ids, exposure.worst, exposure.source, exposure.total)


def _sectors(found: Found) -> pa.Array:
    """The sectors of the sources that each firm suffers from most, and their shares; the rest is of other sectors."""
    exposure, names = found.exposure, found.network.sectors
    if exposure is None:
        return pa.nulls(found.network.firms, pa.list_(SECTOR))
    rows = zip(exposure.by_sector.tolist(), exposure.sector.tolist(), exposure.total.tolist(), strict=True)
    return pa.array(
        [
            [
                {"sector": names[sector], "exposure": part, "share": part / total}
                for part, sector in zip(parts, sectors, strict=True)
                if part > 0
            ]
            for parts, sectors, total in rows
        ],
        pa.list_(SECTOR),
    )


def about(found: Found, options: RunOptions) -> dict[str, object]:
    """The head of the JSON document: what the numbers rest on."""
    seen = found.ground.snapshot
    return {
        "as_of": seen.as_of,
        "model": "esri",
        "synthetic": seen.info.synthetic,
        "firms": found.network.firms,
        "links": len(found.network.amount),
        "essentiality": found.essentiality,
        "substitution": options.substitution,
        "eps": options.eps,
        "exact_upstream": options.exact_upstream,
        "residual": float(np.max(found.losses.residual, initial=0.0)),
        "iterations": int(np.max(found.losses.iterations, initial=0)),
        "base_pd_from": found.ground.pd_from,
        "lending": None
        if found.lenders is None
        else vars(found.lenders[0].gaps) | asdict(found.lenders[0].terms),
        "credit": None if found.sheets is None else channel_head(found.sheets),
    }


def ranked(table: pa.Table, *, credit: bool) -> tuple[tuple[str, ...], list[list[object]]]:
    """Columns and rows for people; by credit where that is a channel, FSRI where there are lenders."""
    shares = ["esri", "down", "up", "exposure", "by_supply", "by_demand"]
    columns = ["firm", "name", "ESRI %", "down %", "up %", "exposure %", "by supply %", "by demand %"]
    if credit:
        shares.append("by_credit")
        columns.append("by credit %")
    if table["fsri"].null_count < table.num_rows:
        shares.append("fsri")
        columns.append("FSRI %")
    rows: list[list[object]] = [
        [row["firm_id"], row["name"], *(percent(row[name]) for name in shares), mostly_from(row)]
        for row in table.to_pylist()
    ]
    return (*columns, "mostly from"), rows


def notes(found: Found, options: RunOptions) -> list[str]:
    """What a reader has to know beside the numbers."""
    head = about(found, options)
    stands_in = "others of an industry stand in" if options.substitution else "nobody stands in"
    exact = "; lost demand solved exactly" if options.exact_upstream else ""
    said = [
        f"ESRI of {head['firms']} firms over {head['links']} links; {found.essentiality}; {stands_in}",
        f"eps {options.eps:g}, at most {head['iterations']} steps, residual {head['residual']:.2g}{exact}",
    ]
    left = float(np.max(found.losses.residual, initial=0.0))
    if left > CONVERGED:
        said.append(
            f"not converged: the last step still took up to {left:.2g} of a firm's production, so losses are too "
            "low by a little, or on closed networks by much; ranks may serve as they are, for amounts add --converged"
        )
    if found.exposure is None:
        said.append(NO_PDS)
    else:
        said.append(
            f"exposure: sum over all other firms of base PD ({found.ground.pd_from}) x loss when it fails"
        )
        if np.max(found.exposure.total, initial=0.0) > 1:
            said.append(EXCEEDS)
        said += [] if found.sheets is None else channel_notes(found.sheets)
    return said + ([] if found.lenders is None else lender_notes(found.lenders[0]))
