"""Settings: an option, else the environment (SCGRAPH_NAME), else scgraph.toml in the current folder, else a default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from supplyrisk.cli.error_reports import usage
from supplyrisk.graph import Settings, fault_texts

FILE = "scgraph.toml"
PREFIX = "SCGRAPH_"
SECTION = "default"
"""Section of the file for what counts as a default; outside it, its key `kinds` is written `default_kinds`."""


@dataclass(frozen=True)
class ResolvedSettings:
    """Settings, and each one's origin: "flag", an environment variable, "scgraph.toml" or "default"."""

    settings: Settings
    origins: Mapping[str, str]


def resolve(flags: Mapping[str, object] | None = None, folder: Path = Path()) -> ResolvedSettings:
    """The settings in force; flags that are None were not given.

    Raises
    ------
    Usage: unknown keys in scgraph.toml, or values that cannot be used; all of them in one line.
    """
    options = {name: value for name, value in (flags or {}).items() if value is not None}
    toml = _read_toml(folder / FILE)
    # Unknown keys are passed on, to be refused with all other faults.
    values: dict[str, object] = {
        name: value for name, value in toml.items() if name not in Settings.model_fields
    }
    origins = dict.fromkeys(values, FILE)
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        places = ((options, name, "flag"), (os.environ, variable, variable), (toml, name, FILE))
        for place, word, origin in places:
            if word in place:
                values[name] = place[word]
                origins[name] = origin
                break
        else:
            origins[name] = "default"
    try:
        return ResolvedSettings(Settings.model_validate(values), origins)
    except ValidationError as error:
        keys = [str(fault["loc"][0]) for fault in error.errors()]
        faults = zip(fault_texts(error), keys, strict=True)
        raise usage("; ".join(f"{text} (from {origins[key]})" for text, key in faults)) from error


def _read_toml(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        return {}
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise usage(
            f"{path} cannot be read ({error}); expected TOML in UTF-8; correct or remove it"
        ) from error
    return _flat(parsed, path)


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
