"""The keys that read the days of a source, by what its columns show."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from supplyrisk.loaders.drafting.day_evidence import ENGLISH, ISO, NAME_LISTS, SHORT, DayEvidence
from supplyrisk.loaders.drafting.draft_keys import DraftKey, share_text
from supplyrisk.loaders.mappings.source_format import needs_zone

_TOLERATED = 0.02
"""Share of cells that fit only another form up to which the first is drafted: they are faults on loading."""
_FEW_YEARS = 4
_MANY_DAYS = 20
"""Different cells from which the number of different years tells the place of a year in two digits."""


@dataclass(frozen=True)
class DayReading:
    """The forms of a column's days.

    Parameters
    ----------
    forms: one per shape of cells.
    tied: by shape, forms that fit equally well.
    reasons: what decided where the cells alone do not.
    """

    forms: tuple[str, ...] = ()
    tied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class DayKeys:
    """Keys of a source, and of columns that differ from it."""

    keys: tuple[DraftKey, ...] = ()
    by_column: Mapping[str, tuple[DraftKey, ...]] = field(default_factory=dict)


def day_reading(evidence: DayEvidence) -> DayReading:
    """Return the forms that the cells fit, shape by shape."""
    forms: list[str] = []
    tied: dict[str, tuple[str, ...]] = {}
    reasons: list[str] = []
    for shape, total in evidence.shapes.most_common():
        best = _best_forms(evidence, shape, total)
        if "%b" in best[0].lower():
            # short and long names of months that both fit give the same days
            best = best[:1]
        if all(form.startswith("%Y") for form in best):
            best = _year_first(evidence, shape, best)
        if len(best) > 1:
            narrowed, reason = _by_years(evidence, shape, best)
            best = narrowed
            reasons += [reason] if reason else []
        if len(best) == 1:
            forms.append(best[0])
        else:
            tied[shape] = tuple(best)
    return DayReading(tuple(dict.fromkeys(forms)), tied, tuple(reasons))


def _year_first(evidence: DayEvidence, shape: str, forms: list[str]) -> list[str]:
    """Return the form with the month behind the year if it fits as well: a day there is written nowhere by rule."""
    usual = [form for form in forms if form.find("%m") < form.find("%d")]
    fits = evidence.fits[shape]
    return usual if usual and fits[usual[0]] == max(fits.values()) else forms


def _best_forms(evidence: DayEvidence, shape: str, total: int) -> list[str]:
    """Return the forms that most cells of a shape fit; several where a good part fits only the others."""
    fits = evidence.fits[shape].most_common()
    best, count = fits[0]
    only_others = {
        form: sum(n for _, n, days in evidence.values[shape] if form in days and best not in days)
        for form, _ in fits[1:]
    }
    rivals = [form for form, n in fits[1:] if n == count or only_others[form] > _TOLERATED * total]
    return [best, *rivals]


def _by_years(evidence: DayEvidence, shape: str, forms: list[str]) -> tuple[list[str], str]:
    """Return the forms by which the days lie in few different years, if others spread them over many."""
    rows = evidence.values[shape]
    years = {form: len({days[form].year for _, _, days in rows if form in days}) for form in forms}
    fewest = min(years.values())
    places = {form: form.lower().index("y") for form in forms}
    if len(rows) < _MANY_DAYS or len(set(places.values())) == 1:
        return forms, ""
    narrow = [form for form in forms if years[form] <= max(_FEW_YEARS, fewest)]
    wide = [form for form in forms if years[form] > 3 * fewest]
    if len(narrow) + len(wide) < len(forms) or not narrow or not wide:
        return forms, ""
    return narrow, f"{narrow[0]} has {fewest} different years, {wide[0]} {min(years[f] for f in wide)}"


def day_keys(mapped: Mapping[str, DayEvidence]) -> DayKeys:
    """Return the keys that read the days of a source; mapped: by contract column, what the cells show."""
    readings = {name: day_reading(evidence) for name, evidence in mapped.items()}
    decided = [form for reading in readings.values() for form in reading.forms]
    common = list(dict.fromkeys(decided))
    origin: list[str] = []
    resolved: dict[str, tuple[str, ...]] = {}
    doubts: dict[str, str] = {}
    for name, reading in readings.items():
        forms = list(reading.forms)
        for shape, tied in reading.tied.items():
            by_others = [form for form in tied if form in common]
            if len(by_others) == 1:
                forms.append(by_others[0])
                origin.append(f"{name} alone fits {' and '.join(tied)}")
            else:
                example = mapped[name].examples[shape]
                doubts[name] = f"{example} fits {' and '.join(tied)}: choose one"
        resolved[name] = tuple(dict.fromkeys(forms))
    clashing = _clashing(resolved)
    shared = list(dict.fromkeys(form for n, forms in resolved.items() if n not in clashing for form in forms))
    by_column: dict[str, tuple[DraftKey, ...]] = {}
    for name in clashing:
        forms = list(resolved[name])
        by_column[name] = (
            DraftKey("dates", forms, f"unlike the other columns, such as {_example(mapped[name])}"),
        )
    keys = _date_keys(shared, {n: mapped[n] for n in mapped if n not in clashing}, doubts, readings, origin)
    return DayKeys(tuple(keys), by_column)


def _clashing(resolved: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the columns whose forms would be ambiguous beside those of the columns before them."""
    shared: list[str] = []
    clashing = []
    for name, forms in resolved.items():
        if any(_same_shape(one, other) for one in forms for other in shared if one != other):
            clashing.append(name)
        else:
            shared += forms
    return clashing


def _same_shape(one: str, other: str) -> bool:
    # %Y has four digits, and %y and the others at most two
    return re.sub("%[ymd]", "#", one) == re.sub("%[ymd]", "#", other)


def _date_keys(
    forms: list[str],
    mapped: Mapping[str, DayEvidence],
    doubts: Mapping[str, str],
    readings: Mapping[str, DayReading],
    origin: list[str],
) -> list[DraftKey]:
    """Return `dates` and what it needs; nothing where all days are ISO days."""
    needs_key = any(form != ISO for form in forms) or any(e.loose for e in mapped.values())
    written = {name for evidence in mapped.values() for name in evidence.names}
    names = _month_names(written)
    doubt = "; ".join(f"{name}: {text}" for name, text in doubts.items())
    if not needs_key and not doubt:
        return []
    cells = sum(e.cells - sum(e.open_ends.values()) for e in mapped.values())
    fitting = sum(
        count
        for name, e in mapped.items()
        for rows in e.values.values()
        for _, count, days in rows
        if set(days) & set(forms)
    )
    reasons = [*itertools.chain(*(readings[name].reasons for name in mapped)), *origin]
    evidence = f"{share_text(fitting, cells, 'cells')} fit" + "".join(f"; {reason}" for reason in reasons)
    if doubt:
        tied = [form for name in doubts for forms_ in readings[name].tied.values() for form in forms_]
        return [
            DraftKey("dates", list(dict.fromkeys((*forms, *tied))), evidence if forms else "", doubt, False)
        ]
    zones = {zone for e in mapped.values() for zone in e.zones}
    zoned = [form for form in forms if needs_zone(form)]
    if zoned:
        # instants have a day only in a zone, which a file of instants in UTC does not state
        text = f"{zoned[0]} states instants{f' ({sorted(zones)[0]})' if zones else ''}: name the zone of the days, too"
        return [
            DraftKey("dates", forms, evidence, text, False),
            DraftKey("timezone", "UTC", "", "the zone in which the days count, such as Asia/Shanghai", False),
        ]
    keys = [DraftKey("dates", forms, evidence)]
    if names:
        keys.append(DraftKey("month_names", names, "names of months in the cells"))
    elif not {name.casefold() for name in written} <= {name.casefold() for name in (*ENGLISH, *SHORT)}:
        doubt = f"no list of names has all of {', '.join(sorted(written)[:12])}: state the twelve names"
        keys.append(DraftKey("month_names", list(SHORT), doubt=doubt, is_set=False))
    return keys


def _month_names(written: set[str]) -> list[str]:
    """Return the list that has all names of months in the cells; none where they are English, or in no list."""
    english = {name.casefold() for name in (*ENGLISH, *SHORT)}
    if {name.casefold() for name in written} <= english:
        return []
    return next((list(names) for names in NAME_LISTS if written <= set(names)), [])


def _example(evidence: DayEvidence) -> str:
    return next(iter(evidence.examples.values()), "")
