"""The drawing of a supply chain: tiers, colours by PD, links on paths of contagion, and texts that name them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from commands import run_json
from desk import open_desk
from supplyrisk.graph.credit import Memo, Partner, SecondTierLink
from supplyrisk.services import CheckResult
from supplyrisk.web.memo_chain import chain_drawing


@pytest.fixture(scope="module")
def memo(tmp_path_factory: pytest.TempPathFactory) -> Memo:
    """HANGS buys from DEAD alone, which is in default, and sells to MALL."""
    ws = open_desk(tmp_path_factory.mktemp("desk"))
    document = run_json("check", "HANGS", "--amount", 5e3, "--days", 90, "-w", ws, "--no-record")
    return CheckResult.from_json(document).memo.sections


def with_chain(memo: Memo, **parts: object) -> Memo:
    return replace(memo, chain=replace(memo.chain, **parts))  # type: ignore[arg-type]


def test_each_firm_is_a_circle_in_the_colour_of_its_pd_with_its_name(memo: Memo) -> None:
    svg = chain_drawing(memo)
    for firm, name in (("DEAD", "Dead"), ("HANGS", "Hangs"), ("MALL", "Mall")):
        assert f"<title>{name} ({firm})</title>" in svg
        assert f">{firm}</text>" in svg
        assert f">{name}</text>" in svg
    # DEAD is in default, HANGS has a PD of 7 %, MALL one of .8 %.
    assert [
        svg.count(f"var(--{colour})") > 0 for colour in ("defaulted", "grade-3", "grade-1", "no-grade")
    ] == [
        True,
        True,
        True,
        False,
    ]


def test_a_link_tells_its_share_and_is_red_on_a_path_of_contagion(memo: Memo) -> None:
    svg = chain_drawing(memo)
    assert svg.count("<title>100%</title>") == 2
    assert "stroke: var(--series-2)" in svg
    assert "stroke: var(--series-2)" not in chain_drawing(with_chain(memo, paths=()))


def test_a_reader_of_the_screen_gets_a_title_and_a_description_in_both_languages(memo: Memo) -> None:
    svg = chain_drawing(memo)
    assert 'role="img"' in svg
    assert "Hangs (HANGS): suppliers above, customers below / Hangs (HANGS)：上方为供应商，下方为客户" in svg
    assert "Red lines belong to the main paths of contagion" in svg and "红线属于本企业" in svg


def test_a_tier_has_five_firms_and_counts_the_rest(memo: Memo) -> None:
    firms = [Partner("supplier", f"S{n}", None, None, None, 0.1, None, defaulted=False) for n in range(8)]
    svg = chain_drawing(with_chain(memo, suppliers=tuple(firms), second_tier=()))
    assert [f">S{n}</text>" in svg for n in range(8)] == [True] * 5 + [False] * 3
    assert ">+3</text>" in svg
    assert "var(--no-grade)" in svg


def test_a_firm_of_the_second_tier_is_drawn_once_with_all_its_links(memo: Memo) -> None:
    suppliers = [Partner("supplier", f"S{n}", None, None, None, 0.5, 0.01, defaulted=False) for n in (1, 2)]
    behind = [SecondTierLink("supplier", f"S{n}", "FAR", None, 0.3 * n, 0.2, defaulted=False) for n in (1, 2)]
    svg = chain_drawing(with_chain(memo, suppliers=tuple(suppliers), second_tier=tuple(behind)))
    assert svg.count(">FAR</text>") == 1
    assert "<title>30%</title>" in svg and "<title>60%</title>" in svg
    # A PD of 1 % is not below 1 %, one of 20 % is in the last class.
    assert "var(--grade-2)" in svg and "var(--grade-4)" in svg


def test_a_shop_without_links_is_drawn_alone(memo: Memo) -> None:
    svg = chain_drawing(with_chain(memo, suppliers=(), customers=(), second_tier=()))
    # Its name and its id.
    assert svg.count("</text>") == 2
    assert ">HANGS</text>" in svg


def test_a_name_that_has_no_room_is_cut_and_a_firm_without_one_shows_its_id(memo: Memo) -> None:
    names = {
        "S1": "Huaxin Textiles and Garments",
        "S2": "深圳市华信纺织品有限公司",
        "S3": None,
        "S4": "华信纺织厂",
    }
    firms = [Partner("supplier", firm, name, None, None, 0.25, None, False) for firm, name in names.items()]
    svg = chain_drawing(with_chain(memo, suppliers=tuple(firms), second_tier=()))
    # A Chinese character is as wide as two letters.
    for text in ("Huaxin Textiles…", "深圳市华信纺织品…", "华信纺织厂"):
        assert f">{text}</text>" in svg
    assert "<title>S3</title>" in svg
    assert "<title>深圳市华信纺织品有限公司 (S2)</title>" in svg


def test_names_of_few_firms_stand_beside_them_where_they_have_more_room(memo: Memo) -> None:
    name = "Huaxin Textiles and Garments Ltd"
    alone = [Partner("supplier", "S1", name, None, None, 1.0, None, False)]
    svg = chain_drawing(with_chain(memo, suppliers=tuple(alone), second_tier=()))
    assert re.search(rf'<text style="[^"]*"[^>]*>{name}</text>', svg)
    assert "text-anchor: middle" not in svg
    many = [Partner("supplier", f"S{number}", name, None, None, 0.25, None, False) for number in range(4)]
    svg = chain_drawing(with_chain(memo, suppliers=tuple(many), second_tier=()))
    assert svg.count("text-anchor: middle") == 8
