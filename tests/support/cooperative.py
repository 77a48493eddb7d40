"""A made-up cooperative of twelve rice growers, as its own system exports it, with the mapping that reads it.

AGRO sells inputs and MILL buys rice; GROUP owns both. COOP does both itself. SHOP and MARKET are independent. F01 to
F12 grow rice: what is special of each stands in GROWERS.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from commands import run
from desk import SCHEMA, store_day
from supplyrisk.graph import HazardMap, Transmissions, read_workspace
from supplyrisk.graph.workspace.layout import Layout

AS_OF = date(2025, 6, 30)
MODEL = "hand/network"
COMPANIES = {"GROUP": 0.01, "AGRO": 0.02, "MILL": 0.02, "COOP": 0.03, "SHOP": 0.02, "MARKET": 0.02}
"""PD of each."""


class Grower(NamedTuple):
    """A grower of 30 mu, which are 2 ha: yields in tonnes, and how its rice of 2025 is insured."""

    tonnes_2023: float
    tonnes_2024: float
    expected: float
    price: str = "3000"
    inputs_from: str = "AGRO"
    sells_to: str = "MILL"
    confirmed: str = "2025-06-01"
    insured: str = "3万"
    insurer: str = "PICC"
    until: str = "2025-10-31"
    beneficiary: str = "L1"
    harvested: str = ""
    pd: float = 0.02


GROWERS = {
    "F01": Grower(12, 14, 13),
    "F02": Grower(10, 10, 18, inputs_from="COOP", sells_to="COOP", beneficiary=""),
    "F03": Grower(11, 11, 11, beneficiary="L2"),
    "F04": Grower(12, 12, 12, insurer="OTHER"),
    "F05": Grower(12, 12, 12, until="2025-09-19"),
    "F06": Grower(13, 13, 13),
    "F07": Grower(13, 13, 13, insured="", insurer="", until="", beneficiary=""),
    "F08": Grower(13, 13, 13, price=""),
    "F09": Grower(14, 14, 14, harvested="2025-06-20"),
    "F10": Grower(14, 14, 14, until="2025-09-25"),
    "F11": Grower(14, 14, 14, inputs_from="SHOP", sells_to="MARKET"),
    "F12": Grower(16, 16, 16, confirmed=""),
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "farmers.md"


def page_mapping() -> str:
    """The mapping of docs/farmers.md."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition("```toml\n")
    return rest.partition("```")[0]


def write_exports(folder: Path) -> Path:
    """Write the exports and the mapping; the mapping's path."""
    folder.mkdir()
    growers = [f"{firm},农户{firm[1:]},种植户,自产,水稻,青山镇,2020-03-01" for firm in GROWERS]
    companies = [f"{firm},{firm.title()},企业,,农业,青山镇,2020-03-01" for firm in COMPANIES]
    _write(folder / "社员.csv", "编号,名称,身份,类型,行业,镇,入社日期", growers + companies)
    head = "编号,作物,播种日期,亩数,预计产量,预计收获,收获日期,实收产量,单价,收购方,确认日期"
    _write(
        folder / "种植.csv", head, [row for firm, grower in GROWERS.items() for row in _crops(firm, grower)]
    )
    insured = [
        f"{firm},水稻,2025-04-20,{g.insured},{g.insurer},{g.until},{g.beneficiary}"
        for firm, g in GROWERS.items()
        if g.insured
    ]
    _write(folder / "农险.csv", "编号,作物,播种日期,保额,保险公司,保险止期,受益人", insured)
    trades = [row for firm, grower in GROWERS.items() for row in _trades(firm, grower)]
    _write(folder / "购销.csv", "卖方,买方,日期,金额,类目", trades)
    _write(
        folder / "贷款.csv", "借据号,机构,编号,日期,产品,额度,余额", ["K1,L1,F06,2025-06-30,其他,10000,10000"]
    )
    _write(
        folder / "股权.csv",
        "股东,企业,比例,起始日",
        ["GROUP,AGRO,1.0,2020-01-01", "GROUP,MILL,0.8,2020-01-01"],
    )
    mapping = folder / "合作社.toml"
    mapping.write_text(page_mapping(), encoding="utf-8")
    return mapping


def _crops(firm: str, grower: Grower) -> list[str]:
    past = [
        f"{firm},水稻,{year}-04-20,30,{tonnes},{year}-09-20,{year}-09-25,{tonnes},3000,,"
        for year, tonnes in ((2023, grower.tonnes_2023), (2024, grower.tonnes_2024))
    ]
    tonnes = grower.expected if grower.harvested else ""
    standing = f"{grower.harvested},{tonnes},{grower.price},{grower.sells_to},{grower.confirmed}"
    return [*past, f"{firm},水稻,2025-04-20,30,{grower.expected},2025-09-20,{standing}"]


def _trades(firm: str, grower: Grower) -> list[str]:
    bought = [f"{grower.inputs_from},{firm},{day},6000,农资" for day in ("2024-04-10", "2025-04-10")]
    sold = [f"{firm},{grower.sells_to},{day},20000,稻谷" for day in ("2024-10-10", "2025-04-15")]
    return bought + sold


def _write(path: Path, head: str, rows: list[str]) -> None:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def open_cooperative(folder: Path) -> Path:
    """A workspace with the exports, read by the mapping, the graph, and scores in both."""
    mapping = write_exports(folder / "data")
    workspace = folder / "ws"
    code, _, err = run("load", folder / "data", "--mapping", mapping, "-w", workspace)
    assert code == 0, err
    pds = {firm: grower.pd for firm, grower in GROWERS.items()} | COMPANIES
    firms = sorted(pds)
    learned = Transmissions(
        node_ids=tuple(firms),
        firms=len(firms),
        defaulted=np.zeros(len(firms), bool),
        base=np.array([[-math.log1p(-pds[firm]) for firm in firms]]),
        source=np.zeros(0, np.int64),
        target=np.zeros(0, np.int64),
        kind=pa.array([], pa.string()).dictionary_encode(),
        weight=np.zeros((1, 0)),
        rounds=1,
        scale=HazardMap(),
        model=MODEL,
        content_hash=read_workspace(workspace).info.content_hash,
    )
    scores = pa.Table.from_pylist([_score(firm, pds[firm]) for firm in firms], schema=SCHEMA)
    store_day(Layout(workspace), scores, learned)
    code, _, err = run("store", "scores", "-w", workspace)
    assert code == 0, err
    return workspace


def _score(firm: str, pd: float) -> dict[str, Any]:
    hazard = -math.log1p(-pd)
    return {
        "firm_id": firm, "name": firm.title(), "as_of": AS_OF, "horizon_days": 180, "pd": pd, "pd_low": pd,
        "pd_high": pd, "own": hazard, "context": 0.0, "caught": 0.0, "base_pd": pd, "points": 600.0, "coverage": 0.9,
        "grade": "D", "worst_grade": "E", "state": "scored", "reasons": [], "neighbours": [], "model": MODEL,
        "degraded": False,
    }  # fmt: skip
