"""Warnings about loaded data: each with data that need it and data that must not raise it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk import services
from supplyrisk.graph import DataError, Workspace, read_workspace
from supplyrisk.loaders import load, validate
from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount, DataWarning

FIRMS = "firm_id\nA\nB\nC\n"


def warned(folder: Path, files: dict[str, str], mapping: str = "") -> dict[str, DataWarning]:
    """Write files, and return the warnings of a check by their codes."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "map.toml"
    path.write_text(mapping, encoding="utf-8")
    report = validate(folder, path if mapping else None, max_bad=1.0)
    codes = [w.code for w in report.warnings]
    assert len(codes) == len(set(codes))
    assert report.to_json()["warnings"] == [w.to_json() for w in report.warnings]
    assert set(map(str, report.warnings)) <= set(report.notes)
    return {w.code: w for w in report.warnings}


def firms(*rows: str, columns: str = "firm_id,name") -> dict[str, str]:
    return {"firms.csv": "\n".join([columns, *rows, ""])}


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
    found = warned(tmp_path, firms("9.13301E+17", "A", "B", columns="firm_id") | {"supplies.csv": trades})
    # the supplier is the firm of that id, so only the id itself and the row's are damaged
    assert found["scientific_ids"].places == (
        ColumnCount("firms", "firm_id", 1),
        ColumnCount("supplies", "row_id", 1),
    )
    assert found["scientific_ids"].examples == ("9.13301E+17", "1E+05")
    assert "as texts" in found["scientific_ids"].remedy


def test_a_reference_in_scientific_notation(tmp_path: Path) -> None:
    trades = "supplier_id,customer_id,on,amount\n9.13301E+17,A,2024-01-01,1\n9.13301E+17,B,2024-01-01,1\n"
    found = warned(
        tmp_path, firms("913301000000000011", "A", "B", columns="firm_id") | {"supplies.csv": trades}
    )
    assert found["scientific_ids"].places == (ColumnCount("supplies", "supplier_id", 2),)


def test_a_damaged_column_of_a_long_table_is_counted_exactly(tmp_path: Path) -> None:
    # 45,000 rows: signs are looked for in every second line
    rows = (f"A,B,2024-01-01,1,{i % 9 + 1}.13301E+17" for i in range(45_000))
    trades = "supplier_id,customer_id,on,amount,row_id\n" + "\n".join(rows) + "\n"
    found = warned(tmp_path, {"firms.csv": FIRMS, "supplies.csv": trades})
    assert found["scientific_ids"].places == (ColumnCount("supplies", "row_id", 45_000),)


@pytest.mark.parametrize("ids", [("E1", "E+1", "1E5", "SE+10"), ("0012", "0013", "A12"), ("0", "00")])
def test_other_ids_are_not_damaged(tmp_path: Path, ids: tuple[str, ...]) -> None:
    assert warned(tmp_path, firms(*ids, columns="firm_id")) == {}


def test_leading_zeros_lost_in_references(tmp_path: Path) -> None:
    trades = (
        "supplier_id,customer_id,on,amount\n7,0123,2024-01-01,1\n7,0123,2024-01-02,1\n99,0123,2024-01-02,1\n"
    )
    found = warned(tmp_path, firms("0007", "0123", columns="firm_id") | {"supplies.csv": trades})
    assert found["lost_zeros"].places == (
        ColumnCount("firms", "firm_id", 1),
        ColumnCount("supplies", "supplier_id", 2),
    )
    assert found["lost_zeros"].examples == ("0007 and 7",)


def test_leading_zeros_lost_in_the_list_or_between_files(tmp_path: Path) -> None:
    trades = "supplier_id,customer_id,on,amount\n0007,123,2024-01-01,1\n"
    loans = "loan_id,lender_id,firm_id,on\n001,B,123,2024-01-31\n1,B,123,2024-02-29\n2,B,123,2024-02-29\n"
    found = warned(
        tmp_path, firms("7", "123", columns="firm_id") | {"supplies.csv": trades, "loans.csv": loans}
    )
    assert found["lost_zeros"].places == (
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
    found = warned(tmp_path, firms(f"A,{damaged}", f"B,{damaged} 2", "C,plain", f"D,{damaged}"))
    assert list(found) == [code]
    assert found[code].places == (ColumnCount("firms", "name", 3),)
    assert found[code].examples[0] == damaged
    assert key in found[code].remedy


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
    found = warned(tmp_path, {"firms.csv": FIRMS, "relations.csv": relations, "events.csv": events})
    assert found["similar_words"].places == (
        ColumnCount("relations", "kind", 4),
        ColumnCount("events", "kind", 2),
    )
    assert set(found["similar_words"].examples) <= {
        "Guarantees and guarantees",
        "guarantee and guarantees",
        "ｇｕａｒａｎｔｅｅｓ and guarantees",
        "Ships-For and ships for",
    }
    assert 'values = { kind = { "Guarantees" = "guarantees" } }' in found["similar_words"].remedy


def test_industries_by_a_rare_letter_and_regions_by_case(tmp_path: Path) -> None:
    rows = [f"F{i},textiles,Shaanxi" for i in range(40)] + ["G,texiles,Shanxi", "H,textiles,shaanxi"]
    found = warned(tmp_path, firms(*rows, columns="firm_id,industry,region"))
    assert found["similar_words"].places == (
        ColumnCount("firms", "industry", 1),
        ColumnCount("firms", "region", 1),
    )
    assert found["similar_words"].examples == ("texiles and textiles", "shaanxi and Shaanxi")


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
    found = warned(tmp_path, {"firms.csv": STATES}, source)
    places = (ColumnCount("firms", "state", count),) if count else None
    assert [w.places for w in found.values()] == ([places] if places else [])
    assert [w.examples for w in found.values()] == ([examples] if places else [])


def test_texts_of_several_files_are_one_warning(tmp_path: Path) -> None:
    source = '[[source]]\nfile = "firms-*.csv"\ntable = "firms"\nwhere = { state = "valid" }\n'
    files = {f"firms-{n}.csv": f"firm_id,state\nA{n},valid\nB{n},Valid\n" for n in range(4)}
    (warning,) = warned(tmp_path, files, source).values()
    assert [str(place) for place in warning.places] == ["firms.state 4"]


SELF_LINKS = {
    "firms.csv": FIRMS,
    "supplies.csv": "supplier_id,customer_id,on,amount\nA,A,2024-01-01,7\nA,B,2024-01-02,1\nC,C,2024-01-03,2\n",
    "relations.csv": "from_id,to_id,kind,since\nA,B,guarantees,2023-01-01\nB,B,guarantees,2023-01-01\n",
    "shipments.csv": "carrier_id,shipper_id,receiver_id,shipped_on,units\nA,A,,2024-01-01,5\nA,B,B,2024-01-02,3\n"
    "A,,,2024-01-02,1\nA,A,B,2024-01-02,2\nB,B,B,2024-01-02,4\n",
}


def test_links_of_a_firm_to_itself(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, SELF_LINKS).values()
    assert warning.code == "self_links"
    # a carrier that serves a firm between two of its places works for another firm
    assert [str(p) for p in warning.places] == ["supplies 2", "relations 1", "shipments 2"]
    assert "left out of the graph" in warning.problem


def test_links_of_a_firm_to_itself_are_stored_and_in_no_feature_and_no_graph(tmp_path: Path) -> None:
    for name, text in SELF_LINKS.items():
        (tmp_path / name).write_text(text)
    load(tmp_path, tmp_path / "ws")
    sources = read_workspace(tmp_path / "ws").sources
    assert [pq.read_table(str(sources[name])).num_rows for name in ("supplies", "relations")] == [3, 2]
    snapshot = Workspace(tmp_path / "ws").snapshot()
    assert [(t["supplier_id"], t["customer_id"]) for t in snapshot.trades.to_pylist()] == [("A", "B")]
    pairs = {
        kind: list(zip(edges["source"].to_pylist(), edges["target"].to_pylist(), strict=True))
        for (_, kind, _), edges in snapshot.edges.items()
    }
    assert pairs == {"supplies": [(0, 1)], "guarantees": [(0, 1)], "carries_for": [(0, 1)]}
    by_firm = {row["firm_id"]: row for row in snapshot.firms.to_pylist()}
    # A carried 3 for B, 1 for nobody named, and 2 from itself to B
    assert by_firm["A"]["carried_units_180"] == 6
    assert by_firm["B"]["carried_units_180"] is None
    assert by_firm["C"]["deliveries_180"] == 0
    # a trade with itself is no evidence of C, which has no other row
    assert by_firm["C"]["coverage"] == 0


def test_loans_drawn_above_their_limit(tmp_path: Path) -> None:
    states = (
        "loan_id,lender_id,firm_id,on,limit,drawn\nL1,B,A,2024-01-31,100,150\nL2,B,A,2024-01-31,100,100.05\n"
    )
    states += (
        "L3,B,A,2024-01-31,100,101\nL4,B,A,2024-01-31,,50\nL5,B,A,2024-01-31,100,\nL6,B,A,2024-01-31,0,1\n"
    )
    found = warned(tmp_path, {"firms.csv": FIRMS, "loans.csv": states})
    assert found["drawn_above_limit"].places == (ColumnCount("loans", "drawn", 3),)
    assert found["drawn_above_limit"].examples == ("L1: 150 of 100", "L6: 1 of 0", "L3: 101 of 100")


def currencies(*codes: str) -> dict[str, str]:
    rows = (f"A,B,2024-01-01,{i},{code}" for i, code in enumerate(codes, 1))
    return {
        "firms.csv": FIRMS,
        "supplies.csv": "\n".join(["supplier_id,customer_id,on,amount,currency", *rows, ""]),
    }


def test_names_of_one_currency_are_one(tmp_path: Path) -> None:
    found = warned(tmp_path, currencies("CNY", "RMB", "CNH", "RMB", ""))
    assert found["one_currency"].places == (ColumnCount("supplies", "currency", 3),)
    assert 'values = { currency = { "CNH" = "CNY", "RMB" = "CNY" } }' in found["one_currency"].remedy
    load(tmp_path, tmp_path / "ws")
    workspace = read_workspace(tmp_path / "ws")
    assert workspace.info.currency == "CNY"
    table = pq.read_table(str(workspace.sources["supplies"]))
    assert sorted(table["amount"].to_pylist()) == [1, 2, 3, 4, 5]
    assert set(table["currency"].to_pylist()) == {"CNY"}


@pytest.mark.parametrize(("first", "then"), [("CNY", "RMB"), ("RMB", "CNY")])
def test_appended_trades_may_name_the_currency_in_another_way(tmp_path: Path, first: str, then: str) -> None:
    for folder, code in (("a", first), ("b", then)):
        (tmp_path / folder).mkdir()
        for name, text in currencies(code).items():
            (tmp_path / folder / name).write_text(
                text.replace("2024-01-01", f"2024-01-0{'ab'.index(folder) + 1}")
            )
    assert load(tmp_path / "a", tmp_path / "ws").warnings == ()
    (warning,) = load(tmp_path / "b", tmp_path / "ws", append=True).warnings
    assert warning.code == "one_currency"
    assert f'values = {{ currency = {{ "{then}" = "{first}" }} }}' in warning.remedy
    workspace = read_workspace(tmp_path / "ws")
    assert workspace.info.currency == first
    assert pq.read_table(str(workspace.sources["supplies"]))["currency"].to_pylist() == [first] * 2


def test_one_name_of_a_currency_is_no_warning_and_two_currencies_are_an_error(tmp_path: Path) -> None:
    assert warned(tmp_path, currencies("RMB", "RMB")) == {}
    with pytest.raises(DataError) as raised:
        warned(tmp_path, currencies("CNY", "RMB", "USD"))
    assert "supplies are in CNY, RMB, USD" in str(raised.value)
    assert (
        'set default and rates under [currency] in a mapping, and values = { currency = { "RMB" = "CNY" } }'
        in str(raised.value)
    )


@pytest.mark.parametrize("mapping", ["", 'currency = "CNY"\n'])
def test_a_sign_in_place_of_a_currency_names_the_key(tmp_path: Path, mapping: str) -> None:
    for name, text in currencies("CNY", "¥").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping)
    (fault,) = validate(tmp_path, tmp_path / "map.toml", max_bad=1.0).faults.to_pylist()
    assert 'values = { currency = { "¥" = "CNY" } }' in fault["remedy"]


def test_the_named_key_makes_currencies_one(tmp_path: Path) -> None:
    values = 'values = { currency = { "RMB" = "CNY", "¥" = "CNY" } }'
    mapping = f'[[source]]\nfile = "supplies.csv"\ntable = "supplies"\n{values}\n'
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    for name, text in currencies("CNY", "RMB", "¥").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = validate(tmp_path, tmp_path / "map.toml")
    assert (report.currency, report.warnings, report.fault_count) == ("CNY", (), 0)


def test_firms_with_one_name_at_one_place_or_one_legal_code(tmp_path: Path) -> None:
    columns = "firm_id,name,region,address,统一社会信用代码"
    rows = [
        "A,Acme Trading Ltd.,north,,91330106MA2CFLDG4R",
        "B,ACME-Trading (Ltd),north,,91330106MA2CFLDG4X",
        "C,深圳市甲（集团）公司,,Main St 1,91330106ma2cfldg4r",
        "D,深圳市甲(集团)公司,south,Main St 1,",
        "E,Acme Trading Ltd.,south,,",
    ]
    found = warned(tmp_path, firms(*rows, columns=columns))
    assert found["same_name_and_place"].count == 4
    assert set(found["same_name_and_place"].examples) == {"A and B", "C and D"}
    assert found["same_legal_code"].count == 2
    assert found["same_legal_code"].examples == ("A and C",)


def test_company_numbers_count_with_their_register(tmp_path: Path) -> None:
    rows = [
        "A,HRB 1234,Berlin",
        "B,HRB1234,Berlin",
        "C,HRB 1234,Hamburg",
        "D,HRB 1234,",
        "E,,Berlin",
        "F,,Berlin",
    ]
    found = warned(tmp_path, firms(*rows, columns="firm_id,company_number,register"))
    assert found["same_legal_code"].examples == ("A and B",)
    assert found["same_legal_code"].count == 2


def test_firms_with_one_name_elsewhere_are_different(tmp_path: Path) -> None:
    # a name alone never counts; signs are no name
    rows = ["A,Acme,north", "B,Acme,south", "C,Acme,", "D,***,north", "E,*-*,north", "F,,north", "G,,north"]
    assert warned(tmp_path, firms(*rows, columns="firm_id,name,region")) == {}


def test_a_synthetic_world_raises_no_warning(tmp_path: Path) -> None:
    services.synth(tmp_path / "world", firms=200, weeks=30)
    assert validate(tmp_path / "world").warnings == ()
