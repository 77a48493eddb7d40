"""Public festivals of China with the days off around them: when shops close, and sales move for no reason of theirs.

The lunar dates and the days off that the State Council announces are those of the package `holidays`. Days off are
announced a year at a time: of later years only the statutory days are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.texts.text_files import Words

SPRING_FESTIVAL = "spring_festival"
"""Key of the Chinese New Year, for which shops close longest."""
FESTIVALS = {
    "new_year": Words("New Year's Day", "元旦"),
    SPRING_FESTIVAL: Words("Spring Festival", "春节"),
    "tomb_sweeping": Words("Tomb-Sweeping Day", "清明节"),
    "labour_day": Words("Labour Day", "劳动节"),
    "dragon_boat": Words("Dragon Boat Festival", "端午节"),
    "mid_autumn": Words("Mid-Autumn Festival", "中秋节"),
    "national_day": Words("National Day", "国庆节"),
}
"""Names of the festivals by key, in the order of the year."""
FIRST_YEAR = 1950
LAST_YEAR = 2100

# How the package names statutory days, in zh_CN; the eve belongs to the Spring Festival.
_KEY_OF_NAME = {words.zh: key for key, words in FESTIVALS.items()} | {"农历除夕": SPRING_FESTIVAL}
# A festival goes on over a weekend: a day off within so many days of it belongs to it.
_MOST_GAP = timedelta(days=3)
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Festival:
    """One festival: its key in FESTIVALS, its first statutory day, and the last day off that belongs to it."""

    key: str
    first_day: date
    last_day: date

    @property
    def name(self) -> Words:
        """Its name in both languages."""
        return FESTIVALS[self.key]


@cache
def festivals(year: int) -> tuple[Festival, ...]:
    """Return the festivals of a year, by first day; two that share their days are both listed.

    Raises
    ------
    RequestError: the calendar does not reach to that year.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RequestError(f"festivals of the year {year}", f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    import holidays  # noqa: PLC0415 - only jobs that look at festivals need the calendar

    days = holidays.country_holidays("CN", years=year, language="zh_CN")
    spans: dict[str, tuple[date, date]] = {}
    ordered = sorted(days)
    for before, day in zip([date.min, *ordered], ordered, strict=False):
        if _is_weekend(before + _DAY, day - _DAY):
            # The calendar lists no ordinary weekend; one between days off belongs to the festival before it.
            spans |= {key: (first, day - _DAY) for key, (first, last) in spans.items() if last == before}
        for name in days[day].split("; "):
            for key in _keys_of(name, day, spans):
                first = spans[key][0] if key in spans else day
                spans[key] = (first, day)
    rows = [Festival(key, first, last) for key, (first, last) in spans.items()]
    order = list(FESTIVALS)
    return tuple(sorted(rows, key=lambda row: (row.first_day, order.index(row.key))))


def festivals_between(first: date, last: date) -> tuple[Festival, ...]:
    """Return the festivals with a day off from `first` to `last`, both included."""
    listed = [festival for year in range(first.year, last.year + 1) for festival in festivals(year)]
    return tuple(row for row in listed if row.last_day >= first and row.first_day <= last)


def _is_weekend(first: date, last: date) -> bool:
    """Whether all days from `first` to `last` are of one weekend; false where there are none."""
    days = (last - first).days + 1
    return first.weekday() >= _SATURDAY and 0 < days <= 7 - first.weekday()


def _keys_of(name: str, day: date, spans: dict[str, tuple[date, date]]) -> list[str]:
    """The festivals that a day off belongs to, by its name or else by the days before it."""
    # The name of a statutory day may have a note behind it, such as that it is taken later.
    keys = [key for words, key in _KEY_OF_NAME.items() if name.startswith(words)]
    own = [key for key in keys if key not in spans or day - spans[key][1] <= _MOST_GAP]
    # A day that is taken much later lengthens another festival, such as Mid-Autumn's of 2015 the National Day.
    latest = max((last for _, last in spans.values()), default=date.min)
    near = day - latest <= _MOST_GAP and bool(spans)
    return own or [key for key, (_, last) in spans.items() if near and last == latest]
