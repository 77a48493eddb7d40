"""How a source writes its cells and lines: the keys of [format], which each [[source]] can override."""

from __future__ import annotations

import re
from collections import abc
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from supplyrisk.graph.schema.strict_toml import StrictTable, Text, accepted_if, expects

EXCEL = "excel"
"""Days as Excel stores them: days since 1899-12-30."""
UNIX = "unix"
"""Seconds since 1970-01-01 in UTC."""
UNIX_MS = "unix_ms"
"""Milliseconds since 1970-01-01 in UTC."""
_CODES = frozenset("YymdbBHIMSfpz")
_DAY_PARTS = ("Yy", "mbB", "d")


def _is_date_form(form: str) -> bool:
    if form in (EXCEL, UNIX, UNIX_MS):
        return True
    codes = date_codes(form)
    parts = [sum(code in part for code in codes) for part in _DAY_PARTS]
    has_day = parts == [1, 1, 1] or (is_partial(form) and parts in ([1, 1, 0], [1, 0, 0]))
    return has_day and set(codes) <= _CODES and len(set(codes)) == len(codes) and form.isprintable()


def is_partial(form: str) -> bool:
    """Return whether a form states a month or a year without a day: it needs partial_days."""
    return form not in (EXCEL, UNIX, UNIX_MS) and set(date_codes(form)) <= set("YymbB")


def date_codes(form: str) -> list[str]:
    """Return the letters behind the percent signs of a date form, in their order."""
    return [code[1:] for code in re.findall("%.?", form)]


def needs_zone(form: str) -> bool:
    """Return whether a form states instants, which have a day only in a time zone."""
    return form in (UNIX, UNIX_MS) or "z" in date_codes(form)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return bool(name)


def _is_encoding(name: str) -> bool:
    try:
        return isinstance("firm".encode(name), bytes)
    except (LookupError, ValueError, TypeError):
        return False


DateForm = Annotated[
    Text,
    accepted_if(_is_date_form),
    expects(
        "a form such as %d.%m.%Y, with a year (%Y, %y), a month (%m, %b, %B) and a day (%d) once each, excel, unix or "
        "unix_ms, or a month or a year beside partial_days"
    ),
]
Zone = Annotated[Text, accepted_if(_is_zone), expects("the name of a time zone such as Asia/Shanghai")]
Lines = Annotated[int, Field(ge=0), expects("a number of lines")]
PowerOfTen = Annotated[
    float,
    accepted_if(lambda factor: factor in {float(f"1e{n}") for n in range(-12, 16)}),
    expects("a power of ten such as 10000; for other factors there is scale"),
]
Word = Annotated[Text, accepted_if(bool), expects("a text that is not empty")]
Words = Annotated[tuple[Word, ...], Field(strict=False), expects("a list of texts that are not empty")]
Minus = Annotated[Literal["brackets", "trailing"], expects("brackets or trailing")]


class CellFormat(StrictTable):
    """How cells are written; `format_faults` checks keys that contradict each other.

    Parameters
    ----------
    decimal: the decimal sign.
    thousands: between groups of three digits; a space stands for narrow and non-breaking spaces, too.
    currency_signs: signs or words before or behind a number that are left out.
    percent: whether a number may end in %, which divides it by 100.
    minus: how negative numbers are written besides -1: (1) is brackets, 1- is trailing.
    units: words behind a number, and the factors that they stand for.
    full_width: whether numbers and days may be written with full-width characters.
    dates: forms of days; each cell must fit one of them, and no two with different days.
    partial_days: which day a month or a year stands for, where a form of days has no more.
    month_names: the twelve names that %b and %B stand for; English without them.
    timezone: zone of the days; instants are converted to it.
    times_in: zone of times that name none; None: that of the days.
    missing: texts that stand for an empty cell.
    open_ends: texts that stand for no end, in `until`.
    true_words, false_words: words of flags.
    list_separator: between the words of a list; "|" without it.
    """

    decimal: Annotated[Literal[".", ","], expects("a point or a comma")] = "."
    thousands: Annotated[
        Literal["", ",", ".", " ", "'", "_"], expects("a comma, a point, a space, ' or _")
    ] = ""
    currency_signs: Words = ()
    percent: bool = False
    minus: Annotated[tuple[Minus, ...], Field(strict=False), expects("a list of brackets and trailing")] = ()
    units: dict[Word, PowerOfTen] = Field(default_factory=dict)
    full_width: bool = False
    dates: Annotated[tuple[DateForm, ...], Field(strict=False)] = ()
    partial_days: Annotated[Literal["first", "last"] | None, expects("first or last")] = None
    month_names: Annotated[
        Words, accepted_if(lambda names: len(set(names)) in (0, 12)), expects("a list of twelve names")
    ] = ()
    timezone: Zone | None = None
    times_in: Zone | None = None
    missing: Words = ()
    open_ends: Words = ()
    true_words: Words = ()
    false_words: Words = ()
    list_separator: Text = ""

    @property
    def rewrites_numbers(self) -> bool:
        """Whether numbers can be written in another way than 1234.5."""
        forms = (self.thousands, self.currency_signs, self.percent, self.minus, self.units, self.full_width)
        return self.decimal != "." or any(forms)


class ColumnFormat(CellFormat):
    """How the cells of one column are written, and what becomes of bad ones.

    Parameters
    ----------
    on_bad_cell: "blank" leaves a bad cell empty and loads its row; None: the row goes to the quarantine.
    """

    on_bad_cell: Annotated[Literal["blank"] | None, expects("blank")] = None


def format_faults(values: abc.Mapping[str, Any]) -> abc.Iterator[str]:
    """Yield the contradictions between keys, as TOML has them."""
    thousands = values.get("thousands", "")
    if thousands and thousands == values.get("decimal", "."):
        yield f"thousands and decimal are both {thousands!r}, expected different signs; set the other one, too"
    dates = _texts(values, "dates")
    zoned = [form for form in dates if needs_zone(form)]
    if zoned and "timezone" not in values:
        yield f"dates has {zoned[0]} without timezone, expected the zone whose days count, such as Asia/Shanghai"
    partial = [form for form in dates if is_partial(form)]
    if partial and "partial_days" not in values:
        yield (
            f"dates has {partial[0]}, which states no day; expected partial_days beside it, the first or last day of "
            "the month or year that it stands for"
        )
    if dates and "date_format" in values:
        yield "both dates and date_format, expected dates alone"
    for kind in ("preamble", "footer"):
        start = "header_starts_with" if kind == "preamble" else "footer_starts_with"
        if values.get(kind) and values.get(start):
            yield f"both {kind} and {start}, expected one of them"
    if values.get("optional_footer") and not values.get("footer_starts_with"):
        yield "optional_footer without footer_starts_with, expected it beside this key only"
    if values.get("header_starts_with") and values.get("header", True) is not True:
        yield "header_starts_with beside header, expected one of them"
    both = set(_texts(values, "true_words")) & set(_texts(values, "false_words"))
    if both:
        yield f"{sorted(both)[0]} is in true_words and in false_words, expected one of them"


def _texts(values: abc.Mapping[str, Any], key: str) -> list[str]:
    """Return the texts of a list, which may have faults of its own."""
    value = values.get(key)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


class SourceFormat(CellFormat):
    """How the lines and cells of a source are written.

    Parameters
    ----------
    encoding: of CSV and JSON Lines; None: the one that the command states.
    delimiter: between the cells of a CSV.
    trim: whether white space around cells and column names is left out.
    preamble: lines before the header of a CSV.
    header_starts_with: text with which the header's line begins, in place of a number of lines.
    footer: lines behind the last row of a CSV.
    footer_starts_with: text with which the first of them begins, in place of their number.
    optional_footer: whether a file may have no such line.
    header: whether the first line of the table has the names of the columns; or the names.
    trailing_delimiter: whether each row ends with a delimiter that the header does not have.
    """

    encoding: Annotated[str | None, accepted_if(_is_encoding), expects("a text encoding such as gb18030")] = (
        None
    )
    delimiter: Annotated[
        str,
        accepted_if(lambda text: len(text) == 1 and text.isascii() and text not in '"\r\n\0'),
        expects("one ASCII character other than a quote or a line end"),
    ] = ","
    trim: bool = False
    preamble: Lines = 0
    header_starts_with: Text = ""
    footer: Lines = 0
    footer_starts_with: Text = ""
    optional_footer: bool = False
    header: Annotated[
        bool | Annotated[tuple[Text, ...], Field(strict=False, min_length=1)],
        expects("true, false or a list of names"),
    ] = True
    trailing_delimiter: bool = False
