"""Results of a graph store as Arrow columns, by one rule for all engines: equal graphs give equal tables."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc

SCALARS: dict[frozenset[type], pa.DataType] = {
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({str}): pa.string(),
}
_DAYS = (date, datetime, time)


def answer_table(
    columns: Sequence[str], values: Sequence[Sequence[object]], notes: Sequence[str] = ()
) -> pa.Table:
    """Return columns of plain Python values as a table; notes are stored as JSON in the schema's metadata."""
    fields = [answer_column(v) for v in values]
    schema = pa.schema([(name, array.type) for name, array in zip(columns, fields, strict=True)])
    if notes:
        schema = schema.with_metadata({"notes": json.dumps(list(notes), ensure_ascii=False)})
    return pa.Table.from_arrays(fields, schema=schema)


def notes_of(table: pa.Table) -> list[str]:
    """Return the engine's notes on the statement that returned this table."""
    stored = (table.schema.metadata or {}).get(b"notes")
    return [str(note) for note in json.loads(stored)] if stored else []


def answer_column(values: Sequence[object]) -> pa.Array:
    """Return values as one column of the narrowest type that holds all of them, or as JSON text.

    Integers and floats together are doubles, unless an integer is beyond 2^53. NaN and infinities are null, because
    engines differ on which of them a division by zero returns. Days and times are ISO text. Lists of plain values are
    lists. Maps, nested lists of different types and mixed columns are JSON text with sorted keys.
    """
    kinds = frozenset(map(type, values)) - {type(None)}
    # The most frequent case first: columns of finite numbers need no conversion in Python.
    if kinds == {float}:
        numbers = pa.array(values, pa.float64())
        if pc.all(pc.is_finite(numbers)).as_py():
            return numbers
    if float in kinds or any(issubclass(kind, _DAYS) for kind in kinds):
        values = [_json_value(v) for v in values]
        kinds = frozenset(map(type, values)) - {type(None)}
    # A column without values has the null type; the caller casts it if it knows the type.
    if not kinds:
        return pa.nulls(len(values))
    if kinds in SCALARS and not (float in kinds and any(map(_too_long, values))):
        return pa.array(values, SCALARS[kinds])
    if kinds == {list}:
        return _list_column(values)
    return pa.array([None if v is None else json_text(v) for v in values], pa.string())


def _too_long(value: object) -> bool:
    """Return whether a value is an integer beyond the range in which doubles represent every integer."""
    return isinstance(value, int) and abs(value) > 1 << 53


def _list_column(values: Sequence[object]) -> pa.Array:
    lists: list[list[object] | None] = [v if isinstance(v, list) else None for v in values]
    inner = answer_column([item for v in lists if v for item in v])
    offsets: list[int | None] = []
    end = 0
    for v in lists:
        # A null offset marks a missing list, which differs from an empty one.
        offsets.append(None if v is None else end)
        end += len(v or ())
    return pa.ListArray.from_arrays(pa.array([*offsets, end], pa.int32()), inner)


def json_text(value: object) -> str:
    """Return a value as JSON text: sorted keys, days in ISO format, null for NaN and infinities."""
    return json.dumps(_json_value(value), ensure_ascii=False, sort_keys=True, allow_nan=False)


def _json_value(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, _DAYS):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return value
