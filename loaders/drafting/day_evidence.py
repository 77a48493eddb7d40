"""Which forms of days the cells of a column fit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from supplyrisk.loaders.mappings.source_format import EXCEL, UNIX, UNIX_MS

ISO = "%Y-%m-%d"
_STRICT_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MIN_YEAR = 1900
_MAX_YEAR = 2100
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_RANGE = (7_306, 73_050)
"""Serial days of 1920 to 2099: smaller and larger numbers are likely to be something else."""
_TIME = re.compile(
    r"(?P<gap>[ T])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,6})?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|[+-]\d\d:?\d\d))?$"
)
_NUMERIC = re.compile(r"(\d{1,4})([-/. ]|\. )(\d{1,2})\2(\d{1,4})(\.?)")
_CHINESE = re.compile(r"\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?[日号]")
_NAMED = re.compile(r"(\d{1,2})(\. |[-/. ]|)([^\W\d_]{3,9}\.?)([-/. ]|, |)(\d{4}|\d\d)")
_NAME_FIRST = re.compile(r"([^\W\d_]{3,9}\.?) (\d{1,2}), ?(\d{4})")
ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
            "December")  # fmt: skip
_GERMAN = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember")  # fmt: skip
NAME_LISTS: tuple[tuple[str, ...], ...] = (
    _GERMAN,
    ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
    ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
    ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    ("Jan.", "Feb.", "Mär.", "Apr.", "Mai", "Jun.", "Jul.", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."),
    ("Jan.", "Feb.", "Mar.", "Apr.", "May", "Jun.", "Jul.", "Aug.", "Sep.", "Oct.", "Nov.", "Dec."),
    ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."),
)
"""Lists of names of months besides the English ones."""
SHORT = tuple(name[:3] for name in ENGLISH)
"""English names, which need no key."""


@dataclass(frozen=True)
class ReadDay:
    """A cell in one form: the day, None where the form does not fit it."""

    form: str
    day: date | None


@dataclass
class DayEvidence:
    """What the cells of a column show.

    Parameters
    ----------
    cells: all cells that are not empty.
    fits: by shape of cells and by form, the number of cells that fit it.
    shapes: number of cells by shape.
    values: by shape and form, the different days, None for a cell that does not fit.
    others: cells that fit no form, by their text.
    names: names of months, as written.
    examples: by shape, a cell.
    loose: cells such as 2024-3-5, which only a stated form reads.
    zones: zones of times that cells name.
    open_ends: cells of the year 9999.
    """

    cells: int = 0
    fits: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shapes: Counter[str] = field(default_factory=Counter)
    values: dict[str, list[tuple[str, int, Mapping[str, date]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    others: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    examples: dict[str, str] = field(default_factory=dict)
    loose: int = 0
    zones: Counter[str] = field(default_factory=Counter)
    open_ends: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, count: int = 1) -> None:
        """Take a cell that occurs so many times."""
        self.cells += count
        if re.search(r"\b9999\b", text) and "12" in text:
            self.open_ends[text] += count
            return
        shape, readings = _readings(text, self)
        days = {reading.form: reading.day for reading in readings if reading.day}
        if not days:
            self.others[text] += count
            return
        self.shapes[shape] += count
        self.examples.setdefault(shape, text)
        self.values[shape].append((text, count, days))
        for form in days:
            self.fits[shape][form] += count
        if shape.startswith("#-#-#") and not _STRICT_ISO.fullmatch(text):
            self.loose += count

    @property
    def share(self) -> float:
        """Share of the cells that fit some form; 1 where there are no cells."""
        return 1 - sum(self.others.values()) / self.cells if self.cells else 1.0


def day_evidence(cells: Iterable[tuple[str, int]]) -> DayEvidence:
    """Return what cells show, each with the number of times that it occurs."""
    evidence = DayEvidence()
    for text, count in cells:
        evidence.add(text, count)
    return evidence


def _readings(text: str, evidence: DayEvidence) -> tuple[str, list[ReadDay]]:
    """Return the shape of a cell, and the forms that cells of this shape may have with the day that each gives."""
    if text.isascii() and text.replace(".", "", 1).isdecimal() and not _NUMERIC.fullmatch(text):
        return _digits(text)
    day_text = text
    time_form = ""
    time = _TIME.search(text)
    if time:
        time_form = _time_form(time)
        if not time_form:
            return "", []
        day_text = text[: time.start()]
        if time["zone"]:
            evidence.zones[time["zone"].strip()] += 1
    shape = re.sub(r"\d+", "#", day_text) + re.sub(r"\d+", "#", text[len(day_text) :])
    readings = _day_readings(day_text, evidence)
    return re.sub(r"[^\W\d_]{3,}", "A", shape), [ReadDay(r.form + time_form, r.day) for r in readings]


def _time_form(time: re.Match[str]) -> str:
    """Return the form of a time of day; "" where it is none."""
    hour = int(time["hour"])
    if int(time["minute"]) > 59 or int(time["second"] or 0) > 59 or hour > (12 if time["half"] else 23):
        return ""
    form = time["gap"] + ("%I" if time["half"] else "%H") + ":%M"
    form += ":%S" if time["second"] else ""
    form += ".%f" if time["fraction"] else ""
    if time["half"]:
        form += " %p" if time["half"].startswith(" ") else "%p"
    if time["zone"]:
        form += " %z" if time["zone"].startswith(" ") else "%z"
    return form


def _day_readings(text: str, evidence: DayEvidence) -> list[ReadDay]:
    if _CHINESE.fullmatch(text):
        year, month, day = re.findall(r"\d+", text)
        form = re.sub(r"\d+", "{}", text).format("%Y", "%m", "%d")
        return [ReadDay(form, _date(year, month, day))]
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return _numeric_readings(numeric)
    named = _NAMED.fullmatch(text)
    if named:
        evidence.names.add(named[3])
        day = _date(named[5], _month(named[3]), named[1])
        year_code = "%Y" if len(named[5]) == 4 else "%y"
        return [ReadDay(f"%d{named[2]}{code}{named[4]}{year_code}", day) for code in _name_codes(named[3])]
    first = _NAME_FIRST.fullmatch(text)
    if first:
        evidence.names.add(first[1])
        day = _date(first[3], _month(first[1]), first[2])
        gap = text[first.end(2) : first.start(3)]
        return [ReadDay(f"{code} %d{gap}%Y", day) for code in _name_codes(first[1])]
    return []


def _numeric_readings(parts: re.Match[str]) -> list[ReadDay]:
    """Return the readings of three numbers: the order of their parts, as far as their lengths leave it open."""
    one, gap, two, three, end = parts.groups()
    lengths = (len(one), len(two), len(three))
    if 3 in lengths:
        return []
    if lengths[0] == 4 and lengths[2] <= 2:
        orders = ["Ymd", "Ydm"]
    elif lengths[2] == 4 and lengths[0] <= 2:
        orders = ["dmY", "mdY"]
    elif lengths[0] <= 2 and lengths[2] <= 2:
        orders = ["dmy", "mdy", "ymd"]
    else:
        return []
    readings = []
    for order in orders:
        values = dict(zip(order.lower(), (one, two, three), strict=True))
        form = gap.join(f"%{code}" for code in order) + end
        readings.append(ReadDay(form, _date(values["y"], values["m"], values["d"])))
    return readings


def _digits(text: str) -> tuple[str, list[ReadDay]]:
    """Return the readings of digits without signs between them."""
    whole = text.partition(".")[0]
    length = len(whole)
    if "." not in text and length in (6, 8):
        orders = ("Ymd", "dmY", "mdY") if length == 8 else ("ymd", "dmy", "mdy")
        readings = []
        for order in orders:
            sizes = [4 if code == "Y" else 2 for code in order]
            starts = [sum(sizes[:i]) for i in range(3)]
            values = {c.lower(): whole[s : s + n] for c, s, n in zip(order, starts, sizes, strict=True)}
            readings.append(
                ReadDay("".join(f"%{c}" for c in order), _date(values["y"], values["m"], values["d"]))
            )
        return "#" * length, readings
    if length == 5:
        serial = int(whole)
        in_range = _EXCEL_RANGE[0] <= serial <= _EXCEL_RANGE[1]
        return EXCEL, [ReadDay(EXCEL, _EXCEL_EPOCH + timedelta(days=serial) if in_range else None)]
    if "." not in text and length in (10, 13):
        seconds = int(whole) / (1 if length == 10 else 1000)
        form = UNIX if length == 10 else UNIX_MS
        return form, [ReadDay(form, date(1970, 1, 1) + timedelta(seconds=seconds))]
    return "", []


def _month(name: str) -> str:
    """Return the number of a month by its name in English or German; "0" where it is none."""
    folded = name.casefold()
    for names in (ENGLISH, SHORT, *NAME_LISTS):
        for number, known in enumerate(names, 1):
            if folded == known.casefold():
                return str(number)
    return "0"


def _name_codes(name: str) -> list[str]:
    """Return the codes of a month's name: %b for short English names, %B for long ones; both for May and others."""
    folded = name.casefold()
    codes = [
        code
        for code, names in (("%b", SHORT), ("%B", ENGLISH))
        if folded in {known.casefold() for known in names}
    ]
    return codes or ["%b", "%B"]


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) <= 2:
        number += 1900 if number >= 69 else 2000
    if not _MIN_YEAR <= number <= _MAX_YEAR:
        return None
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
