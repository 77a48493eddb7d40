"""A workspace keeps the mapping that it was loaded with, and the next load uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import run, run_json
from supplyrisk import services
from supplyrisk.graph import DataError, Workspace
from supplyrisk.loaders import Mapping, mapping_toml, read_mapping

MAPPING = """# how our bank writes
[[source]]
file = "kunden.csv"
table = "firms"
delimiter = ";"
decimal = ","
columns = { firm_id = "Nr", registered_capital = "Kapital" }
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "kunden.csv").write_text("Nr;Kapital\n01;1,5\n02;2,5\n")
    (folder / "map.toml").write_text(MAPPING)
    return folder


def test_a_load_without_a_mapping_uses_the_stored_one_and_says_so(data: Path) -> None:
    first = run_json("load", data, "--mapping", data / "map.toml", "-w", "ws", "--no-graph")
    assert Path("ws/mapping.toml").read_text() == MAPPING
    assert not any("mapping" in note for note in first["notes"])
    # the file that it came from is not needed any more
    (data / "map.toml").unlink()
    code, _, err = run("load", data, "-w", "ws", "--no-graph")
    assert code == 0, err
    assert "read by ws/mapping.toml, the mapping that this workspace was loaded with" in err
    again = run_json("load", data, "-w", "ws", "--no-graph")
    assert again["content_hash"] == first["content_hash"]
    assert "--mapping none" in again["notes"][0]
    assert run("validate", data, "-w", "ws")[0] == 0


def test_a_named_mapping_replaces_the_stored_one_and_none_removes_it(data: Path) -> None:
    workspace = Workspace("ws")
    services.load(workspace, data, data / "map.toml", graph=False)
    other = f"# second\n{MAPPING}"
    (data / "other.toml").write_text(other)
    services.load(workspace, data, data / "other.toml", graph=False)
    assert Path("ws/mapping.toml").read_text() == other
    (data / "firms.csv").write_text("firm_id\n7\n")
    (data / "kunden.csv").unlink()
    report = services.load(workspace, data, "none", graph=False).report
    assert report.total.loaded == 1
    assert not Path("ws/mapping.toml").exists()


def test_a_refused_load_keeps_the_mapping_of_the_data_and_names_it(data: Path) -> None:
    services.load(Workspace("ws"), data, data / "map.toml", graph=False)
    (data / "kunden.csv").rename(data / "clients.csv")
    code, _, err = run("load", data, "-w", "ws")
    assert code == 3
    assert "read by ws/mapping.toml" in err
    assert f"all faults: scgraph validate {data} -w ws" in err
    with pytest.raises(DataError):
        services.load(Workspace("ws"), data, Mapping(), graph=False)
    assert Path("ws/mapping.toml").read_text() == MAPPING


def test_a_mapping_in_python_is_stored_as_a_file(data: Path) -> None:
    mapping = read_mapping(data / "map.toml")
    services.load(Workspace("ws"), data, mapping, graph=False)
    assert read_mapping("ws/mapping.toml") == mapping
    assert services.load(Workspace("ws"), data, graph=False).report.total.loaded == 2


def test_the_text_of_a_mapping_is_the_mapping_again(tmp_path: Path) -> None:
    keys = {
        "name": 'a "book" with \\',
        "currency": {"rates": {"USD": 7.1}, "default": "CNY"},
        "format": {"missing": ["-", "空"], "units": {"万": 1e4}, "header": ["a", ""]},
        "source": [
            {
                "file": "a.csv",
                "table": "events",
                "columns": {"detail": {"join": ["x", "y"], "with": "/"}, "firm_id": "企业 编号"},
                "column_format": {"amount": {"decimal": ","}},
                "where": {"状态": ["有效"]},
                "keep": [],
            }
        ],
    }
    mapping = Mapping.model_validate(keys)
    (tmp_path / "map.toml").write_text(mapping_toml(mapping), encoding="utf-8")
    assert read_mapping(tmp_path / "map.toml") == mapping


def test_the_next_command_is_whole(data: Path) -> None:
    code, _, err = run("validate", data, "--mapping", data / "map.toml", "-w", "my ws", "--max-bad", "0.1")
    assert code == 0
    assert f"scgraph load {data} --mapping {data / 'map.toml'} --max-bad 0.1 -w 'my ws'" in err
