"""A scenario file: TOML into a plan, with every fault of its form at once."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
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
from supplyrisk.graph.stress.suggestion import suggestion

FILTERS = ("firms", "region", "industry", "category", "carrier")
_TOP = ("name", "weeks", "eps", "substitution", "tips_at", "step", "what_if")
_STEP = (
    "name", *FILTERS, "size_at_least", "size_at_most", "carrier_out", "category_lost",
    "share", "supply", "demand", "weeks",
)  # fmt: skip
_WHAT_IF = {
    "add_supplier": ("name", "add_supplier", "customer", "share", "sector", "category"),
    "stock": ("name", "stock", "times", "days"),
    "cut_guarantee": ("name", "cut_guarantee"),
}


_SHARE = (lambda x: 0 <= x <= 1, "from 0 to 1")
_SOME = (lambda x: 0 < x <= 1, "above 0, up to 1")
_LEAST = (lambda x: 0 <= x < math.inf, "from 0")
_NUMBERS: Mapping[str, tuple[Callable[[float], bool], str]] = {
    **dict.fromkeys(("share", "supply", "demand"), _SHARE),
    **dict.fromkeys(("eps", "tips_at"), _SOME),
    **dict.fromkeys(("size_at_least", "size_at_most", "times", "days"), _LEAST),
    "weeks": (lambda x: 0 < x < math.inf, "above 0"),
}


def read_scenario_plan(text: str, name: str) -> tuple[ScenarioPlan, list[str]]:
    """The plan of a scenario file, as far as it can be read, and the faults of its form.

    name: of the file, for a plan that has none.
    """
    try:
        toml = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return ScenarioPlan(name, ()), [f"no TOML ({fault})"]
    reader = _Reader()
    return reader.plan(toml, name), reader.faults


class _Reader:
    """Collects faults while a file is turned into a plan."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def plan(self, toml: dict[str, Any], name: str) -> ScenarioPlan:
        self.known("", toml, _TOP)
        weeks = self.number("", toml, "weeks", 1.0)
        steps = tuple(self.step(n, s, weeks) for n, s in self.tables(toml, "step"))
        found = (self.what_if(n, w) for n, w in self.tables(toml, "what_if"))
        if not steps and not any(fault.startswith("step is") for fault in self.faults):
            self.faults.append("no step, expected at least one [[step]]")
        substitution = toml.get("substitution", True)
        if not isinstance(substitution, bool):
            self.faults.append(f"substitution is {substitution!r}, expected true or false")
        return ScenarioPlan(
            name=self.word("", toml, "name") or name,
            steps=steps,
            what_ifs=tuple(w for w in found if w is not None),
            eps=self.number("", toml, "eps", EPS),
            substitution=bool(substitution),
            tips_at=self.number("", toml, "tips_at", TIPS_AT),
        )

    def step(self, number: int, toml: dict[str, Any], weeks: float) -> ScenarioStep:
        label = f"step {number}"
        self.known(f"{label}: ", toml, _STEP)
        words = {key: self.words(label, toml, key) for key in (*FILTERS, "carrier_out", "category_lost")}
        sizes = [self.number(label, toml, key, math.nan) for key in ("size_at_least", "size_at_most")]
        if not any(key in toml for key in _STEP[1:10]):
            self.faults.append(f"{label} names no firms, expected one of {', '.join(_STEP[1:10])}")
        if "carrier_out" in toml and "category_lost" in toml:
            self.faults.append(f"{label} has carrier_out and category_lost, expected one; make it two steps")
        if sizes[0] > sizes[1]:
            self.faults.append(f"{label}: size_at_least {sizes[0]:g} is above size_at_most {sizes[1]:g}")
        share = self.number(label, toml, "share", 1.0)
        if "share" in toml and "supply" in toml and "demand" in toml:
            self.faults.append(f"{label} has share, supply and demand, expected at most two of them")
        return ScenarioStep(
            label=self.word(label, toml, "name") or label,
            filters={key: words[key] for key in FILTERS if words[key]},
            size_at_least=None if math.isnan(sizes[0]) else sizes[0],
            size_at_most=None if math.isnan(sizes[1]) else sizes[1],
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
            every = tuple(sorted({key for keys in _WHAT_IF.values() for key in keys}))
            self.known(f"{label}: ", toml, every)
            self.faults.append(
                f"{label} has {' and '.join(kinds) or 'none'}, expected one of {', '.join(_WHAT_IF)}"
            )
            return None
        self.known(f"{label}: ", toml, _WHAT_IF[kinds[0]])
        make = {"add_supplier": self.add_supplier, "stock": self.stock, "cut_guarantee": self.cut}
        return make[kinds[0]](label, toml)

    def add_supplier(self, label: str, toml: dict[str, Any]) -> WhatIf | None:
        ends = [self.needed(label, toml, key) for key in ("add_supplier", "customer")]
        if "share" not in toml:
            self.faults.append(f"{label}: no share, expected the share of the purchases that is moved")
        if "sector" in toml and "category" in toml:
            self.faults.append(f"{label} has sector and category, expected one of them")
        if ends[0] is not None and ends[0] == ends[1]:
            self.faults.append(f"{label}: {ends[0]} as its own supplier, expected two firms")
        share = self.number(label, toml, "share", 1.0)
        if ends[0] is None or ends[1] is None:
            return None
        of = (self.word(label, toml, key) for key in ("sector", "category"))
        return AddSupplier(self.word(label, toml, "name") or label, ends[0], ends[1], share, *of)

    def stock(self, label: str, toml: dict[str, Any]) -> WhatIf | None:
        firm = self.needed(label, toml, "stock")
        if ("times" in toml) == ("days" in toml):
            self.faults.append(f"{label}: expected one of times (of the recorded stock) and days")
        times, days = (self.number(label, toml, key, math.nan) for key in ("times", "days"))
        if firm is None:
            return None
        given = (None if math.isnan(value) else value for value in (times, days))
        return MoreStock(self.word(label, toml, "name") or label, firm, *given)

    def cut(self, label: str, toml: dict[str, Any]) -> WhatIf | None:
        ends = toml["cut_guarantee"]
        fits = isinstance(ends, list) and len(ends) == 2 and all(_is_word(end) for end in ends)
        if not fits or ends[0] == ends[1]:
            self.faults.append(f"{label}: cut_guarantee is {ends!r}, expected [guarantor, guaranteed]")
            return None
        return CutGuarantee(self.word(label, toml, "name") or label, ends[0], ends[1])

    def known(self, where: str, toml: Iterable[str], names: tuple[str, ...]) -> None:
        self.faults += [
            f"{where}unknown key {key}, {suggestion(key, names)}" for key in toml if key not in names
        ]

    def tables(self, toml: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
        found = toml.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.faults.append(f"{key} is {found!r}, expected [[{key}]] tables")
            return []
        return list(enumerate(found, start=1))

    def words(self, where: str, toml: dict[str, Any], key: str) -> tuple[str, ...]:
        value = toml.get(key, [])
        listed = value if isinstance(value, list) else [value]
        if key in toml and (not listed or not all(_is_word(word) for word in listed)):
            self.faults.append(f"{where}: {key} is {value!r}, expected a text in quotes or a list of them")
            return ()
        return tuple(dict.fromkeys(listed))

    def word(self, where: str, toml: dict[str, Any], key: str) -> str | None:
        value = toml.get(key)
        if value is not None and not _is_word(value):
            self.faults.append(f"{where}{': ' if where else ''}{key} is {value!r}, expected a text in quotes")
            return None
        return value

    def needed(self, where: str, toml: dict[str, Any], key: str) -> str | None:
        if key not in toml:
            self.faults.append(f"{where}: no {key}, expected a firm_id")
        return self.word(where, toml, key)

    def number(self, where: str, toml: dict[str, Any], key: str, default: float) -> float:
        if key not in toml:
            return default
        value, (fits, expected) = toml[key], _NUMBERS[key]
        if isinstance(value, int | float) and not isinstance(value, bool) and fits(value):
            return float(value)
        self.faults.append(f"{where}{': ' if where else ''}{key} is {value!r}, expected a number {expected}")
        return default


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
