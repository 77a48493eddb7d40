"""Texts without what does not distinguish them: case, white space and width, as SQL."""

from __future__ import annotations

from supplyrisk.loaders.check.sql_literals import text_literal

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(c) + 0xFEE0) for c in _ASCII)
_WIDE_LETTERS = r"[\x{ff10}-\x{ff19}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}]"


SEPARATORS = r"[\s\p{Z}\p{Pd}_.]+"
"""White space and what stands between words in its place, as a regular expression of RE2."""


def folded_sql(text: str, removed: str) -> str:
    """Return the SQL of a text in lower case, with full-width letters and signs as ASCII.

    Parameters
    ----------
    removed: regular expression of RE2 for the characters to leave out.
    """
    narrow = f"translate({text}, {text_literal(_WIDE)}, {text_literal(_ASCII)})"
    # few texts have such letters, and replacing them is slow
    narrow = f"CASE WHEN regexp_matches({text}, '{_WIDE_LETTERS}') THEN {narrow} ELSE {text} END"
    return f"regexp_replace(lower({narrow}), {text_literal(removed)}, '', 'g')"
