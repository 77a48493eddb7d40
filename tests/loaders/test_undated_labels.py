"""Outcomes without a day in dated data: what a mapping accepts, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk.graph import DataError, DefaultDefinition, read_workspace
from supplyrisk.loaders import CountedDefaults, LoadReport, load, read_mapping, validate

LABELS = '[labels]\nas_of = "2024-06-30"\n'
LIST = """
[[source]]
file = "list.csv"
table = "firms"
columns = { firm_id = "firm" }
ignore = ["defaulted"]
"""
YES_AND_NO = """
[[source]]
file = "list.csv"
table = "labels"
columns = { firm_id = "firm" }
true_words = ["是"]
false_words = ["否"]
where = { defaulted = ["是", "否"] }
"""
ONLY_YES = """
[[source]]
file = "list.csv"
table = "events"
columns = { firm_id = "firm" }
constants = { kind = "default" }
where = { defaulted = "是" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    (place / "list.csv").write_text("firm,defaulted\nA,是\nB,否\nC,\nD,否\n", encoding="utf-8")
    (place / "supplies.csv").write_text(
        "supplier_id,customer_id,on,amount\nA,B,2024-01-01,5\nB,D,2024-06-29,5\nC,D,2024-05-01,5\n"
    )
    return place


def mapping(folder: Path, text: str) -> Path:
    path = folder.parent / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    """The error of a load, which validate reports too."""
    path = mapping(folder, text)
    with pytest.raises(DataError) as caught:
        load(folder, folder.parent / "ws", path)
    return str(caught.value)


def events(folder: Path, *rows: str) -> None:
    (folder / "events.csv").write_text("firm_id,on,kind\n" + "".join(f"{row}\n" for row in rows))


def test_yes_and_no_are_labels_and_an_empty_cell_is_none(folder: Path, tmp_path: Path) -> None:
    report = load(folder, tmp_path / "ws", mapping(folder, LABELS + LIST + YES_AND_NO))
    assert report.table("labels").count.loaded == 3
    assert report.table("labels").count.dropped == 1
    assert (report.default_counts.total, report.default_counts.sound) == (1, 2)
    tables = read_workspace(tmp_path / "ws")
    assert tables.info.labels_as_of == "2024-06-30"
    labels, leak = report.notes[-2:]
    assert "known by 2024-06-30" in labels
    assert "unknown for 1 firm" in labels
    assert "1 of the 1 firms that defaulted" in leak
    assert "0 of the 2 others" in leak


def test_a_list_of_those_that_defaulted_is_events_without_a_day(folder: Path, tmp_path: Path) -> None:
    text = LABELS + LIST + ONLY_YES
    report = load(folder, tmp_path / "ws", mapping(folder, text))
    assert (report.default_counts.total, report.default_counts.sound) == (1, 0)
    with read_workspace(tmp_path / "ws").connect() as con:
        assert con.sql('SELECT firm_id, "on", kind FROM events').fetchall() == [("A", None, "default")]
    assert "[labels]" in refusal(folder, LIST + ONLY_YES)


def test_all_others_can_be_stated_not_to_have_defaulted(folder: Path) -> None:
    others = """
[[source]]
file = "list.csv"
table = "labels"
columns = { firm_id = "firm" }
constants = { defaulted = "0" }
ignore = ["defaulted"]
"""
    report = validate(folder, mapping(folder, LABELS + LIST + ONLY_YES + others))
    assert (report.default_counts.total, report.default_counts.sound) == (1, 3)


def test_only_events_that_are_defaults_may_lack_a_day(folder: Path) -> None:
    events(folder, "A,,default", "B,,lawsuit", "C,,rumour", "D,2024-01-01,lawsuit")
    path = mapping(folder, LABELS + LIST)
    assert [(f["line"], f["rule"]) for f in validate(folder, path).faults.to_pylist()] == [
        (3, "required"),
        (4, "required"),
    ]
    counted = CountedDefaults(DefaultDefinition(("rumour",)))
    faults = validate(folder, path, counted=counted).faults.to_pylist()
    assert [fault["line"] for fault in faults] == [2, 3]
    assert "rumour" in faults[0]["accepted"]


def test_without_the_key_the_remedy_of_a_default_without_a_day_names_it(folder: Path) -> None:
    events(folder, "A,,default", "B,,lawsuit")
    default, lawsuit = validate(folder, mapping(folder, LIST)).faults.to_pylist()
    assert "[labels]" in default["remedy"]
    assert "[labels]" not in lawsuit["remedy"]


def test_labels_in_dated_data_need_the_key(folder: Path) -> None:
    error = refusal(folder, LIST + YES_AND_NO)
    assert "labels: 3 outcomes have no day" in error
    assert "as_of under [labels]" in error
    assert "--max-bad" not in error
    report = validate(folder, mapping(folder, LIST + YES_AND_NO))
    assert [breach.split(":")[0] for breach in report.breaches] == ["labels"]
    undated = mapping(folder, "undated = true\n" + LIST + YES_AND_NO)
    assert validate(folder, undated).breaches == ()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('undated = true\n[labels]\nas_of = "2024-06-30"', "undated is true beside"),
        ("[labels]", "as_of"),
        ('[labels]\nas_of = "30.06.2024"', "a day such as 2024-03-31"),
        ("[labels]\nas_of = 2024", "a day such as 2024-03-31"),
        ('[labels]\nas_of = "2024-06-30"\nuntil = 3', "until"),
        ('labels = "2024-06-30"', "a table"),
    ],
)
def test_faults_of_the_key(folder: Path, keys: str, expected: str) -> None:
    with pytest.raises(DataError, match=expected):
        read_mapping(mapping(folder, keys))


def test_a_day_of_toml_is_a_day(folder: Path) -> None:
    labels = read_mapping(mapping(folder, "[labels]\nas_of = 2024-06-30")).labels
    assert labels is not None
    assert labels.as_of.isoformat() == "2024-06-30"


@pytest.mark.parametrize(
    "outcomes", [YES_AND_NO, ONLY_YES, YES_AND_NO.replace('where = { defaulted = ["是", "否"] }\n', "")]
)
def test_a_column_that_says_who_defaulted_is_no_feature(folder: Path, outcomes: str) -> None:
    kept = LIST.replace('ignore = ["defaulted"]\n', "")
    error = refusal(folder, LABELS + kept + outcomes)
    assert "list.csv: column 'defaulted' states outcomes" in error
    assert "list it under ignore" in error
    # Where the column feeds no outcome, it is a column like others.
    assert not validate(folder, mapping(folder, kept)).breaches


def notes_of(folder: Path, *rows: str) -> list[str]:
    events(folder, *rows)
    report: LoadReport = validate(folder, mapping(folder, LABELS + LIST + YES_AND_NO))
    return [note for note in report.notes if note.startswith("labels: ")]


def test_contradictions_and_later_rows_are_noted(folder: Path) -> None:
    assert len(notes_of(folder, "C,2024-06-30,lawsuit")) == 1
    _, contradiction = notes_of(folder, "B,2024-06-30,default")
    assert "1 firms without default have one" in contradiction
    _, later, after = notes_of(folder, "B,2024-07-01,default")
    assert "1 firms default after 2024-06-30" in later
    assert "the data go on for 1 days after 2024-06-30" in after


def test_data_that_end_long_before_the_day_are_noted(folder: Path) -> None:
    text = LABELS.replace("2024-06-30", "2024-08-01") + LIST + YES_AND_NO
    notes = validate(folder, mapping(folder, text)).notes
    assert any("33 days before 2024-08-01: is the day right?" in note for note in notes)
