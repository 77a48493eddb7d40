"""Names and addresses of firms in one spelling, and in their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.loaders.matching.company_names import normalised_address, split_name
from supplyrisk.loaders.matching.name_words import name_words
from supplyrisk.loaders.matching.text_folding import folded, words_of

MIXED = st.text(alphabet="上海華盛贸貿易有限公司集团第一分 ()（）AaＡüÜßéøłİ.,&-'123ｶﾞ한", max_size=24)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("上海华盛贸易有限公司", ("上海", "华盛", "贸易", "cn limited", "")),
        ("上海市華盛貿易有限責任公司", ("上海", "华盛", "贸易", "cn limited", "")),
        ("华盛（上海）贸易有限公司", ("上海", "华盛", "贸易", "cn limited", "")),
        ("华盛上海贸易", ("上海", "华盛", "贸易", "", "")),
        ("北京华盛贸易有限公司", ("北京", "华盛", "贸易", "cn limited", "")),
        (
            "浙江省杭州市华盛国际贸易集团股份有限公司",
            ("杭州", "华盛", "国际贸易", "cn group joint stock", ""),
        ),
        ("华盛(集团)有限公司", ("", "华盛", "", "cn group limited", "")),
        ("ＡＢＣ科技(深圳)有限公司", ("深圳", "abc", "科技", "cn limited", "")),
        ("上海华盛贸易有限公司第一分公司", ("上海", "华盛", "贸易", "cn limited", "1分公司")),
        ("上海华盛贸易有限公司第十二分公司", ("上海", "华盛", "贸易", "cn limited", "12分公司")),
        ("上海华盛贸易有限公司北京分公司", ("上海", "华盛", "贸易", "cn limited", "北京分公司")),
        ("华盛贸易2号门店", ("", "华盛", "贸易", "", "2门店")),
        ("义乌华盛玩具厂", ("义乌", "华盛", "玩具", "cn works", "")),
        ("Müller Handels GmbH & Co. KG", ("", "mueller", "handels", "gmbh co kg", "")),
        ("MUELLER HANDELS GMBH UND CO KG", ("", "mueller", "handels", "gmbh co kg", "")),
        ("Müller Handels Gesellschaft mit beschränkter Haftung", ("", "mueller", "handels", "gmbh", "")),
        ("Acme S.p.A.", ("", "acme", "", "spa", "")),
        ("Acme S P A", ("", "acme", "", "spa", "")),
        ("Foo Sp. z o.o.", ("", "foo", "", "sp zoo", "")),
        ("Janssen B.V.", ("", "janssen", "", "bv", "")),
        ("Virtanen Oy", ("", "virtanen", "", "oy", "")),
        ("Huasheng Trading (Shanghai) Co., Ltd.", ("shanghai", "huasheng", "trading", "co ltd", "")),
        ("Smith & Sons Limited", ("", "smith sons", "", "ltd", "")),
        ("Guangdong apparel materials 0086", ("guangdong", "0086", "apparel materials", "", "")),
        ("Müller GmbH Zweigniederlassung Bremen", ("", "mueller", "", "gmbh", "zweigniederlassung bremen")),
        ("Corner Store No. 12", ("", "corner", "store", "", "no 12")),
    ],
)
def test_the_parts_of_a_name(name: str, parts: tuple[str, ...]) -> None:
    split = split_name(name)
    assert (split.place, split.brand, split.trade, split.legal_form, split.branch) == parts


@pytest.mark.parametrize(
    "name", ["上海", "有限公司", "贸易", "AG", "GmbH & Co. KG", "Berlin Handel", "(上海)", "分公司", "No. 2"]
)
def test_a_name_of_listed_words_only_keeps_a_brand(name: str) -> None:
    assert split_name(name).brand


def test_a_legal_form_is_one_at_the_end_only() -> None:
    assert split_name("AG Weser Werft GmbH").brand == "ag weser werft"
    assert split_name("有限公司上海华盛").legal_form == ""
    # the longest form first: not KG behind a brand "gmbh co"
    assert split_name("Foo GmbH & Co. KG").brand == "foo"


def test_numbers_of_names_are_kept() -> None:
    assert split_name("Fashion 0086 Ltd").digits == "0086"
    assert split_name("上海华盛贸易有限公司第一分公司").digits == ""


@given(MIXED)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(MIXED)
def test_words_of_words_are_the_same(text: str) -> None:
    words = words_of(folded(text))
    assert words_of(" ".join(words)) == words


@given(st.sampled_from(sorted(name_words().chinese_places)), st.sampled_from(["华盛", "宏达", "鑫源"]))
def test_place_brand_trade_and_form_are_found_again(place: str, brand: str) -> None:
    split = split_name(f"{place}{brand}贸易有限公司")
    assert (split.brand, split.trade, split.legal_form) == (brand, "贸易", "cn limited")
    assert split.place == place
    assert split_name(split.core.replace(" ", "")).core == split.core


@given(MIXED)
def test_every_name_has_parts(text: str) -> None:
    split = split_name(text)
    assert split.brand or not any(c.isalnum() for c in folded(text))


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("上海市浦东新区世纪大道100号1201室", "上海浦东新区世纪大道１００號１２０１室"),
        ("Hauptstraße 5, 10115 Berlin", "HAUPTSTR. 5 10115 BERLIN"),
        ("12 High Street, London", "No. 12, High St., London"),
    ],
)
def test_an_address_has_one_spelling(address: str, same: str) -> None:
    assert normalised_address(address) == normalised_address(same)


def test_numbers_of_an_address_stay_apart() -> None:
    assert normalised_address("建国路88号5号楼1201室") != normalised_address("建国路885号1201室")
    assert normalised_address("，。") == ""
