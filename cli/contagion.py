"""`scgraph contagion`: what each firm's failure does to all others, and what each suffers from the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from supplyrisk.cli.errors import usage
from supplyrisk.cli.exposing import keep_contagion
from supplyrisk.cli.files import envelope, print_json, write_table
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table
from supplyrisk.cli.workspace import SCORES, after_the_data, scores_name, snapshot_of, tables_of
from supplyrisk.graph import DataError, Snapshot
from supplyrisk.graph.contagion import (
    ALL_NON_ESSENTIAL,
    Essentiality,
    Exposure,
    Losses,
    Network,
    Options,
    Watch,
    base_pds,
    esri_all,
    essentiality_of,
    weigh,
)

TOP = 20
CHECKPOINT = "contagion.part.npz"
SOURCE = pa.struct([("firm_id", pa.string()), ("exposure", pa.float64()), ("share", pa.float64())])


@dataclass(frozen=True)
class Request:
    """What to compute: the day, files with PDs and essentialities (None: the kept scores; the default), how."""

    as_of: date | None
    pd: Path | None
    essentiality: Path | None
    options: Options


@dataclass(frozen=True)
class Found:
    """The results, and what they rest on."""

    snapshot: Snapshot
    network: Network
    losses: Losses
    exposure: Exposure | None
    pd: np.ndarray[tuple[int], np.dtype[np.float64]] | None
    pd_from: str | None
    essentiality: str


def rank_firms(
    session: Session, request: Request, by_exposure: bool, top: int | None, output: Path | None
) -> None:
    """Compute, print, and write if asked to."""
    check_given(request.pd, request.essentiality)
    found = compute(session, request)
    if by_exposure and found.exposure is None:
        raise usage(
            "--by exposure needs base PDs; expected --pd FILE, or scores made by scgraph score before"
        )
    table = table_of(found, "exposure" if by_exposure else "esri")
    head = about(found, request.options)
    keep_contagion(session, table, found.snapshot, head)
    if output:
        write_table(output, table, envelope("contagion", [], about=head))
    if session.as_json:
        print_json(envelope("contagion", table.slice(0, top).to_pylist(), about=head))
    else:
        show_table(
            *ranked(table.slice(0, top or TOP)), title="what each firm's failure does, and what it suffers"
        )
    for note in notes(found, request.options):
        session.talk.say(note)
    say_synthetic(session, found.snapshot.info.synthetic)


def check_given(*files: Path | None) -> None:
    """Refuse a file whose ending names no format that is read beside the data."""
    for file in files:
        if file is not None and file.suffix.lower() not in (".csv", ".parquet"):
            raise usage(f"{file.name} has no known ending; expected .csv or .parquet")


def compute(session: Session, request: Request) -> Found:
    """ESRI of every firm and, where there are base PDs, every firm's exposure."""
    with session.talk.progress() as step:
        step("reading the network", 0, 0)
        tables = tables_of(session)
        seen = snapshot_of(session, tables, request.as_of)
        for warning in after_the_data(tables, request.as_of):
            session.talk.say(f"note: {warning}")
        network = Network.from_snapshot(seen)
        essentiality = essentiality_from(request.essentiality)
        pd, origin = base_pds_from(session, request.pd, seen, network)
        weights = weigh(network, essentiality)
        step("compiling", 0, 0)
        watch = Watch(
            lambda done, of: step("closing one firm after the other", done, of),
            session.workspace / CHECKPOINT,
        )
        losses, exposure = esri_all(weights, request.options, pd=pd, watch=watch)
    return Found(seen, network, losses, exposure, pd, origin, essentiality.name)


def essentiality_from(file: Path | None) -> Essentiality:
    """The roles of inputs in a file; None: all non-essential."""
    return ALL_NON_ESSENTIAL if file is None else essentiality_of(_read(file, ("role",)), file.name)


def base_pds_from(
    session: Session, given: Path | None, seen: Snapshot, network: Network
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]] | None, str | None]:
    """The base PD of each firm and where it is from; None where none is given and none was scored."""
    kept = session.workspace / SCORES / f"{scores_name(seen.as_of)}.parquet"
    file = given or (kept if kept.is_file() else None)
    if file is None:
        return None, None
    defaulted = seen.firms["defaulted"].to_numpy(zero_copy_only=False).astype(bool)
    return base_pds(_read(file, ()), network, file.name, defaulted), file.name


def _read(file: Path, text: tuple[str, ...]) -> pa.Table:
    """A CSV or Parquet file; ids and sectors stay text, however much they look like numbers."""
    if not file.is_file():
        raise usage(f"no file {file}; expected one that is there")
    names = ("firm_id", "supplier_sector", "customer_sector", "state", *text)
    try:
        if file.suffix.lower() == ".parquet":
            return pq.read_table(file)
        return csv.read_csv(
            file, convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        )
    except pa.ArrowInvalid as fault:
        raise DataError(f"{file.name} cannot be read ({fault})", "a table with a header") from fault


def table_of(found: Found, by: str) -> pa.Table:
    """One row per firm, the largest first; exposures are null where there are no base PDs."""
    n, losses, exposure = found.network.firms, found.losses, found.exposure
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "firm_id": pa.array(found.network.firm_ids, pa.string()),
        "name": found.snapshot.firms["name"],
        "industry": found.snapshot.firms["industry"],
        "esri": pa.array(losses.esri),
        "down": pa.array(losses.down),
        "up": pa.array(losses.up),
        "iterations": pa.array(losses.iterations),
        "residual": pa.array(losses.residual),
        "base_pd": pa.nulls(n, pa.float64()) if found.pd is None else pa.array(found.pd),
    }
    parts = {"exposure": None, "by_supply": None, "by_demand": None} if exposure is None else {
        "exposure": exposure.total, "by_supply": exposure.supply, "by_demand": exposure.demand
    }  # fmt: skip
    columns |= {k: pa.nulls(n, pa.float64()) if v is None else pa.array(v) for k, v in parts.items()}
    columns["sources"] = pa.array(_sources(found), pa.list_(SOURCE))
    return pa.table(columns).sort_by([(by, "descending"), ("firm_id", "ascending")])


def _sources(found: Found) -> list[list[dict[str, object]] | None]:
    """The largest terms of each firm's exposure, and their shares in it."""
    exposure, ids = found.exposure, found.network.firm_ids
    if exposure is None:
        return [None] * found.network.firms
    rows = zip(exposure.worst.tolist(), exposure.source.tolist(), exposure.total.tolist(), strict=True)
    return [
        [
            {"firm_id": ids[firm], "exposure": part, "share": part / total}
            for part, firm in zip(parts, firms, strict=True)
            if part > 0
        ]
        for parts, firms, total in rows
    ]


def about(found: Found, options: Options) -> dict[str, object]:
    """The head of the JSON document: what the numbers rest on."""
    return {
        "as_of": found.snapshot.as_of,
        "synthetic": found.snapshot.info.synthetic,
        "firms": found.network.firms,
        "links": len(found.network.amount),
        "essentiality": found.essentiality,
        "substitution": options.substitution,
        "eps": options.eps,
        "residual": float(np.max(found.losses.residual, initial=0.0)),
        "iterations": int(np.max(found.losses.iterations, initial=0)),
        "base_pd_from": found.pd_from,
    }


def ranked(table: pa.Table) -> tuple[tuple[str, ...], list[list[object]]]:
    """Columns and rows for people."""
    columns = (
        "firm",
        "name",
        "ESRI %",
        "down %",
        "up %",
        "exposure %",
        "by supply %",
        "by demand %",
        "mostly from",
    )
    rows: list[list[object]] = []
    for row in table.to_pylist():
        shown = [row[c] for c in ("esri", "down", "up", "exposure", "by_supply", "by_demand")]
        worst = ", ".join(f"{s['firm_id']} ({s['share']:.0%})" for s in (row["sources"] or [])[:3])
        percents = [None if value is None else f"{100 * value:.3f}" for value in shown]
        rows.append([row["firm_id"], row["name"], *percents, worst or None])
    return columns, rows


def notes(found: Found, options: Options) -> list[str]:
    """What a reader has to know beside the numbers."""
    head = about(found, options)
    stands_in = "others of an industry stand in" if options.substitution else "nobody stands in"
    said = [
        f"ESRI of {head['firms']} firms over {head['links']} links; {found.essentiality}; {stands_in}",
        f"eps {options.eps:g}, at most {head['iterations']} steps, residual {head['residual']:.2g}"
        + ("; not converged, a smaller --eps gives larger losses" if options.eps > 1e-6 else ""),
    ]
    if found.pd_from is None:
        said.append(
            "no exposures: there are no base PDs for this day; run scgraph score first, or give --pd FILE"
        )
    else:
        said.append(f"exposure: sum over all other firms of base PD ({found.pd_from}) x loss when it fails")
    return said
