"""Keys for files of which some is read: named columns, patterns of rows, files that may lack parts, conflicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loaded_sources import counts, loaded
from supplyrisk.graph import DataError
from supplyrisk.loaders import validate


def _folder(folder: Path, mapping: str, **files: str) -> str:
    """Write files (a double underscore stands for a point) and a mapping; return the path of the mapping."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    (folder / "map.toml").write_text(mapping)
    return str(folder / "map.toml")


FIRM = "[[source]]\nfile = 'firms.csv'\ntable = 'firms'\non_conflict = 'last'\n"


def test_nothing_is_read_but_what_is_named(tmp_path: Path) -> None:
    mapping = """
        [[source]]
        file = "firms.csv"
        table = "firms"
        columns = { firm_id = "id" }
        keep = ["score"]
        ignore = ["*"]
        [[source]]
        file = "trades.csv"
        table = "supplies"
        columns = { supplier_id = "a", customer_id = "b", on = "day", amount = "amount" }
        where = { state = "ok" }
        ignore = ["*"]
    """
    firms = "id,name,score,fistName,x\nF1,A,3,?,1\nF2,B,4,?,2\n"
    trades = "a,b,day,amount,state,orders,no\nF1,F2,2024-01-01,5,ok,x,1\nF1,F2,2024-01-01,6,void,x,2\n"
    map_path = _folder(tmp_path, mapping, firms__csv=firms, trades__csv=trades)
    report, tables = loaded(tmp_path, map_path, tmp_path / "ws")
    # name and orders have the contract's names and are left out all the same; orders would be a fault
    assert tables["firms"] == [{"firm_id": "F1", "score": 3}, {"firm_id": "F2", "score": 4}]
    assert tables["supplies"] == [{"supplier_id": "F1", "customer_id": "F2", "on": "2024-01-01", "amount": 5}]
    assert not any("left out" in note for note in report.notes)
    # without the key, the near miss and the bad cells are faults
    (tmp_path / "map.toml").write_text(mapping.replace('ignore = ["*"]', ""))
    with pytest.raises(DataError, match=r"trades.csv line 2: orders 'x'"):
        loaded(tmp_path, map_path, tmp_path / "ws")


def test_nested_values_that_nothing_names_are_left_out(tmp_path: Path) -> None:
    firms = [{"firm_id": "F1", "tags": [{"a": 1}, {"a": 2}], "at": {"id": "x", "deep": {"y": 1}}}]
    mapping = "[[source]]\nfile = 'firms.json'\ntable = 'firms'\ncolumns = { firm_id = 'firm_id', name = 'at/id' }\n"
    path = _folder(tmp_path, mapping, firms__json=json.dumps(firms))
    with pytest.raises(DataError, match="the value of tags is nested"):
        loaded(tmp_path, path, tmp_path / "ws")
    _folder(tmp_path, mapping + "ignore = ['*']\n")
    assert loaded(tmp_path, path, tmp_path / "ws")[1]["firms"] == [{"firm_id": "F1", "name": "x"}]


def test_columns_that_a_file_may_lack(tmp_path: Path) -> None:
    mapping = """
        [[source]]
        file = "firms-*.csv"
        table = "firms"
        columns = { name = { join = ["first", "last"], with = " " }, region = "land" }
        where_not = { gone = "1" }
    """
    path = _folder(tmp_path, mapping, firms_1__csv="")
    (tmp_path / "firms_1.csv").unlink()
    (tmp_path / "firms-1.csv").write_text("firm_id,first,last,land,gone\nF1,A,B,X,0\nF2,A,B,X,1\n")
    (tmp_path / "firms-2.csv").write_text("firm_id,first\nF3,C\n")
    with pytest.raises(DataError, match="names column land, which the file does not have"):
        validate(tmp_path, path)
    _folder(tmp_path, mapping + 'optional_columns = ["last", "land", "gone"]\n')
    _, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert tables["firms"] == [
        {"firm_id": "F1", "name": "A B", "region": "X"},
        {"firm_id": "F3", "name": "C"},
    ]
    # a required column is required all the same, and a name that nothing reads is likely to be a typo
    _folder(tmp_path, mapping + 'optional_columns = ["land", "lnad", "last", "gone"]\n')
    with pytest.raises(
        DataError, match=r"optional_columns has lnad, expected columns that the mapping names"
    ):
        validate(tmp_path, path)
    (tmp_path / "firms-2.csv").write_text("first\nC\n")
    _folder(
        tmp_path,
        mapping.replace("{ name", "{ firm_id = 'firm_id', name")
        + 'optional_columns = ["firm_id", "last", "land", "gone"]\n',
    )
    with pytest.raises(DataError, match=r"firms-2.csv: no column firm_id"):
        validate(tmp_path, path)


def test_the_last_of_rows_that_differ_counts(tmp_path: Path) -> None:
    rows = "firm_id,name,region\nF1,old,X\nF2,B,X\nF1,new,\nF2,B,X\n"
    path = _folder(tmp_path, FIRM.replace("on_conflict = 'last'", ""), firms__csv=rows)
    assert counts(validate(tmp_path, path, max_bad=1.0), "firms") == (4, 1, 2, 1, 0)
    _folder(tmp_path, FIRM)
    report, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert counts(report, "firms") == (4, 2, 0, 2, 0)
    assert tables["firms"] == [
        {"firm_id": "F1", "name": "new"},
        {"firm_id": "F2", "name": "B", "region": "X"},
    ]


def test_a_list_without_the_key_comes_before_later_rows(tmp_path: Path) -> None:
    listed = "[[source]]\nfile = 'list.csv'\ntable = 'firms'\n"
    path = _folder(
        tmp_path,
        listed + FIRM,
        list__csv="firm_id,name\nF1,listed\n",
        firms__csv="firm_id,name\nF1,from an invoice\nF2,a\nF2,b\n",
    )
    report, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert [row["name"] for row in tables["firms"]] == ["listed", "b"]
    assert [source.count.duplicates for source in report.sources] == [0, 2]
    # rows of the list still contradict each other
    (tmp_path / "list.csv").write_text("firm_id,name\nF1,listed\nF1,listed twice\n")
    assert counts(validate(tmp_path, path, max_bad=1.0), "firms") == (5, 1, 2, 2, 0)


def test_bad_rows_supersede_none_and_superseded_rows_have_no_other_fault(tmp_path: Path) -> None:
    trades = (
        "row_id,supplier_id,customer_id,on,amount\nT1,F1,F9,2024-01-01,5\nT1,F1,F2,2024-01-02,6\n"
        "T2,F1,F2,2024-01-01,7\nT2,F1,F2,2024-01-02,x\n"
    )
    mapping = FIRM + "[[source]]\nfile = 'trades.csv'\ntable = 'supplies'\non_conflict = 'last'\n"
    path = _folder(tmp_path, mapping, firms__csv="firm_id\nF1\nF2\n", trades__csv=trades)
    report = validate(tmp_path, path, max_bad=1.0)
    assert counts(report, "supplies") == (4, 2, 1, 1, 0)
    assert [(f["line"], f["value"]) for f in report.faults.to_pylist()] == [(5, "x")]


def test_relations_have_no_key_that_could_conflict(tmp_path: Path) -> None:
    path = _folder(tmp_path, FIRM.replace("table = 'firms'", "table = 'relations'"))
    with pytest.raises(
        DataError, match="on_conflict for relations, expected it for tables whose rows have a key"
    ):
        validate(tmp_path, path)


def test_optional_sources_without_rows_of_a_kind(tmp_path: Path) -> None:
    mapping = "".join(
        f"[[source]]\nfile = '*.json'\ntable = 'firms'\nrows = '{kind}'\noptional = true\n"
        for kind in ("a", "b/c")
    )
    path = _folder(
        tmp_path,
        mapping,
        one__json='{"a": [{"firm_id": "F1"}]}',
        two__json='{"b": {"c": [{"firm_id": "F2"}]}}',
    )
    report, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert [row["firm_id"] for row in tables["firms"]] == ["F1", "F2"]
    assert [source.file for source in report.sources] == ["one.json", "two.json"]
    (tmp_path / "three.json").write_text('{"d": []}')
    with pytest.raises(
        DataError, match=r"three.json: has no rows at a or b/c, expected some at one of these"
    ):
        validate(tmp_path, path)


def test_a_source_of_which_all_rows_are_dropped_needs_no_columns(tmp_path: Path) -> None:
    lines = '{"id": "F1", "kind": "firm"}\n{"id": "F2", "kind": "firm"}\n'
    mapping = """
        [[source]]
        file = "all.jsonl"
        table = "firms"
        columns = { firm_id = "id" }
        where = { kind = "firm" }
        keep = []
        [[source]]
        file = "all.jsonl"
        table = "relations"
        columns = { from_id = "owner/id", to_id = "owned/id" }
        constants = { kind = "owns" }
        where = { kind = "owner" }
    """
    path = _folder(tmp_path, mapping, all__jsonl=lines)
    report, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert tables["firms"] == [{"firm_id": "F1"}, {"firm_id": "F2"}]
    assert counts(report, "relations") == (2, 0, 0, 0, 2)
    assert any("drop all 2 rows" in note for note in report.notes)


def test_the_first_cell_that_is_not_empty(tmp_path: Path) -> None:
    mapping = "[[source]]\nfile = 'firms.csv'\ntable = 'firms'\nmissing = ['-']\n"
    rows = "firm_id,short,long,x\nF1,A,B,1\nF2,,B,2\nF3, ,-,3\nF4,-,B,4\n"
    names = "columns = { name = { first = ['short', 'long'] } }\nkeep = []\n"
    path = _folder(tmp_path, mapping + names, firms__csv=rows)
    _, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert [row.get("name") for row in tables["firms"]] == ["A", "B", None, "B"]
    for keys, fault in (
        ("{ first = ['short'], join = ['long'] }", "both join and first"),
        ("{ with = '/' }", "neither join nor first"),
        ("{ first = ['short'], with = '/' }", "with beside first"),
        ("{ first = [] }", "first is empty"),
        ("{ join = [] }", "join is empty"),
        ("{ first = ['shrt'] }", "names column shrt, which the file does not have"),
    ):
        _folder(tmp_path, f"{mapping}columns = {{ name = {keys} }}\n")
        with pytest.raises(DataError, match=fault):
            validate(tmp_path, path)


def test_json_lines_under_the_name_of_a_document(tmp_path: Path) -> None:
    mapping = "[[source]]\nfile = 'firms*'\ntable = 'firms'\n"
    lines = '{"firm_id": "F1"}\n{"firm_id": "F2"}\n'
    path = _folder(tmp_path, mapping, firms__json=lines)
    with pytest.raises(DataError, match="is not valid JSON"):
        validate(tmp_path, path)
    _folder(tmp_path, mapping + "json_lines = true\n")
    assert [row["firm_id"] for row in loaded(tmp_path, path, tmp_path / "ws")[1]["firms"]] == ["F1", "F2"]
    (tmp_path / "firms.csv").write_text("firm_id\nF3\n")
    with pytest.raises(
        DataError, match=r"firms.csv: the mapping sets json_lines, which has no effect on CSV"
    ):
        validate(tmp_path, path)


def test_rows_by_patterns(tmp_path: Path) -> None:
    mapping = "[[source]]\nfile = 'firms.csv'\ntable = 'firms'\nkeep = []\n"
    rows = "firm_id,kind\nF1,sale\nF2,sale-refund\nF3, refund \nF4,a.b\nF5,\nF6,axb\n"
    path = _folder(tmp_path, mapping, firms__csv=rows)

    def kept(keys: str) -> list[object]:
        _folder(tmp_path, mapping + keys)
        return [row["firm_id"] for row in loaded(tmp_path, path, tmp_path / "ws")[1]["firms"]]

    assert kept("where_like = { kind = '*refund' }") == ["F2", "F3"]
    assert kept("where_not_like = { kind = '*refund' }") == ["F1", "F4", "F5", "F6"]
    assert kept("where_like = { kind = ['sale', 'a.b'] }") == ["F1", "F4"]
    assert kept("where_like = { kind = 'a?b' }\nwhere_not = { kind = 'axb' }") == ["F4"]
    assert kept("where_like = { '#2' = '' }") == ["F5"]
    _folder(tmp_path, mapping + "where_like = { knd = '*' }")
    with pytest.raises(DataError, match="names column knd, which the file does not have"):
        validate(tmp_path, path)


def test_a_footer_that_a_file_may_lack(tmp_path: Path) -> None:
    mapping = "[[source]]\nfile = 'firms-*.csv'\ntable = 'firms'\nfooter_starts_with = '--'\n"
    path = _folder(tmp_path, mapping)
    (tmp_path / "firms-1.csv").write_text("firm_id\nF1\n-- total, 1\n")
    (tmp_path / "firms-2.csv").write_text("firm_id\nF2\n")
    with pytest.raises(DataError, match=r"firms-2.csv: has no line that starts with '--'"):
        validate(tmp_path, path)
    _folder(tmp_path, mapping + "optional_footer = true\n")
    assert [row["firm_id"] for row in loaded(tmp_path, path, tmp_path / "ws")[1]["firms"]] == ["F1", "F2"]
    _folder(tmp_path, mapping.replace("footer_starts_with = '--'", "optional_footer = true"))
    with pytest.raises(DataError, match="optional_footer without footer_starts_with"):
        validate(tmp_path, path)


def test_words_for_missing_cells_are_skipped_in_a_join(tmp_path: Path) -> None:
    mapping = "[[source]]\nfile = 'firms.csv'\ntable = 'firms'\nmissing = ['/']\n"
    columns = "columns = { name = { join = ['a', 'b'], with = ' ' } }\n"
    path = _folder(tmp_path, mapping + columns, firms__csv="firm_id,a,b\nF1,A,/\nF2,/,B\nF3,/,/\nF4,A,B\n")
    _, tables = loaded(tmp_path, path, tmp_path / "ws")
    assert [row.get("name") for row in tables["firms"]] == ["A", "B", None, "A B"]
