"""Values and mappings as TOML text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as Table

from supplyrisk.loaders.mappings.mapping import Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: object) -> str:
    """Return a value on one line: texts, numbers, booleans, lists and tables of them.

    Raises
    ------
    TypeError: TOML has no such value.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's; DEL is the only character that TOML refuses and JSON does not escape
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Table):
        pairs = ", ".join(f"{toml_key(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    raise TypeError(f"{type(value).__name__} cannot be written as TOML")


def toml_key(name: str) -> str:
    """Return a key, in quotes where it needs them."""
    return name if _BARE_KEY.fullmatch(name) else toml_value(name)


def mapping_toml(mapping: Mapping) -> str:
    """Return a mapping as a file, with the keys that it states."""
    content = mapping.model_dump(by_alias=True, exclude_unset=True)
    sources = content.pop("source", ())
    lines = [f"{key} = {toml_value(value)}" for key, value in content.items() if value is not None]
    for source in sources:
        lines += ["", "[[source]]"]
        lines += [
            f"{key} = {toml_value(_stated(value))}" for key, value in source.items() if value is not None
        ]
    return "\n".join(lines) + "\n"


def _stated(value: object) -> object:
    """Return a value without keys that have none: TOML has no null."""
    if isinstance(value, Table):
        return {key: _stated(item) for key, item in value.items() if item is not None}
    return value
