"""A hand-made lender's desk: twelve firms with scores and transmissions stored in a workspace, without torch.

GOOD  buys from ALFA and BETA, sells to MALL; sound.
WEAK  fails by itself.
HANGS buys from DEAD alone, which is in default.
THIN  has no source of its own but a trade.
RING1 > RING2 > RING3 > RING1 guarantee one another, and goods go round among them as well.
HAUL  carries for GOOD.
"""

from __future__ import annotations

import atexit
import json
import math
import shutil
import tempfile
from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commands import run, run_json
from supplyrisk.graph import (
    DefaultDefinition,
    HazardMap,
    Transmissions,
    Workspace,
    read_workspace,
    write_table,
)
from supplyrisk.graph.workspace.file_hashes import write_score_hashes
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.score_runs import ScoreRun, model_digest, with_run_note

AS_OF = date(2025, 6, 30)
FIRMS = ("ALFA", "BETA", "DEAD", "GOOD", "HANGS", "HAUL", "MALL", "RING1", "RING2", "RING3", "THIN", "WEAK")
BASE = {
    "ALFA": 0.01, "BETA": 0.02, "DEAD": 0.05, "GOOD": 0.004, "HANGS": 0.01, "HAUL": 0.01, "MALL": 0.008,
    "RING1": 0.01, "RING2": 0.012, "RING3": 0.02, "THIN": 0.02, "WEAK": 0.25,
}  # fmt: skip
"""own + context of each firm."""
LINKS = {
    ("ALFA", "GOOD"): 0.1, ("BETA", "GOOD"): 0.05, ("MALL", "GOOD"): 0.1, ("HAUL", "GOOD"): 0.02,
    ("DEAD", "HANGS"): 0.06, ("RING2", "RING1"): 0.3, ("RING3", "RING2"): 0.3, ("RING1", "RING3"): 0.3,
}  # fmt: skip
"""Transmission from the first to the second."""
COVERAGE = {"THIN": 0.2}
NAMES = {"GOOD": "Good Shop", "RING2": "Twin", "RING3": "Twin"}
TRADES = [
    ("ALFA", "GOOD", 60_000), ("BETA", "GOOD", 40_000), ("GOOD", "MALL", 50_000), ("WEAK", "MALL", 20_000),
    ("DEAD", "HANGS", 30_000), ("HANGS", "MALL", 25_000), ("ALFA", "WEAK", 10_000), ("BETA", "THIN", 5_000),
    ("ALFA", "RING1", 8_000), ("BETA", "RING1", 8_000), ("RING1", "MALL", 9_000), ("DEAD", "ALFA", 1_000),
    ("RING1", "RING2", 900), ("RING2", "RING3", 900), ("RING3", "RING1", 900),
]  # fmt: skip
"""Per month, six months long."""
BOUNDS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.15)
"""Upper PDs of grades A to F."""
MODEL = "hand/network"
"""Name of the model and the candidate that the scores are by."""
LOANS = [
    ("C1", "L1", "HANGS", "order", 40_000, 40_000, ""), ("C2", "L1", "WEAK", "order", 20_000, 20_000, "0.5"),
    ("C3", "L1", "RING2", "credit", 100_000, 20_000, ""), ("C4", "L1", "DEAD", "order", 10_000, 10_000, ""),
    ("C5", "L2", "ALFA", "order", 5_000, 0, ""), ("C6", "L1", "GOOD", "order", 70_000, 0, ""),
]  # fmt: skip
"""loan_id, lender_id, firm_id, product, limit, drawn, lgd."""


def write_data(folder: Path) -> Path:
    """The tables as CSV files."""
    folder.mkdir()
    rows = "".join(_firm(firm) for firm in FIRMS)
    (folder / "firms.csv").write_text("firm_id,name,roles,industry,region,joined_on\n" + rows)
    days = [AS_OF - timedelta(days=30 * k) for k in range(6)]
    # The failed supplier delivered until it failed, three months ago.
    trades = [
        (s, c, d, a) for s, c, a in TRADES for d in days if s != "DEAD" or d < AS_OF - timedelta(days=90)
    ]
    text = "".join(f"{s},{c},{d},{a},{_days_of(d)}\n" for s, c, d, a in trades)
    header = "supplier_id,customer_id,on,amount,delivered_on,confirmed_on,due_on,paid_on\n"
    (folder / "supplies.csv").write_text(header + text)
    sales = {"GOOD": 100_000, "WEAK": 40_000, "HANGS": 60_000, "RING1": 20_000, "MALL": 200_000}
    text = "".join(f"{firm},{day},{amount}\n" for firm, amount in sales.items() for day in days)
    (folder / "activity.csv").write_text("firm_id,on,sales\n" + text)
    ring = "RING1,RING2,guarantees,9000,2024-01-01\nRING2,RING3,guarantees,9000,2024-01-01\n"
    ring += "RING3,RING1,guarantees,9000,2024-01-01\n"
    (folder / "relations.csv").write_text("from_id,to_id,kind,amount,since\n" + ring)
    (folder / "events.csv").write_text(f"firm_id,on,kind\nDEAD,{AS_OF - timedelta(days=80)},default\n")
    text = "".join(f"HAUL,GOOD,MALL,{day},10\n" for day in days)
    (folder / "shipments.csv").write_text("carrier_id,shipper_id,receiver_id,shipped_on,units\n" + text)
    text = "".join(f"{i},{le},{f},{AS_OF},{p},{li},{d},{lgd}\n" for i, le, f, p, li, d, lgd in LOANS)
    (folder / "loans.csv").write_text("loan_id,lender_id,firm_id,on,product,limit,drawn,lgd\n" + text)
    return folder


def _days_of(day: date) -> str:
    """Delivered and confirmed on the day of the trade, due after 60 days, paid when due: two months are unpaid."""
    due = day + timedelta(days=60)
    return f"{day},{day},{due},{due if due <= AS_OF else ''}"


def _firm(firm: str) -> str:
    roles = "logistics" if firm == "HAUL" else "merchant|supplier|buyer"
    industry = "makers" if firm in {"ALFA", "BETA", "DEAD"} else "shops"
    region = "South" if firm in {"GOOD", "BETA"} else "North"
    return f"{firm},{NAMES.get(firm, firm.title())},{roles},{industry},{region},2020-01-01\n"


def transmissions(content_hash: str = "hand") -> Transmissions:
    """What the network is taken to have learned: one member, two rounds, no calibration."""
    place = {firm: row for row, firm in enumerate(FIRMS)}
    return Transmissions(
        node_ids=FIRMS,
        firms=len(FIRMS),
        defaulted=np.array([firm == "DEAD" for firm in FIRMS]),
        base=np.array([[BASE[firm] for firm in FIRMS]]),
        source=np.array([place[a] for a, _ in LINKS], np.int64),
        target=np.array([place[b] for _, b in LINKS], np.int64),
        kind=pa.array(["firm:supplies:firm:forward"] * len(LINKS), pa.string()).dictionary_encode(),
        weight=np.array([list(LINKS.values())]),
        rounds=2,
        scale=HazardMap(),
        model=MODEL,
        content_hash=content_hash,
    )


def scores() -> pa.Table:
    """Scores that follow from the transmissions."""
    hazard = transmissions().hazards()
    return pa.Table.from_pylist(
        [_score(firm, float(hazard[row])) for row, firm in enumerate(FIRMS)], schema=SCHEMA
    )


def _score(firm: str, hazard: float) -> dict[str, Any]:
    pd, dead = -math.expm1(-hazard), firm == "DEAD"
    caught = hazard - BASE[firm]
    code = "CAUGHT_SUPPLIER" if caught > BASE[firm] else "OWN_MARGIN"
    reason = {"code": code, "text": "by hand", "share": 1.0, "text_en": "by hand", "text_zh": "人工设定"}
    row = {
        "pd": pd, "pd_low": 0.8 * pd, "pd_high": min(1.0, 1.2 * pd),
        "pd_low_90": 0.01 * pd, "pd_high_90": min(1.0, 1.5 * pd), "own": BASE[firm], "context": 0.0,
        "caught": caught, "points": 600.0, "grade": "ABCDEFG"[bisect_right(BOUNDS, pd)],
        "worst_grade": (*"BCDEF", None, None)[bisect_right(BOUNDS, pd)], "evidence": "year-statement-payments",
        "reasons": [reason], "neighbours": [],
    }  # fmt: skip
    fixed = {
        "firm_id": firm, "name": NAMES.get(firm, firm.title()), "as_of": AS_OF, "horizon_days": 180,
        "base_pd": 1.0 if dead else -math.expm1(-BASE[firm]), "coverage": COVERAGE.get(firm, 0.9),
        "state": "defaulted" if dead else "scored", "model": MODEL, "degraded": False,
    }  # fmt: skip
    return fixed | ({} if dead else row)


_REASON = pa.struct(
    [("share", pa.float64()), *((name, pa.string()) for name in ("code", "text", "text_en", "text_zh"))]
)
_NEIGHBOUR = pa.struct(
    [("id", pa.string()), ("link", pa.string()), ("caught", pa.float64()), ("share", pa.float64())]
)
_NUMBERS = (
    "pd",
    "pd_low",
    "pd_high",
    "pd_low_90",
    "pd_high_90",
    "own",
    "context",
    "caught",
    "base_pd",
    "points",
    "coverage",
)
SCHEMA = pa.schema(
    [("firm_id", pa.string()), ("name", pa.string()), ("as_of", pa.date32()), ("horizon_days", pa.int64())]
    + [(name, pa.float64()) for name in _NUMBERS]
    + [
        ("grade", pa.string()),
        ("worst_grade", pa.string()),
        ("evidence", pa.string()),
        ("state", pa.string()),
        ("reasons", pa.list_(_REASON)),
    ]
    + [("neighbours", pa.list_(_NEIGHBOUR)), ("model", pa.string()), ("degraded", pa.bool_())]
)


def open_desk(folder: Path) -> Path:
    """A workspace with the data, the graph, and the scores in both; the folder "data" beside it has the data.

    It is a copy: to load the data takes more time than most tests.
    """
    shutil.copytree(_opened_once(), folder, dirs_exist_ok=True)
    return folder / "ws"


@cache
def _opened_once() -> Path:
    """The folder with the one desk of this process, which no test changes."""
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_data(write_data(folder / "data"), folder / "ws")
    return folder


def open_data(data: Path, workspace: Path) -> Path:
    """A workspace with the data of a folder, such as changed files of the desk."""
    code, _, err = run("load", data, "-w", workspace)
    assert code == 0, err
    learned = transmissions(read_workspace(workspace).info.content_hash)
    store_day(Layout(workspace), scores(), learned)
    code, _, err = run("store", "scores", "-w", workspace)
    assert code == 0, err
    return workspace


def store_day(layout: Layout, firms: pa.Table, learned: Transmissions) -> None:
    """Write scores and transmissions of AS_OF into the workspace, as `score` does; no firm passes on anything."""
    layout.scores.mkdir()
    write_table(layout.scores_file(AS_OF), firms)
    firm_ids = firms["firm_id"]
    zeros = [0] * len(firm_ids)
    spreaders = pa.table({"firm_id": firm_ids, "passes_on": pa.array(zeros, pa.float64()), "reaches": zeros})
    write_table(layout.spreaders_file(AS_OF), spreaders)
    layout.transmissions.mkdir()
    for path, table in zip(layout.transmission_files(AS_OF), learned.to_tables(), strict=True):
        write_table(path, table)


def write_model(folder: Path, name: str) -> None:
    """A model's files; nothing reads them but the digest."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps({"name": name}))
    (folder / "boosters.json").write_text("{}")


def note_run(workspace: Workspace, defaults: str = str(DefaultDefinition())) -> None:
    """Note the run in the scores of the day, store its copy, and hash the files of the day."""
    layout = workspace.layout
    digest = model_digest(layout.model("hand"))
    run_note = ScoreRun(0, AS_OF.isoformat(), MODEL, digest, workspace.info().content_hash, None, 180)
    run_note = replace(run_note, defaults=defaults)
    write_table(layout.scores_file(AS_OF), with_run_note(scores(), run_note))
    workspace.score_runs().add(run_note, scores())
    write_score_hashes(layout, AS_OF)


def memo(ws: Path, shop: str, *more: object, amount: float = 10_000, days: int = 90) -> dict[str, Any]:
    """The memo of a check."""
    args = ("check", shop, "--amount", amount, "--days", days, "-w", ws, "--no-record", *more)
    document = run_json(*args)
    (sections,) = document["rows"]
    return dict(sections)


def pd(hazard: float) -> float:
    """PD from a hazard."""
    return -math.expm1(-hazard)


def caught(source: str, target: str, q: float) -> float:
    """Hazard that one firm catches from another that fails with probability q."""
    return -math.log1p(-LINKS[source, target] * q)
