"""`scgraph load --append` from the command line: the mapping of the first load, the graph, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import run, run_json
from supplyrisk.graph import Workspace

MAPPING = (
    '[[source]]\nfile = "shops.csv"\ntable = "firms"\ncolumns = { firm_id = "shop", industry = "trade" }\n'
)
TRADES = "row_id,supplier_id,customer_id,on,amount\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCGRAPH_STORE", "embedded")
    monkeypatch.delenv("NEO4J_URI", raising=False)
    base = tmp_path / "base"
    base.mkdir()
    (base / "shops.csv").write_text("shop,trade\nF1,steel\nF2,wood\n")
    (base / "supplies.csv").write_text(f"{TRADES}r1,F1,F2,2024-01-10,10\n")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    run_json("load", base, "--mapping", tmp_path / "mapping.toml", "-w", tmp_path / "w", "--no-graph")
    more = tmp_path / "more"
    more.mkdir()
    (more / "shops.csv").write_text("shop,trade\nF3,paper\n")
    (more / "supplies.csv").write_text(f"{TRADES}r1,F1,F2,2024-01-10,12\nr2,F3,F2,2024-02-10,7\n")
    return tmp_path / "w"


def test_an_append_uses_the_mapping_of_the_first_load_and_rebuilds_the_graph(workspace: Path) -> None:
    document = run_json("load", workspace.parent / "more", "--append", "-w", workspace)
    assert [(row["table"], row["loaded"], row["corrections"]) for row in document["rows"]] == [
        ("firms", 1, 0),
        ("supplies", 2, 1),
    ]
    assert document["as_of"] == "2024-02-10"
    assert (workspace / "mapping.toml").read_text() == MAPPING
    with Workspace(workspace).open_graph() as graph:
        query = (
            "MATCH (a:Firm)-[t:SUPPLIES]->(b:Firm) RETURN a.firm_id AS firm, t.amount AS amount ORDER BY firm"
        )
        assert graph.run(query).to_pylist() == [{"firm": "F1", "amount": 12.0}, {"firm": "F3", "amount": 7.0}]


def test_validate_says_how_to_append(workspace: Path) -> None:
    folder = workspace.parent / "more"
    code, out, err = run("validate", folder, "--append", "--known-on", "2024-03-01", "-w", workspace)
    assert code == 0, err
    assert "corrections" in out
    assert f"scgraph load {folder} --append --known-on 2024-03-01 -w {workspace}" in err


def test_what_is_refused(workspace: Path) -> None:
    folder = workspace.parent / "more"
    code, _, err = run("load", folder, "--known-on", "2024-03-01", "-w", workspace)
    assert (code, "add --append" in err) == (2, True)
    code, _, err = run("load", folder, "--append", "-w", workspace.parent / "other")
    assert (code, "holds no data to append to" in err) == (1, True)
    code, _, err = run("load", folder, "--append", "--mapping", "none", "-w", workspace)
    assert (code, "no file for the table firms" not in err) == (3, True)
