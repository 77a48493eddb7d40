"""Checks that every store makes before it runs a statement: its timeout, its text and its parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.cypher_names import refuse_load_csv, refuse_multiple_statements
from supplyrisk.graph.store.protocol import Params

WRITES = ("the statement writes", "a statement that only reads", "add --write to let it write")
"""Error message for a statement that writes where it may only read: problem, expected, remedy."""


def checked_params(cypher: str, params: Params | None, timeout: float) -> dict[str, Any]:
    """Return the parameters of a statement as plain values, after all checks that need no engine.

    Parameters
    ----------
    timeout: seconds that the statement may run, above 0.

    Raises
    ------
    CypherError: the timeout is not positive, the text has LOAD CSV or a second statement, or a parameter has a value
        that Cypher cannot hold.
    """
    # Written as `not >`, so that NaN is rejected too.
    if not timeout > 0:
        raise CypherError(f"a deadline of {timeout} s", "more than 0")
    refuse_load_csv(cypher)
    refuse_multiple_statements(cypher)
    values: dict[str, Any] = json.loads(params_json(params))
    return values


def params_json(params: Params | None) -> str:
    """Return parameters as JSON text, the same for every store.

    Raises
    ------
    CypherError: a value is NaN, infinite, or of a type that Cypher cannot hold.
    """
    return json.dumps({name: _plain(value, name) for name, value in (params or {}).items()}, allow_nan=False)


def _plain(value: object, name: str) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise CypherError(f"parameter {name} holds {value}", "a finite number, or null for what is missing")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, name) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        # Sets have no order: they are sorted so that equal calls send equal bytes.
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [_plain(item, name) for item in items]
    raise CypherError(
        f"parameter {name} is of type {type(value).__name__}",
        "text, a number, true or false, a day, a list or a map",
    )
