"""How a source writes its cells: each key reads its form, and refuses what it does not state."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import load, read_mapping, validate

LABELS = "\n[labels]\nas_of = 2024-12-31"


def write_firms(folder: Path, column: str, cells: list[str], keys: str) -> Path:
    """Write a file with one firm per cell, and the mapping whose [format] has the keys; return the mapping."""
    lines = [f"F{i}|{cell}" for i, cell in enumerate(cells)]
    (folder / "firms.csv").write_text("\n".join([f"firm_id|{column}", *lines, ""]), encoding="utf-8")
    path = folder / "map.toml"
    path.write_text(f'[format]\ndelimiter = "|"\n{keys}\n', encoding="utf-8")
    return path


def values(folder: Path, column: str, mapping: Path, table: str = "firms") -> list[object]:
    load(folder, folder / "ws", mapping)
    path = read_workspace(folder / "ws").sources[table]
    assert isinstance(path, Path)
    result: list[object] = pq.read_table(path)[column].to_pylist()
    return result


NUMBERS = [
    ('decimal = ","', ["1,5", "1", "0,25", ",5", "1,5e3"], [1.5, 1, 0.25, 0.5, 1500]),
    ('decimal = ","\nthousands = "."', ["1.234,56", "1.234", "1234,5", "12"], [1234.56, 1234, 1234.5, 12]),
    ('thousands = ","', ["1,234.5", "1,234,567", "1234.5", ".5"], [1234.5, 1234567, 1234.5, 0.5]),
    ('thousands = " "', ["1 234", "1\u00a0234.5", "1\u202f234"], [1234, 1234.5, 1234]),
    ('thousands = "\'"', ["1'234", "1\u2019234.5"], [1234, 1234.5]),
    ('currency_signs = ["¥", "CNY", "元"]', ["¥5", "CNY 5.5", "7元", "+¥ 1", "3"], [5, 5.5, 7, 1, 3]),
    ("percent = true", ["45 %", "4.35%", "0.5", "100%"], [0.45, 0.0435, 0.5, 1]),
    (
        'units = { "万" = 10000, "百万" = 1e6, k = 1000, "亿" = 1e8 }',
        ["1.2万", "3 百万", "5k", "2亿", "9"],
        [12000, 3e6, 5000, 2e8, 9],
    ),
    ("full_width = true", ["１２３．５", "７", "8"], [123.5, 7, 8]),
    ('missing = ["NULL", "-", "N/A"]', ["NULL", "-", "N/A", "", "1"], [None, None, None, None, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "cells", "expected"), NUMBERS)
def test_a_number_is_read_in_the_stated_form(
    tmp_path: Path, keys: str, cells: list[str], expected: list[object]
) -> None:
    mapping = write_firms(tmp_path, "registered_capital", cells, keys)
    assert values(tmp_path, "registered_capital", mapping) == expected


def test_negative_numbers_in_brackets_and_with_a_trailing_minus(tmp_path: Path) -> None:
    mapping = write_firms(
        tmp_path, "firm_id2", [""], 'minus = ["brackets", "trailing"]\ncurrency_signs = ["€"]'
    )
    (tmp_path / "financials.csv").write_text(
        "firm_id|on|equity\n"
        "F0|2024-01-31|(5)\nF0|2024-02-29|5-\nF0|2024-03-31|-5\nF0|2024-04-30|(€ 5)\nF0|2024-05-31|€5-\n"
    )
    assert values(tmp_path, "equity", mapping, "financials") == [-5] * 5


@pytest.mark.parametrize(
    ("keys", "cell", "remedy"),
    [
        ("", "1,5", 'decimal = ","'),
        ("", "1.234,56", 'decimal = "," and thousands = "."'),
        ("", "1,234.5", 'thousands = ","'),
        ("", "1,234", 'thousands = "," or decimal = ","'),
        ("", "1 234", "thousands"),
        ("", "45 %", "percent = true"),
        ("", "¥5", "currency_signs"),
        ("", "5 CNY", "currency_signs"),
        ("", "5万", "units"),
        ("", "５", "full_width = true"),
        ("", "(5)", "brackets"),
        ("", "5-", "trailing"),
        ("", "N/A", "missing"),
        ("", " 5", "trim = true"),
        # a stated form is the only one
        ('decimal = ","', "1.234", 'thousands = "."'),
        ('decimal = ","', "1.5", "correct the cell"),
        ('decimal = "."', "1,234", "thousands"),
        ('thousands = ","', "1,23", 'decimal = ","'),
        ('thousands = ","', "1234,567.5", "correct the cell"),
        ('decimal = ","\nthousands = "."', "1.23", "correct the cell"),
        ('minus = ["brackets"]', "(5", "correct the cell"),
        ('minus = ["brackets"]', "(-5)", "correct the cell"),
        ("percent = true", "%", "correct the cell"),
        ('units = { k = 1000 }', "5m", "units"),
        ('currency_signs = ["¥"]', "€5", "currency_signs"),
        ('missing = ["-"]', "--", "missing"),
    ],
)  # fmt: skip
def test_a_number_in_another_form_is_a_fault_that_names_the_key(
    tmp_path: Path, keys: str, cell: str, remedy: str
) -> None:
    mapping = write_firms(tmp_path, "registered_capital", [cell], keys)
    (fault,) = validate(tmp_path, mapping).faults.to_pylist()
    assert (fault["value"], fault["rule"]) == (cell, "number")
    assert remedy in fault["remedy"]


def test_a_plain_number_without_keys_is_what_it_was(tmp_path: Path) -> None:
    mapping = write_firms(tmp_path, "registered_capital", ["1.234", "1e3"], "")
    assert values(tmp_path, "registered_capital", mapping) == [1.234, 1000]


DAYS = [
    ('dates = ["%d.%m.%Y", "%Y-%m-%d"]', ["5.3.2024", "05.03.2024", "2024-03-05"]),
    ('dates = ["%d-%b-%y", "%d %B %Y"]', ["5-Mar-24", "05-mar-24", "5 March 2024"]),
    ('dates = ["%Y年%m月%d日"]', ["2024年3月5日", "2024年03月05日"]),
    ('dates = ["%Y年%m月%d日"]\nfull_width = true', ["２０２４年３月５日"]),
    ('dates = ["%Y%m%d", "excel"]', ["20240305", "45356", "45356.75"]),
    ('dates = ["%d.%m.%Y", "%d.%m.%y"]', ["5.3.2024", "5.3.24"]),
    ('dates = ["%m/%d/%Y %I:%M %p"]', ["3/5/2024 11:30 PM", "03/05/2024 1:00 AM"]),
    (
        'dates = ["%Y-%m-%dT%H:%M:%S%z"]\ntimezone = "Asia/Shanghai"',
        ["2024-03-04T16:00:00Z", "2024-03-05T15:59:59+00:00", "2024-03-05T23:00:00+08:00"],
    ),
    (
        'dates = ["%Y-%m-%d %H:%M"]\ntimezone = "Asia/Shanghai"\ntimes_in = "UTC"',
        ["2024-03-04 16:00", "2024-03-05 15:59"],
    ),
    ('dates = ["%Y-%m-%d %H:%M"]\ntimezone = "Asia/Shanghai"', ["2024-03-05 00:00", "2024-03-05 23:59"]),
    ('dates = ["unix", "unix_ms"]\ntimezone = "Asia/Shanghai"', ["1709568000", "1709654399000"]),
    (
        'dates = ["%d. %B %Y"]\nmonth_names = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", '
        '"September", "Oktober", "November", "Dezember"]',
        ["5. März 2024"],
    ),
]


@pytest.mark.parametrize(("keys", "cells"), DAYS)
def test_a_day_is_read_in_the_stated_forms(tmp_path: Path, keys: str, cells: list[str]) -> None:
    mapping = write_firms(tmp_path, "founded_on", [*cells, ""], keys)
    assert values(tmp_path, "founded_on", mapping) == [date(2024, 3, 5)] * len(cells) + [None]


@pytest.mark.parametrize(
    ("keys", "cell", "remedy"),
    [
        ("", "05.03.2024", "dates"),
        ("", "0000-00-00", "missing"),
        ("", "infinity", "dates"),
        ("", "-infinity", "dates"),
        ('dates = ["%d.%m.%Y"]', "infinity", "dates"),
        ('dates = ["%d.%m.%Y"]', "Epoch", "dates"),
        ('dates = ["%d.%m.%Y"]', "2024-03-05", "dates"),
        ('dates = ["%d.%m.%Y"]', "31.2.2024", "dates"),
        ('dates = ["%d.%m.%Y"]', "5.3.24", "dates"),
        ('dates = ["%d/%m/%Y", "%m/%d/%Y"]', "03/04/2024", "column_format"),
        ('dates = ["%Y-%m-%d"]', "2024-03-05 10:00", "dates"),
        ('dates = ["excel"]', "60", "dates"),
        ('dates = ["excel"]', "1709568000", "dates"),
    ],
)
def test_another_day_is_a_fault_that_names_the_key(tmp_path: Path, keys: str, cell: str, remedy: str) -> None:
    mapping = write_firms(tmp_path, "founded_on", [cell], keys)
    (fault,) = validate(tmp_path, mapping).faults.to_pylist()
    assert (fault["value"], fault["rule"]) == (cell, "day")
    assert remedy in fault["remedy"]


def test_a_day_that_two_forms_read_alike_is_no_fault(tmp_path: Path) -> None:
    mapping = write_firms(
        tmp_path, "founded_on", ["03/03/2024", "25/03/2024"], 'dates = ["%d/%m/%Y", "%m/%d/%Y"]'
    )
    assert values(tmp_path, "founded_on", mapping) == [date(2024, 3, 3), date(2024, 3, 25)]


def test_words_of_flags_lists_and_open_ends(tmp_path: Path) -> None:
    mapping = write_firms(
        tmp_path,
        "roles",
        ["buyer; merchant", "supplier"],
        'true_words = ["是"]\nfalse_words = ["否"]\nlist_separator = ";"\nopen_ends = ["9999-12-31"]'
        + LABELS,
    )
    (tmp_path / "labels.csv").write_text("firm_id|defaulted\nF0|是\nF1|否\n", encoding="utf-8")
    (tmp_path / "relations.csv").write_text(
        "from_id|to_id|kind|since|until\nF0|F1|owns|2020-01-01|9999-12-31\nF1|F0|owns|2020-01-01|2021-01-01\n"
    )
    assert values(tmp_path, "roles", mapping) == ["buyer|merchant", "supplier"]
    assert values(tmp_path, "defaulted", mapping, "labels") == [True, False]
    assert set(values(tmp_path, "until", mapping, "relations")) == {None, date(2021, 1, 1)}
    mapping.write_text('[format]\ndelimiter = "|"\n')
    found = {(f["value"], f["remedy"]) for f in validate(tmp_path, mapping).faults.to_pylist()}
    assert {"buyer; merchant", "是", "否", "9999-12-31"} <= {value for value, _ in found}
    for key in ("list_separator", "true_words", "open_ends"):
        assert any(key in remedy for _, remedy in found)


def test_words_of_flags_may_be_those_of_the_contract_the_other_way_round(tmp_path: Path) -> None:
    mapping = write_firms(tmp_path, "name", ["a", "b"], 'true_words = ["0"]\nfalse_words = ["1"]' + LABELS)
    (tmp_path / "labels.csv").write_text("firm_id|defaulted\nF0|0\nF1|1\n", encoding="utf-8")
    assert values(tmp_path, "defaulted", mapping, "labels") == [True, False]


def test_a_column_may_be_written_in_its_own_way(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text('firm_id,capital,paid_in_capital\nA,0,1.5\nB,"2,5",-\n')
    path = tmp_path / "map.toml"
    path.write_text(
        '[[source]]\nfile = "book.csv"\ntable = "firms"\nmissing = ["-"]\n'
        'columns = { registered_capital = "capital" }\n'
        'column_format = { registered_capital = { decimal = ",", missing = ["0"] } }\n'
    )
    assert values(tmp_path, "registered_capital", path) == [None, 2.5]
    assert values(tmp_path, "paid_in_capital", path) == [1.5, None]


def test_a_source_overrides_the_format_of_all(tmp_path: Path) -> None:
    mapping = write_firms(tmp_path, "registered_capital", ["1,5"], 'decimal = ","')
    (tmp_path / "old.csv").write_text("firm_id,registered_capital\nG,2.5\n")
    with mapping.open("a") as out:
        out.write('[[source]]\nfile = "old.csv"\ntable = "firms"\ndecimal = "."\ndelimiter = ","\n')
    assert sorted(values(tmp_path, "registered_capital", mapping)) == [1.5, 2.5]  # type: ignore[type-var]


def test_own_columns_are_numbers_in_the_stated_form_and_texts_stay(tmp_path: Path) -> None:
    mapping = write_firms(tmp_path, "score|word", ["1,5|1.5 x", "2|3,5"], 'decimal = ","')
    assert values(tmp_path, "score", mapping) == [1.5, 2]
    assert values(tmp_path, "word", mapping) == ["1.5 x", "3,5"]


def test_typed_cells_of_parquet_and_json_need_no_form(tmp_path: Path) -> None:
    days = pa.array([date(2024, 3, 5)])
    table = pa.table(
        {"firm_id": ["A"], "founded_on": days, "registered_capital": [1.5], "paid_in_capital": ["2,5"]}
    )
    pq.write_table(table, tmp_path / "firms-1.parquet")
    row = {"firm_id": "B", "founded_on": "5.3.2024", "registered_capital": 1.5, "paid_in_capital": "2,5"}
    iso = {**row, "firm_id": "C", "founded_on": "2024-03-05"}
    (tmp_path / "firms-2.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(iso)}\n")
    path = tmp_path / "map.toml"
    path.write_text('[format]\ndecimal = ","\ndates = ["%d.%m.%Y"]\n')
    assert values(tmp_path, "registered_capital", path) == [1.5] * 3
    assert values(tmp_path, "paid_in_capital", path) == [2.5] * 3
    assert values(tmp_path, "founded_on", path) == [date(2024, 3, 5)] * 3


def test_encoding_and_trim_belong_to_a_source(tmp_path: Path) -> None:
    (tmp_path / "firms-1.csv").write_text("firm_id , name \n1001\t, 甲公司 \n", encoding="gb18030")
    (tmp_path / "firms-2.csv").write_text("firm_id,name\n1002,乙公司\n", encoding="utf-8")
    path = tmp_path / "map.toml"
    source = '[[source]]\nfile = "firms-1.csv"\ntable = "firms"\n'
    path.write_text(f'{source}encoding = "gb18030"\ntrim = true\n')
    assert values(tmp_path, "name", path) == ["甲公司", "乙公司"]
    assert values(tmp_path, "firm_id", path) == ["1001", "1002"]
    path.write_text(f'{source}encoding = "gb18030"\ncolumns = {{ firm_id = "firm_id " }}\nkeep = []\n')
    (fault,) = validate(tmp_path, path).faults.to_pylist()
    assert (fault["value"], "trim = true" in fault["remedy"]) == ("1001\t", True)
    path.write_text(f"{source}trim = true\n")
    with pytest.raises(DataError, match="gb18030"):
        validate(tmp_path, path)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('decimal = ","\nthousands = ","', "thousands and decimal are both ','"),
        ('thousands = "."', "thousands and decimal are both '.'"),
        ('decimal = ";"', "a point or a comma"),
        ('dates = ["%d.%m"]', "a form such as %d.%m.%Y"),
        ('dates = ["%Y-%m-%d%z"]', "without timezone"),
        ('dates = ["unix"]', "without timezone"),
        ('timezone = "Shanghai"', "Asia/Shanghai"),
        ('units = { dozen = 12 }', "a power of ten"),
        ('minus = ["red"]', "brackets and trailing"),
        ('month_names = ["Jan"]', "twelve names"),
        ('true_words = ["x"]\nfalse_words = ["x"]', "x is in true_words and in false_words"),
        ('encoding = "klingon"', "a text encoding"),
        ('missing = [""]', "texts that are not empty"),
        ('tousands = ","', "did you mean thousands"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_in_a_format_is_said(tmp_path: Path, keys: str, expected: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f"[format]\n{keys}\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    assert expected in str(caught.value)


def test_a_contradiction_between_format_and_source_names_the_source(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    source = '[[source]]\nfile = "x.csv"\ntable = "firms"\n'
    path.write_text(f'[format]\ndecimal = ","\n{source}thousands = ","\n')
    with pytest.raises(DataError, match="source 1: thousands and decimal are both ','"):
        read_mapping(path)
    # a zone that all share serves the forms of each source
    path.write_text(f'[format]\ntimezone = "Europe/Berlin"\n{source}dates = ["unix"]\n')
    assert read_mapping(path).sources[0].dates == ("unix",)


PARTIAL = 'dates = ["%Y-%m-%d", "%Y-%m", "%Y", "%m/%y"]'


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("first", [date(2024, 2, 1), date(2023, 1, 1), date(2024, 2, 3), date(2022, 12, 1), None]),
        ("last", [date(2024, 2, 29), date(2023, 12, 31), date(2024, 2, 3), date(2022, 12, 31), None]),
    ],
)
def test_a_month_or_a_year_stands_for_the_stated_day(
    tmp_path: Path, which: str, expected: list[object]
) -> None:
    mapping = write_firms(
        tmp_path,
        "founded_on",
        ["2024-02", "2023", "2024-02-03", "12/22", ""],
        f'{PARTIAL}\npartial_days = "{which}"',
    )
    assert values(tmp_path, "founded_on", mapping) == expected


@pytest.mark.parametrize("cell", ["2024-13", "20", "02024", "2024-", "2024-02-", "24-02", "202402", "epoch"])
def test_a_cell_that_is_no_month_or_year_is_a_fault(tmp_path: Path, cell: str) -> None:
    mapping = write_firms(tmp_path, "founded_on", [cell], f'{PARTIAL}\npartial_days = "last"')
    (fault,) = validate(tmp_path, mapping).faults.to_pylist()
    assert (fault["column"], fault["value"]) == ("founded_on", cell)


def test_a_form_without_a_day_needs_partial_days(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"dates has %Y-%m, which states no day; expected partial_days beside it"
    ):
        validate(tmp_path, write_firms(tmp_path, "founded_on", ["2024-02"], PARTIAL))
    with pytest.raises(DataError, match="expected a form such as"):
        validate(
            tmp_path, write_firms(tmp_path, "founded_on", ["2"], 'dates = ["%m"]\npartial_days = "last"')
        )
    with pytest.raises(DataError, match="partial_days is 'middle', expected first or last"):
        validate(tmp_path, write_firms(tmp_path, "founded_on", ["2"], 'partial_days = "middle"'))
