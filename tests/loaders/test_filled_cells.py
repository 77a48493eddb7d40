"""`fill_down`: empty cells that have the text above them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from loaded_sources import counts, loaded
from supplyrisk.graph import DataError
from supplyrisk.loaders import validate
from supplyrisk.loaders.mappings.reshaping import FillDown
from supplyrisk.loaders.read.filled_cells import FilledCells
from supplyrisk.loaders.read.read_csv import CellBatch

MAPPING = """
[[source]]
file = "firms.csv"
table = "firms"
[[source]]
file = "orders.*"
table = "supplies"
columns = { supplier_id = "seller", customer_id = "buyer", on = "day", amount = "price", paid_on = "paid" }
ignore = ["order"]
"""
ROWS = [
    ("order", "seller", "buyer", "day", "paid", "price"),
    ("O1", "F1", "F2", "2024-01-01", "2024-01-05", "1"),
    ("O1", "", "", "", "", "2"),
    # not paid
    ("O2", "F1", "F3", "2024-01-02", "", "3"),
    ("O2", "", "", "", "", "4"),
    ("", "", "", "", "", "5"),
]
FILL = 'fill_down = { columns = ["seller", "buyer", "day", "paid"], by = "order" }\n'


def _write(folder: Path, mapping: str, *, rows: list[tuple[str, ...]] = ROWS) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "firms.csv").write_text("firm_id\nF1\nF2\nF3\n")
    (folder / "orders.csv").write_text("\n".join(map(",".join, rows)) + "\n")
    (folder / "map.toml").write_text(mapping)
    return str(folder / "map.toml")


def _trades(tables: dict[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    names = ("amount", "supplier_id", "customer_id", "on", "paid_on")
    return sorted(tuple(row.get(name) for name in names) for row in tables["supplies"])


def test_the_header_of_an_order_is_that_of_its_lines(tmp_path: Path) -> None:
    path = _write(tmp_path, MAPPING, rows=ROWS[:-1])
    assert counts(validate(tmp_path, path, max_bad=1.0), "supplies") == (4, 2, 2, 0, 0)
    _write(tmp_path, MAPPING + FILL, rows=ROWS[:-1])
    _, tables = loaded(tmp_path, path, tmp_path / "ws")
    # the second order is not paid, although the first one was
    assert _trades(tables) == [
        (1, "F1", "F2", "2024-01-01", "2024-01-05"),
        (2, "F1", "F2", "2024-01-01", "2024-01-05"),
        (3, "F1", "F3", "2024-01-02", None),
        (4, "F1", "F3", "2024-01-02", None),
    ]


def test_without_other_columns_every_empty_cell_is_filled(tmp_path: Path) -> None:
    keys = 'fill_down = ["seller", "buyer", "day"]\nwhere_not = { buyer = "F2" }\n'
    path = _write(tmp_path, MAPPING + keys)
    report, tables = loaded(tmp_path, path, tmp_path / "ws")
    # rows are dropped by their filled cells
    assert counts(report, "supplies") == (5, 3, 0, 0, 2)
    assert [row[:4] for row in _trades(tables)] == [(n, "F1", "F3", "2024-01-02") for n in (3, 4, 5)]


def test_other_formats_and_columns_by_position(tmp_path: Path) -> None:
    path = _write(tmp_path, MAPPING + FILL, rows=ROWS[:-1])
    expected, _ = loaded(tmp_path, path, tmp_path / "ws")
    (tmp_path / "orders.csv").unlink()
    types = {"day": pa.date32(), "paid": pa.date32(), "price": pa.int64()}
    columns = {
        name: pa.array([cell or None for cell in cells], pa.string()).cast(types.get(name, pa.string()))
        for name, cells in zip(ROWS[0], zip(*ROWS[1:-1], strict=True), strict=True)
    }
    table = pa.table(columns)
    pq.write_table(table, tmp_path / "orders.parquet")
    assert loaded(tmp_path, path, tmp_path / "ws")[0].content_hash == expected.content_hash
    (tmp_path / "orders.parquet").unlink()
    with xlsxwriter.Workbook(str(tmp_path / "orders.xlsx")) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS[:-1]):
            for place, text in enumerate(row):
                if text:
                    sheet.write_string(number, place, text)
    (tmp_path / "map.toml").write_text(MAPPING + FILL.replace('"buyer"', '"#3"').replace('"order"', '"#1"'))
    assert loaded(tmp_path, path, tmp_path / "ws")[0].content_hash == expected.content_hash


def test_what_is_refused(tmp_path: Path) -> None:
    for keys, fault in (
        ('fill_down = ["seler"]', "names column seler, which the file does not have"),
        (
            'fill_down = { columns = ["seller"], by = "ordr" }',
            "names column ordr, which the file does not have",
        ),
        ("fill_down = { by = 'order' }", "no fill_down.columns, expected the columns of which empty cells"),
    ):
        path = _write(tmp_path, f"{MAPPING}{keys}\n")
        with pytest.raises(DataError, match=fault):
            validate(tmp_path, path)


@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", " ", "x", "y"])), max_size=12),
    cuts=st.sets(st.integers(0, 12)),
)
def test_batches_do_not_matter(rows: list[tuple[str, str]], cuts: set[int]) -> None:
    filler = FilledCells(FillDown(columns=("v",), by=("k",)))
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut <= len(rows))})
    actual: list[str] = []
    for start, end in itertools.pairwise(edges):
        part = rows[start:end]
        cells = {
            "k": pa.array([k for k, _ in part], pa.string()),
            "v": pa.array([v for _, v in part], pa.string()),
        }
        actual += filler.filled(CellBatch(cells, pa.array(range(start, end)))).columns["v"].to_pylist()
    expected: list[str] = []
    for place, (key, text) in enumerate(rows):
        # the nearest filled cell above, as far as the key is the same without a break
        for above in range(place, -1, -1):
            if rows[above][0] != key:
                expected.append(text)
                break
            if rows[above][1].strip():
                expected.append(rows[above][1])
                break
        else:
            expected.append(text)
    assert actual == expected
