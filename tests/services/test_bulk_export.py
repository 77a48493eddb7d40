"""The bulk export as a job: its files hold the rows of the graph, and its command names them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commands import run_json
from supplyrisk import services
from supplyrisk.graph import DataError, Workspace

TABLES = {
    "firms": "firm_id,joined_on\nA,2024-01-01\nB,2024-01-01\nLATE,2025-02-01\n",
    "supplies": "supplier_id,customer_id,on,amount\nA,B,2025-01-10,5\nA,LATE,2025-02-10,7\n",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("bulk")
    (folder / "data").mkdir()
    for name, text in TABLES.items():
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    services.load(Workspace(folder / "ws", store="embedded"), folder / "data", graph=False)
    return Workspace(folder / "ws", store="embedded")


def test_files_hold_the_graph_of_a_day(workspace: Workspace, tmp_path: Path) -> None:
    before = services.export_for_neo4j_admin(workspace, tmp_path / "bulk", as_of=date(2025, 1, 31))
    links = before.rows["supplies-firm-firm"]
    assert (before.rows["firm"], links) == (2, 1)
    firms = (tmp_path / "bulk" / "firm.csv").read_text(encoding="utf-8")
    assert "LATE" not in firms and len(firms.splitlines()) == 2
    assert all(f"{tmp_path / 'bulk' / name}.csv" in before.command for name in before.rows)
    assert before.constraints_file.is_file()
    rows = run_json("export", "neo4j-admin", tmp_path / "all", "-w", workspace.path)["rows"]
    assert sum(row["rows"] for row in rows) == sum(before.rows.values()) + 2


def test_a_day_long_after_the_data_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="days after the last day of the data"):
        services.export_for_neo4j_admin(workspace, tmp_path / "bulk", as_of=date(2026, 1, 1))
