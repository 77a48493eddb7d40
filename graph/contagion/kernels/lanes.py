"""A row of LANES floats in vector registers, one for each scenario computed side by side. For compiled code only.

With sums kept in an array and a loop over lanes, numba reads and writes memory at every link: whole runs took 2.0 to
2.9 times as long (tests/bench/bench_lanes.py; tests/support/plain_lanes.py has the plain loops). A row of lanes is
therefore a type of its own, LLVM's <LANES x double>, which LLVM maps to the vector registers of the processor at hand.
Products and sums are rounded one by one and never fused, so that all processors give the same bits.
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
    """A float for each lane, as Python's type checker sees it; operators work lane by lane."""

    def __add__(self, other: Lanes) -> Lanes:
        """Return the sum, lane by lane."""

    def __sub__(self, other: Lanes) -> Lanes:
        """Return the difference, lane by lane."""

    def __mul__(self, other: Lanes) -> Lanes:
        """Return the product, lane by lane."""

    def __truediv__(self, other: Lanes) -> Lanes:
        """Return the quotient, lane by lane; 1 / 0 is infinite and raises nothing."""

    def __rmul__(self, other: float) -> Lanes:
        """Return the product with one factor for all lanes."""


def everywhere(value: float) -> Lanes:
    """Return a row with the same number in every lane."""
    raise NotImplementedError


def read(rows: Floats, row: int) -> Lanes:
    """Return one row of an array of shape (rows, LANES)."""
    raise NotImplementedError


def write(rows: Floats, row: int, lanes: Lanes) -> None:
    """Write the lanes into one row of an array of shape (rows, LANES)."""
    raise NotImplementedError


def larger(one: Lanes, other: Lanes) -> Lanes:
    """Return the larger number, lane by lane; `other` where they are equal or one is NaN."""
    raise NotImplementedError


def smaller(one: Lanes, other: Lanes) -> Lanes:
    """Return the smaller number, lane by lane; `other` where they are equal or one is NaN."""
    raise NotImplementedError


def where_above(one: Lanes, other: Lanes, then: Lanes, otherwise: Lanes) -> Lanes:
    """Return `then` in the lanes where one > other and `otherwise` in all others."""
    raise NotImplementedError


def add_up(lanes: Lanes) -> float:
    """Return the sum over all lanes, first half plus second half until one number is left.

    The order is fixed in the code, so that it does not depend on the width of the processor's registers.
    """
    raise NotImplementedError


def reaches(one: Lanes, other: Lanes) -> bool:
    """Return whether one >= other in any lane."""
    raise NotImplementedError


class _LanesType(types.Type):  # type: ignore[misc] # numba has no types for Python's checker, here and below
    """The type of a row of lanes in numba's type inference."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES})")


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    """The representation of a row of lanes in LLVM: one vector value."""

    def __init__(self, manager: object, kind: object) -> None:
        super().__init__(manager, kind, VECTOR)


VECTOR = ir.VectorType(ir.DoubleType(), LANES)
INT = ir.IntType(32)
LONG = ir.IntType(64)
UNDEFINED = ir.Constant(VECTOR, ir.Undefined)
LANES_TYPE = _LanesType()
ROWS = types.Array(types.float64, 2, "C")


def _register(
    function: Callable[..., object],
    emit: Callable[..., Any],
    result: types.Type,
    *arguments: types.Type,
) -> None:
    """Let numba compile calls of a function with these argument types.

    emit: gets numba's context, LLVM's builder and the arguments as LLVM values, and returns the result's LLVM value.
    """
    # numba infers the type of a call from templates and then compiles it by a lowering function; both are needed.
    signature = result(*arguments)
    infer_global(function)(type("Case", (ConcreteTemplate,), {"key": function, "cases": [signature]}))
    lower_builtin(function, *arguments)(
        lambda context, builder, _signature, values: emit(context, builder, *values)
    )


def _emit_everywhere(_context: Any, builder: Any, value: Any) -> Any:
    # LLVM's idiom for a splat: insert into lane 0, then shuffle lane 0 into all lanes.
    first = builder.insert_element(UNDEFINED, value, ir.Constant(LONG, 0))
    return builder.shuffle_vector(first, UNDEFINED, ir.Constant(ir.VectorType(INT, LANES), [0] * LANES))


def _row_pointer(context: Any, builder: Any, rows: Any, row: Any) -> Any:
    """Return a pointer to the vector that begins at a row, without a check of bounds."""
    data = context.make_array(ROWS)(context, builder, rows).data
    first = builder.gep(data, [builder.mul(row, ir.Constant(LONG, LANES))])
    return builder.bitcast(first, VECTOR.as_pointer())


def _emit_read(context: Any, builder: Any, rows: Any, row: Any) -> Any:
    # align=8: numpy guarantees the alignment of one double only; a vector's full alignment could crash.
    return builder.load(_row_pointer(context, builder, rows, row), align=8)


def _emit_write(context: Any, builder: Any, rows: Any, row: Any, lanes: Any) -> Any:
    builder.store(lanes, _row_pointer(context, builder, rows, row), align=8)
    return context.get_dummy_value()


def _select(builder: Any, comparison: str, one: Any, other: Any) -> Any:
    # Ordered: false where one is NaN, as Python's comparisons.
    return builder.select(builder.fcmp_ordered(comparison, one, other), one, other)


def _lanes_in(builder: Any, lanes: Any, numbers: range) -> Any:
    """Return a shorter vector of the lanes with these numbers."""
    mask = ir.Constant(ir.VectorType(INT, len(numbers)), list(numbers))
    return builder.shuffle_vector(lanes, lanes, mask)


def _emit_add_up(_context: Any, builder: Any, lanes: Any) -> Any:
    # Explicit halving: LLVM's own reduction may choose another order on another processor.
    count = LANES
    while count > 1:
        count //= 2
        first_half = _lanes_in(builder, lanes, range(count))
        second_half = _lanes_in(builder, lanes, range(count, 2 * count))
        lanes = builder.fadd(first_half, second_half)
    return builder.extract_element(lanes, ir.Constant(LONG, 0))


def _emit_reaches(_context: Any, builder: Any, one: Any, other: Any) -> Any:
    # One bit per lane, read as one integer: any lane is true if it is not 0.
    bits = builder.bitcast(builder.fcmp_ordered(">=", one, other), ir.IntType(LANES))
    return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))


def _register_all() -> None:
    """Register all operations on lanes; `fadd` and the like without fast-math flags, so that LLVM fuses nothing."""
    one = (LANES_TYPE,)
    two = (LANES_TYPE, LANES_TYPE)
    place = (ROWS, types.uintp)
    _register(operator.add, lambda _c, b, x, y: b.fadd(x, y), LANES_TYPE, *two)
    _register(operator.sub, lambda _c, b, x, y: b.fsub(x, y), LANES_TYPE, *two)
    _register(operator.mul, lambda _c, b, x, y: b.fmul(x, y), LANES_TYPE, *two)
    _register(operator.truediv, lambda _c, b, x, y: b.fdiv(x, y), LANES_TYPE, *two)
    _register(
        operator.mul,
        lambda c, b, x, y: b.fmul(_emit_everywhere(c, b, x), y),
        LANES_TYPE, types.float64, LANES_TYPE,
    )  # fmt: skip
    _register(everywhere, _emit_everywhere, LANES_TYPE, types.float64)
    _register(read, _emit_read, LANES_TYPE, *place)
    _register(write, _emit_write, types.void, *place, LANES_TYPE)
    _register(larger, lambda _c, b, x, y: _select(b, ">", x, y), LANES_TYPE, *two)
    _register(smaller, lambda _c, b, x, y: _select(b, "<", x, y), LANES_TYPE, *two)
    _register(
        where_above,
        lambda _c, b, x, y, then, other: b.select(b.fcmp_ordered(">", x, y), then, other),
        LANES_TYPE, *two, *two,
    )  # fmt: skip
    _register(add_up, _emit_add_up, types.float64, *one)
    _register(reaches, _emit_reaches, types.boolean, *two)


_register_all()
