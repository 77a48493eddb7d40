"""Drafts of whole files: encodings, lines, formats, groups of files, and what becomes of files that fit nothing."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import (
    Mapping,
    MappingDraft,
    draft_faults,
    draft_folder,
    draft_text,
    load,
    read_mapping,
)

FIRMS = "firm_id,name\nA1,Mill\nB2,Shop\n"
TRADES = "supplier_id,customer_id,on,amount\nA1,B2,2024-01-31,5.5\nB2,A1,2024-02-29,7\n"


def drafted(folder: Path) -> tuple[MappingDraft, Mapping]:
    """The draft, and the mapping that its text is read as."""
    draft = draft_folder(folder)
    path = folder / "draft.toml"
    path.write_text(draft_text(draft), encoding="utf-8")
    return draft, read_mapping(path)


def keys(draft: MappingDraft, table: str) -> dict[str, object]:
    (source,) = [source for source in draft.sources if source.table == table]
    return {key.name: key.value for key in source.keys if key.is_set}


def loaded(folder: Path) -> dict[str, int]:
    """Draft, load by the draft as it is, and return the numbers of loaded rows."""
    draft, mapping = drafted(folder)
    assert draft.points == ()
    assert draft_faults(folder, mapping, draft) == []
    report = load(folder, folder / "ws", folder / "draft.toml")
    return {table.table: table.count.loaded for table in report.tables}


def test_a_folder_with_the_names_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "supplies.csv").write_text(TRADES)
    assert loaded(tmp_path) == {"firms": 2, "supplies": 2}


@pytest.mark.parametrize(
    ("encoding", "name", "expected"),
    [
        ("utf-8", "Müller", "utf-8"),
        ("utf-8-sig", "Müller", "utf-8"),
        ("utf-16", "Müller", "utf-16"),
        ("utf-16-le", "Müller", "utf-16-le"),
        ("utf-16-be", "Müller", "utf-16-be"),
        ("cp1252", "Müller & Söhne", "cp1252"),
        ("gb18030", "上海机械有限公司", "gb18030"),
        ("big5", "臺灣機械公司", "big5"),
        ("cp1251", "Московский завод", "cp1251"),
        ("ascii", "Mill", None),
    ],
)
def test_the_encoding_is_the_one_in_which_words_come_out(
    tmp_path: Path, encoding: str, name: str, expected: str | None
) -> None:
    text = "firm_id,name\n" + "".join(f"F{n:03},{name}\n" for n in range(30))
    (tmp_path / "firms.csv").write_bytes(text.encode(encoding))
    draft, _ = drafted(tmp_path)
    assert keys(draft, "firms").get("encoding") == expected
    assert loaded(tmp_path) == {"firms": 30}


def test_bytes_that_are_words_in_two_encodings_stay_undecided(tmp_path: Path) -> None:
    # two umlauts in capitals are a common Chinese character as well
    (tmp_path / "firms.csv").write_bytes("firm_id,name\nA1,BAÄÖRE\n".encode("cp1252"))
    draft, mapping = drafted(tmp_path)
    assert "encoding" not in keys(draft, "firms")
    (point,) = [point for point in draft.points if point.subject == "encoding"]
    assert "BAÄÖRE by cp1252" in point.text
    assert "by gb18030" in point.text
    assert mapping.sources[0].encoding is None


def test_letters_that_two_code_pages_read_differently_stay_undecided(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_bytes("firm_id,name\nA1,Plzeňský závod\n".encode("cp1250"))
    draft, _ = drafted(tmp_path)
    (point,) = [point for point in draft.points if point.subject == "encoding"]
    assert "Plzeňský by cp1250" in point.text


def test_a_statement_with_preamble_padded_cells_and_footer(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    lines = ["支付宝交易记录明细查询", "账号:[x@y]", "---", "交易号\t,供应商编号 ,客户编号,交易日期,金额 ,"]
    lines += [f"T{n}\t,A1,B2\t,2024-01-{n:02} 10:15:00,{n}.50," for n in range(1, 29)]
    lines += ["----", "共28笔记录,,"]
    (tmp_path / "交易.csv").write_bytes("\n".join(lines).encode("gb18030"))
    draft, _ = drafted(tmp_path)
    stated = keys(draft, "supplies")
    assert (stated["preamble"], stated["footer"], stated["trim"]) == (3, 2, True)
    assert stated["dates"] == ["%Y-%m-%d %H:%M:%S"]
    assert loaded(tmp_path) == {"firms": 2, "supplies": 28}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_lines_agree_on(tmp_path: Path, delimiter: str) -> None:
    rows = [["Kundennr", "Firma", "Stammkapital"]]
    rows += [[f"K{n}", f"Firm {n} & Co", f'"{n},5"' if delimiter == "," else f"{n},5"] for n in range(40)]
    (tmp_path / "kunden.csv").write_text("\n".join(delimiter.join(row) for row in rows))
    draft, _ = drafted(tmp_path)
    assert keys(draft, "firms").get("delimiter", ",") == delimiter
    assert keys(draft, "firms")["decimal"] == ","
    assert loaded(tmp_path) == {"firms": 40}


def test_two_delimiters_that_fit_stay_undecided(tmp_path: Path) -> None:
    lines = ["x;y,z", *(f"{n};{n},{n}" for n in range(20))]
    (tmp_path / "firms.csv").write_text("\n".join(lines))
    draft, _ = drafted(tmp_path)
    assert any(point.subject == "delimiter" for point in draft.points)


def test_rows_with_a_delimiter_more_than_the_header(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,name\nA1,Mill,\nB2,Shop,\n")
    assert loaded(tmp_path) == {"firms": 2}


def test_quoted_cells_over_several_lines_are_no_footer(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text('firm_id,name\nA1,"Mill,\nNorth"\nB2,"Shop\nSouth"\n')
    draft, _ = drafted(tmp_path)
    assert "footer" not in keys(draft, "firms")
    assert loaded(tmp_path) == {"firms": 2}


def test_a_file_that_is_cut_off_is_a_doubt_and_no_footer(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,name,region\n" + "A1,Mill,North\n" * 5 + "B2,Sh")
    draft, _ = drafted(tmp_path)
    assert any("cut off" in point.text for point in draft.points)
    assert "footer" not in keys(draft, "firms")


def test_a_total_in_the_last_line_is_a_footer(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "supplies.csv").write_text(TRADES + "Total,,,12.5\n")
    assert loaded(tmp_path) == {"firms": 2, "supplies": 2}


def test_without_a_header_columns_are_named_by_position(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "trades.csv").write_text("".join(f"A1,B2,2024-01-{n:02},{n}.5\n" for n in range(1, 20)))
    draft, _ = drafted(tmp_path)
    (source,) = [source for source in draft.sources if source.table == "supplies"]
    assert keys(draft, "supplies")["header"] is False
    assert {key.name: key.value for key in source.columns} == {
        "supplier_id": "#1", "customer_id": "#2", "on": "#3", "amount": "#4"
    }  # fmt: skip
    # the cells do not tell who sells to whom
    doubts = [point.text for point in draft.points]
    assert doubts == ["#1 and #2 both fit supplier_id", "#2 and #1 both fit customer_id"]


def test_a_header_that_has_a_name_twice_is_stated(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,name,note,note\nA1,Mill,x,y\nB2,Shop,x,y\n")
    assert keys(drafted(tmp_path)[0], "firms")["header"] == ["firm_id", "name", "note", "note 2"]
    assert loaded(tmp_path) == {"firms": 2}


def test_every_format_is_drafted_and_loads(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kunden"
    for row in (["Kundenliste", None], ["Kundennr", "Firma"], ["A1", "Mill"], ["B2", "Shop"]):
        sheet.append(row)
    states = book.create_sheet("Kredite")
    states.append(["Kreditnr", "Bank", "Kundennr", "Stichtag", "Zinssatz"])
    states.append(["L1", "Bank", "A1", "31.12.2024", 4.5])
    book.save(tmp_path / "bestand.xlsx")
    (tmp_path / "trades.jsonl").write_text(
        "".join(
            json.dumps(
                {"supplier": {"id": "A1"}, "customer": {"id": "B2"}, "date": f"2024-01-{n:02}", "amount": n}
            )
            + "\n"
            for n in range(1, 9)
        )
    )
    pq.write_table(
        pa.table({"shop_id": ["A1"], "date": ["31.01.2024"], "sales": [12.5]}), tmp_path / "activity.parquet"
    )
    with sqlite3.connect(tmp_path / "events.db") as con:
        con.execute("CREATE TABLE defaults (customer TEXT, default_date TEXT)")
        con.execute("INSERT INTO defaults VALUES ('B2', '2024-05-31')")
    con.close()
    (tmp_path / "guarantees.xml").write_text(
        "<all><g><guarantor>A1</guarantor><debtor>B2</debtor></g><g><guarantor>B2</guarantor><debtor>A1</debtor></g></all>"
    )
    draft, _ = drafted(tmp_path)
    assert keys(draft, "loans")["scale"] == {"rate": 0.01}
    assert keys(draft, "relations")["rows"] == "all/g"
    assert loaded(tmp_path) == {
        "firms": 2, "supplies": 8, "activity": 1, "relations": 2, "loans": 1, "events": 1
    }  # fmt: skip


def test_lines_of_nested_orders_are_rows(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    order = {
        "buyer": "B2",
        "date": "2024-03-05",
        "lines": [{"seller": "A1", "amount": 5}, {"seller": "A1", "amount": 6}],
    }
    (tmp_path / "orders.json").write_text(json.dumps({"orders": [order, order]}))
    draft, _ = drafted(tmp_path)
    assert keys(draft, "supplies")["rows"] == "orders/lines"
    assert loaded(tmp_path) == {"firms": 2, "supplies": 4}


def test_members_of_archives_and_compressed_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("kunden.csv", FIRMS.replace("firm_id", "Kundennr"))
    (tmp_path / "trades.csv.gz").write_bytes(gzip.compress(TRADES.encode()))
    draft, _ = drafted(tmp_path)
    assert [source.file for source in draft.sources] == ["export.zip/kunden.csv", "trades.csv.gz"]
    assert loaded(tmp_path) == {"firms": 2, "supplies": 2}


def test_files_of_one_form_are_one_source(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    for year in (2022, 2023, 2024):
        (tmp_path / f"trades-{year}.csv").write_text(TRADES.replace("2024", str(year)).replace("-29", "-28"))
    draft, _ = drafted(tmp_path)
    assert [source.file for source in draft.sources] == ["firms.csv", "trades-*.csv"]
    assert loaded(tmp_path) == {"firms": 2, "supplies": 6}
    # what only some of the files have in their rows is no other form
    for year, state in ((2022, "paid"), (2023, "void"), (2024, "cancelled")):
        rows = [f"{line},{state}" for line in TRADES.splitlines()[1:]]
        header = f"{TRADES.splitlines()[0]},status"
        (tmp_path / f"trades-{year}.csv").write_text(
            "\n".join([header, *rows, "A1,B2,2024-01-31,1,paid", ""])
        )
    draft, mapping = drafted(tmp_path)
    assert [source.file for source in draft.sources] == ["firms.csv", "trades-*.csv"]
    assert mapping.sources[1].where_not == {"status": ("cancelled", "void")}
    # a file of another form is drafted by itself
    (tmp_path / "trades-2025.csv").write_text("seller;buyer;date;amount\nA1;B2;2025-01-31;5\n")
    files = [source.file for source in draft_folder(tmp_path).sources]
    assert files == ["firms.csv", "trades-2022.csv", "trades-2023.csv", "trades-2024.csv", "trades-2025.csv"]


def test_the_id_of_firms_is_the_one_that_other_files_name(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("company id,tax id,name\n1,T1,Mill\n2,T2,Shop\n3,T3,Yard\n")
    (tmp_path / "trades.csv").write_text("seller,buyer,date,amount\nT1,T2,2024-01-31,5\nT2,T3,2024-02-28,5\n")
    draft, mapping = drafted(tmp_path)
    assert mapping.sources[0].columns["firm_id"].columns == ("tax id",)
    assert loaded(tmp_path) == {"firms": 3, "supplies": 2}
    assert "100 % of the ids" in draft.sources[0].columns[0].evidence


def test_partners_in_no_list_are_counted(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "supplies.csv").write_text(TRADES + "A1,Z9,2024-03-01,3\nA1,B2,2024-03-02,3\n")
    draft, mapping = drafted(tmp_path)
    assert mapping.partners == "add"
    (key,) = [key for key in draft.keys if key.name == "partners"]
    assert key.evidence == "12.5 % of 8 sampled ids are in no list of firms, such as Z9"
    # added firms are none of the rows that the list has
    assert loaded(tmp_path) == {"firms": 2, "supplies": 4}


def test_ids_that_are_written_differently_are_a_doubt(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id\n001\n002\n")
    (tmp_path / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n1,2,2024-01-31,5\n")
    draft, mapping = drafted(tmp_path)
    assert mapping.partners is None
    assert any("leading zeros" in point.text for point in draft.points)


def test_the_day_of_default_in_a_list_of_firms_is_an_event_and_no_feature(tmp_path: Path) -> None:
    (tmp_path / "kunden.csv").write_text(
        "Kundennr,Firma,Ausfalldatum,Bemerkung\nA1,Mill,31.03.2024,x\nB2,Shop,,y\nC3,Yard,,z\n"
    )
    draft, mapping = drafted(tmp_path)
    firms, events = mapping.sources
    assert firms.keep == ()
    assert (events.table, events.constants) == ("events", {"kind": "default"})
    assert loaded(tmp_path) == {"firms": 3, "events": 1}
    assert draft.sources[0].unknown == ("Ausfalldatum", "Bemerkung")


def test_outcomes_without_days_make_the_data_undated(tmp_path: Path) -> None:
    (tmp_path / "企业信息.csv").write_text(
        "企业代号,企业名称,是否违约\nE1,甲,否\nE2,乙,是\n", encoding="utf-8"
    )
    _, mapping = drafted(tmp_path)
    assert mapping.undated
    assert loaded(tmp_path) == {"firms": 2, "labels": 2}


def test_the_header_states_units(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,注册资本(万元)\nA1,12.5\n", encoding="utf-8")
    assert keys(drafted(tmp_path)[0], "firms")["scale"] == {"registered_capital": 1e4}


def test_files_that_fit_nothing_are_listed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "weather.csv").write_text("station,temperature\nX,12.5\n")
    (tmp_path / "old.xls").write_bytes(b"x")
    (tmp_path / "export.txt").write_text("a,b\n")
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    (tmp_path / "empty.csv").write_text("")
    draft, mapping = drafted(tmp_path)
    assert [source.file for source in mapping.sources] == ["firms.csv"]
    reasons = dict(draft.left_out)
    assert "no column is known (station, temperature)" in reasons["weather.csv"]
    assert "export it as CSV" in reasons["old.xls"]
    assert "call it .csv" in reasons["export.txt"]
    assert "cannot be read" in reasons["broken.xlsx"]
    assert "is empty" in reasons["empty.csv"]
    assert "weather.csv" in draft_text(draft)


def test_tables_that_need_more_than_reading_are_left_out_and_the_others_drafted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "erp.db") as con:
        con.execute("CREATE TABLE firms (firm_id TEXT, name TEXT)")
        con.execute("INSERT INTO firms VALUES ('A1', 'Mill')")
        con.execute("CREATE VIEW layout AS SELECT name AS firm_id FROM pragma_table_info('firms')")
        con.execute("CREATE VIEW stale AS SELECT firm_id FROM dropped")
    con.close()
    draft, mapping = drafted(tmp_path)
    assert [source.db_table for source in mapping.sources] == ["firms"]
    assert dict(draft.left_out) == {
        "erp.db [layout]": "cannot be read (not authorized)",
        "erp.db [stale]": "cannot be read (no such table: main.dropped)",
    }
    assert loaded(tmp_path) == {"firms": 1}


def test_a_database_of_which_nothing_can_be_read_is_left_out_once(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    with sqlite3.connect(tmp_path / "erp.db") as con:
        con.execute("CREATE VIEW first AS SELECT firm_id FROM dropped")
        con.execute("CREATE VIEW second AS SELECT firm_id FROM dropped")
    con.close()
    draft, _ = drafted(tmp_path)
    assert draft.left_out == (("erp.db", "cannot be read (no such table: main.dropped)"),)


def test_text_of_cells_cannot_leave_its_comment(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(
        'firm_id,"na\x07me",registered_capital\nA1,x,"1,5\x0b€"\nB2,y,"2,5 €"\n'
    )
    draft, mapping = drafted(tmp_path)
    assert mapping.sources[0].header == ("firm_id", "name", "registered_capital")
    assert all(char.isprintable() or char == "\n" for char in draft_text(draft))


def test_a_world_keeps_its_mark(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "synthetic.toml").write_text('name = "world"\nsynthetic = true\ncurrency = "CNY"\n')
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "causes.csv").write_text("a,b\n1,2\n")
    draft, mapping = drafted(tmp_path)
    assert (mapping.name, mapping.synthetic, mapping.currency.default) == ("world", True, "CNY")
    assert draft.left_out == ()


def test_a_mapping_that_comes_with_scgraph_is_named_where_it_reads_the_files(tmp_path: Path) -> None:
    header = ",企业代号,发票号码,开票日期,销方单位代号,金额,税额,价税合计,发票状态"
    lines = f"{header}\n0,E1,1,2017/7/18,A9,5.0,0.5,5.5,有效发票\n"
    for folder, partner in (("input_invoice", "销方单位代号"), ("output_invoice", "购方单位代号")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "E1.csv").write_text(
            lines.replace("销方单位代号", partner), encoding="utf-8-sig"
        )
    assert draft_folder(tmp_path).shipped == ("cn_vat_invoices",)
    # another column is another source
    (tmp_path / "output_invoice" / "E1.csv").write_text(lines.replace("金额", "钱"), encoding="utf-8-sig")
    assert draft_folder(tmp_path).shipped == ()


def test_numbers_in_doubt_are_not_loaded_before_a_decision(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    (tmp_path / "supplies.csv").write_text("supplier_id,customer_id,on,amount\nA1,B2,2024-01-31,1.234\n")
    draft, _ = drafted(tmp_path)
    (point,) = draft.points
    assert "1.234 is 1234 with thousands" in point.text
    with pytest.raises(DataError, match="1 of 1 rows are bad"):
        load(tmp_path, tmp_path / "ws", tmp_path / "draft.toml")
    text = (tmp_path / "draft.toml").read_text()
    (tmp_path / "draft.toml").write_text(text.replace('\ndecimal = ","', '\nthousands = "."\ndecimal = ","'))
    load(tmp_path, tmp_path / "ws", tmp_path / "draft.toml")
    trades = read_workspace(tmp_path / "ws").sources["supplies"]
    assert isinstance(trades, Path)
    assert pq.read_table(trades, columns=["amount"]).to_pylist() == [{"amount": 1234.0}]
