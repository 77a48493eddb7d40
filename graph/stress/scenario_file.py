"""Read a scenario file (TOML) into a plan, with all faults of its form at once."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from supplyrisk.graph.stress.scenario_plan import (
    EPS,
    TIPS_AT,
    AddSupplier,
    CutGuarantee,
    MoreStock,
    ScenarioPlan,
    ScenarioStep,
    WhatIf,
)
from supplyrisk.queries import name_hint

FILTERS = ("firms", "region", "industry", "category", "carrier")
_TOP = ("name", "weeks", "eps", "substitution", "tips_at", "step", "what_if")
_SELECTION = (*FILTERS, "size_at_least", "size_at_most", "carrier_out", "category_lost")
"""Keys that select firms; a step needs at least one of them."""

_STEP = ("name", *_SELECTION, "share", "supply", "demand", "weeks")
_WHAT_IF = {
    "add_supplier": ("name", "add_supplier", "customer", "share", "sector", "category"),
    "stock": ("name", "stock", "times", "days"),
    "cut_guarantee": ("name", "cut_guarantee"),
}


@dataclass(frozen=True)
class _Range:
    """Numbers that a key accepts, and their description in messages. NaN is in no range."""

    accepts: Callable[[float], bool]
    text: str


_SHARE = _Range(lambda x: 0 <= x <= 1, "from 0 to 1")
_POSITIVE_SHARE = _Range(lambda x: 0 < x <= 1, "above 0, up to 1")
_NOT_NEGATIVE = _Range(lambda x: 0 <= x < math.inf, "from 0")
_POSITIVE = _Range(lambda x: 0 < x < math.inf, "above 0")
_RANGES: Mapping[str, _Range] = {
    **dict.fromkeys(("share", "supply", "demand"), _SHARE),
    **dict.fromkeys(("eps", "tips_at"), _POSITIVE_SHARE),
    **dict.fromkeys(("size_at_least", "size_at_most", "times", "days"), _NOT_NEGATIVE),
    "weeks": _POSITIVE,
}


def read_scenario_plan(text: str, name: str) -> tuple[ScenarioPlan, list[str]]:
    """Return the plan of a scenario file, as far as it can be read, and all faults of its form.

    text: TOML. name: of the file, for a plan without a name.
    """
    try:
        toml = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return ScenarioPlan(name, ()), [f"not valid TOML ({fault}), expected a scenario file"]
    reader = _Reader()
    return reader.plan(toml, name), reader.faults


class _Reader:
    """Reads a plan and collects faults: a faulty value becomes a default, so that reading goes on."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def plan(self, toml: dict[str, Any], name: str) -> ScenarioPlan:
        self.known("", toml, _TOP)
        weeks = self.number("", toml, "weeks", 1.0)
        steps = tuple(self.step(n, s, weeks) for n, s in self.tables(toml, "step"))
        what_if_tables = self.tables(toml, "what_if")
        if not steps and not any(fault.startswith("step is") for fault in self.faults):
            self.faults.append("no step, expected at least one [[step]]")
        # TOML has booleans: a text such as "no" would otherwise count as true.
        substitution = toml.get("substitution", True)
        if not isinstance(substitution, bool):
            self.faults.append(f"substitution is {substitution!r}, expected true or false")
        # Reading reports faults: the order of these lines is the order of the messages.
        name = self.word("", toml, "name") or name
        what_ifs = [self.what_if(n, w) for n, w in what_if_tables]
        return ScenarioPlan(
            name=name,
            steps=steps,
            what_ifs=tuple(what_if for what_if in what_ifs if what_if is not None),
            eps=self.number("", toml, "eps", EPS),
            substitution=bool(substitution),
            tips_at=self.number("", toml, "tips_at", TIPS_AT),
        )

    def step(self, number: int, toml: dict[str, Any], weeks: float) -> ScenarioStep:
        label = f"step {number}"
        self.known(f"{label}: ", toml, _STEP)
        words = {key: self.words(label, toml, key) for key in (*FILTERS, "carrier_out", "category_lost")}
        size_at_least = self.number(label, toml, "size_at_least", math.nan)
        size_at_most = self.number(label, toml, "size_at_most", math.nan)
        if not any(key in toml for key in _SELECTION):
            self.faults.append(f"{label} names no firms, expected one of {', '.join(_SELECTION)}")
        if "carrier_out" in toml and "category_lost" in toml:
            self.faults.append(f"{label} has carrier_out and category_lost, expected one; make it two steps")
        # False if one of them is NaN, that is, not in the file.
        if size_at_least > size_at_most:
            self.faults.append(
                f"{label}: size_at_least {size_at_least:g} is above size_at_most {size_at_most:g}"
            )
        # share is the default of supply and demand: with both of them it would have no effect.
        share = self.number(label, toml, "share", 1.0)
        if "share" in toml and "supply" in toml and "demand" in toml:
            self.faults.append(f"{label} has share, supply and demand, expected at most two of them")
        return ScenarioStep(
            label=self.word(label, toml, "name") or label,
            filters={key: words[key] for key in FILTERS if words[key]},
            size_at_least=None if math.isnan(size_at_least) else size_at_least,
            size_at_most=None if math.isnan(size_at_most) else size_at_most,
            carrier_out=words["carrier_out"],
            category_lost=words["category_lost"],
            supply=self.number(label, toml, "supply", share),
            demand=self.number(label, toml, "demand", share),
            weeks=self.number(label, toml, "weeks", weeks),
        )

    def what_if(self, number: int, toml: dict[str, Any]) -> WhatIf | None:
        label = f"what_if {number}"
        kinds = [kind for kind in _WHAT_IF if kind in toml]
        if len(kinds) != 1:
            # Without a kind the keys of all kinds are accepted: the missing kind is the fault, not each key.
            all_keys = tuple(sorted({key for keys in _WHAT_IF.values() for key in keys}))
            self.known(f"{label}: ", toml, all_keys)
            self.faults.append(
                f"{label} has {' and '.join(kinds) or 'none'}, expected one of {', '.join(_WHAT_IF)}"
            )
            return None
        self.known(f"{label}: ", toml, _WHAT_IF[kinds[0]])
        readers = {
            "add_supplier": self.add_supplier,
            "stock": self.stock,
            "cut_guarantee": self.cut_guarantee,
        }
        return readers[kinds[0]](label, toml)

    def add_supplier(self, label: str, toml: dict[str, Any]) -> WhatIf | None:
        supplier = self.needed(label, toml, "add_supplier")
        customer = self.needed(label, toml, "customer")
        if "share" not in toml:
            self.faults.append(f"{label}: no share, expected the share of the purchases that is moved")
        if "sector" in toml and "category" in toml:
            self.faults.append(f"{label} has sector and category, expected one of them")
        if supplier is not None and supplier == customer:
            self.faults.append(f"{label}: {supplier} as its own supplier, expected two firms")
        share = self.number(label, toml, "share", 1.0)
        if supplier is None or customer is None:
            return None
        name = self.word(label, toml, "name") or label
        sector = self.word(label, toml, "sector")
        category = self.word(label, toml, "category")
        return AddSupplier(name, supplier, customer, share, sector, category)

    def stock(self, label: str, toml: dict[str, Any]) -> WhatIf | None:
        firm = self.needed(label, toml, "stock")
        # Exactly one of them: neither and both are faults.
        if ("times" in toml) == ("days" in toml):
            self.faults.append(f"{label}: expected one of times (of the recorded stock) and days")
        times = self.number(label, toml, "times", math.nan)
        days = self.number(label, toml, "days", math.nan)
        if firm is None:
            return None
        return MoreStock(
            self.word(label, toml, "name") or label,
            firm,
            times=None if math.isnan(times) else times,
            days=None if math.isnan(days) else days,
        )

    def cut_guarantee(self, label: str, toml: dict[str, Any]) -> WhatIf | None:
        ends = toml["cut_guarantee"]
        fits = isinstance(ends, list) and len(ends) == 2 and all(_is_word(end) for end in ends)
        if not fits or ends[0] == ends[1]:
            self.faults.append(f"{label}: cut_guarantee is {ends!r}, expected [guarantor, guaranteed]")
            return None
        return CutGuarantee(self.word(label, toml, "name") or label, ends[0], ends[1])

    def known(self, prefix: str, toml: Iterable[str], names: tuple[str, ...]) -> None:
        """Add a fault for each unknown key."""
        for key in toml:
            if key not in names:
                self.faults.append(f"{prefix}unknown key {key}, {name_hint(key, sorted(names))}")

    def tables(self, toml: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
        """Return the numbered tables of a key."""
        tables = toml.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(entry, dict) for entry in tables):
            self.faults.append(f"{key} is {tables!r}, expected [[{key}]] tables")
            return []
        return list(enumerate(tables, start=1))

    def words(self, label: str, toml: dict[str, Any], key: str) -> tuple[str, ...]:
        """Return the texts of a key that accepts one text or a list, without duplicates."""
        value = toml.get(key, [])
        listed = value if isinstance(value, list) else [value]
        if key in toml and (not listed or not all(_is_word(word) for word in listed)):
            self.faults.append(f"{label}: {key} is {value!r}, expected a text in quotes or a list of them")
            return ()
        # A dict keeps the order of first mention.
        return tuple(dict.fromkeys(listed))

    def word(self, label: str, toml: dict[str, Any], key: str) -> str | None:
        """Return the text of a key, None if it is missing."""
        value = toml.get(key)
        if value is not None and not _is_word(value):
            self.faults.append(f"{label}{': ' if label else ''}{key} is {value!r}, expected a text in quotes")
            return None
        return value

    def needed(self, label: str, toml: dict[str, Any], key: str) -> str | None:
        """Return the firm of a key, with a fault if it is missing."""
        if key not in toml:
            self.faults.append(f"{label}: no {key}, expected a firm_id")
        return self.word(label, toml, key)

    def number(self, label: str, toml: dict[str, Any], key: str, default: float) -> float:
        """Return the number of a key, or the default if it is missing or outside its range."""
        if key not in toml:
            return default
        value = toml[key]
        # bool is a subclass of int, but true is no number here.
        if isinstance(value, int | float) and not isinstance(value, bool) and _RANGES[key].accepts(value):
            return float(value)
        self.faults.append(
            f"{label}{': ' if label else ''}{key} is {value!r}, expected a number {_RANGES[key].text}"
        )
        return default


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
