"""The page of a memo: complete in itself, in English and Chinese, and the example pages in docs/memos/desk."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from commands import run, run_json
from desk import open_desk
from memo_examples import DESK, pages
from page_checks import HOSTILE, check_page
from supplyrisk.graph import DataError, Words, to_json
from supplyrisk.graph.credit import memo_document
from supplyrisk.graph.credit.memo_sections import SectionRecord
from supplyrisk.services import CheckResult
from supplyrisk.web import render_memo


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


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
    current = pages(ws)
    assert sorted(path.stem for path in DESK.glob("*.html")) == sorted(current)
    for name, text in current.items():
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
    page = Languages()
    page.feed(render_memo(CheckResult.from_json(document)))
    assert len(page.texts["en"]) == len(page.texts["zh"]) > 40
    chinese = re.compile(r"[一-鿿]")
    assert not [text for text in page.texts["en"] if chinese.search(text) and text != "中文"]
    assert not [text for text in page.texts["zh"] if not chinese.search(text) and text != "English"]


def test_ids_and_names_are_shown_and_never_interpreted(ws: Path) -> None:
    args = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record", "--lender", "L1")
    document = json.dumps(run_json(*args))
    # GOOD is an id in every section, in the drawing and in commands; "Good Shop" is a name.
    for text in ("GOOD", "Good Shop", "ALFA", "HAUL"):
        document = document.replace(text, json.dumps(HOSTILE + text)[1:-1])
    page = check_page(render_memo(CheckResult.from_json(json.loads(document))))
    for text in ("GOOD", "Good Shop", "ALFA", "HAUL"):
        assert HOSTILE + text in page.text


def test_a_document_that_is_no_memo_is_refused() -> None:
    with pytest.raises(DataError, match="not a memo"):
        CheckResult.from_json({"rows": [{"shop": {}}]})
    with pytest.raises(DataError, match="not a memo"):
        CheckResult.from_json({})
    with pytest.raises(DataError, match="not a memo"):
        CheckResult.from_json({"rows": []})


def test_a_section_that_is_a_table_is_read_as_it_was(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = SectionRecord("sides", {"firm": "text", "kind": "text", "share": "percent"}, lambda _: ())
    monkeypatch.setattr(memo_document, "SECTIONS", (*memo_document.SECTIONS, record))
    document = run_json("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")
    (memo,) = document["rows"]
    assert memo["existing_lines"] == []
    memo["sides"] = [
        {"firm": "ALFA", "kind": ["supplier", "供应商"], "share": 0.6},
        {"firm": "BETA", "kind": None, "share": None},
    ]
    read = CheckResult.from_json(document)
    assert read.memo.sections.tables[-1].texts() == [
        ["ALFA", Words("supplier", "供应商"), "60.00%"],
        ["BETA", None, None],
    ]
    assert json.loads(to_json(read.to_json())) == document


def test_a_stored_memo_is_read_as_it_was(ws: Path) -> None:
    for shop in ("GOOD", "HANGS", "RING1", "DEAD", "THIN"):
        document = run_json(
            "check", shop, "--amount", 1e4, "--days", 90, "-w", ws, "--lender", "L1", "--no-record"
        )
        read = CheckResult.from_json(document)
        assert json.loads(to_json(read.to_json())) == document
