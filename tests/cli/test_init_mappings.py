"""`scgraph init --list` and `--from`: the mappings that come with scgraph, listed and copied."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from supplyrisk.cli import app
from supplyrisk.loaders import mapping_names, mapping_text


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["init", *args])
    return result.exit_code, result.stdout, result.stderr


def test_all_mappings_are_listed_with_what_they_read() -> None:
    code, out, err = run("--list")
    assert code == 0
    header, *lines = out.splitlines()
    assert header.split() == ["name", "what", "it", "reads"]
    assert tuple(line.split()[0] for line in lines) == mapping_names()
    assert "--from NAME" in err
    document = json.loads(run("--list", "--json")[1])
    assert document["schema"] == "scgraph.mappings/1"
    assert tuple(row["name"] for row in document["rows"]) == mapping_names()
    assert all(row["description"] for row in document["rows"])


def test_listing_writes_nothing(tmp_path: Path) -> None:
    assert run(str(tmp_path), "--list")[0] == 0
    assert not list(tmp_path.iterdir())


def test_a_mapping_is_copied_and_never_overwritten_by_chance(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mapping.toml"
    code, out, err = run(str(path.parent), "--from", "smesd")
    assert (code, out) == (0, f"{path}\n")
    assert f"--mapping {path}" in err
    assert [file.name for file in path.parent.iterdir()] == ["mapping.toml"]
    assert path.read_text(encoding="utf-8") == mapping_text("smesd")
    path.write_text("mine")
    code, _, err = run(str(path.parent), "--from", "smesd")
    assert code == 1
    assert "--force" in err
    assert path.read_text() == "mine"
    assert run(str(path.parent), "--from", "smesd", "--force", "--json")[0] == 0
    assert path.read_text(encoding="utf-8") == mapping_text("smesd")


def test_an_unknown_name_writes_nothing(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path), "--from", "smes")
    assert code == 3
    assert "no mapping smes comes with scgraph" in err
    assert not list(tmp_path.iterdir())
