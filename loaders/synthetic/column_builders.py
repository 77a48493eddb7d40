"""Arrow columns from arrays: ids, words, days that may lie in the future, and money in whole cents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.synthetic.world_plan import Bools, Floats, Ints


def ids(prefix: str, count: int, width: int = 7) -> pa.Array:
    """Return ids 1 to count: the prefix and a number of `width` digits."""
    return numbered(prefix, np.arange(count), width)


def numbered(prefix: str, place: Ints, width: int = 7) -> pa.Array:
    """Return the ids of entries counted from 0: the prefix and place + 1 with `width` digits."""
    number = pc.utf8_lpad(pa.array(place + 1).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, number, "")


def pick(values: pa.Array | Sequence[str], index: Ints, valid: Bools | None = None) -> pa.Array:
    """Return values[index], null where not valid."""
    column = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return column.take(pa.array(index, mask=None if valid is None else ~valid))


def days(day: Ints, last_day: int) -> pa.Array:
    """Return day numbers as dates, null where they lie after the last day (and are not known yet)."""
    return pa.array(day.astype(np.int32), pa.int32(), mask=day > last_day).cast(pa.date32())


def money(amount: Floats, valid: Bools | None = None) -> pa.Array:
    """Return amounts in whole cents, null where not valid."""
    return pa.array(cents(amount), pa.float64(), mask=None if valid is None else ~valid)


def counts(number: Ints, valid: Bools | None = None) -> pa.Array:
    """Return whole numbers, null where not valid."""
    return pa.array(number.astype(np.int64), pa.int64(), mask=None if valid is None else ~valid)


def cents(amount: Floats) -> Floats:
    """Return amounts rounded to whole cents."""
    return np.round(np.asarray(amount, np.float64) * 100) / 100
