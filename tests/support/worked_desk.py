"""The worked desk of docs/worked-desk.md: its tables, and a workspace with the data and scores that they state."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commands import run
from desk import SCHEMA, store_day
from supplyrisk.graph import HazardMap, Transmissions, read_workspace, write_table
from supplyrisk.graph.workspace.layout import Layout

PAGE = Path(__file__).resolve().parents[2] / "docs" / "worked-desk.md"
AS_OF = date(2025, 6, 30)
ORIGIN = date(2024, 6, 30)
HORIZON = 365
MODEL = "hand/network"
Row = dict[str, str]


def page_tables() -> dict[str, list[Row]]:
    """The tables of the page by their headings, a dict by column per row."""
    tables: dict[str, list[Row]] = {}
    for section in re.split(r"^#{2,3} ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        lines = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
        if lines:
            names, _, *rows = [[cell.strip() for cell in line] for line in lines]
            tables[heading] = [dict(zip(names, row, strict=True)) for row in rows]
    return tables


def figure(text: str) -> float:
    """The number of a cell: 1,234.50 or 12.5 %."""
    plain = text.replace(",", "")
    return float(plain.removesuffix("%")) / 100 if plain.endswith("%") else float(plain)


def plain(text: str) -> str:
    """A cell as a CSV file has it."""
    return str(figure(text)) if re.fullmatch(r"[\d,.]+( %)?", text) else text


def open_worked_desk(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """A workspace with the data, the graph, and the scores of both days."""
    data = folder / "data"
    data.mkdir()
    _write_data(data, tables)
    workspace = folder / "ws"
    code, _, err = run("load", data, "-w", workspace)
    assert code == 0, err
    firms = [row["firm"] for row in tables["Firms"]]
    learned = _no_transmissions(firms, tables, read_workspace(workspace).info.content_hash)
    layout = Layout(workspace)
    store_day(layout, _scores(tables, AS_OF, "PD"), learned)
    write_table(layout.scores_file(ORIGIN), _scores(tables, ORIGIN, "PD at origination"))
    code, _, err = run("store", "scores", "-w", workspace)
    assert code == 0, err
    return workspace


def _write_data(data: Path, tables: Mapping[str, list[Row]]) -> None:
    firms = tables["Firms"]
    _csv(data / "firms.csv", "firm_id,joined_on", [(row["firm"], "2020-01-01") for row in firms])
    owners = sorted({row["owner"] for row in firms} - {""})
    _csv(data / "persons.csv", "person_id", [(owner,) for owner in owners])
    owned = [(row["owner"], row["firm"], "owns", "0.6", "") for row in firms if row["owner"]]
    given = [(r["guarantor"], r["firm"], "guarantees", "", plain(r["amount"])) for r in tables["Guarantees"]]
    links = [(*link, "2024-01-01") for link in owned + given]
    _csv(data / "relations.csv", "from_id,to_id,kind,weight,amount,since", links)
    names = "loan_id,lender_id,firm_id,on,opened_on,product,limit,drawn,due_on,days_past_due,restructured,lgd"
    lines = [_line(row) for row in tables["Lines"]]
    _csv(data / "loans.csv", names, lines)
    pledged = [
        (row["id"], row["firm"], "2025-01-31", row["kind"], plain(row["value"]), row["insurer"])
        for row in tables["Security"]
    ]
    _csv(data / "collateral.csv", "collateral_id,firm_id,on,kind,value,insurer_id", pledged)
    _csv(data / "activity.csv", "firm_id,on,sales", [("LARCH", "2025-06-15", "57600000")])
    trades = [("MAPLE", customer, "2025-03-31", "5000") for customer in ("ELM", "IVY", "JUNIPER")]
    _csv(data / "supplies.csv", "supplier_id,customer_id,on,amount", trades)
    _csv(data / "events.csv", "firm_id,on,kind", [("GINKGO", "2024-09-03", "default")])


def _line(row: Row) -> tuple[str, ...]:
    stated = (row["product"], plain(row["limit"]), plain(row["drawn"]), row["due"], row["days past due"])
    flag = "1" if row["restructured"] else "0"
    return (row["line"], "L1", row["firm"], str(AS_OF), str(ORIGIN), *stated, flag, plain(row["LGD"]))


def _csv(path: Path, header: str, rows: Sequence[tuple[str, ...]]) -> None:
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")


def _scores(tables: Mapping[str, list[Row]], day: date, column: str) -> pa.Table:
    rows = [_score(row["firm"], row[column], day) for row in tables["Firms"]]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _score(firm: str, stated: str, day: date) -> dict[str, Any]:
    dead = stated == "in default"
    fixed = {
        "firm_id": firm, "name": firm.title(), "as_of": day, "horizon_days": HORIZON, "coverage": 0.9,
        "state": "defaulted" if dead else "scored", "model": MODEL, "degraded": False, "base_pd": 1.0,
    }  # fmt: skip
    if dead:
        return fixed
    pd = figure(stated)
    hazard = -math.log1p(-pd)
    return fixed | {
        "pd": pd, "base_pd": pd, "own": hazard, "context": 0.0, "caught": 0.0, "points": 600.0, "grade": "C",
        "worst_grade": "D", "reasons": [], "neighbours": [],
    }  # fmt: skip


def _no_transmissions(firms: list[str], tables: Mapping[str, list[Row]], content_hash: str) -> Transmissions:
    """Transmissions of a network in which no firm passes on anything."""
    base = [0.0 if row["PD"] == "in default" else -math.log1p(-figure(row["PD"])) for row in tables["Firms"]]
    return Transmissions(
        node_ids=tuple(firms),
        firms=len(firms),
        defaulted=np.array([row["PD"] == "in default" for row in tables["Firms"]]),
        base=np.array([base]),
        source=np.zeros(0, np.int64),
        target=np.zeros(0, np.int64),
        kind=pa.array([], pa.string()).dictionary_encode(),
        weight=np.zeros((1, 0)),
        rounds=2,
        scale=HazardMap(),
        model=MODEL,
        content_hash=content_hash,
    )
