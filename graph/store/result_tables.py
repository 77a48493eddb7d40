"""Answers of a graph store as Arrow columns: one rule for all engines, so equal graphs give equal tables."""

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
    """Columns of plain Python values as a table; notes are kept as JSON in the schema's metadata."""
    fields = [answer_column(v) for v in values]
    schema = pa.schema([(name, array.type) for name, array in zip(columns, fields, strict=True)])
    if notes:
        schema = schema.with_metadata({"notes": json.dumps(list(notes), ensure_ascii=False)})
    return pa.Table.from_arrays(fields, schema=schema)


def notes_of(table: pa.Table) -> list[str]:
    """What the engine remarked on the statement that gave this table."""
    stored = (table.schema.metadata or {}).get(b"notes")
    return [str(note) for note in json.loads(stored)] if stored else []


def answer_column(values: Sequence[object]) -> pa.Array:
    """One column: its type is the narrowest that holds every value, else JSON text.

    Whole and broken numbers together are doubles, but where whole ones are beyond 2^53; a NaN or an infinity is
    missing (engines differ on which of them a division by zero gives); days and times are ISO text; a list of plain
    values is a list; maps, nested lists of unlike things and mixed columns are JSON text with sorted keys.
    """
    kinds = frozenset(map(type, values)) - {type(None)}
    if kinds == {float}:
        numbers = pa.array(values, pa.float64())
        if pc.all(pc.is_finite(numbers)).as_py():
            return numbers
    if float in kinds or any(issubclass(kind, _DAYS) for kind in kinds):
        values = [_json_value(v) for v in values]
        kinds = frozenset(map(type, values)) - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if kinds in SCALARS and not (float in kinds and any(map(_too_long, values))):
        return pa.array(values, SCALARS[kinds])
    if kinds == {list}:
        return _list_column(values)
    return pa.array([None if v is None else json_text(v) for v in values], pa.string())


def _too_long(value: object) -> bool:
    """Whether a value is a whole number beyond those that doubles hold without a gap."""
    return isinstance(value, int) and abs(value) > 1 << 53


def _list_column(values: Sequence[object]) -> pa.Array:
    lists: list[list[object] | None] = [v if isinstance(v, list) else None for v in values]
    inner = answer_column([item for v in lists if v for item in v])
    offsets: list[int | None] = []
    end = 0
    for v in lists:
        # A null offset marks a missing list; an empty list is not a missing one.
        offsets.append(None if v is None else end)
        end += len(v or ())
    return pa.ListArray.from_arrays(pa.array([*offsets, end], pa.int32()), inner)


def json_text(value: object) -> str:
    """A value as JSON text: sorted keys, ISO days, null for a NaN or an infinity."""
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
