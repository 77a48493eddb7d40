"""`scgraph init` with data files: what it prints, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import run, run_json
from supplyrisk.cli.error_reports import with_workspace


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "firms.csv").write_text("firm_id,name\nA1,Mill\nB2,Shop\n")
    (folder / "trades.csv").write_text("seller,buyer,date,amount\nA1,B2,03/04/2024,5\nB2,A1,01/02/2024,7\n")
    (folder / "notes.csv").write_text("x,y\n1,2\n")
    return folder


def test_the_terminal_lists_tables_decisions_and_the_whole_next_command(data: Path) -> None:
    code, out, err = run("init", data)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert lines[:2] == [[str(data / "scgraph.toml")], [str(data / "mapping.toml")]]
    assert ["trades.csv", "supplies", "4", "1"] in lines
    assert "feeds no table: notes.csv: no column is known (x, y)" in err
    assert "decide: trades.csv: dates: on: 03/04/2024 fits %d/%m/%Y and %m/%d/%Y: choose one" in err
    assert f"scgraph validate {data} --mapping {data / 'mapping.toml'}" in err
    # what fits two forms is no silent choice: without a decision nothing is loaded
    code, _, _ = run("validate", data, "--mapping", data / "mapping.toml")
    assert code == 3
    mapping = data / "mapping.toml"
    text = mapping.read_text()
    decided = text.replace('# dates = ["%d/%m/%Y", "%m/%d/%Y"]', 'dates = ["%d/%m/%Y"]')
    assert decided != text
    mapping.write_text(decided)
    report = run_json("validate", data, "--mapping", mapping)
    assert report["total"]["loaded"] == 4
    # the files that init wrote are no data
    assert not any("mapping.toml" in note for note in report["notes"])


def test_the_document_has_what_is_open(data: Path) -> None:
    document = run_json("init", data)
    assert [row["file"] for row in document["rows"]] == [
        str(data / "scgraph.toml"),
        str(data / "mapping.toml"),
    ]
    assert document["drafted"] == [
        {"file": "firms.csv", "table": "firms"},
        {"file": "trades.csv", "table": "supplies"},
    ]
    assert [entry["file"] for entry in document["left_out"]] == ["notes.csv"]
    (point,) = document["open_points"]
    assert (point["file"], point["subject"]) == ("trades.csv", "dates")
    assert document["problems"] == []


def test_an_existing_mapping_is_replaced_only_by_force(data: Path) -> None:
    (data / "mapping.toml").write_text("# mine\n")
    code, _, err = run("init", data)
    assert code == 1
    assert "--force" in err
    assert (data / "mapping.toml").read_text() == "# mine\n"
    assert run("init", data, "--force")[0] == 0
    assert "firms.csv" in (data / "mapping.toml").read_text()


def test_a_draft_without_decisions_names_validate_at_once(data: Path) -> None:
    (data / "trades.csv").unlink()
    (data / "notes.csv").unlink()
    _, _, err = run("init", data, "--force")
    assert f"next: scgraph validate {data}" in err


def test_commands_to_run_next_name_the_workspace(data: Path) -> None:
    _, _, err = run("score", "-w", "my ws")
    assert "run scgraph load DIR -w 'my ws' first" in err
    _, _, err = run("score", "--workspace=ws")
    assert "run scgraph load DIR -w ws first" in err
    _, _, err = run("score")
    assert "run scgraph load DIR first" in err


def test_only_commands_without_a_workspace_get_one() -> None:
    text = "run scgraph store load, then scgraph score; or scgraph load data/ -w x; see scgraph score"
    assert with_workspace(text, "a b") == (
        "run scgraph store load -w 'a b', then scgraph score -w 'a b'; or scgraph load data/ -w x; see scgraph score"
    )
    assert with_workspace(text, None) == text
