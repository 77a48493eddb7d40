"""A letter to a shop as a page for the screen and for paper, and as plain text or Markdown."""

from __future__ import annotations

from supplyrisk.graph.credit import memo_text
from supplyrisk.services import ShopLetter
from supplyrisk.web.letter_parts import LetterPart, letter_head, letter_parts, letter_title
from supplyrisk.web.pages import render_page


def render_letter(letter: ShopLetter, language: str = "en") -> str:
    """Return the page of a letter as HTML, in "en" (default) or "zh"."""
    return render_page(
        "letter.html",
        language=language,
        title=letter_title(letter, language),
        head=letter_head(letter, language),
        parts=letter_parts(letter, language),
    )


def render_letter_text(letter: ShopLetter, language: str = "en", *, markdown: bool = False) -> str:
    """Return a letter as text, in "en" (default) or "zh"; markdown: with headings and lists of Markdown."""
    title = letter_title(letter, language)
    colon = memo_text("mark.colon", language)
    head = [f"{label}{colon}{value}" for label, value in letter_head(letter, language)]
    if markdown:
        # Two spaces end a line without ending the paragraph.
        blocks = [f"# {_marked(title)}", "  \n".join(_marked(line) for line in head)]
    else:
        blocks = [title, "\n".join(head)]
    for part in letter_parts(letter, language):
        blocks += _blocks(part, markdown)
    return "\n\n".join(blocks) + "\n"


def _blocks(part: LetterPart, markdown: bool) -> list[str]:
    mark = _marked if markdown else str
    blocks = [f"## {mark(part.heading)}" if markdown else part.heading.upper()]
    if part.before:
        blocks.append(mark(part.before))
    lines = []
    for item in part.items:
        lines.append(f"- {mark(item.text)}")
        lines += [f"  - {mark(detail)}" if markdown else f"  {mark(detail)}" for detail in item.details]
    if lines:
        blocks.append("\n".join(lines))
    return blocks + [mark(text) for text in part.after]


def _marked(text: str) -> str:
    """A text whose characters have no meaning in Markdown: names come from the data."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in text)
