"""Settings: flag > environment > scgraph.toml > default; templates that say the same as the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from supplyrisk import gnn
from supplyrisk.cli.error_reports import Usage
from supplyrisk.cli.resolved_settings import PREFIX, resolve
from supplyrisk.graph import DEFAULT_KINDS, DefaultDefinition
from supplyrisk.graph.schema.settings import Settings
from supplyrisk.loaders import Mapping, read_mapping
from supplyrisk.loaders.mappings.mapping_file import FOLDER
from supplyrisk.services import template

NAMES = list(Settings.model_fields)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def toml(folder: Path, text: str) -> Path:
    (folder / "scgraph.toml").write_text(text, encoding="utf-8")
    return folder


def test_each_place_beats_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = resolve(folder=tmp_path)
    assert (found.settings.horizon_days, found.origins["horizon_days"]) == (180, "default")
    toml(tmp_path, "horizon_days = 90\nseed = 3\n")
    found = resolve(folder=tmp_path)
    assert (found.settings.horizon_days, found.origins["horizon_days"]) == (90, "scgraph.toml")
    monkeypatch.setenv("SCGRAPH_HORIZON_DAYS", "60")
    found = resolve(folder=tmp_path)
    assert (found.settings.horizon_days, found.origins["horizon_days"]) == (60, "SCGRAPH_HORIZON_DAYS")
    found = resolve({"horizon_days": 30, "seed": None}, tmp_path)
    assert (found.settings.horizon_days, found.origins["horizon_days"]) == (30, "flag")
    assert (found.settings.seed, found.origins["seed"]) == (3, "scgraph.toml")


def test_an_unknown_key_is_refused_with_a_suggestion_and_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(
        Usage, match=r"unknown key horizon_day, did you mean horizon_days\? \(from scgraph.toml\)"
    ):
        resolve(folder=toml(tmp_path, "horizon_day = 90"))
    with pytest.raises(Usage) as fault:
        resolve(folder=toml(tmp_path, 'neo4j_password = "geheim"'))
    assert "geheim" not in fault.value.message


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("horizon_days", "0"),
        ("horizon_days", "180.5"),
        ("horizon_days", "true"),
        ("max_bad", "1.5"),
        ("max_bad", "nan"),
        ("grade_bounds", "[0.1, 0.2]"),
        ("grade_bounds", "[0.1, 0.2, 0.2, 0.3, 0.4, 0.5]"),
        ("grade_bounds", "[0, 0.1, 0.2, 0.3, 0.4, 0.5]"),
        ("default_kinds", "[]"),
        ("default_kinds", '["default", ""]'),
        ("workspace", '""'),
        ("memory_limit", '"4"'),
        ("members", "0"),
        ("seed", "-1"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, bad: str, tmp_path: Path) -> None:
    with pytest.raises(Usage, match=rf"{name} is .*, expected .* \(from scgraph.toml\)"):
        resolve(folder=toml(tmp_path, f"{name} = {bad}"))


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="cannot be read"):
        resolve(folder=toml(tmp_path, "horizon_days = "))


def test_lists_come_from_the_environment_with_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCGRAPH_DEFAULT_KINDS", "default, fraud")
    monkeypatch.setenv("SCGRAPH_GRADE_BOUNDS", "0.01,0.02,0.03,0.04,0.05,0.06")
    found = resolve(folder=tmp_path).settings
    assert found.default_kinds == ("default", "fraud")
    assert found.grade_bounds == (0.01, 0.02, 0.03, 0.04, 0.05, 0.06)


def test_what_counts_as_a_default_is_one_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(folder=tmp_path).settings.default_definition == DefaultDefinition()
    toml(tmp_path, 'horizon_days = 90\n[default]\nkinds = ["fraud"]\ndays_past_due = 60\n')
    in_section = resolve(folder=tmp_path)
    assert in_section.settings.default_definition == DefaultDefinition(("fraud",), 60)
    assert (in_section.settings.horizon_days, in_section.origins["default_kinds"]) == (90, "scgraph.toml")
    toml(tmp_path, 'default_kinds = ["fraud"]\ndefault_days_past_due = 60\n')
    assert resolve(folder=tmp_path).settings == in_section.settings.model_copy(update={"horizon_days": 180})
    monkeypatch.setenv("SCGRAPH_DEFAULT_DAYS_PAST_DUE", "0")
    assert resolve(folder=tmp_path).settings.default_definition == DefaultDefinition(("fraud",), None)
    flagged = resolve({"default_days_past_due": 30}, tmp_path)
    assert flagged.settings.default_definition == DefaultDefinition(("fraud",), 30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[default]\ndays_past_du = 60",
            "unknown key default_days_past_du, did you mean default_days_past_due",
        ),
        ("default_days_past_due = 90\n[default]\ndays_past_due = 60", "sets default_days_past_due twice"),
        ("[default]\ndays_past_due = -1", r"default_days_past_due is -1, .* \(from scgraph.toml\)"),
        ("default = 90", "unknown key default"),
        ("[horizon]\ndays = 90", "unknown key horizon"),
    ],
)
def test_a_faulty_section_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Usage, match=said):
        resolve(folder=toml(tmp_path, text))


def test_defaults_are_those_of_the_parts() -> None:
    """They are written out in `settings`, since importing them would bring DuckDB and torch into --help."""
    assert Settings().default_kinds == DEFAULT_KINDS
    assert Settings().grade_bounds == gnn.BOUNDS
    assert Settings().members == gnn.TrainingSettings().members
    assert Settings().seed == gnn.TrainingSettings().seed


def test_the_template_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    text = template("scgraph.toml")
    assert tomllib.loads(text) == {}
    opened = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    assert set(tomllib.loads(opened)) == set(NAMES)
    shown = resolve(folder=toml(tmp_path, opened)).settings
    # Left out, these mean "what the mapping says", "what NEO4J_URI says", and no events but the festivals.
    assert (shown.max_bad, shown.store, shown.calendar) == (0.0, "embedded", Path("events.csv"))
    same = [n for n in NAMES if n not in ("max_bad", "store", "calendar")]
    assert [getattr(shown, n) for n in same] == [getattr(Settings(), n) for n in same]


def test_all_faults_are_said_at_once_with_their_origins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCGRAPH_SEED", "-1")
    with pytest.raises(Usage) as fault:
        resolve({"members": 0}, toml(tmp_path, "lang = 'fr'\nlag = 1"))
    assert fault.value.message.split("; ") == [
        "members is 0, expected a whole number, 1 or more (from flag)",
        "seed is '-1', expected a whole number, 0 or more (from SCGRAPH_SEED)",
        "lang is 'fr', expected en or zh (from scgraph.toml)",
        "unknown key lag, did you mean lang or lgd? (from scgraph.toml)",
    ]


def test_the_readme_states_the_same_default() -> None:
    readme = Path(__file__).resolve().parents[2] / "README.md"
    text = " ".join(readme.read_text(encoding="utf-8").split())
    assert f"may lie up to {Settings().beyond_days} days (`beyond_days`)" in text


def test_the_mapping_template_is_a_mapping_as_it_is_and_with_every_example_opened(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(template("mapping.toml"), encoding="utf-8")
    assert read_mapping(path) == Mapping(name="my book")
    opened = re.sub(r"^# (\w+ = |\[)", r"\1", template("mapping.toml"), flags=re.MULTILINE)
    path.write_text(opened, encoding="utf-8")
    assert read_mapping(path) == read_mapping(FOLDER / "template.toml")
