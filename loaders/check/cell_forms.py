"""The SQL that rewrites cells as the mapping says that a source writes them: numbers become 1234.5, flags 1 or 0.

A cell that fits no stated form gets a mark in front, which no rule accepts: it must not be read as something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from supplyrisk.graph.schema.contract import ColumnKind
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.source_format import CellFormat
from supplyrisk.loaders.read.endings import STORED_DAYS

Stage = Callable[[str], str]
"""One step of a rewriting: from the SQL of a text to that of the text after the step. Each step reads its argument
several times, so that steps are nested as queries and not as expressions."""
NOT_FITTING = "\x01"
"""Prefix of a cell that fits none of the forms that the mapping states."""
AMBIGUOUS = "\x02"
"""Prefix of a day that fits two of the forms with different days."""
_WIDE = "０１２３４５６７８９．，－＋％（）：／￥\u3000\u2212"
_NARROW = "0123456789.,-+%():/¥ -"
_SPACES = r"[ \x{00a0}\x{2009}\x{202f}]"
_NUMBERS = (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT)


def marked_sql(text: str, mark: str) -> str:
    """Return the SQL of a text with a mark in front."""
    return f"chr({ord(mark)}) || {text}"


def staged_sql(rows: str, stages: Mapping[str, Sequence[Stage]]) -> str:
    """Return the SQL of rows with steps applied to columns, one query around the other.

    Each step reads the text of the step before. stages: by column of the rows.
    """
    for number in range(max(map(len, stages.values()), default=0)):
        changed = [
            f"{steps[number](column)} AS {column}" for column, steps in stages.items() if number < len(steps)
        ]
        rows = f"SELECT * REPLACE ({', '.join(changed)}) FROM ({rows})"
    return rows


def with_stored_days(form: CellFormat, format: str) -> CellFormat:
    """Return how cells of a file are written, where its format stores days as such in a form of its own."""
    if not form.dates:
        return form
    dates = dict.fromkeys((*form.dates, *STORED_DAYS.get(format, ())))
    return form.model_copy(update={"dates": tuple(dates)})


def replacement_stage(replacements: Sequence[tuple[Sequence[str], str]]) -> list[Stage]:
    """Return the step that replaces whole cells by some SQL where they are one of its words; none without words.

    All words are compared with the cell as it was: 0 may stand for 1 and 1 for 0.
    """
    listed = [(", ".join(map(text_literal, words)), sql) for words, sql in replacements if words]

    def step(text: str) -> str:
        cases = " ".join(f"WHEN {text} IN ({words}) THEN {sql}" for words, sql in listed)
        return f"CASE {cases} ELSE {text} END"

    return [step] if listed else []


def form_stages(kind: ColumnKind, form: CellFormat) -> list[Stage]:
    """Return the steps from a cell of a kind to the spelling that the rules read; days are in `day_forms`."""
    if kind in _NUMBERS and form.rewrites_numbers:
        return _number_stages(form)
    if kind is ColumnKind.FLAG:
        return replacement_stage([(form.true_words, "'1'"), (form.false_words, "'0'")])
    if kind is ColumnKind.CHOICES and form.list_separator:
        separator = text_literal(form.list_separator)
        return [
            lambda text: (
                f"array_to_string(list_transform(string_split({text}, {separator}), lambda w: trim(w)), '|')"
            )
        ]
    return []


def narrow_sql(text: str) -> str:
    """Return the SQL of a text with full-width digits and signs as ASCII."""
    return f"translate({text}, {text_literal(_WIDE)}, {text_literal(_NARROW)})"


def _number_stages(form: CellFormat) -> list[Stage]:
    """Return the steps to 1234.5; digits are moved as text, so that none of them is rounded."""
    stages: list[Stage] = [narrow_sql] if form.full_width else []
    if form.currency_signs:
        stages.append(_without_signs(form.currency_signs))
    if "trailing" in form.minus:
        stages.append(_trailing_minus)
    if "brackets" in form.minus:
        stages.append(_brackets)
    factors = dict(form.units) | ({"%": 0.01} if form.percent else {})
    if factors:
        stages.append(_with_exponents(factors))
    return [*stages, _plain_digits(form)]


def _without_signs(signs: Sequence[str]) -> Stage:
    r"""Return the step that removes one sign before and one behind the number; a minus may stand outside."""
    any_sign = "|".join(_escaped(sign) for sign in sorted(signs, key=len, reverse=True))
    before = text_literal(rf"^([-+(]?)\s*(?:{any_sign})\s*")
    behind = text_literal(rf"\s*(?:{any_sign})\s*([-)]?)$")
    return lambda text: rf"regexp_replace(regexp_replace({text}, {before}, '\1'), {behind}, '\1')"


def _trailing_minus(text: str) -> str:
    return f"CASE WHEN ends_with({text}, '-') THEN '-' || rtrim(left({text}, -1)) ELSE {text} END"


def _brackets(text: str) -> str:
    inner = f"'-' || trim(substr({text}, 2, length({text}) - 2))"
    return f"CASE WHEN starts_with({text}, '(') AND ends_with({text}, ')') THEN {inner} ELSE {text} END"


def _with_exponents(factors: dict[str, float]) -> Stage:
    """Return the step that writes a unit behind a number as an exponent: 4.35 % as 4.35e-2."""
    # the longest first: of 百万 and 万, a cell with 百万 ends in both
    words = sorted(factors, key=len, reverse=True)

    def step(text: str) -> str:
        cases = [
            f"WHEN ends_with({text}, {text_literal(word)}) "
            f"THEN rtrim(left({text}, -{len(word)})) || 'e{round(math.log10(factors[word]))}'"
            for word in words
        ]
        return f"CASE {' '.join(cases)} ELSE {text} END"

    return step


def _plain_digits(form: CellFormat) -> Stage:
    """Return the step from the stated decimal sign and groups to 1234.5."""
    decimal = form.decimal

    def pointed(text: str) -> str:
        return text if decimal == "." else f"replace({text}, ',', '.')"

    def unread(text: str) -> str:
        # 1.234 is no 1.234 where the decimal sign is a comma
        is_unread = decimal == "," and form.thousands != "."
        return f"WHEN contains({text}, '.') THEN {marked_sql(text, NOT_FITTING)} " if is_unread else ""

    if not form.thousands:
        return lambda text: f"CASE {unread(text)}ELSE {pointed(text)} END" if unread(text) else pointed(text)
    sign = {" ": _SPACES, "'": "['\u2019]"}.get(form.thousands, _escaped(form.thousands))
    grouped = text_literal(rf"[+-]?\d{{1,3}}({sign}\d{{3}})+({_escaped(decimal)}\d*)?(e[+-]?\d+)?")
    sign_sql = text_literal(sign)

    def step(text: str) -> str:
        joined = f"regexp_replace({text}, {sign_sql}, '', 'g')"
        # groups of other sizes (12,34) may be decimals: only groups of three are read
        return (
            f"CASE {unread(text)}WHEN NOT regexp_matches({text}, {sign_sql}) THEN {pointed(text)} "
            f"WHEN regexp_full_match({text}, {grouped}) THEN {pointed(joined)} "
            f"ELSE {marked_sql(text, NOT_FITTING)} END"
        )

    return step


def _escaped(text: str) -> str:
    """Return a regular expression of RE2 for a text."""
    return "".join(c if c.isalnum() or not c.isascii() or c in " _'" else f"\\{c}" for c in text)
