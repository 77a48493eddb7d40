"""Settings: an option, else the environment (SCGRAPH_NAME), else scgraph.toml in the current folder, else a default."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from supplyrisk.cli.error_reports import usage
from supplyrisk.graph import STORE_VALUES, DefaultDefinition
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.relations import relation_ends
from supplyrisk.queries import name_hint

FILE = "scgraph.toml"
PREFIX = "SCGRAPH_"
SECTION = "default"
"""Section of the file for what counts as a default; outside it, its key `kinds` is written `default_kinds`."""


@dataclass(frozen=True)
class Settings:
    """The settings in force.

    Parameters
    ----------
    workspace: folder of the workspace.
    horizon_days, members, seed: of training; a model stores its horizon.
    default_kinds, default_days_past_due: what counts as a default, see `default_definition`; a model stores it.
    grade_bounds: upper PDs of grades A to F.
    model: the model that scores, by name or path.
    max_bad: share of a table's rows that may be quarantined; None: what the mapping sets.
    encoding: of CSV and JSON Lines files.
    store: "embedded", "neo4j" or an address; None: NEO4J_URI decides.
    memory_limit: what DuckDB may take while it computes a snapshot.
    device: where the network is computed; auto is CUDA where there is one.
    lgd, ccf: loss given default and credit conversion factor where a loan states none, in `contagion` and `stress`; a
        lending policy has its own.
    pd_factor: factor by which a PD rises or falls before `monitor` raises an alert. watch_...: its other bounds, see
        `AlertBounds`.
    beyond_days: days that an as-of date may lie after the data.
    lang: language of the reasons.
    """

    workspace: Path = Path(defaults.WORKSPACE)
    horizon_days: int = defaults.HORIZON_DAYS
    default_kinds: tuple[str, ...] = defaults.DEFAULT_KINDS
    default_days_past_due: int = defaults.DAYS_PAST_DUE
    grade_bounds: tuple[float, ...] = defaults.GRADE_BOUNDS
    model: str = defaults.MODEL
    max_bad: float | None = None
    encoding: str = defaults.ENCODING
    store: str | None = None
    memory_limit: str = defaults.MEMORY_LIMIT
    members: int = defaults.MEMBERS
    seed: int = defaults.SEED
    device: str = defaults.DEVICE
    lgd: float = defaults.LGD
    ccf: float = defaults.CCF
    pd_factor: float = 2.0
    watch_pd: float = 0.01
    watch_share: float = 0.5
    watch_moved: float = 0.3
    watch_reason: float = 0.25
    watch_sides: tuple[str, ...] = ("supplier", "customer")
    beyond_days: int = defaults.BEYOND_DAYS
    lang: str = defaults.LANGUAGE

    @property
    def default_definition(self) -> DefaultDefinition:
        """What counts as a default; 0 days past due: only events do."""
        return DefaultDefinition(self.default_kinds, self.default_days_past_due or None)


@dataclass(frozen=True)
class ResolvedSettings:
    """Settings, and each one's origin: "flag", an environment variable, "scgraph.toml" or "default"."""

    settings: Settings
    origins: Mapping[str, str]


def resolve(flags: Mapping[str, object] | None = None, folder: Path = Path()) -> ResolvedSettings:
    """The settings in force; flags that are None were not given.

    Raises
    ------
    Usage: an unknown key in scgraph.toml, or a value that cannot be used.
    """
    options = {name: value for name, value in (flags or {}).items() if value is not None}
    toml = _read_toml(folder / FILE)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for field in fields(Settings):
        name = field.name
        variable = PREFIX + name.upper()
        places = ((options, name, "flag"), (os.environ, variable, variable), (toml, name, FILE))
        for place, key, origin in places:
            if key in place:
                values[name] = _value(name, place[key], origin)
                origins[name] = origin
                break
        else:
            origins[name] = "default"
    return ResolvedSettings(Settings(**values), origins)


def _read_toml(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        return {}
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise usage(
            f"{path} cannot be read ({error}); expected TOML in UTF-8; correct or remove it"
        ) from error
    known = [field.name for field in fields(Settings)]
    content = _flat(parsed, path)
    for key in content:
        if key not in known:
            raise usage(f"{path} has an unknown key {key}; {name_hint(key, known)}")
    return content


def _flat(content: Mapping[str, object], path: Path) -> Mapping[str, object]:
    """The keys of the section [default] as settings: `days_past_due` there is `default_days_past_due`."""
    section = content.get(SECTION)
    if not isinstance(section, dict):
        return content
    prefixed = {f"{SECTION}_{key}": value for key, value in section.items()}
    for key in prefixed:
        if key in content:
            raise usage(f"{path} sets {key} twice, once in the section [{SECTION}]; remove one of them")
    return {key: value for key, value in content.items() if key != SECTION} | prefixed


def _value(name: str, value: object, origin: str) -> object:
    read, expected = _READERS[name]
    parsed = read(value)
    if parsed is None:
        raise usage(f"{name} is {value!r} (from {origin}); expected {expected}")
    return parsed


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and value.isprintable() else None


def _path(value: object) -> Path | None:
    text = str(value) if isinstance(value, Path) else _text(value)
    return Path(text) if text else None


def _whole(minimum: int) -> Callable[[object], int | None]:
    def read(value: object) -> int | None:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
            value = int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= minimum else None

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
    return sides if sides and set(sides) <= {end.code for end in relation_ends() if end.share} else None


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
    "default_days_past_due": (_whole(0), "a whole number of days, 1 or more, or 0 where only events count"),
    "grade_bounds": (_bounds, "six increasing PDs between 0 and 1, as a list or joined by commas"),
    "model": (_text, "the name of a model or the path of its folder"),
    "max_bad": (_share, "a share from 0 to 1"),
    "encoding": (_text, "the name of an encoding, such as utf-8 or gb18030"),
    "store": (_text, STORE_VALUES),
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
