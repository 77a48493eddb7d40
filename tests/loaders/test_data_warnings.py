"""Warnings about ids and texts: each with data that need it and data that must not raise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk.loaders import load
from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount, DataWarning
from warned_folders import FIRMS, firms, warned


def test_a_warning_in_words_and_as_json() -> None:
    places = (ColumnCount("firms", "name", 1200), ColumnCount("supplies", "", 3))
    warning = DataWarning("code", "things", "do this", places, ("a", "b"))
    assert str(warning) == "things: firms.name 1,200, supplies 3 (such as a; b); do this"
    assert warning.to_json() == {
        "code": "code",
        "count": 1203,
        "problem": "things",
        "remedy": "do this",
        "places": [
            {"table": "firms", "column": "name", "count": 1200},
            {"table": "supplies", "column": "", "count": 3},
        ],
        "examples": ["a", "b"],
    }


def test_ids_in_scientific_notation(tmp_path: Path) -> None:
    trades = (
        "supplier_id,customer_id,on,amount,row_id\n9.13301E+17,A,2024-01-01,1,1E+05\nA,B,2024-01-01,1,7\n"
    )
    warnings = warned(tmp_path, firms("9.13301E+17", "A", "B", columns="firm_id") | {"supplies.csv": trades})
    # the supplier is the firm of that id, so only the id itself and the row's are damaged
    assert warnings["scientific_ids"].places == (
        ColumnCount("firms", "firm_id", 1),
        ColumnCount("supplies", "row_id", 1),
    )
    assert warnings["scientific_ids"].examples == ("9.13301E+17", "1E+05")
    assert "as texts" in warnings["scientific_ids"].remedy


def test_a_reference_in_scientific_notation(tmp_path: Path) -> None:
    trades = "supplier_id,customer_id,on,amount\n9.13301E+17,A,2024-01-01,1\n9.13301E+17,B,2024-01-01,1\n"
    warnings = warned(
        tmp_path, firms("913301000000000011", "A", "B", columns="firm_id") | {"supplies.csv": trades}
    )
    assert warnings["scientific_ids"].places == (ColumnCount("supplies", "supplier_id", 2),)


def test_a_damaged_column_of_a_long_table_is_counted_exactly(tmp_path: Path) -> None:
    # 45,000 rows: signs are looked for in every second line
    rows = (f"A,B,2024-01-01,1,{i % 9 + 1}.13301E+17" for i in range(45_000))
    trades = "supplier_id,customer_id,on,amount,row_id\n" + "\n".join(rows) + "\n"
    warnings = warned(tmp_path, {"firms.csv": FIRMS, "supplies.csv": trades})
    assert warnings["scientific_ids"].places == (ColumnCount("supplies", "row_id", 45_000),)


@pytest.mark.parametrize("ids", [("E1", "E+1", "1E5", "SE+10"), ("0012", "0013", "A12"), ("0", "00")])
def test_other_ids_are_not_damaged(tmp_path: Path, ids: tuple[str, ...]) -> None:
    assert warned(tmp_path, firms(*ids, columns="firm_id")) == {}


def test_leading_zeros_lost_in_references(tmp_path: Path) -> None:
    trades = (
        "supplier_id,customer_id,on,amount\n7,0123,2024-01-01,1\n7,0123,2024-01-02,1\n99,0123,2024-01-02,1\n"
    )
    warnings = warned(tmp_path, firms("0007", "0123", columns="firm_id") | {"supplies.csv": trades})
    assert warnings["lost_zeros"].places == (
        ColumnCount("firms", "firm_id", 1),
        ColumnCount("supplies", "supplier_id", 2),
    )
    assert warnings["lost_zeros"].examples == ("0007 and 7",)


def test_leading_zeros_lost_in_the_list_or_between_files(tmp_path: Path) -> None:
    trades = "supplier_id,customer_id,on,amount\n0007,123,2024-01-01,1\n"
    loans = "loan_id,lender_id,firm_id,on\n001,B,123,2024-01-31\n1,B,123,2024-02-29\n2,B,123,2024-02-29\n"
    warnings = warned(
        tmp_path, firms("7", "123", columns="firm_id") | {"supplies.csv": trades, "loans.csv": loans}
    )
    assert warnings["lost_zeros"].places == (
        ColumnCount("firms", "firm_id", 1),
        ColumnCount("supplies", "supplier_id", 1),
        ColumnCount("loans", "loan_id", 2),
    )


def test_leading_zeros_lost_in_appended_data_and_in_added_partners(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (first / "firms.csv").write_text("firm_id\n007\n8\n")
    assert load(first, tmp_path / "ws").warnings == ()
    trades = "supplier_id,customer_id,on,amount\n7,8,2024-01-01,1\n"
    (second / "supplies.csv").write_text(trades)
    report = load(second, tmp_path / "ws", max_bad=1.0, append=True)
    (warning,) = report.warnings
    assert (warning.code, warning.places) == ("lost_zeros", (ColumnCount("supplies", "supplier_id", 1),))
    listed = {"firms.csv": "firm_id\n007\n8\n", "supplies.csv": trades}
    (warning,) = warned(tmp_path, listed, 'partners = "add"\n').values()
    # the partner 7 is added to the firms
    assert (warning.code, warning.places) == ("lost_zeros", (ColumnCount("firms", "firm_id", 2),))


def test_a_loan_and_a_firm_may_have_the_same_digits(tmp_path: Path) -> None:
    loans = "loan_id,lender_id,firm_id,on\n007,07,7,2024-01-31\n"
    assert warned(tmp_path, firms("7", "123", columns="firm_id") | {"loans.csv": loans}) == {}


@pytest.mark.parametrize(
    ("text", "encodings", "code", "key"),
    [
        ("Müller", ("utf-8", "cp1252"), "utf8_as_western", 'encoding = "utf-8"'),
        ("中国", ("utf-8", "cp1252"), "utf8_as_western", 'encoding = "utf-8"'),
        ("ООО Ромашка", ("utf-8", "cp1252"), "utf8_as_western", 'encoding = "utf-8"'),
        ("北京市科技有限公司", ("gb18030", "latin-1"), "gbk_as_western", 'encoding = "gb18030"'),
        ("中国", ("gb18030", "cp1252"), "gbk_as_western", 'encoding = "gb18030"'),
        ("深圳市科技公司", ("utf-8", "gb18030"), "utf8_as_gbk", 'encoding = "utf-8"'),
        ("a\ufffdb", ("utf-8", "utf-8"), "lost_characters", "encoding"),
        ("\ufffd\ufffd", ("utf-8", "gb18030"), "lost_characters", "encoding"),
    ],
)
def test_texts_decoded_by_the_wrong_encoding(
    tmp_path: Path, text: str, encodings: tuple[str, str], code: str, key: str
) -> None:
    damaged = text.encode(encodings[0]).decode(encodings[1], errors="ignore")
    warnings = warned(tmp_path, firms(f"A,{damaged}", f"B,{damaged} 2", "C,plain", f"D,{damaged}"))
    assert list(warnings) == [code]
    assert warnings[code].places == (ColumnCount("firms", "name", 3),)
    assert warnings[code].examples[0] == damaged
    assert key in warnings[code].remedy


def test_damaged_texts_of_several_columns_are_one_warning(tmp_path: Path) -> None:
    trades = "supplier_id,customer_id,on,amount,category\nA,B,2024-01-01,1,KÃ¤se\nA,B,2024-01-02,1,KÃ¤se\n"
    names = firms("A,MÃ¼ller,x", "B,b,MÃ¼nchen", columns="firm_id,name,note")
    (warning,) = warned(tmp_path, names | {"supplies.csv": trades}).values()
    assert [str(place) for place in warning.places] == ["firms.name 1", "firms.note 1", "supplies.category 2"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Müller GmbH",
            "Café «Zoë»",
            "NESCAFÉ® PLUS",
            "Ñandú S.A.",
            "São Paulo – “Casa”",
            "ÀÉÎÔÛ",
            "Straße »5«",
        ),
        *(
            "中国石油化工",
            "深圳市瑜瑾科技有限公司",
            "株式会社テスト",
            "한국전력",
            "ООО Ромашка",
            "Łódź",
            "Ελλάδα",
        ),
        *("İstanbul Şişli", "Công ty Nguyễn", "naïve côté", "Ä", "Ö–Z", "E½"),
    ],
)
def test_texts_in_their_own_letters_are_not_damaged(tmp_path: Path, text: str) -> None:
    assert warned(tmp_path, firms(f"A,{text}")) == {}


def test_kinds_that_differ_in_case_width_or_a_letter(tmp_path: Path) -> None:
    spellings = ("guarantees", "guarantees", "guarantee", "Guarantees", "ｇｕａｒａｎｔｅｅｓ")
    kinds = [*spellings, "owns", "ships for", "Ships-For", "ships for"]
    relations = "from_id,to_id,kind,amount\n" + "".join(f"A,B,{kind},{i}\n" for i, kind in enumerate(kinds))
    events = "firm_id,on,kind\nA,2024-01-01,Lawsuit\nB,2024-01-01,lawsuits\nA,2024-01-02,audit\n"
    warnings = warned(tmp_path, {"firms.csv": FIRMS, "relations.csv": relations, "events.csv": events})
    assert warnings["similar_words"].places == (
        ColumnCount("relations", "kind", 4),
        ColumnCount("events", "kind", 2),
    )
    assert set(warnings["similar_words"].examples) <= {
        "Guarantees and guarantees",
        "guarantee and guarantees",
        "ｇｕａｒａｎｔｅｅｓ and guarantees",
        "Ships-For and ships for",
    }
    assert 'values = { kind = { "Guarantees" = "guarantees" } }' in warnings["similar_words"].remedy


def test_industries_by_a_rare_letter_and_regions_by_case(tmp_path: Path) -> None:
    rows = [f"F{i},textiles,Shaanxi" for i in range(40)] + ["G,texiles,Shanxi", "H,textiles,shaanxi"]
    warnings = warned(tmp_path, firms(*rows, columns="firm_id,industry,region"))
    assert warnings["similar_words"].places == (
        ColumnCount("firms", "industry", 1),
        ColumnCount("firms", "region", 1),
    )
    assert warnings["similar_words"].examples == ("texiles and textiles", "shaanxi and Shaanxi")


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("industry", ("C26", "C27", "class 1", "class 2")),
        ("industry", ("mining", "dining")),
        ("industry", ("服装", "服饰", "a", "b")),
        ("region", ("Hunan", "Henan", "Shanxi", "Shaanxi", "江苏省", "江西省")),
    ],
)
def test_different_words_are_no_slips(tmp_path: Path, column: str, words: tuple[str, ...]) -> None:
    # as frequent as each other, or different in more than a letter of a word
    rows = [f"F{i}{j},{word}" for i, word in enumerate(words) for j in range(3)]
    assert warned(tmp_path, firms(*rows, columns=f"firm_id,{column}")) == {}


STATES = "firm_id,state\nA,valid\nB,Valid\nC,ｖａｌｉｄ\nD,void\nE, valid \nF,VOID\nG,\nH,in valid\n"


@pytest.mark.parametrize(
    ("key", "count", "examples"),
    [
        ('where = { state = "valid" }', 2, ("Valid and valid", "ｖａｌｉｄ and valid")),
        ('where_not = { state = ["void", ""] }', 1, ("VOID and void",)),
        ('where = { state = ["valid", "Valid", "ｖａｌｉｄ", "in valid"] }', 0, ()),
        ('where = { state = "paid" }', 0, ()),
    ],
)
def test_texts_that_are_nearly_those_of_a_condition(
    tmp_path: Path, key: str, count: int, examples: tuple[str, ...]
) -> None:
    source = f'[[source]]\nfile = "firms.csv"\ntable = "firms"\n{key}\n'
    warnings = warned(tmp_path, {"firms.csv": STATES}, source)
    places = (ColumnCount("firms", "state", count),) if count else None
    assert [w.places for w in warnings.values()] == ([places] if places else [])
    assert [w.examples for w in warnings.values()] == ([examples] if places else [])


def test_texts_of_several_files_are_one_warning(tmp_path: Path) -> None:
    source = '[[source]]\nfile = "firms-*.csv"\ntable = "firms"\nwhere = { state = "valid" }\n'
    files = {f"firms-{n}.csv": f"firm_id,state\nA{n},valid\nB{n},Valid\n" for n in range(4)}
    (warning,) = warned(tmp_path, files, source).values()
    assert [str(place) for place in warning.places] == ["firms.state 4"]
