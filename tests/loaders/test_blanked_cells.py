"""on_bad_cell = "blank": a bad cell of an optional column is left empty, counted and listed, and its row is loaded."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import LoadReport, RowCount, load, read_mapping, validate

FIRMS = "firm_id,founded_on,employees,registered_capital\nA,soon,5,1\nB,2020-01-01,many,x\nC,,7,2\n"
TRADES = "supplier_id,customer_id,on,amount\nA,B,2024-01-01,1\nB,A,2024-01-02,2\nC,A,2024-01-03,3\n"
SECOND_WAY = 'or set on_bad_cell = "blank" in column_format to leave such cells empty'


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def mapping(folder: Path, table: str, *columns: str, file: str = "") -> Path:
    forms = ", ".join(f'{column} = {{ on_bad_cell = "blank" }}' for column in columns)
    path = folder / "map.toml"
    source = f'[[source]]\nfile = "{file or table}.csv"\ntable = "{table}"\n'
    path.write_text(f"{source}column_format = {{ {forms} }}\n", encoding="utf-8")
    return path


def rows(folder: Path, table: str) -> list[dict[str, object]]:
    path = read_workspace(folder / "ws").sources[table]
    assert isinstance(path, Path)
    result: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return result


def counts(report: LoadReport) -> dict[str, RowCount]:
    return {t.table: t.count for t in report.tables}


def test_without_the_key_a_bad_cell_costs_the_firm_and_its_trades_and_names_the_key(tmp_path: Path) -> None:
    report = validate(write(tmp_path, {"firms.csv": FIRMS, "supplies.csv": TRADES}), max_bad=1.0)
    assert counts(report) == {"firms": RowCount(3, 1, 2, 0), "supplies": RowCount(3, 0, 3, 0)}
    remedies = {f["column"]: f["remedy"] for f in report.faults.to_pylist()}
    assert all(SECOND_WAY in remedies[name] for name in ("founded_on", "employees", "registered_capital"))
    # an id may not be left empty
    assert SECOND_WAY not in remedies["supplier_id"]
    assert not any(f["blanked"] for f in report.faults.to_pylist())


def test_bad_cells_are_left_empty_counted_and_listed(tmp_path: Path) -> None:
    write(tmp_path, {"firms.csv": FIRMS, "supplies.csv": TRADES})
    columns = ("founded_on", "employees", "registered_capital")
    report = load(tmp_path, tmp_path / "ws", mapping(tmp_path, "firms", *columns))
    assert counts(report) == {
        "firms": RowCount(3, 3, 0, 0, blanked=3),
        "supplies": RowCount(3, 3, 0, 0),
    }
    assert rows(tmp_path, "firms")[:2] == [
        dict.fromkeys(rows(tmp_path, "firms")[0])
        | {"firm_id": "A", "employees": 5, "registered_capital": 1.0},
        dict.fromkeys(rows(tmp_path, "firms")[0]) | {"firm_id": "B", "founded_on": date(2020, 1, 1)},
    ]
    assert {(g.column, g.count, g.blanked) for g in report.fault_groups} == {
        (name, 1, True) for name in columns
    }
    assert all(SECOND_WAY not in g.remedy for g in report.fault_groups)
    with (tmp_path / "ws" / "quarantine" / "quarantine.csv").open(encoding="utf-8") as file:
        listed = [(row["line"], row["column"], row["value"], row["blanked"]) for row in csv.DictReader(file)]
    assert listed == [
        ("2", "founded_on", "soon", "true"),
        ("3", "registered_capital", "x", "true"),
        ("3", "employees", "many", "true"),
    ]
    document = report.to_json()
    assert document["tables"][0]["blanked"] == 3  # type: ignore[index]
    assert [g["blanked"] for g in document["fault_groups"]] == [True] * 3  # type: ignore[attr-defined]


def test_only_the_named_column_is_left_empty(tmp_path: Path) -> None:
    write(tmp_path, {"firms.csv": FIRMS})
    report = validate(tmp_path, mapping(tmp_path, "firms", "employees"), max_bad=1.0)
    # B is bad by its capital, so it stays in quarantine; its number of employees is listed all the same
    assert counts(report) == {"firms": RowCount(3, 1, 2, 0, blanked=1)}
    assert {(f["column"], f["blanked"]) for f in report.faults.to_pylist()} == {
        ("founded_on", False),
        ("registered_capital", False),
        ("employees", True),
    }


def test_only_the_source_with_the_key_leaves_cells_empty(tmp_path: Path) -> None:
    write(tmp_path, {"firms-1.csv": "firm_id,employees\nA,x\n", "firms-2.csv": "firm_id,employees\nB,x\n"})
    report = validate(tmp_path, mapping(tmp_path, "firms", "employees", file="firms-1"), max_bad=1.0)
    by_file = {s.file: s.count for s in report.sources}
    assert by_file == {
        "firms-1.csv": RowCount(1, 1, 0, 0, blanked=1),
        "firms-2.csv": RowCount(1, 0, 1, 0),
    }
    remedies = {f["file"]: f["remedy"] for f in report.faults.to_pylist()}
    assert [SECOND_WAY in remedies[name] for name in ("firms-1.csv", "firms-2.csv")] == [False, True]


def test_a_reference_to_no_firm_may_be_left_empty(tmp_path: Path) -> None:
    shipments = (
        "carrier_id,shipper_id,receiver_id,shipped_on\nA,B,Z,2024-01-01\nA,Y,Z,2024-01-02\nA,A,B,2024-01-03\n"
    )
    write(tmp_path, {"firms.csv": "firm_id\nA\nB\n", "shipments.csv": shipments})
    report = load(tmp_path, tmp_path / "ws", mapping(tmp_path, "shipments", "receiver_id"), max_bad=1.0)
    # the second has an unknown shipper, too, and is bad by it
    assert counts(report)["shipments"] == RowCount(3, 2, 1, 0, blanked=2)
    assert [(r["shipper_id"], r["receiver_id"]) for r in rows(tmp_path, "shipments")] == [
        ("A", "B"),
        ("B", None),
    ]


def test_cells_left_empty_are_no_reason_for_a_refusal(tmp_path: Path) -> None:
    write(tmp_path, {"firms.csv": "firm_id,employees\nA,x\nB,y\nC,z\n ,5\n"})
    with pytest.raises(DataError) as raised:
        load(tmp_path, tmp_path / "ws", mapping(tmp_path, "firms", "employees"))
    assert "line 5" in str(raised.value)
    assert "employees" not in str(raised.value)
    assert "of other kinds" not in str(raised.value)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("firms", "firm_id"),
        ("supplies", "amount"),
        ("supplies", "row_id"),
        ("supplies", "currency"),
        ("relations", "kind"),
        ("labels", "defaulted"),
    ],
)
def test_columns_that_rows_need_cannot_be_left_empty(tmp_path: Path, table: str, column: str) -> None:
    path = mapping(tmp_path, table, column)
    with pytest.raises(DataError, match=f"column_format.{column} has on_bad_cell, expected it for columns"):
        read_mapping(path)


def test_another_word_is_refused(tmp_path: Path) -> None:
    path = mapping(tmp_path, "firms", "employees")
    path.write_text(path.read_text().replace('"blank"', '"drop"'))
    with pytest.raises(DataError, match=r"on_bad_cell is 'drop', expected blank"):
        read_mapping(path)
    path.write_text('[format]\non_bad_cell = "blank"\n')
    with pytest.raises(DataError, match=r"unknown key format.on_bad_cell"):
        read_mapping(path)
