"""Where a table is in its file: preambles, headers, footers, positions, and rows kept or dropped by their values."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import LoadReport, load, read_mapping, validate
from supplyrisk.loaders.read.text_frame import TextFrame

SOURCE = '[[source]]\nfile = "book.csv"\ntable = "firms"\n'


def rows(folder: Path, text: str, keys: str, encoding: str = "utf-8") -> list[tuple[object, object]]:
    """Load a file by a source with these keys, and return each firm with its name."""
    write(folder, text, keys, encoding)
    load(folder, folder / "ws", folder / "map.toml")
    path = read_workspace(folder / "ws").sources["firms"]
    assert isinstance(path, Path)
    return [(row["firm_id"], row["name"]) for row in pq.read_table(path).to_pylist()]


def write(folder: Path, text: str, keys: str, encoding: str = "utf-8") -> None:
    with (folder / "book.csv").open("w", encoding=encoding, newline="") as out:
        out.write(text)
    (folder / "map.toml").write_text(SOURCE + keys, encoding="utf-8")


def checked(folder: Path, text: str, keys: str) -> LoadReport:
    write(folder, text, keys)
    return validate(folder, folder / "map.toml")


TABLE = "firm_id,name\nA,one\nB,two\n"
EXPECTED = [("A", "one"), ("B", "two")]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Statement\n\nfrom 1.1.\n" + TABLE, "preamble = 3"),
        ('He said "ho\n,,,,\n' + TABLE, "preamble = 2"),
        ("Statement\r\n\r\n" + TABLE.replace("\n", "\r\n"), "preamble = 2"),
        ("Statement\nof 2024\n" + TABLE, 'header_starts_with = "firm_id,"'),
        (TABLE + "Total,2\n", "footer = 1"),
        (TABLE + "\n---\n2 rows\n\n\n", "footer = 2"),
        (TABLE + '---\n"broken\n', 'footer_starts_with = "---"'),
        ("x\ny\n" + TABLE + "---,\nend", 'preamble = 2\nfooter_starts_with = "---"'),
        ("A,one\nB,two\n", 'header = ["firm_id", "name"]'),
        ("A,one\nB,two\n", 'header = false\ncolumns = { firm_id = "#1", name = "#2" }'),
        ("text\nA,1,one\nB,2,two\nend\n", 'preamble = 1\nfooter = 1\nheader = ["firm_id", "", "name"]'),
        ("firm_id,other,name\nA,x,one\nB,y,two\n", 'columns = { name = "#3" }\nignore = ["other"]'),
        (",firm_id,name\n1,A,one\n2,B,two\n", ""),
        ("firm_id,name,\nA,one,\nB,two,\n", ""),
        ("firm_id,name\nA,one,\nB,two,\n", "trailing_delimiter = true"),
        (" firm_id , name\nA\t,one \nB\t,two\n", "trim = true"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_table_is_found(tmp_path: Path, text: str, keys: str, encoding: str) -> None:
    assert rows(tmp_path, text, f'encoding = "{encoding}"\n{keys}', encoding) == EXPECTED


@pytest.mark.parametrize("quoted", [False, True])
def test_lines_are_those_of_the_file(tmp_path: Path, *, quoted: bool) -> None:
    """The quoted cell is over two lines, so that another reader takes the file."""
    cell = '"two\nlines"' if quoted else "two"
    text = f"Statement\n\nfirm_id,name\nA,{cell}\nB\nC,x\nC,y\nTotal\n"
    report = checked(tmp_path, text, "preamble = 2\nfooter = 1")
    more = 1 if quoted else 0
    assert [(f["line"], f["rule"]) for f in report.faults.to_pylist()] == [
        (5 + more, "cells"),
        (6 + more, "conflict"),
        (7 + more, "conflict"),
    ]
    assert (report.total.rows, report.total.loaded) == (4, 1)


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        (TABLE, 'header_starts_with = "id"', "header_starts_with"),
        (TABLE, 'footer_starts_with = "---"', "cut off"),
        (TABLE, "preamble = 5\nfooter = 1", "preamble and footer"),
        (TABLE, "preamble = 5", "has no header"),
        (TABLE, 'header = ["firm_id"]', "header in the mapping"),
        ("A,one\n", "header = false", "no column firm_id"),
        (TABLE, 'columns = { name = "#3" }', "names column #3"),
        ("firm_id,a,a\nA,x,y\n", "", "state all names as header"),
        ("firm_id,name\t\nA,x\n", "", "trim = true"),
        (TABLE, 'where = { state = "ok" }', "names column state"),
    ],
)
def test_a_file_that_is_not_as_stated_is_refused(tmp_path: Path, text: str, keys: str, expected: str) -> None:
    with pytest.raises(DataError) as caught:
        checked(tmp_path, text, keys)
    assert expected in str(caught.value)


def test_a_row_with_a_cell_more_is_a_fault_without_the_key(tmp_path: Path) -> None:
    report = checked(tmp_path, "firm_id,name\nA,one,\n", "")
    assert [f["rule"] for f in report.faults.to_pylist()] == ["cells"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("preamble = -1", "a number of lines"),
        ("preamble = true", "a number of lines"),
        ('preamble = 1\nheader_starts_with = "x"', "both preamble and header_starts_with"),
        ('footer = 1\nfooter_starts_with = "x"', "both footer and footer_starts_with"),
        ('header = "x"', "true, false or a list of names"),
        ('header = false\nheader_starts_with = "x"', "header_starts_with beside header"),
        ("where = { a = 1 }", "a list of texts"),
    ],
)
def test_wrong_keys_of_lines_are_said(tmp_path: Path, keys: str, expected: str) -> None:
    write(tmp_path, TABLE, keys)
    with pytest.raises(DataError) as caught:
        read_mapping(tmp_path / "map.toml")
    assert expected in str(caught.value)


STATES = "firm_id,name,state\nA,one,ok\nB,two, ok\t\nC,three,void\nD,four,\nE,five\n"


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ('where = { state = "ok" }', ["A", "B"]),
        ('where = { state = ["ok", "void"] }', ["A", "B", "C"]),
        ('where_not = { state = "void" }', ["A", "B", "D"]),
        ('where_not = { state = ["void", ""] }', ["A", "B"]),
        ('where = { state = "ok" }\nwhere_not = { name = "two" }', ["A"]),
        ('where = { "#3" = "ok" }', ["A", "B"]),
    ],
)
def test_rows_are_dropped_by_their_values_and_counted(tmp_path: Path, keys: str, kept: list[str]) -> None:
    write(tmp_path, STATES, keys)
    report = load(tmp_path, tmp_path / "ws", tmp_path / "map.toml", max_bad=0.5)
    count = report.table("firms").count
    assert (count.rows, count.loaded, count.quarantined, count.dropped) == (5, len(kept), 1, 4 - len(kept))
    assert report.to_json()["total"]["dropped"] == 4 - len(kept)  # type: ignore[index]
    path = read_workspace(tmp_path / "ws").sources["firms"]
    assert isinstance(path, Path)
    assert pq.read_table(path)["firm_id"].to_pylist() == kept


def test_faults_of_dropped_rows_do_not_count(tmp_path: Path) -> None:
    text = "firm_id,name,state\nA,one,ok\n,none,void\n"
    assert [f["rule"] for f in checked(tmp_path, text, "").faults.to_pylist()] == ["required"]
    assert checked(tmp_path, text, 'where = { state = "ok" }').fault_count == 0


def test_a_condition_that_no_row_meets_is_said(tmp_path: Path) -> None:
    report = checked(tmp_path, STATES, 'where = { state = "OK" }')
    assert (
        any("drop all 5 rows" in note or "drop all 4 rows" in note for note in report.notes)
        or report.breaches
    )


def test_rows_of_json_and_parquet_are_dropped_alike(tmp_path: Path) -> None:
    table = [{"firm_id": "A", "s": "ok"}, {"firm_id": "B", "s": "void"}, {"firm_id": "C", "s": None}]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, table)).encode()))
    pq.write_table(
        pa.Table.from_pylist([{**row, "firm_id": row["firm_id"] + "2"} for row in table]),
        tmp_path / "b.parquet",
    )
    source = '[[source]]\nfile = "{}"\ntable = "firms"\nwhere = {{ s = ["ok", ""] }}\n'
    (tmp_path / "map.toml").write_text(source.format("a.jsonl.gz") + source.format("b.parquet"))
    count = validate(tmp_path, tmp_path / "map.toml").table("firms").count
    assert (count.rows, count.loaded, count.dropped) == (6, 4, 2)


def test_unnamed_columns_do_not_make_rows_differ(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id\nA\nB\n")
    (tmp_path / "supplies.csv").write_text(
        ",supplier_id,customer_id,on,amount\n0,A,B,2024-01-01,5\n1,A,B,2024-01-01,5\n"
    )
    report = validate(tmp_path)
    assert (report.table("supplies").count.loaded, report.table("supplies").repeated) == (2, 1)
    assert not any("left out" in note for note in report.notes)


def test_one_note_for_files_with_the_same_columns_left_out(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"supplies-{number}.csv").write_text(
            "supplier_id,customer_id,on,amount,memo\nA,B,2024-01-01,5,x\n"
        )
    (tmp_path / "firms.csv").write_text("firm_id\nA\nB\n")
    notes = [note for note in validate(tmp_path).notes if "left out" in note]
    assert notes == ["supplies-0.csv and 2 more: left out memo"]


@given(
    st.lists(st.sampled_from(["a", "b,c", "", '"', "早"]), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(0, 5),
    st.integers(0, 8) | st.none(),
    st.lists(st.integers(1, 30), max_size=5),
)
def test_the_lines_of_a_frame_are_cut_at_any_block(
    lines: list[str], end: str, skip: int, keep: int | None, cuts: list[int]
) -> None:
    text = "".join(line + end for line in lines)
    places = sorted(
        {min(cut, len(text)) for cut in cuts} - {i for i in cuts if text[i - 1 : i + 1] == "\r\n"}
    )
    blocks = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    last = None if keep is None else skip + keep
    assert "".join(TextFrame(skip, keep).cut(blocks)) == "".join(line + end for line in lines[skip:last])
