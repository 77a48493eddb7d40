"""Settings: flag > environment (SCGRAPH_NAME) > scgraph.toml in the current folder > default."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from supplyrisk.cli.error_reports import usage

FILE = "scgraph.toml"
PREFIX = "SCGRAPH_"


@dataclass(frozen=True)
class Settings:
    """The settings in force.

    horizon_days, members, seed: of training. max_bad: share of a table's rows that may be quarantined, None
    for what the mapping says. grade_bounds: upper PDs of grades A to F. store: "embedded" or an address, None
    to let NEO4J_URI decide. memory_limit: what DuckDB may take while it makes a snapshot. default_kinds: of training;
    a model keeps its own. device: where the network's sums run, auto being CUDA where there is one. lgd: share that a
    default costs of loans that give none, ccf: share of a revolving line's undrawn part that is drawn by then, in
    `contagion` and `stress`; a policy has its own. pd_factor: by which a PD rises or falls
    before `monitor` calls it an alert; watch_...: its other bounds, as in `graph.credit.Bounds`. beyond_days: days that
    an as-of may lie after the data at most. lang: the language of reasons.
    """

    workspace: Path = Path(".scgraph")
    horizon_days: int = 180
    default_kinds: tuple[str, ...] = ("default", "bankruptcy")
    grade_bounds: tuple[float, ...] = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.15)
    model: str = "default"
    max_bad: float | None = None
    encoding: str = "utf-8"
    store: str | None = None
    memory_limit: str = "4GB"
    members: int = 5
    seed: int = 0
    device: str = "auto"
    lgd: float = 0.45
    ccf: float = 0.75
    pd_factor: float = 2.0
    watch_pd: float = 0.01
    watch_share: float = 0.5
    watch_moved: float = 0.3
    watch_reason: float = 0.25
    watch_sides: tuple[str, ...] = ("supplier", "customer")
    beyond_days: int = 31
    lang: str = "en"


@dataclass(frozen=True)
class Resolved:
    """Settings, and each one's origin: "flag", an environment variable, "scgraph.toml" or "default"."""

    settings: Settings
    origins: Mapping[str, str]


def resolve(flags: Mapping[str, object] | None = None, folder: Path = Path()) -> Resolved:
    """The settings in force; flags that are None were not given.

    Raises a usage error for an unknown key in scgraph.toml, or a value that cannot be used.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    toml = _read_toml(folder / FILE)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for field in fields(Settings):
        name = field.name
        variable = PREFIX + name.upper()
        places = ((given, name, "flag"), (os.environ, variable, variable), (toml, name, FILE))
        for place, key, origin in places:
            if key in place:
                values[name], origins[name] = _value(name, place[key], origin), origin
                break
        else:
            origins[name] = "default"
    return Resolved(Settings(**values), origins)


def _read_toml(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise usage(f"{path} cannot be read ({fault}); expected TOML in UTF-8; mend or remove it") from fault
    known = [field.name for field in fields(Settings)]
    for key in found:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
            raise usage(f"{path} has an unknown key {key}; {hint}")
    return found


def _value(name: str, value: object, origin: str) -> object:
    read, expected = _READERS[name]
    found = read(value)
    if found is None:
        raise usage(f"{name} is {value!r} (from {origin}); expected {expected}")
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and value.isprintable() else None


def _path(value: object) -> Path | None:
    text = str(value) if isinstance(value, Path) else _text(value)
    return Path(text) if text else None


def _whole(least: int) -> Callable[[object], int | None]:
    def read(value: object) -> int | None:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
            value = int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= least else None

    return read


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _share(value: object) -> float | None:
    share = _number(value)
    return share if share is not None and 0 <= share <= 1 else None


def _least_pd(value: object) -> float | None:
    share = _share(value)
    return share if share else None


def _factor(value: object) -> float | None:
    factor = _number(value)
    return factor if factor is not None and 1 < factor < float("inf") else None


def _items(value: object) -> list[object]:
    """A list from TOML, or a text with commas from a flag or the environment."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    return list(value) if isinstance(value, list | tuple) else []


def _words(value: object) -> tuple[str, ...] | None:
    words = [_text(item) for item in _items(value)]
    return tuple(w for w in words if w) if words and all(words) else None


def _bounds(value: object) -> tuple[float, ...] | None:
    numbers = [_number(item) for item in _items(value)]
    bounds = tuple(n for n in numbers if n is not None)
    rising = list(bounds) == sorted(set(bounds))
    return (
        bounds if len(numbers) == len(bounds) == 6 and rising and bounds[0] > 0 and bounds[-1] < 1 else None
    )


def _sides(value: object) -> tuple[str, ...] | None:
    sides = _words(value)
    return sides if sides and set(sides) <= {"supplier", "customer", "carrier"} else None


def _lang(value: object) -> object | None:
    return value if value in ("en", "zh") else None


def _device(value: object) -> object | None:
    return value if value in ("auto", "cpu", "cuda") else None


def _memory(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?\s?[KMGT]i?B", value) else None


_READERS: Mapping[str, tuple[Callable[[object], object], str]] = {
    "workspace": (_path, "the path of a folder"),
    "horizon_days": (_whole(1), "a whole number of days, 1 or more"),
    "default_kinds": (_words, "kinds of events, as a list or joined by commas"),
    "grade_bounds": (_bounds, "six increasing PDs between 0 and 1, as a list or joined by commas"),
    "model": (_text, "the name of a model or the path of its folder"),
    "max_bad": (_share, "a share from 0 to 1"),
    "encoding": (_text, "the name of an encoding, such as utf-8 or gb18030"),
    "store": (_text, "embedded, neo4j or an address"),
    "memory_limit": (_memory, "a size such as 4GB"),
    "members": (_whole(1), "a whole number, 1 or more"),
    "seed": (_whole(0), "a whole number, 0 or more"),
    "lang": (_lang, "en or zh"),
    "device": (_device, "auto, cpu or cuda"),
    "lgd": (_share, "a share from 0 to 1"),
    "ccf": (_share, "a share from 0 to 1"),
    "pd_factor": (_factor, "a number above 1"),
    "watch_pd": (_least_pd, "a PD above 0, up to 1"),
    "watch_share": (_share, "a share from 0 to 1"),
    "watch_moved": (_share, "a share from 0 to 1"),
    "watch_reason": (_share, "a share from 0 to 1"),
    "watch_sides": (_sides, "supplier, customer, carrier, or some of them, as a list or joined by commas"),
    "beyond_days": (_whole(0), "a whole number of days, 0 or more"),
}
