"""What cells show about numbers, days and words, and what has to stay undecided."""

from __future__ import annotations

from collections import Counter

import pytest

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.drafting.day_evidence import day_evidence
from supplyrisk.loaders.drafting.day_format import day_keys
from supplyrisk.loaders.drafting.draft_keys import DraftKey
from supplyrisk.loaders.drafting.header_dictionary import header_unit, header_words, match_file, match_header
from supplyrisk.loaders.drafting.number_evidence import number_evidence
from supplyrisk.loaders.drafting.number_format import number_keys
from supplyrisk.loaders.drafting.number_marks import mark_keys, sign_currency
from supplyrisk.loaders.drafting.word_format import choice_keys, flag_keys, missing_words


def numbers(*cells: str) -> list[DraftKey]:
    evidence = number_evidence(Counter(cells).items())
    return [*number_keys({"amount": evidence}).keys, *mark_keys([evidence])]


def stated(keys: list[DraftKey]) -> dict[str, object]:
    return {key.name: key.value for key in keys if key.is_set}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("12", "1234"), {}),
        (("12.5", "1234.50", "1.234"), {}),
        (("1,234.50", "12.5"), {"thousands": ","}),
        (("1.234,50", "12,5"), {"decimal": ",", "thousands": "."}),
        (("12,5", "0,125", "7"), {"decimal": ","}),
        # groups by points leave only the comma for decimals
        (("1.234.567", "1.234"), {"decimal": ",", "thousands": "."}),
        (("1,234,567", "12"), {"thousands": ","}),
        (("1 234 567,5", "12"), {"decimal": ",", "thousands": " "}),
        (("1\u202f234,5",), {"decimal": ",", "thousands": " "}),
        (("1’234.50", "1'000"), {"thousands": "'"}),
        # a comma before three digits is decimal where nothing else can be
        (("0,125", "1,250"), {"decimal": ","}),
        (("12.5 €", "€ 7", "3 EUR"), {"currency_signs": ["€", "EUR"]}),
        (("4,5%", "12 %"), {"decimal": ",", "percent": True}),
        (("(1.5)", "2-"), {"minus": ["brackets", "trailing"]}),
        (("1.5万", "2亿", "30"), {"units": {"万": 1e4, "亿": 1e8}}),
        (("１２．５", "３"), {"full_width": True}),
        (("12,5 TEUR",), {"decimal": ",", "units": {"TEUR": 1e3}}),
    ],
)
def test_numbers_are_read_as_their_cells_show(cells: tuple[str, ...], expected: dict[str, object]) -> None:
    keys = numbers(*cells)
    assert stated(keys) == expected
    assert all(key.evidence and not key.doubt for key in keys)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("1.234", "12"), ["1.234", "1234", "thousands"]),
        (("1,234", "5"), ["1,234", "1234", "thousands"]),
        (("1,234", "1.234"), ["thousands or decimals"]),
        (("1,5", "2.5", "3"), ["1,5", "2.5", "correct the file"]),
        (("1 €", "2 $"), ["several currencies"]),
    ],
)
def test_what_may_be_read_in_two_ways_stays_undecided(cells: tuple[str, ...], words: list[str]) -> None:
    keys = numbers(*cells)
    # without a decision 1.234 is a fault, not one and a bit; 1,234 is one in any case
    assert stated(keys) == ({"decimal": ","} if cells[0] == "1.234" else {})
    (key,) = keys
    assert all(word in key.doubt for word in words), key.doubt


def test_a_cell_in_the_other_form_among_many_is_a_fault_and_no_doubt() -> None:
    (key,) = numbers(*(f"{n},5" for n in range(99)), "2.5")
    assert (key.value, key.doubt) == (",", "")
    assert "99.0 % of 100 cells" in key.evidence


def test_other_columns_decide_what_a_column_leaves_open() -> None:
    unclear = number_evidence({"1.234": 3}.items())
    german = number_evidence({"12,5": 2}.items())
    keys = number_keys({"amount": unclear, "orders": german}).keys
    assert stated(list(keys)) == {"decimal": ",", "thousands": "."}
    aside = number_keys({"amount": unclear}, [german]).keys
    assert stated(list(aside)) == {"decimal": ",", "thousands": "."}
    assert "other columns" in aside[0].evidence


def test_a_column_that_is_written_in_another_way_gets_keys_of_its_own() -> None:
    german = number_evidence({"1.250,50": 5, "3,5": 3}.items())
    english = number_evidence({"4.5": 2}.items())
    keys = number_keys({"amount": german, "rate": english})
    assert stated(list(keys.keys)) == {"decimal": ",", "thousands": "."}
    assert stated(list(keys.by_column["rate"])) == {"decimal": ".", "thousands": ""}


def test_words_are_no_numbers() -> None:
    evidence = number_evidence({"12": 3, "unknown": 1, "12 Main St": 1, "": 0}.items())
    assert evidence.numbers == 3
    assert set(evidence.others) == {"unknown", "12 Main St", ""}


def test_currencies_of_signs() -> None:
    def currency(*cells: str) -> str | None:
        return sign_currency([number_evidence(Counter(cells).items())])

    assert currency("5 €", "EUR 3") == "EUR"
    assert currency("5元", "¥3") == "CNY"
    assert currency("¥3") == ""  # yuan or yen
    assert currency("5 €", "$3") is None


def days(*cells: str) -> list[DraftKey]:
    return list(day_keys({"on": day_evidence(Counter(cells).items())}).keys)


@pytest.mark.parametrize(
    ("cells", "forms"),
    [
        (("31.12.2024", "01.02.2024"), ["%d.%m.%Y"]),
        (("13/04/2024", "03/04/2024"), ["%d/%m/%Y"]),
        (("04/13/2024", "03/04/2024"), ["%m/%d/%Y"]),
        (("2024/3/5",), ["%Y/%m/%d"]),
        (("2024-3-5",), ["%Y-%m-%d"]),
        (("20240305", "20241231"), ["%Y%m%d"]),
        (("2024年3月5日",), ["%Y年%m月%d日"]),
        (("2-Jun-06", "13-May-07"), ["%d-%b-%y"]),
        (("5 March 2024",), ["%d %B %Y"]),
        (("March 5, 2024",), ["%B %d, %Y"]),
        (("45292", "45300"), ["excel"]),
        (("2024-03-05 10:15:00",), ["%Y-%m-%d %H:%M:%S"]),
        (("3/25/24 1:05 PM",), ["%m/%d/%y %I:%M %p"]),
        (("2024-03-05", "31.12.2024"), ["%Y-%m-%d", "%d.%m.%Y"]),
    ],
)
def test_days_are_read_as_their_cells_show(cells: tuple[str, ...], forms: list[str]) -> None:
    keys = days(*cells)
    assert sorted(stated(keys)["dates"]) == sorted(forms)  # type: ignore[arg-type]
    assert not any(key.doubt for key in keys)
    assert f"{len(cells)} cells fit" in keys[0].evidence or "the only cell" in keys[0].evidence


def test_iso_days_need_no_key() -> None:
    assert days("2024-03-05", "2023-12-31") == []


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("03/04/2024", "01/02/2024"), ["%d/%m/%Y", "%m/%d/%Y", "choose one"]),
        (("03/04/05",), ["%d/%m/%y", "%m/%d/%y", "%y/%m/%d"]),
        (("13/04/2024", "04/13/2024"), ["%d/%m/%Y", "%m/%d/%Y"]),
        (("2024-03-05T10:00:00+08:00",), ["name the zone", "+08:00"]),
    ],
)
def test_days_that_fit_two_forms_stay_undecided(cells: tuple[str, ...], words: list[str]) -> None:
    keys = days(*cells)
    assert stated(keys) == {}
    assert all(word in keys[0].doubt for word in words), keys[0].doubt


def test_a_share_of_days_beside_the_form_is_stated_and_no_doubt() -> None:
    (key,) = days(*(f"{n % 28 + 1}.{n % 12 + 1}.2024" for n in range(84)), "n.n.")
    assert key.value == ["%d.%m.%Y"]
    assert "98.8 % of 85 cells fit" in key.evidence


def test_few_years_and_many_days_tell_the_place_of_a_short_year() -> None:
    cells = [f"{day:02}.{month:02}.{year}" for day in range(1, 29) for month in (1, 5) for year in (23, 24)]
    (key,) = days(*cells)
    assert key.value == ["%d.%m.%y"]
    assert "2 different years" in key.evidence


def test_other_columns_of_a_file_decide_the_order_of_day_and_month() -> None:
    unclear = day_evidence({"03/04/2024": 1}.items())
    sure = day_evidence({"25/12/2024": 1}.items())
    (key,) = day_keys({"on": sure, "paid_on": unclear}).keys
    assert key.value == ["%d/%m/%Y"]
    assert "paid_on alone fits" in key.evidence


def test_columns_of_contrary_forms_get_keys_of_their_own() -> None:
    european = day_evidence({"25/12/2024": 3}.items())
    american = day_evidence({"12/25/2024": 1}.items())
    keys = day_keys({"on": european, "paid_on": american})
    assert stated(list(keys.keys)) == {"dates": ["%d/%m/%Y"]}
    assert stated(list(keys.by_column["paid_on"])) == {"dates": ["%m/%d/%Y"]}


def test_german_names_of_months_are_stated() -> None:
    keys = stated(days("5. März 2024", "12. Dezember 2023"))
    assert keys["dates"] == ["%d. %b %Y"]
    assert keys["month_names"][2] == "März"  # type: ignore[index]
    (dates, names) = days("5 Brumaire 2024", "6 March 2024")[:1] * 2
    assert dates is names


def test_words_for_empty_cells() -> None:
    keys = missing_words({}, {"amount": Counter({"-": 4, "NULL": 1})})
    assert stated(keys) == {"missing": ["-", "NULL"]}
    assert "- in 4 cells, NULL in 1 cell" in keys[0].evidence
    # a text may be a dash or the country NA by right
    assert missing_words({"region": Counter({"NA": 5})}, {}) == []
    (unknown,) = missing_words({}, {"on": Counter({"unbekannt": 7})})
    assert (unknown.is_set, "unbekannt 7 times" in unknown.doubt) == (False, True)


def test_words_of_flags() -> None:
    keys = flag_keys({"defaulted": Counter({"是": 3, "否": 9, "1": 2})})
    assert stated(keys) == {"true_words": ["是"], "false_words": ["否"]}
    (doubt,) = flag_keys({"defaulted": Counter({"maybe": 3})})
    assert "maybe" in doubt.doubt


def test_words_of_the_contract_in_other_languages() -> None:
    roles = TABLES["firms"].column("roles")
    replaced, separator, unknown = choice_keys(
        roles, Counter({"Lieferant;Kunde": 2, "Händler": 1, "Guru": 1})
    )
    assert replaced == {"Lieferant;Kunde": "supplier;buyer", "Händler": "merchant"}
    assert (separator, unknown) == (";", "Guru")


def test_the_dictionary_names_tables_and_columns_of_the_contract_only() -> None:
    words = header_words()
    for table in TABLES.values():
        assert set(words.table(table.name).columns) <= set(table.names)
        assert {name for name in table.required if name != "kind"} <= set(words.table(table.name).columns)
    assert set(words.values) <= {name for table in TABLES.values() for name in table.names}


@pytest.mark.parametrize(
    ("table", "column", "header"),
    [
        ("firms", "firm_id", "Kunden-Nr."),
        ("firms", "founded_on", "GEGRÜNDET AM"),
        ("firms", "firm_id", "统一社会信用代码"),
        ("firms", "registered_capital", "注册资本（万元）"),
        ("supplies", "supplier_id", "供应商"),
        ("supplies", "amount", "Betrag (EUR)"),
        ("supplies", "on", "Rechnungsdatum"),
        ("loans", "days_past_due", "DPD"),
    ],
)
def test_headers_in_three_languages(table: str, column: str, header: str) -> None:
    match = match_header(table, column, header)
    assert match is not None
    assert match.strength == 3


def test_headers_that_have_a_word_in_them_are_weaker_and_ids_are_no_texts() -> None:
    match = match_header("supplies", "on", "Änderungsdatum")
    assert match is not None
    assert match.strength == 1
    assert match_header("firms", "region", "location_id") is None
    assert match_header("firms", "region", "xyz") is None


def test_units_and_file_names() -> None:
    assert header_unit("注册资本(万元)") == ("万元", 1e4)
    assert header_unit("Stammkapital in TEUR") == ("TEUR", 1e3)
    assert header_unit("Zinssatz %") == ("%", 0.01)
    assert header_unit("Betrag (netto)") is None
    assert match_file("supplies", "rechnungen_2024") is not None
    assert match_file("firms", "客户信息") is not None
    assert match_file("firms", "xyz") is None
