"""Files as a whole: found by their names, refused all at once, damaged in any byte."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, WorkspaceError
from supplyrisk.loaders import validate
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.text_cells import TextCells

FIRMS = "firm_id,name\nF1,a\nF2,b\n"
SUPPLIES = "supplier_id,customer_id,on,amount\nF1,F2,2024-01-01,5\n"


def folder_of(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


REFUSED: dict[str, tuple[dict[str, str | bytes], str]] = {
    "no firms": ({"supplies.csv": SUPPLIES}, "no file for the table firms, expected firms.csv"),
    "an unused mapping": ({"kunden.csv": "a\n1\n", "mapping.toml": ""}, "mapping.toml the --mapping to use?"),
    "empty file": ({"firms.csv": ""}, "firms.csv: is empty"),
    "empty zip": ({"firms.csv.gz": gzip.compress(b"")}, "firms.csv.gz: has no header"),
    "empty jsonl": ({"firms.jsonl": ""}, "firms.jsonl: is empty"),
    "blank jsonl": ({"firms.jsonl": "\n\n"}, "firms.jsonl: has no lines"),
    "only blank lines": ({"firms.csv": "\n\n\n"}, "firms.csv: has no header"),
    "header only": ({"firms.csv": "firm_id\n"}, "no row can be loaded"),
    "required column": ({"firms.csv": "id\nF1\n"}, "no column firm_id, expected all of firm_id; the file has id"),
    "case of a column": ({"firms.csv": "Firm_ID\nF1\n"}, "column 'Firm_ID': did you mean firm_id"),
    "space of a column": ({"firms.csv": "firm_id, region\nF1,x\n"}, "column ' region': did you mean region"),
    "space in it": ({"firms.csv": "firm_id,Shop Type\nF1,x\n"}, "column 'Shop Type': did you mean shop_type"),
    "column twice": ({"firms.csv": "firm_id,name,name\nF1,x,y\n"}, "column name occurs 2 times"),
    "key without name": ({"firms.jsonl": '{"firm_id":"F1","":"x"}'}, "column 2 has no name"),
    "unlike only in case": ({"firms.csv": "firm_id,Up,up\nF1,1,2\n"}, "column 'up' differs from 'Up' only in case"),
    "semicolons": ({"firms.csv": "firm_id;name\nF1;x\n"}, "by ';': set the delimiter in a mapping"),
    "two formats": ({"firms.csv": FIRMS, "firms.jsonl": '{"firm_id":"F1"}'}, "firms.jsonl are both firms"),
    "zipped and not": ({"firms.csv": FIRMS, "firms.csv.gz": gzip.compress(FIRMS.encode())}, "are both firms"),
    "file and folder": ({"firms.csv": FIRMS, "firms/1.csv": FIRMS}, "are both firms"),
    "case of a file": ({"Firms.csv": FIRMS}, "Firms.csv: did you mean firms"),
    "case of a second": ({"firms.csv": FIRMS, "Supplies.csv": SUPPLIES}, "did you mean supplies"),
    "no parquet": ({"firms.parquet": FIRMS}, "firms.parquet: cannot be read as Parquet"),
    "no gzip": ({"firms.csv.gz": FIRMS}, "firms.csv.gz: cannot be read"),
    "not utf-8": ({"firms.csv": "firm_id,name\nF1,名称\n".encode("gb18030")}, "try --encoding gb18030"),
    "garbage": ({"firms.csv": bytes(range(1, 128)) * 3}, "firms.csv: "),
    "two currencies": (
        {"firms.csv": FIRMS, "supplies.csv": "supplier_id,customer_id,on,amount,currency\n"
         "F1,F2,2024-01-01,5,CNY\nF1,F2,2024-01-01,5,USD\n"},
        "supplies are in CNY, USD; expected one currency; set default and rates under [currency]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_file_and_remedy(tmp_path: Path, case: str) -> None:
    files, message = REFUSED[case]
    folder = folder_of(tmp_path, files)
    if case == "header only":
        assert any(message in b for b in validate(folder).breaches)
        return
    with pytest.raises(DataError) as caught:
        validate(folder)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = {
        "firms.csv": "id\nF1\n",
        "supplies.csv": "",
        "labels.csv": 'firm_id,defaulted\n"F1,1\n',
        "persons.parquet": "x",
    }
    with pytest.raises(DataError) as caught:
        validate(folder_of(tmp_path, dict(files)))
    text = str(caught.value)
    assert text.startswith("4 faults: (1) ")
    assert all(name in text for name in files)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        validate(tmp_path / "none")


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("firms", "firm_id", pa.int64()),
        ("firms", "employees", pa.string()),
        ("firms", "employees", pa.bool_()),
        ("firms", "founded_on", pa.string()),
        ("firms", "founded_on", pa.timestamp("us", "UTC")),
        ("firms", "name", pa.list_(pa.string())),
        ("firms", "roles", pa.list_(pa.string())),
        ("firms", "name", pa.binary()),
        ("supplies", "amount", pa.string()),
        ("supplies", "on", pa.int64()),
        ("labels", "defaulted", pa.float64()),
        ("labels", "defaulted", pa.string()),
    ],
)
def test_a_parquet_column_of_a_wrong_type_is_refused(
    tmp_path: Path, table: str, column: str, kind: pa.DataType
) -> None:
    folder_of(tmp_path, {"firms.csv": FIRMS} if table != "firms" else {})
    required = {"firms": ["firm_id"], "supplies": ["supplier_id", "customer_id"], "labels": ["firm_id"]}[
        table
    ]
    columns = {name: pa.array(["F1"]) for name in required} | {column: pa.nulls(1, kind)}
    pq.write_table(pa.table(columns), tmp_path / f"{table}.parquet")
    with pytest.raises(
        DataError, match=rf"{table}.parquet: column {column} is of type .*, expected .*convert it"
    ):
        validate(tmp_path)


def test_parts_are_one_table_and_each_file_has_its_own_count(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        {
            "firms-a.csv": "firm_id,score\nF1,1\nF2,2\n",
            "firms-b.jsonl": '{"firm_id":"F2","score":2}\n{"firm_id":"F3"}\n',
            "supplies/one.csv": SUPPLIES,
            "supplies/two.csv.gz": gzip.compress(SUPPLIES.encode()),
            "supplies/notes.txt": "x",
            "readme.md": "x",
            ".hidden": "x",
        },
    )
    report = validate(tmp_path)
    counts = {s.file: (s.count.rows, s.count.loaded, s.count.duplicates) for s in report.sources}
    assert counts == {
        "firms-a.csv": (2, 2, 0),
        "firms-b.jsonl": (2, 1, 1),
        "supplies/one.csv": (1, 1, 0),
        "supplies/two.csv.gz": (1, 1, 0),
    }
    assert report.ignored == ("readme.md", "supplies/notes.txt")
    assert report.table("supplies").repeated == 1  # two equal trades are two
    assert report.table("firms").extra == {"score": "DOUBLE"}


def test_unknown_columns_are_kept_where_they_may_be_features_and_named(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        {
            "firms.csv": "firm_id,score,word,none\nF1,1,x,\nF2,-2e3,2,\n",
            "supplies.csv": "supplier_id,customer_id,on,amount,colour\nF1,F2,2024-01-01,5,red\n",
        },
    )
    report = validate(tmp_path)
    assert report.table("firms").extra == {"none": "DOUBLE", "score": "DOUBLE", "word": "VARCHAR"}
    assert report.table("supplies").extra == {}
    assert report.notes == (
        "supplies.csv: left out colour",
        "firms: kept none (number), score (number), word (text)",
    )


def test_names_that_are_nearly_known_are_pointed_out(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        {
            "firms.csv": "firm_id,joind_on,colour\nF1,2024-01-01,red\n",
            "suplies.csv": SUPPLIES,
            "letters.txt": "x",
        },
    )
    assert validate(tmp_path).notes == (
        "firms: kept colour (text), joind_on (text) (did you mean joined_on?)",
        "ignored files: letters.txt, suplies.csv (did you mean supplies?)",
    )


def test_events_are_told_by_kind_so_that_a_misspelt_default_is_seen(tmp_path: Path) -> None:
    events = "firm_id,on,kind\n" + "".join(
        f"F1,2024-01-{day:02},{kind}\n"
        for day, kind in enumerate(("default", "bankruptcy", "defautl", "strike", "strike", "closure"), 1)
    )
    folder_of(tmp_path, {"firms.csv": FIRMS, "events.csv": events})
    kinds, similar = validate(tmp_path).notes
    assert kinds == (
        "events: 2 of kind default or bankruptcy, which count as defaults unless configured otherwise; other kinds: "
        "defautl 1 (did you mean default?), strike 2, closure 1"
    )
    assert "such as defautl and default" in similar


def test_a_last_day_far_after_all_others_is_named(tmp_path: Path) -> None:
    head = "supplier_id,customer_id,on,amount\nF1,F2,2025-11-05,10\nF1,F2,2025-12-05,10\n"
    folder_of(tmp_path, {"firms.csv": "firm_id\nF1\nF2\n", "supplies.csv": head + "F1,F2,2052-12-05,10\n"})
    assert validate(tmp_path).notes == (
        "supplies: 1 row on 2052-12-05, 9,862 days after all others; the last day of the data is the day that is "
        "scored unless --as-of names another: correct it if it is a typo",
    )
    folder_of(tmp_path, {"supplies.csv": head + "F1,F2,2026-06-01,10\n"})
    assert validate(tmp_path).notes == ()


def test_nan_in_a_numeric_column_beyond_the_contract_is_a_bad_value(tmp_path: Path) -> None:
    folder_of(tmp_path, {"firms.csv": "firm_id,score\nF1,1\nF2,nan\n"})
    (fault,) = validate(tmp_path).faults.to_pylist()
    assert (fault["line"], fault["column"], fault["rule"]) == (3, "score", "finite")


def test_a_table_of_a_header_alone_is_there_and_empty(tmp_path: Path) -> None:
    folder_of(tmp_path, {"firms.csv": FIRMS, "supplies.csv": SUPPLIES.split("\n", maxsplit=1)[0]})
    report = validate(tmp_path)
    assert (report.table("supplies").count.rows, report.breaches) == (0, ())


def test_a_person_is_no_firm(tmp_path: Path) -> None:
    folder_of(tmp_path, {"firms.csv": FIRMS, "persons.csv": "person_id\nP1\nF2\nP1\n"})
    report = validate(tmp_path)
    (fault,) = report.faults.to_pylist()
    assert (fault["line"], fault["value"], fault["rule"]) == (3, "F2", "person_is_firm")
    count = report.table("persons").count
    assert (count.loaded, count.quarantined, count.duplicates) == (1, 1, 1)


def test_a_link_to_a_firm_in_quarantine_says_so(tmp_path: Path) -> None:
    folder_of(tmp_path, {"firms.csv": "firm_id,employees\nF1,1\nF2,-1\n", "supplies.csv": SUPPLIES})
    faults = {f["table"]: f for f in validate(tmp_path).faults.to_pylist()}
    assert faults["supplies"]["accepted"] == "an id that is in firms"
    assert "in quarantine" in faults["supplies"]["remedy"]


def test_what_becomes_of_equal_keys(tmp_path: Path) -> None:
    supplies = [("F1", "F2", 5, "R1"), ("F1", "F2", 5, "R1"), ("F1", "F2", 6, "R2"), ("F2", "F1", 6, "R2"),
                *[("F1", "F2", 5, "")] * 2, *[("F1", "F9", 5, "")] * 2]  # fmt: skip
    text = "supplier_id,customer_id,on,amount,row_id\n"
    text += "".join(f"{s},{c},2024-01-01,{a},{r}\n" for s, c, a, r in supplies)
    folder_of(tmp_path, {"firms.csv": FIRMS, "supplies.csv": text})
    report = validate(tmp_path)
    found = [(f["line"], f["column"], f["value"], f["rule"]) for f in report.faults.to_pylist()]
    assert found == [
        (4, "row_id", "R2", "conflict"),
        (5, "row_id", "R2", "conflict"),
        (8, "customer_id", "F9", "unknown"),
        (9, "customer_id", "F9", "unknown"),
    ]
    table = report.table("supplies")
    assert (table.count.loaded, table.count.quarantined, table.count.duplicates, table.repeated) == (
        3,
        4,
        1,
        1,
    )


def _world(folder: Path) -> dict[str, bytes]:
    """One small data set in every format."""
    firms = pa.table({"firm_id": [f"F{n}" for n in range(30)], "score": [n / 7 for n in range(30)]})
    pq.write_table(firms, folder / "firms.parquet")
    parquet = (folder / "firms.parquet").read_bytes()
    rows = [f"F{n},F{n + 1},2024-01-{n + 1:02d},{n * 1.5}" for n in range(25)]
    supplies = "\n".join(["supplier_id,customer_id,on,amount", *rows]).encode()
    relations = "".join(
        json.dumps({"from_id": f"F{n}", "to_id": "F0", "kind": "owns"}) + "\n" for n in range(20)
    )
    activity = "firm_id,on,sales\n" + "".join(f'"F{n}","2024-01-01","{n}"\n' for n in range(20))
    return {
        "firms.parquet": parquet,
        "supplies.csv": supplies,
        "relations.jsonl": relations.encode(),
        "activity.csv.gz": gzip.compress(activity.encode(), mtime=0),
    }


@pytest.mark.parametrize("name", ["firms.parquet", "supplies.csv", "relations.jsonl", "activity.csv.gz"])
def test_damage_to_any_byte_ends_in_a_report_that_adds_up_or_a_refusal(tmp_path: Path, name: str) -> None:
    files = _world(tmp_path)
    for seed in range(12):
        chance = random.Random(f"{name} {seed}")
        data = bytearray(files[name])
        for _ in range(chance.choice([1, 1, 3, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        folder_of(tmp_path, dict(files) | {name: bytes(data)})
        try:
            report = validate(tmp_path)
        except DataError as refusal:
            assert "\n" not in str(refusal)
            continue
        for source in report.sources:
            c = source.count
            assert c.rows == c.loaded + c.quarantined + c.duplicates
        assert (report.fault_count > 0) == (report.total.quarantined > 0)


def test_no_room_for_the_cells_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cells = TextCells(tmp_path / "file" / "cells", 0)
    with pytest.raises(WorkspaceError, match=r"cells cannot be written to .*; free disk space"):
        # the rows of a small source need no file
        cells.write(CellBatch({"a": pa.array(["x" * 100_000])}, pa.array([2])), ["a"])


def test_columns_that_show_later_are_missing_before(tmp_path: Path) -> None:
    cells, con = TextCells(tmp_path / "cells", 7), duckdb.connect()
    cells.write(CellBatch({"a": pa.array(["1", "2"])}, pa.array([2, 3])), ["a"])
    cells.write(CellBatch({"b": pa.array(["x"])}, pa.array([4])), ["a", "b"])
    cells.register(con, 3)
    rows = con.sql("FROM raw_7 ORDER BY line").fetchall()
    assert rows == [(2, "1", None, None), (3, "2", None, None), (4, None, "x", None)]


def test_the_truth_of_a_synthetic_folder_is_neither_read_nor_remarked_on(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"firms.csv": FIRMS, "truth/firms.csv": "firm_id\nF3\n", "notes.txt": "x"}
    plain = validate(folder_of(tmp_path / "plain", files))
    made = validate(folder_of(tmp_path / "made", files | {"synthetic.toml": "synthetic = true\n"}))
    assert plain.ignored == ("notes.txt", "truth/firms.csv")
    assert made.ignored == ("notes.txt",)
    assert made.total.loaded == plain.total.loaded == 2
