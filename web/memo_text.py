"""Figures and paths of memos as text, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MIN_SHOWN_AMOUNT = 0.5
"""Amounts below this would be shown as 0; rows with them are left out."""


def path_text(path: Mapping[str, Any], link_words: Mapping[str, str]) -> str:
    """A path of contagion from its source to the shop: F1 (supplier) > F2 (customer) > F3.

    path: chain, the ids of the firms, and links, what each is to the next. link_words: the words for the links.
    """
    steps = [
        f"{firm} ({link_words[link]})" for firm, link in zip(path["chain"][:-1], path["links"], strict=True)
    ]
    return " > ".join([*steps, path["chain"][-1]])
