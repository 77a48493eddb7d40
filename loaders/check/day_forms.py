"""The SQL of days in the forms that the mapping states."""

from __future__ import annotations

import itertools
import re

from supplyrisk.loaders.check.cell_forms import AMBIGUOUS, NOT_FITTING, marked_sql, narrow_sql
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.source_format import EXCEL, UNIX, UNIX_MS, CellFormat, date_codes, is_partial

_EXCEL_EPOCH = "DATE '1899-12-30'"
# Excel has a day 60 that does not exist (1900-02-29): only days behind it are read; the last one is 2199-12-31
_EXCEL_RANGE = (61, 109_575)
_NAMES = "bBp"


def day_form_sql(text: str, form: CellFormat) -> str:
    """Return the SQL of a day as 2024-03-31, or of a marked text where it fits none of the forms or two of them."""
    narrow = narrow_sql(text) if form.full_width else text
    days = {date_form: _day(narrow, date_form, form) for date_form in form.dates}
    written = [f"CAST({day} AS VARCHAR)" for day in days.values()]
    # the mark of an empty cell is NULL, too
    fitting = f"coalesce({', '.join(written)}, {marked_sql(text, NOT_FITTING)})"
    differing = " OR ".join(
        f"{days[one]} <> {days[other]}"
        for one, other in itertools.combinations(days, 2)
        if _may_both_fit(one, other)
    )
    return (
        f"CASE WHEN {differing} THEN {marked_sql(text, AMBIGUOUS)} ELSE {fitting} END"
        if differing
        else fitting
    )


def _may_both_fit(one: str, other: str) -> bool:
    """Return whether a cell may fit both forms: they have the same signs between digits and words."""
    return _shape(one) == _shape(other)


def _shape(form: str) -> str:
    if form in (EXCEL, UNIX, UNIX_MS):
        # numbers of five, nine or ten, and twelve or thirteen digits
        return form
    named = re.sub("%.", lambda code: "A" if code.group()[1] in _NAMES else "#", form)
    # %z is digits, signs and letters; without it a form is only nearly the same
    return re.sub("#+", "#", named)


def instant_sql(text: str, form: CellFormat) -> str:
    """Return the SQL of a text as a moment in UTC, to sort by; NULL where it fits none of the forms, or two of them.

    Without forms, it is an ISO day, also with a time of day and a zone. Times without a zone are those of `times_in` or
    `timezone`; where none is stated, they are sorted as they stand.
    """
    if not form.dates:
        return _iso_instant(text, form)
    narrow = narrow_sql(text) if form.full_width else text
    moments = {date_form: _moment_in("UTC", narrow, date_form, form) for date_form in form.dates}
    differing = " OR ".join(
        f"{moments[one]} <> {moments[other]}"
        for one, other in itertools.combinations(moments, 2)
        if _may_both_fit(one, other)
    )
    fitting = f"coalesce({', '.join(moments.values())})"
    return f"CASE WHEN {differing} THEN NULL ELSE {fitting} END" if differing else fitting


def _iso_instant(text: str, form: CellFormat) -> str:
    iso = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?"
    zoned = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)"
    zone = form.times_in or form.timezone
    local = f"TRY_CAST({text} AS TIMESTAMP)"
    local = f"timezone('UTC', timezone({text_literal(zone)}, {local}))" if zone else local
    return (
        f"CASE WHEN regexp_full_match({text}, '{iso}') THEN {local} "
        f"WHEN regexp_full_match({text}, '{zoned}') THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) END"
    )


def _day(text: str, date_form: str, form: CellFormat) -> str:
    """Return the SQL of a text in one form as a day, NULL where it does not fit."""
    return f"CAST({_moment_in(form.timezone or 'UTC', text, date_form, form)} AS DATE)"


def _moment_in(zone: str, text: str, date_form: str, form: CellFormat) -> str:
    """Return the SQL of a text in one form as a moment in a zone, NULL where it does not fit.

    A moment that names no zone is one of `times_in`, else of the zone of the days.
    """
    if date_form == EXCEL:
        value = f"TRY_CAST({text} AS DOUBLE)"
        is_serial = rf"regexp_full_match({text}, '\d{{2,6}}(\.\d*)?')"
        in_range = f"{value} >= {_EXCEL_RANGE[0]} AND {value} < {_EXCEL_RANGE[1]}"
        time = f"to_microseconds(CAST(floor({value} * 86400000) AS BIGINT) * 1000)"
        return f"CASE WHEN {is_serial} AND {in_range} THEN CAST({_EXCEL_EPOCH} AS TIMESTAMP) + {time} END"
    own = text_literal(zone)
    if date_form in (UNIX, UNIX_MS):
        digits, per_second = (r"\d{9,10}", 1) if date_form == UNIX else (r"\d{12,13}", 1000)
        instant = f"to_timestamp(TRY_CAST({text} AS DOUBLE) / {per_second})"
        return f"CASE WHEN regexp_full_match({text}, '{digits}') THEN timezone({own}, {instant}) END"
    moment = _moment(text, date_form, form)
    if is_partial(date_form):
        return _partial_day(text, date_form, moment, form)
    if "z" in date_codes(date_form):
        return f"timezone({own}, {moment})"
    stated = form.times_in if "H" in date_form.upper() else None
    source_zone = (stated or form.timezone) if form.timezone else None
    if source_zone and source_zone != zone:
        return f"timezone({own}, timezone({text_literal(source_zone)}, {moment}))"
    return moment


def _partial_day(text: str, date_form: str, moment: str, form: CellFormat) -> str:
    """Return the SQL of the first or last day of the month or year that a text states."""
    length = "MONTH" if len(date_codes(date_form)) > 1 else "YEAR"
    day = (
        f"CAST({moment} + INTERVAL 1 {length} - INTERVAL 1 DAY AS DATE)"
        if form.partial_days == "last"
        else f"CAST({moment} AS DATE)"
    )
    # DuckDB reads 20 as a year, too
    return f"CASE WHEN regexp_matches({text}, '\\d{{4}}') THEN {day} END" if "%Y" in date_form else day


def _moment(text: str, date_form: str, form: CellFormat) -> str:
    """Return the SQL of a text as a moment, NULL where it does not fit."""
    if form.month_names and set("bB") & set(date_codes(date_form)):
        # the longest first: Juni begins with Jun
        for number, name in sorted(enumerate(form.month_names, 1), key=lambda n: -len(n[1])):
            text = f"replace({text}, {text_literal(name)}, '{number}')"
        date_form = re.sub("%[bB]", "%m", date_form)
    if date_form.endswith("%z"):
        text = f"regexp_replace({text}, 'Z$', '+00:00')"
    # DuckDB reads epoch and infinity as moments in any form; a day has digits
    digits = f"CASE WHEN regexp_matches({text}, '[0-9]') THEN {text} END"
    moment = f"try_strptime({digits}, {text_literal(date_form)})"
    short_years = any("y" in date_codes(other) for other in form.dates)
    if "%Y" in date_form and short_years:
        # DuckDB reads 5.3.24 as a day of the year 24, too
        return f"CASE WHEN regexp_matches({text}, '\\d{{4}}') THEN {moment} END"
    return moment
