"""The keys that read the numbers of a source, by what its columns show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from supplyrisk.loaders.drafting.draft_keys import DraftKey, share_text
from supplyrisk.loaders.drafting.number_evidence import COMMA, POINT, NumberEvidence, example_of

_TOLERATED = 0.05
"""Share of cells in the other form up to which the first is drafted: they are reported as faults on loading."""


@dataclass(frozen=True)
class NumberReading:
    """How numbers are read: the decimal sign, None where cells fit both; the sign between groups, "" for none."""

    decimal: str | None
    thousands: str = ""
    doubt: str = ""


def reading_of(evidence: NumberEvidence) -> NumberReading:
    """Return what the cells show."""
    points = evidence.decimals[POINT]
    commas = evidence.decimals[COMMA]
    if points and commas:
        if min(points, commas) > _TOLERATED * (points + commas):
            shown = f"{commas:,} cells such as {evidence.examples['decimals,']} have a decimal comma"
            others = f"{points:,} such as {evidence.examples['decimals.']} a decimal point"
            return NumberReading(None, doubt=f"{shown}, and {others}: correct the file")
        decimal = POINT if points > commas else COMMA
    elif points or commas:
        decimal = POINT if points else COMMA
    else:
        return _reading_by_groups(evidence)
    between = evidence.groups + Counter({s: n for s, n in evidence.unclear.items() if s != decimal})
    return NumberReading(decimal, _most_frequent(between, decimal))


def _reading_by_groups(evidence: NumberEvidence) -> NumberReading:
    """Return the reading where no cell shows the decimal sign by itself; with a doubt where cells fit both signs."""
    points = evidence.groups[POINT]
    commas = evidence.groups[COMMA]
    if points and commas:
        return NumberReading(None, doubt="points and commas both stand between groups: correct the file")
    if points or commas:
        # groups by points leave only the comma for decimals, and the other way round
        return NumberReading(COMMA if points else POINT, POINT if points else COMMA)
    signs = [sign for sign in (POINT, COMMA) if evidence.unclear[sign]]
    if len(signs) == 1 and evidence.groups:
        # another sign stands between the groups
        return NumberReading(signs[0], _most_frequent(evidence.groups, signs[0]))
    if not signs:
        # whole numbers: they fit any decimal sign
        return NumberReading(None, _most_frequent(evidence.groups, ""))
    examples = " and ".join(evidence.examples["unclear" + sign] for sign in signs)
    if len(signs) == 2:
        doubt = f"{examples} can each be thousands or decimals: choose decimal and thousands"
    else:
        other = COMMA if signs[0] == POINT else POINT
        doubt = (
            f'{examples} is {examples.replace(signs[0], "")} with thousands = "{signs[0]}" (and decimal = "{other}"), '
            f'and {examples.replace(signs[0], ".")} with decimal = "{signs[0]}": choose one'
        )
    return NumberReading(None, doubt=doubt)


@dataclass(frozen=True)
class NumberKeys:
    """Keys of a source, and of columns that differ from it."""

    keys: tuple[DraftKey, ...] = ()
    by_column: Mapping[str, tuple[DraftKey, ...]] = field(default_factory=dict)


def number_keys(mapped: Mapping[str, NumberEvidence], others: Iterable[NumberEvidence] = ()) -> NumberKeys:
    """Return the keys that read the digits of a source.

    Parameters
    ----------
    mapped: by contract column, what the cells show.
    others: of columns that feed nothing; they show the decimal sign where the mapped ones do not.
    """
    shown = {name: evidence for name, evidence in mapped.items() if _shows_form(evidence)}
    if not shown:
        return NumberKeys()
    readings = {name: reading_of(evidence) for name, evidence in shown.items()}
    common = _common_reading(shown, readings)
    origin = ""
    if common.doubt and not any(evidence.decimals for evidence in shown.values()):
        decimals = {reading_of(evidence).decimal for evidence in others if evidence.decimals} - {None}
        if len(decimals) == 1:
            common = _resolved(decimals.pop() or POINT, shown.values())
            origin = "; other columns of the file show the decimal sign"
    by_column: dict[str, tuple[DraftKey, ...]] = {}
    for name, own in readings.items():
        if common.doubt:
            continue
        if own.doubt and shown[name].decimals:
            by_column[name] = (DraftKey("decimal", COMMA, doubt=own.doubt, is_set=False),)
        elif own.decimal not in (None, common.decimal) or _clash(own.thousands, common.thousands):
            by_column[name] = _own_keys(own, shown[name])
    like = [evidence for name, evidence in shown.items() if name not in by_column]
    return NumberKeys(tuple(_sign_keys(common, like, origin)), by_column)


def _clash(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one != other


def _shows_form(evidence: NumberEvidence) -> bool:
    return bool(evidence.decimals or evidence.groups or evidence.unclear)


def _common_reading(
    shown: Mapping[str, NumberEvidence], readings: Mapping[str, NumberReading]
) -> NumberReading:
    """Return the reading of most cells; one with a doubt where no column shows the decimal sign."""
    weights: Counter[str] = Counter()
    for name, reading in readings.items():
        if reading.decimal is not None:
            weights[reading.decimal] += shown[name].numbers
    if weights:
        decimal = max(weights, key=lambda sign: weights[sign])
        return _resolved(decimal, (shown[n] for n, r in readings.items() if r.decimal in (decimal, None)))
    whole = NumberEvidence()
    for evidence in shown.values():
        whole.decimals.update(evidence.decimals)
        whole.groups.update(evidence.groups)
        whole.unclear.update(evidence.unclear)
        whole.examples.update(evidence.examples)
    reading = reading_of(whole)
    return reading if reading.doubt else _resolved(reading.decimal or POINT, [whole])


def _resolved(decimal: str, columns: Iterable[NumberEvidence]) -> NumberReading:
    """Return the reading with a decimal sign: what else stands between groups of three digits is thousands."""
    between: Counter[str] = Counter()
    for evidence in columns:
        between.update(evidence.groups)
        between.update({sign: count for sign, count in evidence.unclear.items() if sign != decimal})
    return NumberReading(decimal, _most_frequent(between, decimal))


def _most_frequent(between: Counter[str], decimal: str) -> str:
    signs = [sign for sign, count in between.most_common() if count and sign != decimal]
    return signs[0] if signs else ""


def _sign_keys(reading: NumberReading, columns: list[NumberEvidence], origin: str) -> list[DraftKey]:
    if reading.decimal is None:
        return [_undecided(reading, columns)]
    keys = []
    cells = sum(evidence.cells for evidence in columns)
    other = POINT if reading.decimal == COMMA else COMMA
    # a cell with the other decimal sign is a fault, as are cells that are no numbers
    unread = sum(evidence.cells - evidence.numbers + evidence.decimals[other] for evidence in columns)
    if reading.decimal == COMMA:
        example = example_of(columns, "decimals,") or example_of(columns, "unclear,")
        shown = f", such as {example}" if example else ""
        keys.append(
            DraftKey("decimal", COMMA, f"{share_text(cells - unread, cells, 'cells')} fit{shown}{origin}")
        )
    if reading.thousands:
        sign = reading.thousands
        grouped = sum(evidence.groups[sign] + evidence.unclear[sign] for evidence in columns)
        example = example_of(columns, "groups" + sign) or example_of(columns, "unclear" + sign)
        where = "" if keys else origin
        keys.append(DraftKey("thousands", sign, f"{grouped:,} cells such as {example}{where}"))
    return keys


def _undecided(reading: NumberReading, columns: list[NumberEvidence]) -> DraftKey:
    """Return the key of numbers that fit both signs, such that a load without a decision reads none of them."""
    unclear = {sign for evidence in columns for sign in evidence.unclear}
    shown = any(evidence.decimals for evidence in columns)
    if unclear == {POINT} and not shown:
        # the comma alone makes cells with a point faults; without the key they would be read as decimals
        return DraftKey("decimal", COMMA, "as it stands, such cells are faults", reading.doubt)
    return DraftKey("decimal", COMMA, doubt=reading.doubt, is_set=False)


def _own_keys(reading: NumberReading, evidence: NumberEvidence) -> tuple[DraftKey, ...]:
    """Return the keys of a column that is written in another way than the rest of its file."""
    shown = [text for kind, text in evidence.examples.items() if kind.startswith(("decimals", "groups"))]
    return (
        DraftKey("decimal", reading.decimal or POINT, f"unlike the other columns, such as {shown[0]}"),
        DraftKey("thousands", reading.thousands),
    )
