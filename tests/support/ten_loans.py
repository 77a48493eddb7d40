"""A lender's book of ten loans, small enough to compute by hand, in a workspace with scores and transmissions.

S1 and S2 deliver to B0 (60 % and 40 %), S1 to B1, S2 to B2; DEEP stands behind S1 (all) and S2 (half), MINE behind the
other half of S2. B5 sells to ANCHOR alone, B6 half to ANCHOR and half to KIOSK, B7 a fifth and four fifths. The network
has one round: what each catches follows from the others' base PDs.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commands import run
from desk import AS_OF, BOUNDS, SCHEMA, store_day
from supplyrisk.graph import HazardMap, Transmissions, read_workspace
from supplyrisk.graph.workspace.layout import Layout

BORROWERS = tuple(f"B{n}" for n in range(10))
BASE_PD = dict(zip(BORROWERS, (0.01, 0.02, 0.05, 0.1, 0.03, 0.2, 0.015, 0.04, 0.08, 0.005), strict=True)) | {
    "S1": 0.05, "S2": 0.03, "DEEP": 0.02, "MINE": 0.02, "ANCHOR": 0.01, "KIOSK": 0.02, "SOLO": 0.01, "HAUL": 0.01,
    "TRUCK": 0.01,
}  # fmt: skip
FIRMS = tuple(sorted(BASE_PD))
LINKS = {
    ("S1", "B0"): 0.4, ("S1", "B1"): 0.3, ("S2", "B2"): 0.5, ("DEEP", "S1"): 0.5, ("DEEP", "S2"): 0.5,
    ("ANCHOR", "B5"): 0.3, ("ANCHOR", "B6"): 0.3, ("B5", "B6"): 0.2, ("B6", "B5"): 0.25, ("B3", "B4"): 0.3,
}  # fmt: skip
"""Transmission from the first to the second, by either of two members."""
LOANS = [
    # loan, lender, borrower, product, limit, drawn, lgd, the trade that it finances
    ("c0", "L1", "B0", "order", 100_000, 100_000, "", "T1"), ("c1", "L1", "B1", "order", 50_000, 50_000, "0.4", ""),
    ("c2", "L1", "B2", "order", 150_000, 150_000, "0.6", ""), ("c3", "L1", "B3", "credit", 100_000, 20_000, "", ""),
    ("c4", "L1", "B4", "order", 80_000, 80_000, "0.3", ""), ("c5", "L1", "B5", "supply_chain", 2e5, 200_000, "", ""),
    ("c6", "L1", "B6", "order", 100_000, 100_000, "0.5", ""), ("c7", "L1", "B7", "order", 60_000, 60_000, "0.45", ""),
    ("c8", "L1", "B8", "order", 140_000, 140_000, "0.35", "T2"),
    ("c9", "L1", "B9", "order", 100_000, 100_000, "0.9", "T2"),
    # Another lender finances T1 too, and T3 twice by itself; of T4 nothing is drawn any more.
    ("x1", "L2", "B1", "order", 30_000, 30_000, "", "T1"), ("x2", "L2", "B3", "order", 10_000, 10_000, "", "T3"),
    ("x3", "L2", "B3", "order", 10_000, 10_000, "", "T3"), ("x4", "L2", "B8", "order", 10_000, 0, "", "T2"),
]  # fmt: skip
EAD = dict(zip(BORROWERS, (100e3, 50e3, 150e3, 80e3, 80e3, 200e3, 100e3, 60e3, 140e3, 100e3), strict=True))
"""Drawn; of B3's revolving line .75 of the 80,000 that are left are drawn by the default."""
LGD = dict(zip(BORROWERS, (0.45, 0.4, 0.6, 0.45, 0.3, 0.45, 0.5, 0.45, 0.35, 0.9), strict=True))
TRADES = [
    ("S1", "B0", 60), ("S2", "B0", 40), ("S1", "B1", 50), ("S2", "B2", 70), ("DEEP", "S1", 80), ("DEEP", "S2", 30),
    ("MINE", "S2", 30), ("B5", "ANCHOR", 90), ("B6", "ANCHOR", 40), ("B6", "KIOSK", 40), ("B7", "ANCHOR", 10),
    ("B7", "KIOSK", 40), ("SOLO", "B8", 20),
]  # fmt: skip


def pd_of(firm: str, stopped: str | None = None) -> float:
    """PD after one round: base, and what is caught over each link from the source's base PD, 1 if it has stopped."""
    sound = 1 - BASE_PD[firm]
    for (source, target), w in LINKS.items():
        if target == firm:
            sound *= 1 - w * (1.0 if source == stopped else BASE_PD[source])
    return 1 - sound


def grade_of(firm: str) -> str:
    """The grade of that PD."""
    return "ABCDEFG"[bisect_right(BOUNDS, pd_of(firm))]


def open_ten(folder: Path, collateral: str = "") -> Path:
    """The workspace: data, graph, scores in both; collateral: rows of id, firm, kind, value and the line it secures."""
    workspace = folder / "ws"
    data = _write_data(folder / "data")
    if collateral:
        rows = [f"{row},{AS_OF}" for row in collateral.splitlines()]
        header = "collateral_id,firm_id,kind,value,loan_id,on"
        (data / "collateral.csv").write_text("\n".join([header, *rows]) + "\n")
    code, _, err = run("load", data, "-w", workspace)
    assert code == 0, err
    scores = pa.Table.from_pylist([_score(firm) for firm in FIRMS], schema=SCHEMA)
    store_day(Layout(workspace), scores, _learned(workspace))
    code, _, err = run("store", "scores", "-w", workspace)
    assert code == 0, err
    return workspace


def _learned(workspace: Path) -> Transmissions:
    place = {firm: row for row, firm in enumerate(FIRMS)}
    weight = np.array(list(LINKS.values()))
    return Transmissions(
        node_ids=FIRMS,
        firms=len(FIRMS),
        defaulted=np.zeros(len(FIRMS), bool),
        base=np.array([[-math.log1p(-BASE_PD[firm]) for firm in FIRMS]] * 2),
        source=np.array([place[a] for a, _ in LINKS], np.int64),
        target=np.array([place[b] for _, b in LINKS], np.int64),
        kind=np.array(["firm:supplies:firm:forward"] * len(LINKS)),
        weight=np.array([weight] * 2),
        rounds=1,
        scale=HazardMap(),
        model="hand/network",
        content_hash=read_workspace(workspace).info.content_hash,
    )


def _score(firm: str) -> dict[str, Any]:
    pd, own = pd_of(firm), -math.log1p(-BASE_PD[firm])
    return {
        "firm_id": firm, "name": firm.title(), "as_of": AS_OF, "horizon_days": 180, "pd": pd, "pd_low": pd,
        "pd_high": pd, "own": own, "context": 0.0, "caught": -math.log1p(-pd) - own, "base_pd": BASE_PD[firm],
        "points": 600.0, "coverage": 0.9, "grade": grade_of(firm), "state": "scored", "reasons": [], "neighbours": [],
        "model": "hand/network", "degraded": False,
    }  # fmt: skip


def _write_data(folder: Path) -> Path:
    folder.mkdir()
    days = [AS_OF - timedelta(days=30 * k) for k in range(6)]
    rows = {
        "firms": ["firm_id,industry,region,joined_on", *(_firm(firm) for firm in FIRMS)],
        "supplies": [
            "supplier_id,customer_id,on,amount",
            *(f"{s},{c},{d},{a}" for s, c, a in TRADES for d in days),
        ],
        "shipments": [
            "carrier_id,shipper_id,receiver_id,shipped_on,units",
            *(f"{c},,{f},{d},10" for c, f in (("HAUL", "B0"), ("HAUL", "B1"), ("TRUCK", "B1")) for d in days),
        ],
        "loans": [
            "loan_id,lender_id,firm_id,on,product,limit,drawn,lgd,financed_row_id",
            *(f"{i},{le},{f},{AS_OF},{p},{li},{d},{lgd},{t}" for i, le, f, p, li, d, lgd, t in LOANS),
        ],
    }
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def _firm(firm: str) -> str:
    industry = "shops" if firm in BORROWERS[:5] else "makers"
    region = "North" if firm in BORROWERS[:3] else "South"
    return f"{firm},{industry},{region},2020-01-01"
