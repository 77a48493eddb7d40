"""What holds for every page: it is complete in itself, without scripts, and well-formed."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
"""A text that breaks out of a page which does not escape it."""
# Elements without an end tag.
_VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """The tags of a page, its ids and addresses, its text, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"{tag} has the handler {name}"
            self.ids[value or ""] += name == "id"
            if name in ("src", "href", "action"):
                self.addresses.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(html: str) -> Page:
    """Return a page that is complete in itself and well-formed."""
    page = Page(html)
    assert html.startswith("<!doctype html>") and html.endswith("</html>\n")
    assert page.open == []
    assert not {"script", "iframe", "img", "object"} & set(page.tags)
    # Addresses are of the empty icon and of shapes in charts, and styles load nothing.
    assert all(address == "data:," or address.startswith("#") for address in page.addresses)
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    assert page.tags["style"] == page.tags["main"] == page.tags["h1"] == 1
    assert max(page.ids.values()) <= 1
    assert not re.search(r"\b(None|nan|Undefined)\b", page.text)
    return page
