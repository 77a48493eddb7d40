"""Compiling kernels with numba, with the machine code kept between runs where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled at its first call, without Python's lock.

    Machine code is kept beside the module, or, where that cannot be written, in the user's cache folder
    (NUMBA_CACHE_DIR names another). Where neither can be written each process compiles anew.
    """
    try:
        return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))
    except RuntimeError as fault:
        if "no locator available" not in str(fault):
            raise
    return cast(Callable[P, R], numba.njit(nogil=True)(function))
