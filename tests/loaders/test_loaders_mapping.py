"""Mapping files: what each key does, and that nothing wrong with one goes unsaid."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import LoadReport, load, mapping_names, read_mapping, validate
from supplyrisk.loaders.mappings import mapping_file

SMESD = os.environ.get("SCGRAPH_SMESD")
FIRMS = "firm_id\nF1\nF2\n"
FIRST = "[[source]]\nfile = 'x.csv'\ntable = 'firms'\n"


def mapping_of(folder: Path, text: str) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, table: str, **options: object) -> list[dict[str, object]]:
    load(folder, folder / "ws", **options)  # type: ignore[arg-type]
    path = read_workspace(folder / "ws").sources[table]
    assert isinstance(path, Path)
    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return [{k: v for k, v in row.items() if v is not None} for row in rows]


def test_columns_constants_joins_values_scale_and_dates(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text(
        "nr;capital;seen;what;where;why\n007;12;5.3.2024;sued;north;\n008;;;sued;;rent\n009;3;31.12.2023;other;;\n"
    )
    mapping = mapping_of(
        tmp_path,
        """
        name = "book"
        [[source]]
        file = "book.csv"
        delimiter = ";"
        table = "firms"
        columns = { firm_id = "nr", registered_capital = "capital", founded_on = "seen" }
        scale = { registered_capital = 10000 }
        date_format = "%d.%m.%Y"
        keep = []
        [[source]]
        file = "book.csv"
        delimiter = ";"
        table = "events"
        constants = { source = "court" }
        values = { kind = { sued = "lawsuit" } }
        date_format = "%d.%m.%Y"
        [source.columns]
        firm_id = "nr"
        on = "seen"
        kind = "what"
        detail = { join = ["where", "why"], with = "/" }
        """,
    )
    firms = loaded(tmp_path, "firms", mapping=mapping, max_bad=0.5)
    assert [(f["firm_id"], f.get("registered_capital"), str(f.get("founded_on"))) for f in firms] == [
        ("007", 120000.0, "2024-03-05"),
        ("008", None, "None"),
        ("009", 30000.0, "2023-12-31"),
    ]
    events = loaded(tmp_path, "events", mapping=mapping, max_bad=0.5)
    assert [(e["firm_id"], e["kind"], e.get("detail"), e["source"]) for e in events] == [
        ("007", "lawsuit", "north", "court"),
        ("009", "other", None, "court"),
    ]
    (fault,) = validate(tmp_path, mapping).faults.to_pylist()
    assert (fault["table"], fault["line"], fault["column"], fault["rule"]) == (
        "events",
        3,
        "seen",
        "required",
    )


def test_a_fault_shows_the_files_own_column_and_value(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("nr,capital,a,b\nF1,-3,x,\nF2,nan,,\n")
    mapping = mapping_of(
        tmp_path,
        '[[source]]\nfile = "f.csv"\ntable = "firms"\nscale = { registered_capital = 10000 }\n'
        'columns = { firm_id = "nr", registered_capital = "capital", shop_type = { join = ["a", "b"] } }\n',
    )
    found = [
        (f["line"], f["column"], f["value"], f["rule"])
        for f in validate(tmp_path, mapping).faults.to_pylist()
    ]
    assert found == [
        (2, "a+b", "x", "choice"),
        (2, "capital", "-3", "least"),
        (3, "capital", "nan", "finite"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nam = 'x'", "unknown key nam, did you mean name"),
        ("undated = 1", "undated is 1, expected true or false"),
        ("max_bad = 1.5", "max_bad is 1.5, expected a share from 0 to 1"),
        ("standing = 'owns'", "standing is 'owns', expected a list of texts"),
        ("currency = 'yuan'", "default is 'yuan', expected a code of three capital letters"),
        ("[currency]\nrates = { USD = 7 }", "currency has rates but no default"),
        ("[currency]\ndefault = 'CNY'\nrates = { USD = -7 }", "USD is -7, expected a number above 0"),
        (
            "[[source]]\ntable = 'firms'",
            "source 1: rows from nowhere, expected one of file, database, nodes and links",
        ),
        ("[[source]]\nfile = '../x.csv'\ntable = 'firms'", "file is '../x.csv'"),
        ("[[source]]\nfile = '/x.csv'\ntable = 'firms'", "file is '/x.csv'"),
        ("[[source]]\nfile = 'x.csv'\ntable = 'firm'", "table is 'firm', expected one of firms"),
        (
            "[[source]]\nfile = 'x.csv'\ntable = 'firms'\ncolum = {}",
            "unknown key colum, did you mean columns",
        ),
        (
            "[[source]]\nfile = 'x.csv'\ntable = 'firms'\ncolumns = { firmid = 'a' }",
            "unknown key columns.firmid, did you mean firm_id",
        ),
        (
            "[[source]]\nfile = 'x.csv'\ntable = 'firms'\ncolumns = { name = { with = '|' } }",
            "columns has an entry with neither join nor first, expected one of them",
        ),
        (
            "[[source]]\nfile = 'x.csv'\ntable = 'firms'\nscale = { name = 2 }",
            "scale names name, expected a column of numbers",
        ),
        (FIRST + "delimiter = ';;'", "delimiter is ';;'"),
        (
            "[[source]]\nfile = 'x.csv'\ntable = 'firms'\ndate_format = '%d.%m.%y'",
            "date_format is '%d.%m.%y'",
        ),
        (
            f"{FIRST}columns = {{ name = 'a' }}\nconstants = {{ name = 'b' }}",
            "name is both in columns and in constants",
        ),
        ("name = ", "map.toml is not valid TOML"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        read_mapping(mapping_of(tmp_path, text))
    assert said in str(caught.value)


def test_all_faults_of_a_mapping_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"undated is 1.*table is 'x'.*unknown key nam"):
        read_mapping(mapping_of(tmp_path, "nam = 1\nundated = 1\n[[source]]\nfile = 'a.csv'\ntable = 'x'"))


def test_files_and_columns_that_are_not_there_are_listed_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("nr,other\nF1,x\n")
    mapping = mapping_of(
        tmp_path,
        "[[source]]\nfile = 'f.csv'\ntable = 'firms'\nignore = ['x']\n"
        "columns = { firm_id = 'number', name = 'label' }\n"
        "[[source]]\nfile = 'g.csv'\ntable = 'labels'\n",
    )
    with pytest.raises(DataError) as caught:
        validate(tmp_path, mapping)
    for said in (
        "names g.csv, which the folder does not have; it has f.csv, map.toml",
        "column number",
        "column label",
        "column x",
    ):
        assert said in str(caught.value)
    assert "it has nr, other" in str(caught.value)


def test_optional_sources_patterns_and_what_the_mapping_does_not_name(tmp_path: Path) -> None:
    (tmp_path / "co-1.csv").write_text("co\nF1\n")
    (tmp_path / "co-2.csv").write_text("co\nF2\n")
    (tmp_path / "labels.csv").write_text("firm_id,defaulted\nF1,true\nF2,0\n")
    mapping = mapping_of(
        tmp_path,
        "[[source]]\nfile = 'co-*.csv'\ntable = 'firms'\ncolumns = { firm_id = 'co' }\n"
        "[[source]]\nfile = 'none.csv'\ntable = 'events'\noptional = true\n",
    )
    report = validate(tmp_path, mapping)
    assert [(s.file, s.table, s.count.loaded) for s in report.sources] == [
        ("co-1.csv", "firms", 1),
        ("co-2.csv", "firms", 1),
        ("labels.csv", "labels", 2),
    ]


def trades(folder: Path, *cells: str, text: str = "") -> LoadReport:
    (folder / "firms.csv").write_text(FIRMS)
    lines = [f"F1,F2,2024-01-0{n},{cell}" for n, cell in enumerate(cells, 1)]
    (folder / "supplies.csv").write_text(
        "\n".join(["supplier_id,customer_id,on,amount,returned_amount,currency", *lines])
    )
    return load(folder, folder / "ws", mapping_of(folder, text) if text else None, max_bad=0.5)


def test_money_is_converted_by_the_mappings_rates(tmp_path: Path) -> None:
    text = "[currency]\ndefault = 'CNY'\nrates = { USD = 7.5 }"
    report = trades(tmp_path, "10,2,USD", "10,,CNY", "10,,", "10,,EUR", text=text)
    path = read_workspace(tmp_path / "ws").sources["supplies"]
    assert isinstance(path, Path)
    rows = pq.read_table(path).to_pylist()
    # 10 USD at 7.5 are 75 CNY, the return of 2 USD is 15 CNY; no currency means the default
    assert [(r["amount"], r["returned_amount"], r["currency"]) for r in rows] == [
        (75.0, 15.0, "CNY"),
        (10.0, None, "CNY"),
        (10.0, None, "CNY"),
    ]
    (fault,) = report.faults.to_pylist()
    assert (fault["line"], fault["column"], fault["value"]) == (5, "currency", "EUR")
    assert fault["accepted"] == "one of CNY, USD"
    assert "rate" in fault["remedy"]
    assert report.currency == "CNY"


def test_money_that_conversion_makes_infinite_is_a_bad_value(tmp_path: Path) -> None:
    report = trades(tmp_path, "1e308,,USD", "1,,", text="[currency]\ndefault = 'CNY'\nrates = { USD = 7.5 }")
    assert [(f["line"], f["rule"]) for f in report.faults.to_pylist()] == [(2, "finite")]


def test_the_one_currency_that_is_named_is_the_data_sets(tmp_path: Path) -> None:
    assert trades(tmp_path, "10,,EUR", "10,,").currency == "EUR"
    assert trades(tmp_path, "10,,", "10,,").currency is None


def test_synthetic_toml_is_read_when_no_mapping_is_given(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "synthetic.toml").write_text(
        "name = 'made up'\nsynthetic = true\ncurrency = 'CNY'\nseed = 7\n[x]\ny = 1\n"
    )
    report = load(tmp_path, tmp_path / "ws")
    info = read_workspace(tmp_path / "ws").info
    assert (info.name, info.synthetic, info.currency) == ("made up", True, "CNY")
    assert report.ignored == ()


def test_undated_data_need_no_days(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "events.csv").write_text("firm_id,kind\nF1,lawsuit\nF1,lawsuit\n")
    with pytest.raises(DataError, match=r"events.csv: no column on"):
        validate(tmp_path)
    report = validate(tmp_path, mapping_of(tmp_path, "undated = true"))
    assert report.undated
    assert (report.table("events").count.loaded, report.table("events").repeated) == (2, 1)


def test_rows_without_the_day_of_their_key_repeat_no_other_row(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    days = "F1,2024-01-01,5\nF1,2024-01-01,5\nF2,2024-01-01,5\nF2,2024-01-01,6\n"
    (tmp_path / "activity.csv").write_text(f"firm_id,on,sales\nF1,,5\nF1,,7\nF1,,7\n{days}")
    (tmp_path / "loans.csv").write_text("loan_id,lender_id,firm_id,on,limit\nL1,B,F1,,5\nL1,B,F1,,7\n")
    report = validate(tmp_path, mapping_of(tmp_path, "undated = true"))
    assert [(f["line"], f["rule"]) for f in report.faults.to_pylist()] == [(7, "conflict"), (8, "conflict")]
    count = report.table("activity").count
    assert (count.loaded, count.quarantined, count.duplicates) == (4, 2, 1)
    assert report.table("activity").repeated == 1
    assert report.table("loans").count.loaded == 2


@pytest.mark.parametrize(
    ("mapping", "rows", "kinds"),
    [
        ("", "3", "branch, owns"),
        ("standing = ['owns']", "1", "branch"),
        ("standing = ['*']", None, None),
        ("standing = ['owns', 'branch']", None, None),
        ("undated = true", None, None),
    ],
)
def test_relations_that_no_snapshot_shows_are_noted(
    tmp_path: Path, mapping: str, rows: str | None, kinds: str | None
) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "relations.csv").write_text(
        "from_id,to_id,kind,since\nF1,F2,owns,\nF1,F2,owns,\nF2,F1,owns,\nF1,F2,branch,\n"
        "F1,F2,invests,2024-01-01\n"
    )
    notes = [n for n in validate(tmp_path, mapping_of(tmp_path, mapping)).notes if n.startswith("relations")]
    expected = (
        f"relations: {rows} rows without since are left out of every snapshot; list their kinds ({kinds}) under "
        "standing in a mapping if they hold at all times"
    )
    assert notes == ([expected] if rows else [])


def test_the_template_maps_a_banks_export_of_loan_states(tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text("company;area;internal_note;score\nF1;north;;1\n")
    (tmp_path / "loan-states.csv").write_text(
        "contract,customer,report_day,rate,overdue_days,restructured,charged_off,pledged_value\n"
        "C1,F1,2024-01-31,4.35,0,N,0,1000\nC1,F1,2024-02-29,4.35,29,Y,250.5,\n"
    )
    states = loaded(tmp_path, "loans", mapping=read_mapping(mapping_file.FOLDER / "template.toml"))
    columns = ("rate", "days_past_due", "restructured", "written_off", "collateral_value")
    assert [[state.get(name) for name in columns] for state in states] == [
        [pytest.approx(0.0435), 0, False, 0, 1000],
        [pytest.approx(0.0435), 29, True, 250.5, None],
    ]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("rate", "4.35", "at most 1"),
        ("rate", "-0.01", "at least 0"),
        ("days_past_due", "-1", "at least 0"),
        ("days_past_due", "29.5", "whole"),
        ("restructured", "Y", "0 or 1"),
        ("written_off", "-1", "at least 0"),
        ("collateral_value", "-1", "at least 0"),
    ],
)
def test_a_bad_value_of_a_loan_is_a_fault(tmp_path: Path, column: str, value: str, expected: str) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "loans.csv").write_text(
        f"loan_id,lender_id,firm_id,on,{column}\nC1,L,F1,2024-01-31,{value}\n"
    )
    (fault,) = validate(tmp_path).faults.to_pylist()
    assert (fault["column"], fault["value"]) == (column, value)
    assert expected in fault["accepted"]


def test_the_mappings_that_come_with_it_are_valid() -> None:
    assert "smesd" in mapping_names()
    for name in mapping_names():
        assert read_mapping(name).sources
    template = read_mapping(mapping_file.FOLDER / "template.toml")
    assert {s.table for s in template.sources} == {"firms", "events", "loans"}
    with pytest.raises(DataError, match=r"no mapping nobody; expected one of .*smesd.* or the path"):
        read_mapping("nobody")


@pytest.mark.skipif(
    not SMESD, reason="the environment variable SCGRAPH_SMESD names no folder with the SMEsD splits"
)
@pytest.mark.parametrize(
    ("split", "rows", "unknown", "duplicates", "repeated"),
    [("train", 18576, 82, 120, 3503), ("validate", 4554, 54, 42, 998)],
)
def test_smesd_as_it_is_documented(
    split: str, rows: int, unknown: int, duplicates: int, repeated: int
) -> None:
    report = validate(Path(str(SMESD)) / split, "smesd")
    count = report.table("relations").count
    assert (count.rows, count.quarantined, count.duplicates) == (rows, unknown, duplicates)
    assert report.fault_count >= unknown
    assert report.table("events").repeated == repeated
    assert report.breaches == ()
    assert report.table("firms").extra == {"qualification": "VARCHAR"}
