"""The five memos of the demo's world in docs/memos: of their kinds, and what is pages again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import run
from memo_examples import DOCS, KINDS, demo_pages, score_by_network
from supplyrisk.graph.credit import memo_words

NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.(\d+))?(?![\w])")
SAYS = {
    "sound": ("within policy", ""),
    "weak": ("outside policy", "OWN_"),
    "failing-supplier": ("refer", "CAUGHT_SUPPLIER"),
    "thin-data": ("insufficient evidence", ""),
    "guarantee-ring": ("refer", ""),
}
"""By kind the conclusion, and what the code of the first reason begins with."""
FIRST = {"guarantee-ring": memo_words("finding.RING.text", firms="").en}
"""By kind what the first finding begins with, where that is what tells the kind."""
CODE = re.compile(r"<code>((?:OWN|CAUGHT|NET|CONTEXT)\w*)</code>")


def alike(one: str, other: str) -> bool:
    """Whether two pages say the same: figures within 1 % and two of their last digit, all else equal.

    Another machine's floating-point sums differ in their last bits, training makes more of that.
    """
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    return all(
        abs(float(a[0].replace(",", "")) - float(b[0].replace(",", "")))
        <= 0.01 * float(a[0].replace(",", "")) + 2 * 10.0 ** -len(a[1] or "")
        for a, b in zip(NUMBER.finditer(one), NUMBER.finditer(other), strict=True)
    )


def test_pages_are_alike_up_to_their_last_digits() -> None:
    assert alike("<b>PD 4.52%</b> of F0000012: 1,204", "<b>PD 4.53%</b> of F0000012: 1,205")
    assert not alike("PD 4.52%", "PD 4.92%")
    assert not alike("F0000012", "F0000013")
    assert not alike("PD 4.5%", "PD 4.5% more")


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_is_of_its_kind(kind: str) -> None:
    text = (DOCS / f"{kind}.html").read_text(encoding="utf-8")
    word, reason = SAYS[kind]
    (conclusion,) = re.findall(r'<span class="badge [^>]*><span class="en">([^<]*)</span>', text)
    assert conclusion == memo_words(f"conclusion.{word}").en
    assert "/network" in text
    first = re.search(r'<ul>\s*<li><span class="en">([^<]*)', text)
    assert first is None or first[1].startswith(FIRST.get(kind, ""))
    assert kind not in FIRST or first is not None
    codes = CODE.findall(text)
    # Too little is known for reasons.
    assert codes or kind == "thin-data"
    assert all(code.startswith(reason) for code in codes[:1])


def test_there_is_a_page_of_each_kind() -> None:
    assert sorted(path.stem for path in DOCS.glob("*.html")) == sorted(KINDS)


@pytest.mark.long
def test_the_pages_of_the_demo_are_what_the_command_gives(tmp_path: Path) -> None:
    code, _, err = run("demo", "--dir", tmp_path / "demo")
    assert code == 0, err
    pages = demo_pages(score_by_network(tmp_path / "demo"))
    assert sorted(pages) == sorted(KINDS)
    for kind, text in pages.items():
        stored = (DOCS / f"{kind}.html").read_text(encoding="utf-8")
        assert alike(text, stored), (
            f"{kind}: run python tests/support/memo_examples.py, and read what changed"
        )
