"""Arrow columns out of arrays: ids, words, days that may not have come yet, and money in whole cents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.synthetic.world_plan import Bools, Floats, Ints


def ids(prefix: str, count: int, width: int = 7) -> pa.Array:
    """prefix and a running number from 1, with leading zeros."""
    return numbered(prefix, np.arange(count), width)


def numbered(prefix: str, place: Ints, width: int = 7) -> pa.Array:
    """prefix and each of these numbers plus 1, with leading zeros."""
    number = pc.utf8_lpad(pa.array(place + 1).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, number, "")


def pick(values: pa.Array | Sequence[str], index: Ints, given: Bools | None = None) -> pa.Array:
    """values[index], null where not given."""
    column = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return column.take(pa.array(index, mask=None if given is None else ~given))


def days(day: Ints, last: int) -> pa.Array:
    """Day numbers as dates, null where they lie after the last day (and so are not known yet)."""
    return pa.array(day.astype(np.int32), pa.int32(), mask=day > last).cast(pa.date32())


def money(amount: Floats, given: Bools | None = None) -> pa.Array:
    """Amounts in whole cents, null where not given."""
    return pa.array(cents(amount), pa.float64(), mask=None if given is None else ~given)


def counts(number: Ints, given: Bools | None = None) -> pa.Array:
    """Whole numbers, null where not given."""
    return pa.array(number.astype(np.int64), pa.int64(), mask=None if given is None else ~given)


def cents(amount: Floats) -> Floats:
    """Rounded to whole cents."""
    return np.round(np.asarray(amount, np.float64) * 100) / 100
