"""Every table, every format, every kind of bad cell: planted one a row, and found exactly there."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema
from supplyrisk.loaders import LoadReport, validate

GOOD = {
    ColumnKind.ID: "R{n}", ColumnKind.TEXT: "word", ColumnKind.MONEY: "12.5", ColumnKind.NUMBER: "0.5",
    ColumnKind.COUNT: "3", ColumnKind.DAY: "2024-02-29", ColumnKind.FLAG: "1",
}  # fmt: skip
BAD_NUMBERS = [("x", "number"), ("1_000", "number"), ("1,5", "number"), ("0x10", "number"), ("٣", "number"),
               (" 5", "number"), ("nan", "finite"), ("-inf", "finite"), ("1e999", "finite")]  # fmt: skip
BAD_DAYS = [(v, "day") for v in ("2024-02-30", "01/02/2024", "20240102", "2024-1-2", "2024-01-02 00:00:00",
                                 "1799-12-31", "2200-01-01", "0", "2024-01-02T10:00:00Z")]  # fmt: skip
BAD = {
    ColumnKind.ID: [(" R", "id"), ("R\t", "id"), ("R\u200b1", "id"), ("\u00a0R", "id"), ("R\x7f", "id")],
    ColumnKind.TEXT: [],
    ColumnKind.CHOICE: [("nothing", "choice"), ("Reseller", "choice"), ("order ", "choice")],
    ColumnKind.CHOICES: [("merchant|nobody", "choice"), ("merchant||buyer", "choice"), ("|", "choice")],
    ColumnKind.MONEY: BAD_NUMBERS,
    ColumnKind.NUMBER: BAD_NUMBERS,
    ColumnKind.COUNT: [*BAD_NUMBERS, ("1.5", "whole"), ("9007199254740994", "whole")],
    ColumnKind.DAY: BAD_DAYS,
    ColumnKind.FLAG: [("2", "flag"), ("yes", "flag"), ("1.0", "flag")],
}
Row = dict[str, str]
Planted = tuple[int, str, str, str]


def good_row(table: str, n: int) -> Row:
    """A row that breaks no rule: ids of links are F1, keys differ from row to row."""
    row: Row = {}
    for column in TABLES[table].columns:
        if column.name in TABLES[table].refs:
            row[column.name] = "F1"
        elif column.choices:
            row[column.name] = column.choices[0]
        else:
            row[column.name] = GOOD[column.kind].format(n=n)
    if table in ("activity", "financials", "harvests"):
        own_day = "planted_on" if table == "harvests" else "on"
        row[own_day] = date.fromordinal(date(2000, 1, 1).toordinal() + n).isoformat()
    if table == "relations":
        row["weight"] = str(n)
    if table == "labels":
        row["firm_id"] = f"F{min(n, 3)}"
    if table == "firms":
        row["firm_id"] = f"F{n}"
    if table == "persons":
        row["person_id"] = f"P{n}"
    return row | ({"currency": "CNY"} if "currency" in row else {})


def faults_of(table: str, column: ColumnSchema) -> list[tuple[str, str]]:
    faults = list(BAD[column.kind])
    if column.required:
        faults += [("", "required"), ("  ", "required"), ("\u3000", "required")]
    if column.kind is ColumnKind.TEXT and column.required:
        faults += [(" word", "word"), ("wo\x1brd", "word")]
    if column.name == "currency":
        faults += [("cny", "currency"), (" CNY", "currency"), ("¥", "currency")]
    if column.minimum is not None:
        faults += [(str(column.minimum - 1), "least")]
    if column.maximum is not None:
        faults += [(str(column.maximum + 0.01), "most")]
    if column.name in TABLES[table].refs:
        faults += [("nobody", "unknown"), ("f1", "unknown"), ("F01", "unknown")]
    return faults


def planted(table: str) -> tuple[list[Row], list[Planted]]:
    """Three good rows, then one row per fault: (line, column, value, rule), the header being line 1."""
    rows = [good_row(table, n) for n in (1, 2, 3)]
    expected: list[Planted] = []
    for column in TABLES[table].columns:
        for value, rule in faults_of(table, column):
            rows.append(good_row(table, len(rows) + 1) | {column.name: value})
            expected.append((len(rows) + 1, column.name, value if rule != "required" else "", rule))
    return rows, expected


def as_csv(rows: list[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_json(rows: list[Row]) -> bytes:
    # the header's line is kept free, so that lines are the same as in CSV
    return b"\n" + "".join(json.dumps(row) + "\n" for row in rows).encode()


WRITERS = {
    "csv": as_csv,
    "csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "jsonl": as_json,
    "ndjson.gz": lambda rows: gzip.compress(as_json(rows)),
}


@pytest.fixture(scope="module", params=WRITERS)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadReport:
    folder = tmp_path_factory.mktemp("planted")
    for table in TABLES:
        (folder / f"{table}.{request.param}").write_bytes(WRITERS[request.param](planted(table)[0]))
    return validate(folder)


@pytest.mark.parametrize("table", TABLES)
def test_every_planted_fault_is_found_and_nothing_else(report: LoadReport, table: str) -> None:
    rows, expected = planted(table)
    found = [
        (f["line"], f["column"], f["value"] or "", f["rule"])
        for f in report.faults.to_pylist()
        if f["table"] == table
    ]
    assert found == sorted(expected, key=lambda f: f[0])
    count = report.table(table).count
    assert (count.rows, count.loaded, count.quarantined, count.duplicates) == (len(rows), 3, len(expected), 0)


def test_each_fault_says_what_would_be_accepted_and_what_to_do(report: LoadReport) -> None:
    assert all(f["accepted"] and f["remedy"] for f in report.faults.to_pylist())
    assert report.fault_count == report.faults.num_rows == sum(len(planted(t)[1]) for t in TABLES)


def test_validate_names_each_table_that_is_over_the_share(report: LoadReport) -> None:
    # the labels also lack a day, and nothing says by which day they are known
    assert [b.split(":")[0] for b in report.breaches] == [*TABLES, "labels"]


def test_json_types_that_do_not_fit_are_bad_values(tmp_path: Path) -> None:
    rows = [
        {
            "firm_id": "F1",
            "roles": ["buyer", "merchant"],
            "employees": 3,
            "registered_capital": 12345678901234567890,
        },
        {"firm_id": 2},
        {"firm_id": "F3", "employees": True},
        {"firm_id": "F4", "name": False},
        {"firm_id": "F5", "founded_on": 20240101},
        {"firm_id": "F6", "registered_capital": float("nan")},
        {"firm_id": "F7", "registered_capital": "5"},
    ]
    (tmp_path / "firms.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    faults = [(f["line"], f["column"], f["value"], f["rule"]) for f in validate(tmp_path).faults.to_pylist()]
    assert faults == [
        (2, "firm_id", "2", "type"),
        (3, "employees", "true", "type"),
        (4, "name", "false", "type"),
        (5, "founded_on", "20240101", "day"),
        (6, "registered_capital", "NaN", "finite"),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"firm_id": "F2"', "not valid JSON"),
        ('{"firm_id": "F2",}', "not valid JSON"),
        ('["F2"]', "not an object"),
        ('{"firm_id": "F2", "firm_id": "F3"}', "firm_id occurs twice"),
        ('{"firm_id": "F2", "name": {"a": 1}}', "name is nested"),
        ('{"firm_id": "F2", "name": ["a"]}', "name is nested"),
        ('{"firm_id": "F2", "roles": [1]}', "roles is nested"),
        ('{"firm_id": "F2", "name": "\\ud800"}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("F2", "not valid JSON"),
        ('{"firm_id": "F2"} {"firm_id": "F3"}', "not valid JSON"),
    ],
)
def test_a_line_that_is_no_flat_object_is_quarantined(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "firms.jsonl").write_text('{"firm_id": "F1"}\n' + line + "\n\n" + '{"firm_id": "F9"}')
    report = validate(tmp_path)
    (fault,) = report.faults.to_pylist()
    assert (fault["line"], fault["rule"], fault["value"]) == (2, "json", line[:200])
    assert why in fault["accepted"]
    assert (report.total.rows, report.total.loaded, report.total.quarantined) == (3, 2, 1)


def write_parquet(folder: Path, table: str, **columns: pa.Array) -> None:
    pq.write_table(pa.table(columns), folder / f"{table}.parquet")


def test_parquet_cells_meet_the_same_rules(tmp_path: Path) -> None:
    days = [date(2024, 1, 1), None, date(1700, 1, 1), date(2024, 1, 4), date(2024, 1, 5)]
    write_parquet(tmp_path, "firms", firm_id=pa.array(["F1", "F2"]).dictionary_encode())
    write_parquet(
        tmp_path,
        "supplies",
        supplier_id=pa.array(["F1"] * 5, pa.large_string()),
        customer_id=["F2", "F2", "F2", "F2 ", "F2"],
        on=pa.array(days, pa.date32()),
        amount=pa.array([1.5, 2.5, float("nan"), 3.5, -1.0]),
        orders=pa.array([1.0, 2.0, 2.0, 2.5, None]),
        due_on=pa.array([86_400_000_000, 0, 0, 0, 1], pa.timestamp("us")),
        currency=pa.nulls(5),
    )
    report = validate(tmp_path)
    faults = [(f["line"], f["column"], f["value"], f["rule"]) for f in report.faults.to_pylist()]
    assert faults == [
        (2, "on", "", "required"),
        (3, "on", "1700-01-01", "day"),
        (3, "amount", "nan", "finite"),
        (4, "customer_id", "F2 ", "id"),
        (4, "orders", "2.5", "whole"),
        (5, "amount", "-1", "least"),
        (5, "due_on", "1970-01-01 00:00:00.000001", "day"),
    ]
    assert report.table("supplies").count.loaded == 1


def test_every_fault_of_a_row_is_told_and_the_row_counts_once(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,employees\nF1,1\n")
    (tmp_path / "supplies.csv").write_text("supplier_id,customer_id,on,amount\nF1,F9,2024-13-01,-5\n")
    report = validate(tmp_path)
    assert [f["rule"] for f in report.faults.to_pylist()] == ["unknown", "day", "least"]
    assert report.table("supplies").count.quarantined == 1


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("Maker Seller", "replace it by maker_seller under values in the mapping"),
        ("ＰＲＯＤＵＣＥＲ", "replace it by producer under values in the mapping"),
        ("factory", "correct the cell, or replace its word under values in the mapping, or set on_bad_cell"),
    ],
)
def test_a_word_of_a_choice_in_other_letters_names_the_key(tmp_path: Path, cell: str, remedy: str) -> None:
    (tmp_path / "firms.csv").write_text(f"firm_id,shop_type\nA,{cell}\n", encoding="utf-8")
    (fault,) = validate(tmp_path).faults.to_pylist()
    assert fault["remedy"].startswith(remedy)
