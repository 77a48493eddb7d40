"""The command that repeats a query of the library."""

from __future__ import annotations

import shlex
from collections.abc import Mapping


def query_line(name: str, params: Mapping[str, object]) -> str:
    """`scgraph query run NAME --param key=value ...`, quoted for a shell."""
    options = " ".join(f"--param {shlex.quote(f'{key}={value}')}" for key, value in params.items())
    return f"scgraph query run {name} {options}".strip()
