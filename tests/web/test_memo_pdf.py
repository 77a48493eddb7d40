"""The memo as a PDF: its texts in both languages, pages with head and number, drawing, font, and what it refuses."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest

from commands import run, run_json
from desk import open_desk
from page_checks import HOSTILE
from supplyrisk.graph import RequestError
from supplyrisk.services import CheckResult, Preparation
from supplyrisk.web import render_memo, render_memo_pdf
from supplyrisk.web.pdf_file import FONT_FILE, NARROW_SIGNS, pdf_of
from supplyrisk.web.print_blocks import Paragraph, PrintedDocument, PrintTable, text_width

FONTS = Path(importlib.import_module("supplyrisk.web").__file__ or "").parent / "fonts"
PREPARED = Preparation("2025-07-01T01:30:05+00:00", "analyst@desk")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def document(ws: Path) -> dict[str, Any]:
    args = ("check", "RING1", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record", "--lender", "L1")
    return run_json(*args)


@pytest.fixture(scope="module")
def result(document: dict[str, Any]) -> CheckResult:
    return replace(CheckResult.from_json(document), record=12, prepared=PREPARED)


def pages_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def without_spaces(text: str) -> str:
    """A text without the line ends and spaces that its place on a page decides."""
    return re.sub(r"\s+", "", text)


def figures_of(result: CheckResult) -> list[str]:
    """Amounts and percentages of the page, each once."""
    body = re.sub(r"<svg.*?</svg>|<style>.*?</style>|<[^>]+>", " ", render_memo(result), flags=re.DOTALL)
    return sorted(set(re.findall(r"\d[\d,]*\.?\d*%|\b\d{1,3}(?:,\d{3})+\b", unescape(body))))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_has_every_figure_and_sentence_of_the_page(result: CheckResult, language: str) -> None:
    text = without_spaces("".join(pages_of(render_memo_pdf(result, language).data)))
    figures = figures_of(result)
    assert len(figures) > 20
    assert [figure for figure in figures if figure not in text] == []
    assert not re.search(r"(?<![\d.])0\.00%", text)
    memo = result.memo.sections
    references = re.findall(
        r'note reference"><span class="en">(.*?)</span><span [^>]*>(.*?)<', render_memo(result)
    )
    assert len(references) > 8
    on_page = Counter(pair[language == "zh"] for pair in references)
    assert all(text.count(without_spaces(reference)) >= times for reference, times in on_page.items())
    for finding in memo.conclusion.findings:
        sentence = finding.text.translate(NARROW_SIGNS) if language == "en" else finding.text_zh
        assert without_spaces(sentence) in text
    words = {
        "en": ("Credit memo: Ring1 (RING1)", "outside policy", "Twin (RING2)", "signature", "query 7"),
        "zh": ("授信审查意见：Ring1 (RING1)", "不符合授信政策", "违约概率", "签字", "互保圈", "查询 7"),
    }
    for word in words[language]:
        assert without_spaces(word) in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_has_its_head_and_its_number(result: CheckResult, language: str) -> None:
    pages = pages_of(render_memo_pdf(result, language).data)
    assert 2 <= len(pages) <= 8
    head = {
        "en": "Credit memo · RING1 · No. 12 · 2025-07-01 01:30 UTC",
        "zh": "授信审查意见 · RING1 · 编号 12",
    }
    for number, text in enumerate(pages, 1):
        assert without_spaces(head[language]) in without_spaces(text)
        assert without_spaces(f"{number} / {len(pages)}") in without_spaces(text)
        assert result.memo.data[:12] in text


def test_the_same_memo_gives_the_same_bytes(result: CheckResult) -> None:
    first = render_memo_pdf(result, "zh").data
    assert render_memo_pdf(result, "zh").data == first
    assert render_memo_pdf(replace(result, record=13), "zh").data != first


def test_what_the_file_says_about_itself(result: CheckResult) -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_memo_pdf(result, "zh").data))
    assert reader.metadata is not None
    assert reader.metadata.title == "授信审查意见：Ring1 (RING1)"
    assert reader.metadata.creation_date == datetime(2025, 7, 1, 1, 30, 5, tzinfo=UTC)
    fonts = {
        font.get_object()["/BaseFont"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    # One font, which is part of the file.
    assert {name.partition("+")[2] for name in fonts} == {"NotoSansSC-Regular"}
    # The headings are bookmarks.
    assert "供应链" in {entry.title for entry in reader.outline}  # type: ignore[union-attr]
    page = reader.pages[0].mediabox
    assert (round(float(page.width)), round(float(page.height))) == (595, 842)  # A4


def test_the_drawing_is_made_of_lines_and_has_the_names_as_text(result: CheckResult) -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_memo_pdf(result, "en").data))
    assert not [image for page in reader.pages for image in page.images]


def test_texts_of_the_data_are_set_as_they_are(document: dict[str, Any]) -> None:
    """No name is read as markup of the typesetter, of the drawing or of a page."""
    name = f'{HOSTILE} #set page(fill: red) $x$ *b* _i_ `c` \\ [a] @b <l> "'
    text = json.dumps(document).replace("Ring1", json.dumps(name)[1:-1])
    file = render_memo_pdf(CheckResult.from_json(json.loads(text)))
    assert file.missing == ()
    assert without_spaces(f"{name} (RING1)") in without_spaces("".join(pages_of(file.data)))


def test_names_may_have_rare_characters_and_those_of_no_font_are_said(document: dict[str, Any]) -> None:
    # Characters of the Table of General Standard Chinese Characters beyond GB 2312, also beyond 16 bits.
    rare = "喆垚犇玥堃𬭎"
    text = json.dumps(document).replace("Ring1", f"{rare}纺织 𠀀")
    file = render_memo_pdf(CheckResult.from_json(json.loads(text)), "zh")
    assert file.missing == ("𠀀",)
    assert f"{rare}纺织[U+20000](RING1)" in without_spaces("".join(pages_of(file.data)))


def test_a_long_table_repeats_its_head_and_no_row_is_lost() -> None:
    rows = [[f"firm {number}", "word " * 30, str(number)] for number in range(60)]
    table = PrintTable(["name of firm", "why", "amount"], [False, False, True], rows)
    printed = PrintedDocument("title", "head", "foot", "en", [table, Paragraph("the end", "note")])
    pages = pages_of(pdf_of(printed, datetime(2025, 1, 1, tzinfo=UTC)).data)
    assert len(pages) > 2
    assert all("name of firm" in page for page in pages)
    text = "".join(pages)
    assert [row[0] for row in rows if f"{row[0]} " not in text.replace("\n", " ")] == []


def test_widths_follow_the_texts_within_bounds() -> None:
    table = PrintTable(["a", "金额"], [False, True], [["x" * 90, "1"], ["", "深圳市华信纺织"]])
    assert table.widths == [34, 14]
    assert table.share == pytest.approx(48 / 60)
    assert text_width("华信 Ltd") == 8


def test_the_font_is_the_one_that_its_note_states() -> None:
    digest = hashlib.sha256((FONTS / FONT_FILE).read_bytes()).hexdigest()
    assert digest in (FONTS / "README.md").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "LICENSE").read_text(encoding="utf-8")
    assert (FONTS / FONT_FILE).stat().st_size < 3_000_000


# The command


def test_the_command_writes_it(ws: Path, tmp_path: Path) -> None:
    args = (
        "check",
        "GOOD",
        "--amount",
        1e4,
        "--days",
        90,
        "-w",
        ws,
        "--lang",
        "zh",
        "-o",
        tmp_path / "m.PDF",
    )
    code, out, err = run(*args)
    assert (code, out) == (0, "")
    assert f"memo written to {tmp_path / 'm.PDF'}" in err
    number = int(re.search(r"as entry (\d+)", err)[1])  # type: ignore[index]
    assert f"编号 {number}" in pages_of((tmp_path / "m.PDF").read_bytes())[0]


def test_without_the_extra_it_says_what_to_install_before_it_records(
    ws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: CheckResult
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    args = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "-o", tmp_path / "m.pdf")
    before = len(list((ws / "audit").glob("*.json")))
    code, _, err = run(*args)
    assert code == 2
    assert "PDF files need typst, which is not installed; pip install 'supplyrisk[pdf]'" in err
    assert len(list((ws / "audit").glob("*.json"))) == before
    assert not (tmp_path / "m.pdf").exists()
    with pytest.raises(RequestError, match="supplyrisk\\[pdf\\]"):
        render_memo_pdf(result)
