"""LANES numbers in vector registers, one for each scenario that is computed side by side. For compiled code only.

A sum that is kept in an array is read from and written to memory at every link, and a loop over lanes asks how many
there are each time: that took several times as long as fetching the losses. So a row of lanes is a type of its own,
LLVM's <LANES x double>, which it makes of what vectors a processor has. Products and sums are rounded one by one, never
fused, so that all processors round alike.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Protocol

from llvmlite import ir
from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import lower_builtin, models, register_model

from supplyrisk.graph.contagion.kernels.kernel_arrays import LANES, Floats


class Lanes(Protocol):
    """A number for each lane, as Python's type checker sees it."""

    def __add__(self, other: Lanes) -> Lanes:
        """Lane by lane, as all that follow."""

    def __sub__(self, other: Lanes) -> Lanes:
        """Lane by lane."""

    def __mul__(self, other: Lanes) -> Lanes:
        """Lane by lane."""

    def __truediv__(self, other: Lanes) -> Lanes:
        """Lane by lane; 1 / 0 is infinite."""

    def __rmul__(self, other: float) -> Lanes:
        """The same factor for all."""


def everywhere(value: float) -> Lanes:
    """The same number in every lane."""
    raise NotImplementedError


def read(rows: Floats, row: int) -> Lanes:
    """One row of an array (rows, LANES)."""
    raise NotImplementedError


def write(rows: Floats, row: int, lanes: Lanes) -> None:
    """Put the lanes into one row of an array (rows, LANES)."""
    raise NotImplementedError


def larger(one: Lanes, other: Lanes) -> Lanes:
    """The larger number, lane by lane."""
    raise NotImplementedError


def smaller(one: Lanes, other: Lanes) -> Lanes:
    """The smaller number, lane by lane."""
    raise NotImplementedError


def where_above(one: Lanes, other: Lanes, then: Lanes, otherwise: Lanes) -> Lanes:
    """`then` in the lanes where one > other, `otherwise` elsewhere."""
    raise NotImplementedError


def add_up(lanes: Lanes) -> float:
    """The sum over all lanes, by halves."""
    raise NotImplementedError


def reaches(one: Lanes, other: Lanes) -> bool:
    """Whether one >= other in any lane."""
    raise NotImplementedError


class _Lanes(types.Type):  # type: ignore[misc] # numba has no types for Python's checker, here and below
    """The same as numba sees it."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES})")


@register_model(_Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    """The same as LLVM sees it."""

    def __init__(self, manager: object, kind: object) -> None:
        super().__init__(manager, kind, VECTOR)


VECTOR, INT, LONG = ir.VectorType(ir.DoubleType(), LANES), ir.IntType(32), ir.IntType(64)
NOTHING = ir.Constant(VECTOR, ir.Undefined)
LANES_TYPE, ROWS = _Lanes(), types.Array(types.float64, 2, "C")


def _compiles(
    function: Callable[..., object], emit: Callable[..., Any], gives: types.Type, *takes: types.Type
) -> None:
    """Let numba compile calls of a function by `emit`, which gets numba's context, LLVM's builder and the arguments."""
    infer_global(function)(type("Case", (ConcreteTemplate,), {"key": function, "cases": [gives(*takes)]}))
    lower_builtin(function, *takes)(lambda context, builder, _sign, given: emit(context, builder, *given))


def _spread(_context: Any, builder: Any, value: Any) -> Any:
    first = builder.insert_element(NOTHING, value, ir.Constant(LONG, 0))
    return builder.shuffle_vector(first, NOTHING, ir.Constant(ir.VectorType(INT, LANES), [0] * LANES))


def _row(context: Any, builder: Any, rows: Any, row: Any) -> Any:
    """Where a row begins."""
    data = context.make_array(ROWS)(context, builder, rows).data
    return builder.bitcast(
        builder.gep(data, [builder.mul(row, ir.Constant(LONG, LANES))]), VECTOR.as_pointer()
    )


def _write(context: Any, builder: Any, rows: Any, row: Any, lanes: Any) -> Any:
    builder.store(lanes, _row(context, builder, rows, row), align=8)
    return context.get_dummy_value()


def _chosen(builder: Any, sign: str, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered(sign, one, other), one, other)


def _part(builder: Any, lanes: Any, of: range) -> Any:
    return builder.shuffle_vector(lanes, lanes, ir.Constant(ir.VectorType(INT, len(of)), list(of)))


def _add_up(_context: Any, builder: Any, lanes: Any) -> Any:
    count = LANES
    while count > 1:
        count //= 2
        first, last = (_part(builder, lanes, range(begin, begin + count)) for begin in (0, count))
        lanes = builder.fadd(first, last)
    return builder.extract_element(lanes, ir.Constant(LONG, 0))


def _reaches(_context: Any, builder: Any, one: Any, other: Any) -> Any:
    bits = builder.bitcast(builder.fcmp_ordered(">=", one, other), ir.IntType(LANES))
    return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))


def _all_of_them() -> None:
    one, two = (LANES_TYPE,), (LANES_TYPE, LANES_TYPE)
    place = (ROWS, types.uintp)
    _compiles(operator.add, lambda _c, b, x, y: b.fadd(x, y), LANES_TYPE, *two)
    _compiles(operator.sub, lambda _c, b, x, y: b.fsub(x, y), LANES_TYPE, *two)
    _compiles(operator.mul, lambda _c, b, x, y: b.fmul(x, y), LANES_TYPE, *two)
    _compiles(operator.truediv, lambda _c, b, x, y: b.fdiv(x, y), LANES_TYPE, *two)
    _compiles(
        operator.mul, lambda c, b, x, y: b.fmul(_spread(c, b, x), y), LANES_TYPE, types.float64, LANES_TYPE
    )
    _compiles(everywhere, _spread, LANES_TYPE, types.float64)
    _compiles(read, lambda c, b, *at: b.load(_row(c, b, *at), align=8), LANES_TYPE, *place)
    _compiles(write, _write, types.void, *place, LANES_TYPE)
    _compiles(larger, lambda _c, b, x, y: _chosen(b, ">", x, y), LANES_TYPE, *two)
    _compiles(smaller, lambda _c, b, x, y: _chosen(b, "<", x, y), LANES_TYPE, *two)
    _compiles(
        where_above,
        lambda _c, b, x, y, then, other: b.select(b.fcmp_ordered(">", x, y), then, other),
        LANES_TYPE, *two, *two,
    )  # fmt: skip
    _compiles(add_up, _add_up, types.float64, *one)
    _compiles(reaches, _reaches, types.boolean, *two)


_all_of_them()
