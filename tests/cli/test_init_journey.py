"""From a bank's export to scores: init, at most three edits of the draft, load, train and score; no Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_export import BankExport, write_bank_export
from commands import run, run_json, small_training

FIRMS = 200
DEFAULTS = 30


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_training(), pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("journey")
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def export(place: Path) -> BankExport:
    return write_bank_export(place / "data", FIRMS, DEFAULTS)


@pytest.fixture(scope="module")
def drafted(place: Path, export: BankExport) -> str:
    """What init said; the draft is in data/mapping.toml, with what is open decided."""
    code, out, err = run("init", "data")
    assert code == 0
    mapping = place / "data" / "mapping.toml"
    text = mapping.read_text(encoding="utf-8")
    edits = [('# constants = { lender_id = "our bank" }', 'constants = { lender_id = "Filiale Köln" }')]
    for before, after in edits:
        assert text.count(before) == 1
        text = text.replace(before, after)
    mapping.write_text(text, encoding="utf-8")
    return out + err


def test_the_draft_says_what_is_open_and_what_to_do_next(drafted: str) -> None:
    decisions = [line for line in drafted.splitlines() if line.startswith("decide:")]
    assert decisions == ["decide: Kreditbestand.csv: constants: no column names the lender: name it here"]
    assert "scgraph validate data --mapping data/mapping.toml" in drafted
    assert "feeds no table" not in drafted


def test_every_row_is_accounted_for(drafted: str, export: BankExport) -> None:
    report = run_json("validate", "data", "--mapping", "data/mapping.toml")
    tables = {row["table"]: row for row in report["rows"]}
    loaded = {name: row["loaded"] for name, row in tables.items()}
    assert loaded == {
        "firms": export.firms,
        "supplies": export.trades,
        "loans": export.loan_states,
        "events": export.defaults,
    }
    assert tables["supplies"]["duplicates"] == export.duplicates
    assert report["total"]["quarantined"] == 0
    assert any(f"{export.missing_partners} in no list are added" in note for note in report["notes"])


def test_from_files_to_scores(drafted: str, export: BankExport) -> None:
    code, _, err = run("load", "data", "--mapping", "data/mapping.toml", "--no-graph")
    assert code == 0, err
    code, _, err = run("train")
    assert code == 0, err
    scores = run_json("score")
    scored = {row["firm_id"] for row in scores["rows"] if row["pd"] is not None}
    listed = {f"{number:06}" for number in range(1, FIRMS + 1)}
    assert scored <= listed
    assert len(scored) > FIRMS // 2
    assert scores["as_of"] == "2024-12-31"


def test_the_next_load_needs_no_mapping(drafted: str, export: BankExport) -> None:
    code, _, err = run("load", "data", "--no-graph")
    assert code == 0, err
    assert "read by .scgraph/mapping.toml" in err
