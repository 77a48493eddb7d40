"""What a memo says beside its conclusion, and how the page and the screen say it, on the hand-made desk."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, BASE, caught, memo, open_desk, pd
from memo_examples import DESK, pages
from supplyrisk.graph import write_table
from supplyrisk.web import render_memo


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def own(ws: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(ws, tmp_path / "own"))


# Who it is, and its chain


def test_sources_have_a_day_and_an_age(ws: Path) -> None:
    found = memo(ws, "GOOD")["shop"]
    by_name = {s["source"]: (s["last_on"], s["age_days"]) for s in found["sources"]}
    assert by_name["activity"] == by_name["purchases"] == (str(AS_OF), 0)
    assert by_name["statements"] == (None, None)
    assert (found["missing"], found["missing_zh"]) == (["statements"], ["财务报表"])


def test_rings_of_trade_are_listed_beside_those_of_guarantees(ws: Path) -> None:
    chain = memo(ws, "RING1")["chain"]
    assert chain["trade_rings"] == [{"firms": 3, "ring": ["RING1", "RING2", "RING3"], "amount": 5_400.0}]
    assert memo(ws, "GOOD")["chain"]["trade_rings"] == []


def test_paths_of_what_is_caught_by_hand(ws: Path) -> None:
    # RING1 catches from RING2 in round 2 what RING2 had in round 1: its own, and what it caught from RING3 by then.
    first = caught("RING3", "RING2", pd(BASE["RING3"]))
    handed = caught("RING2", "RING1", pd(BASE["RING2"] + first))
    found = {tuple(p["chain"]): p for p in memo(ws, "RING1")["chain"]["paths"]}
    short, long = found["RING2", "RING1"], found["RING3", "RING2", "RING1"]
    assert short["hazard"] == pytest.approx(handed * BASE["RING2"] / (BASE["RING2"] + first), rel=1e-9)
    assert long["hazard"] == pytest.approx(handed * first / (BASE["RING2"] + first), rel=1e-9)
    assert short["share"] + long["share"] == pytest.approx(1.0)
    assert long["links"] == ["supplier", "supplier"]
    (dead,) = memo(ws, "HANGS")["chain"]["paths"]
    assert (dead["chain"], dead["defaulted"], dead["share"]) == (["DEAD", "HANGS"], True, 1.0)


def test_each_part_of_the_chain_names_a_query_that_shows_it_again(ws: Path) -> None:
    chain = memo(ws, "RING1")["chain"]
    assert None not in chain["shown_by"].values()
    asked = [*chain["shown_by"].values(), *(query for path in chain["paths"] for query in path["seen_by"])]
    for query in {json.dumps(query, sort_keys=True): query for query in asked}.values():
        params = [part for name, value in query["params"].items() for part in ("--param", f"{name}={value}")]
        run_json("query", "run", query["name"], *params, "-w", ws)
    shown = chain["shown_by"]["trade_rings"]
    params = [part for name, value in shown["params"].items() for part in ("--param", f"{name}={value}")]
    assert run_json("query", "run", shown["name"], *params, "-w", ws)["rows"] == chain["trade_rings"]


def test_what_a_shop_has_is_shown_by_product(ws: Path) -> None:
    assert memo(ws, "RING2")["loss"]["lines"] == [
        {"product": "credit", "lines": 1, "drawn": 20_000.0, "ead": 80_000.0}
    ]
    assert memo(ws, "GOOD")["loss"]["lines"] == []  # an order that was repaid is gone


# The page


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_is_complete_in_itself_and_speaks_both_languages(ws: Path, tmp_path: Path) -> None:
    code, out, err = run(
        "check",
        "GOOD",
        "--amount",
        1e4,
        "--days",
        90,
        "-w",
        ws,
        "-o",
        tmp_path / "m.html",
        "--lang",
        "zh",
        "--no-record",
    )
    assert (code, out) == (0, ""), err
    text = (tmp_path / "m.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert not {"script", "iframe", "img"} & set(tags.names)
    assert tags.addresses == ["data:,"]
    assert "within policy" in text, text
    assert "符合授信政策" in text
    assert 'id="zh" checked' in text
    assert "approv" not in text.lower()


def test_the_examples_in_the_docs_are_what_the_command_gives(ws: Path) -> None:
    made = pages(ws)
    assert sorted(path.stem for path in DESK.glob("*.html")) == sorted(made)
    for name, text in made.items():
        assert (DESK / f"{name}.html").read_text(encoding="utf-8") == text, (
            "run python tests/support/memo_examples.py --only-desk"
        )


class Languages(HTMLParser):
    """Texts of the page by the language that they are shown in."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {"en": [], "zh": []}
        self._now: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "span":
            self._now.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self._now.pop()

    def handle_data(self, data: str) -> None:
        for lang in set(self._now) & {"en", "zh"}:
            self.texts[lang].append(data)


@pytest.mark.parametrize("shop", ["GOOD", "WEAK", "HANGS", "THIN", "RING1", "DEAD"])
def test_the_page_says_everything_in_both_languages(ws: Path, shop: str) -> None:
    args = ("check", shop, "--amount", 1e4, "--days", 90, "-w", ws, "--no-record", "--lender", "L1")
    document = run_json(*args)
    found = Languages()
    found.feed(render_memo(document))
    assert len(found.texts["en"]) == len(found.texts["zh"]) > 40
    chinese = re.compile(r"[一-鿿]")
    assert not [text for text in found.texts["en"] if chinese.search(text) and text != "中文"]
    assert not [text for text in found.texts["zh"] if not chinese.search(text) and text != "English"]


def test_the_screen_is_in_chinese_where_that_is_asked_for(ws: Path) -> None:
    args = ("check", "HANGS", "--amount", 5e3, "--days", 90, "-w", ws, "--no-record", "--lang", "zh")
    code, out, err = run(*args)
    assert code == 0, err
    sentences = ("100% 的采购依赖 DEAD，该企业已违约", "DEAD (供应商) > HANGS")
    for words in ("转人工审查", "期限内违约概率", "人工设定", "评级限额", *sentences):
        assert words in out


def test_what_is_not_known_is_told_apart_from_what_coverage_is_of(ws: Path, tmp_path: Path) -> None:
    # The data have no statements: nobody's are known, and they are no gap in anybody's coverage.
    asked = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")
    said = "unknown: statements (coverage counts only the sources that the data have and that cover firms"
    assert said in run(*asked)[1]
    assert "(数据覆盖率只计数据中已有、且适用于该角色企业的来源)" in run(*asked, "--lang", "zh")[1]
    run(*asked, "-o", tmp_path / "memo.html")
    assert "coverage counts only the sources that the data have" in (tmp_path / "memo.html").read_text(
        encoding="utf-8"
    )


def test_one_day_is_no_days(ws: Path, tmp_path: Path) -> None:
    asked = ("check", "GOOD", "--amount", 1e4, "--days", 1, "-w", ws, "--no-record")
    assert "CNY 10,000, 1 day, order" in run(*asked)[1]
    run(*asked, "-o", tmp_path / "memo.html")
    assert '1 <span class="en">day</span>' in (tmp_path / "memo.html").read_text(encoding="utf-8")
    assert "CNY 10,000, 2 days, order" in run(*asked[:4], "--days", 2, *asked[6:])[1]


def test_reasons_that_were_kept_in_one_language_are_said_in_that_one(own: Path) -> None:
    kept = own / "scores" / f"{AS_OF}.parquet"
    table = pq.read_table(kept)
    old = [
        row and [{n: r[n] for n in ("code", "text", "share")} for r in row]
        for row in table["reasons"].to_pylist()
    ]
    write_table(kept, table.set_column(table.column_names.index("reasons"), "reasons", pa.array(old)))
    (reason,) = memo(own, "GOOD")["risk"]["reasons"]
    assert (reason["text"], reason["text_zh"]) == ("by hand", "by hand")


def test_names_are_escaped_on_the_page(ws: Path) -> None:
    document = run_json("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")
    document["rows"][0]["shop"]["name"] = "<script>alert(1)</script>"
    assert "<script>" not in render_memo(document)
