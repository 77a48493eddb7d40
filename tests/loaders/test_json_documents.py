"""JSON documents: arrays of objects, rows and cells by path, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import LoadReport, SourceMap, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping
from supplyrisk.loaders.read.read_json import read_json
from supplyrisk.loaders.read.source_files import SourceFile

FIRMS = [{"firm_id": "F1", "name": "a"}, {"firm_id": "F2", "name": None}]
ORDERS = {
    "meta": {"currency": "CNY"},
    "orders": [
        {
            "id": "o1",
            "buyer": {"id": "F1"},
            "lines": [{"p": {"amount": 5.5}, "tags": ["x"]}, {"p": {"amount": 6}}],
        },
        {"id": "o2", "buyer": {"id": "F2"}, "lines": []},
        {"id": "o3", "buyer": {"id": "F2"}, "lines": [{"p": {"amount": 7}}]},
    ],
}


def mapped(**keys: object) -> Mapping:
    return Mapping(source=(SourceMap.model_validate(keys),))  # type: ignore[call-arg]


def read(folder: Path, document: object, name: str = "x.json", **keys: object) -> list[tuple[object, ...]]:
    """The rows of a document with their numbers in front, and the numbers of bad rows."""
    (folder / name).write_text(document if isinstance(document, str) else json.dumps(document))
    entry = SourceMap.model_validate({"file": name, "table": "firms"} | keys)
    format = "json_document" if name.endswith(".json") else "json"
    source = SourceFile(folder / name, name, format, entry)
    rows: list[tuple[object, ...]] = []
    for batch in read_json(source, "utf-8-sig"):
        columns = [batch.columns[column].to_pylist() for column in sorted(batch.columns)]
        assert all(len(column) == len(batch.lines) for column in columns)
        rows += zip(batch.lines.to_pylist(), *columns, strict=True)
        rows += [(bad.line, bad.accepted) for bad in batch.bad]
    return rows


def faults(report: LoadReport) -> list[tuple[int, str, str]]:
    return [(f["line"], f["value"], f["accepted"]) for f in report.faults.to_pylist()]


def test_an_array_equals_json_lines(tmp_path: Path) -> None:
    hashes = set()
    files = {
        "firms.json": json.dumps(FIRMS, indent=2).encode("utf-8-sig"),
        "firms.json.gz": gzip.compress(json.dumps(FIRMS).encode()),
        "firms.jsonl": "\n".join(map(json.dumps, FIRMS)).encode(),
    }
    for name, data in files.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(data)
        hashes.add(load(folder, tmp_path / "ws").content_hash)
    assert len(hashes) == 1


def test_rows_and_cells_by_path(tmp_path: Path) -> None:
    columns = {
        "firm_id": "/orders/buyer/id",
        "name": "/orders/id",
        "registered_capital": "p/amount",
        "region": "tags/0",
    }
    columns |= {"industry": "/meta/currency"}
    rows = read(tmp_path, ORDERS, rows="orders/lines", columns=columns)
    # in the order of the names: /meta/currency, /orders/buyer/id, /orders/id, p/amount, tags/0
    assert rows == [
        (1, "CNY", "F1", "o1", "5.5", "x"),
        (2, "CNY", "F1", "o1", "6", None),
        (3, "CNY", "F2", "o3", "7", None),
    ]


def test_rows_of_lines_are_numbered_through(tmp_path: Path) -> None:
    text = "\n".join([json.dumps({"l": [{"a": "1"}, {"a": "2"}]}), "{", json.dumps({"l": [{"a": "3"}]})])
    rows = read(tmp_path, text, "x.jsonl", rows="l")
    assert [row[0] for row in rows if len(row) == 2 and row[1] in "123"] == [1, 2, 4]
    assert [row[0] for row in rows if row[1] not in ("1", "2", "3")] == [3]


def test_positions_and_arrays_of_one(tmp_path: Path) -> None:
    entity = {"firm_id": "F1", "properties": {"name": ["a", "b"], "country": ["cn"]}}
    columns = {"name": "properties/name/1", "region": "properties/country"}
    assert read(tmp_path, [entity], columns=columns) == [(1, "F1", "cn", "b")]
    [(line, accepted)] = read(tmp_path, [entity], columns={"name": "properties/name"})
    assert line == 1
    assert "properties/name is nested" in str(accepted)
    entity["properties"]["name"] = [1, 2]  # type: ignore[index]
    [(_, accepted)] = read(tmp_path, [entity], columns={"name": "properties/name"})
    assert "properties/name has 2 values: name one by its position" in str(accepted)


def test_rows_that_are_not_objects_are_faults_and_counted(tmp_path: Path) -> None:
    rows = [*FIRMS, 5, {"firm_id": "F3", "more": {"x": 1}}, {"firm_id": 4}]
    (tmp_path / "firms.json").write_text(json.dumps(rows))
    report = validate(tmp_path, max_bad=1.0)
    count = report.tables[0].count
    assert (count.rows, count.loaded, count.quarantined) == (5, 2, 3)
    assert [(line, value) for line, value, _ in faults(report)] == [
        (3, "5"),
        (4, '{"firm_id": "F3", "more": {"x": 1}}'),
        (5, "4"),
    ]
    assert "name what is read of it in the mapping, as more/key" in faults(report)[1][2]


@pytest.mark.parametrize(
    ("document", "keys", "message"),
    [
        (
            '{"data": [{"firm_id": "F1"}]}',
            {},
            "the path of the array by rows in the mapping, such as rows = 'data'",
        ),
        ("[1, 2", {}, r"is not valid JSON .*on line 1, column 6"),
        ('{"firm_id": "F1"}\n{"firm_id": "F2"}', {}, r"call it .jsonl if it has one object per line"),
        ("[" * 100_000, {}, "is nested too deeply|is not valid JSON"),
        ("[]", {}, "has no lines"),
        ('{"a": 1}', {"rows": "a/b"}, "has no rows at a/b: there is a single value where rows has the key b"),
        ('{"a": 1}', {"rows": "b"}, "has no rows at b, expected an array there"),
        (
            '[{"firm_id": "F1"}]',
            {"columns": {"name": "x/y"}},
            "names column x/y, which the file does not have",
        ),
    ],
)
def test_documents_that_cannot_be_read(
    tmp_path: Path, document: str, keys: dict[str, object], message: str
) -> None:
    (tmp_path / "firms.json").write_text(document)
    with pytest.raises(DataError, match=message):
        validate(tmp_path, mapped(file="firms.json", table="firms", **keys))


def test_a_document_of_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "firms.json").write_bytes('[{"firm_id": "F1", "name": "甲"}]'.encode("gb18030"))
    with pytest.raises(DataError, match="is not text in utf-8"):
        validate(tmp_path)
    report = validate(tmp_path, mapped(file="firms.json", table="firms", encoding="gb18030"))
    assert report.tables[0].count.loaded == 1


def test_a_document_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "firms.json").write_text(json.dumps(FIRMS))
    monkeypatch.setattr("supplyrisk.loaders.read.text_scan.MAX_DOCUMENT_BYTES", 10)
    with pytest.raises(DataError, match=r"has more than 10 bytes, .* write it as JSON Lines"):
        validate(tmp_path)


def test_rows_of_a_csv_are_refused(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id\nF1\n")
    with pytest.raises(DataError, match="the mapping sets rows"):
        validate(tmp_path, mapped(file="firms.csv", table="firms", rows="x"))


def test_nested_values_are_faults_unless_the_mapping_ignores_them(tmp_path: Path) -> None:
    (tmp_path / "firms.jsonl").write_text(
        '{"firm_id": "F1", "tags": [1, 2], "at": {"x": 1}}\n{"firm_id": "F2"}\n'
    )
    entry = {"file": "firms.jsonl", "table": "firms"}
    report = validate(tmp_path, mapped(**entry, ignore=["tags"]), max_bad=1.0)
    (fault,) = report.faults.to_pylist()
    assert "at is nested" in fault["accepted"]
    report = validate(tmp_path, mapped(**entry, ignore=["tags", "at"]))
    assert report.table("firms").count.loaded == 2
    assert not [note for note in report.notes if "left out" in note]
