"""What to do about a bad cell: the mapping key that reads its form, where its text shows one."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.loaders.check.cell_forms import AMBIGUOUS, NOT_FITTING
from supplyrisk.loaders.check.sql_literals import text_literal

Remedies = tuple[tuple[str, str], ...]
"""SQL conditions on a bad cell, each with its remedy; the first that holds counts."""
MISSING_WORDS = (
    "-", "--", "\u2014", "/", "?", ".", "NULL", "null", "Null", "N/A", "n/a", "NA", "#N/A", "None", "none", "nil",
    "\\N", "0000-00-00", "k.A.", "无", "空",
)  # fmt: skip


@dataclass(frozen=True)
class _Pattern:
    """A regular expression of RE2 that a cell may match, and the key that reads such cells."""

    expression: str
    remedy: str


_NUMBER_PATTERNS = (
    _Pattern(r"[０-９．，－（）]", "set full_width = true in the mapping"),
    _Pattern(r"^\s.*|.*\s$", "set trim = true in the mapping"),
    _Pattern(r"^\(.*\)$", 'set minus = ["brackets"] in the mapping'),
    _Pattern(r"\d\s*-$", 'set minus = ["trailing"] in the mapping'),
    _Pattern(r"\d\s*%$", "set percent = true in the mapping"),
    _Pattern(
        r"\p{Sc}|^[+-]?\s*[A-Z]{3}\s*\d|\d\s*[A-Z]{3}$|元$",
        "list the sign under currency_signs in the mapping",
    ),
    _Pattern(r"\d\s*\pL+\.?$", "state the word's factor under units in the mapping"),
    _Pattern(r"^[+-]?\d{1,3}(\.\d{3})+,\d*$", 'set decimal = "," and thousands = "." in the mapping'),
    _Pattern(
        r"^[+-]?\d{1,3}(,\d{3})+\.\d*$|^[+-]?\d{1,3}(,\d{3}){2,}$", 'set thousands = "," in the mapping'
    ),
    _Pattern(
        r"^[+-]?\d{1,3},\d{3}$",
        'set thousands = "," or decimal = "," in the mapping, whichever the source means',
    ),
    _Pattern(r"^[+-]?\d*,\d+$", 'set decimal = "," in the mapping'),
    _Pattern(r"^[+-]?\d{1,3}(\.\d{3})+$", 'set thousands = "." in the mapping'),
    _Pattern(
        r"^[+-]?\d{1,3}([ '’_\x{00a0}\x{2009}\x{202f}]\d{3})+([.,]\d*)?$",
        "state the sign between the groups of digits as thousands in the mapping",
    ),
)


def number_remedies(text: str) -> Remedies:
    """Return the remedies of a cell that is no number."""
    cell = _unmarked(text)
    patterns = ((_matches(cell, p.expression), p.remedy) for p in _NUMBER_PATTERNS)
    return (*_missing(cell), *patterns)


def day_remedies(text: str, column: str) -> Remedies:
    """Return the remedies of a cell that is no day."""
    cell = _unmarked(text)
    ambiguous = f"starts_with({text}, chr({ord(AMBIGUOUS)}))"
    open_end = (
        ((_matches(cell, "^9999"), "list it under open_ends in the mapping"),) if column == "until" else ()
    )
    return (
        (
            ambiguous,
            "it fits two of the mapping's dates: state the right one alone as dates in column_format of the source",
        ),
        *_missing(cell),
        *open_end,
        (
            f"starts_with({text}, chr({ord(NOT_FITTING)}))",
            "it fits none of the mapping's dates: correct it if there is no such day, or add its form to dates in the "
            "mapping",
        ),
    )


def _missing(cell: str) -> Remedies:
    listed = ", ".join(text_literal(word) for word in MISSING_WORDS)
    remedy = "list it under missing in the mapping if it stands for an empty cell"
    return ((f"{cell} IN ({listed})", remedy),)


def _matches(cell: str, expression: str) -> str:
    return f"regexp_matches({cell}, {text_literal(expression)})"


def _unmarked(text: str) -> str:
    return f"ltrim({text}, {text_literal(NOT_FITTING + AMBIGUOUS)})"
