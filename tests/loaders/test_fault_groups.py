"""Faults by kind: counts and examples by hand, and a slow grouping of the listed faults against the fast one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import FaultExample, FaultyFiles, LoadReport, load, merged_groups, validate

MIXED = {
    "firms.csv": "firm_id,founded_on,registered_capital\nA,2010-01-01,5\nB,31.12.2015,abc\nC,2011-01-01,?\n"
    "D,2012-02-02\nE,soon,-3\nE,2012-02-02,4\nE,2012-02-02,5\n",
    "supplies.csv": "supplier_id,customer_id,on,amount\nA,Z,2025-01-10,1\nA,Y,2025-01-11,(1)\nZ,A,2025-13-10,x\n"
    'A,B,2025-01-12,"1,5"\nA,C,,2\n',
    "events.jsonl": '{"firm_id": "A", "kind": 7, "on": "2025-01-10"}\n{"firm_id": ["A"], "kind": "x", "on": 3}\n{"a\n',
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def grouped_slowly(report: LoadReport) -> dict[tuple[str, ...], tuple[int, tuple[FaultExample, ...]]]:
    """Count the listed faults, and take the first lines of the first three values, in plain Python."""
    kind = ("table", "file", "column", "rule", "remedy")
    faults = sorted(report.faults.to_pylist(), key=lambda fault: (fault["line"], fault["value"]))
    counts = Counter(tuple(fault[name] for name in kind) for fault in faults)
    examples: dict[tuple[str, ...], dict[str, int]] = {}
    for fault in faults:
        examples.setdefault(tuple(fault[name] for name in kind), {}).setdefault(fault["value"], fault["line"])
    return {
        group: (
            count,
            tuple(FaultExample(line, value) for value, line in list(examples[group].items())[:3]),
        )
        for group, count in counts.items()
    }


def test_cells_of_two_shapes_are_two_groups_each_with_its_own_remedy(tmp_path: Path) -> None:
    cells = ["1.234,56", "7", "abc", "2.000,10", "1.234,56", "abc", "9.999,00", "3.000,50"]
    lines = [f'F{i},"{cell}"' for i, cell in enumerate(cells)]
    write(tmp_path, {"firms.csv": "\n".join(["firm_id,registered_capital", *lines, ""])})
    report = validate(tmp_path)
    european, word = report.fault_groups
    assert (european.table, european.file, european.column) == ("firms", "firms.csv", "registered_capital")
    assert (european.rule, european.count) == (word.rule, 5)
    # five cells of four values: the first three, each on its first line (the header is line 1)
    assert european.examples == (
        FaultExample(2, "1.234,56"),
        FaultExample(5, "2.000,10"),
        FaultExample(8, "9.999,00"),
    )
    assert european.remedy == 'set decimal = "," and thousands = "." in the mapping'
    assert (word.count, word.examples) == (2, (FaultExample(4, "abc"),))
    assert "mapping" not in word.remedy
    assert report.fault_count == 7


def test_groups_of_all_kinds_of_faults_add_up_and_equal_a_slow_grouping(tmp_path: Path) -> None:
    report = validate(write(tmp_path, MIXED))
    fast = {(g.table, g.file, g.column, g.rule, g.remedy): (g.count, g.examples) for g in report.fault_groups}
    assert fast == grouped_slowly(report)
    assert len(fast) == len(report.fault_groups)
    assert sum(g.count for g in report.fault_groups) == report.fault_count == report.faults.num_rows
    counts = [g.count for g in report.fault_groups]
    assert counts == sorted(counts, reverse=True)
    # cells, whole lines, keys and references are all in it
    assert {"number", "day", "cells", "json", "conflict", "unknown", "type"} <= {
        g.rule for g in report.fault_groups
    }
    assert report.to_json()["fault_groups"] == [g.to_json() for g in report.fault_groups]


def test_the_same_column_of_two_files_is_two_groups(tmp_path: Path) -> None:
    write(tmp_path, {"firms.csv": "firm_id\nA\nB\n"})
    trades = "supplier_id,customer_id,on,amount\nA,B,2025-01-10,much\n"
    write(tmp_path, {"a.csv": trades, "b.csv": trades + "B,A,2025-01-11,more\n"})
    sources = "".join(f'[[source]]\nfile = "{name}.csv"\ntable = "supplies"\n' for name in "ab")
    (tmp_path / "map.toml").write_text('[[source]]\nfile = "firms.csv"\ntable = "firms"\n' + sources)
    groups = validate(tmp_path, tmp_path / "map.toml").fault_groups
    assert [(g.file, g.column, g.count) for g in groups] == [("b.csv", "amount", 2), ("a.csv", "amount", 1)]


def test_data_without_faults_have_no_groups(tmp_path: Path) -> None:
    assert validate(write(tmp_path, {"firms.csv": "firm_id\nA\n"})).fault_groups == ()


def test_files_that_cannot_be_used_carry_the_groups_of_the_rows_that_can_be_read(tmp_path: Path) -> None:
    write(tmp_path, {"firms.csv": "firm_id,founded_on\nA,x\nB,x\nC,y\n", "supplies.csv": "supplier_id\nA\n"})
    with pytest.raises(FaultyFiles) as raised:
        validate(tmp_path)
    (group,) = raised.value.groups
    assert (group.column, group.count, raised.value.row_count) == ("founded_on", 3, 3)
    assert group.examples == (FaultExample(2, "x"), FaultExample(4, "y"))


def test_a_refused_load_names_the_most_frequent_kinds_and_their_remedies(tmp_path: Path) -> None:
    rows = [
        "A,x,1",
        *['B,2020-01-01,"1.234,5"'] * 3,
        "C,2020-01-01,abc",
        "D,2020-01-01,50%",
        "E,2020-01-01,50%",
    ]
    text = "\n".join(["firm_id,founded_on,registered_capital", *rows, ""])
    write(tmp_path, {"firms.csv": text})
    with pytest.raises(DataError) as raised:
        load(tmp_path, tmp_path / "ws")
    message = str(raised.value)
    decimal, percent, day = (message.index(f"firms.csv line {line}: ") for line in (3, 7, 2))
    assert decimal < percent < day
    assert "registered_capital '1.234,5'" in message
    assert 'set decimal = "," and thousands = "." in the mapping), and 2 more of this kind;' in message
    assert "set percent = true in the mapping), and 1 more of this kind;" in message
    # abc is the only fault beyond the three kinds
    assert "; and 1 fault of other kinds" in message


def many_files(folder: Path, number: int) -> Path:
    """Write files of firms, each with its own number of bad cells of one kind; the last one has most of them."""
    for i in range(number):
        lines = "".join(f"F{i}_{j},x\n" for j in range(i + 1))
        (folder / f"firms-{i}.csv").write_text(f"firm_id,employees\n{lines}")
    return folder


def test_groups_of_many_files_are_merged_and_those_of_few_stay_apart(tmp_path: Path) -> None:
    groups = validate(many_files(tmp_path, 5)).fault_groups
    assert [g.count for g in groups] == [5, 4, 3, 2, 1]
    ((group, files),) = merged_groups(groups)
    assert (group.file, group.count, files) == ("firms-4.csv", 15, 5)
    assert group.examples == (FaultExample(2, "x"),)
    assert merged_groups(groups[:3]) == [(group, 1) for group in groups[:3]]
    other = replace(groups[0], remedy="something else", count=100)
    assert [entry[0].count for entry in merged_groups([*groups, other])] == [100, 15]


def test_a_refused_load_of_many_files_names_a_kind_once(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"firms-4.csv line 2: .*, and 14 more of this kind in 5 files; expected"
    ):
        load(many_files(tmp_path, 5), tmp_path / "ws")
