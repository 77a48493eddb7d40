"""Compiling kernels with numba, with the machine code kept between runs where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
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


def keeps_code(function: Callable[..., object]) -> bool:
    """Whether machine code of a function is kept where the next process will look for it."""
    place = getattr(getattr(function, "stats", None), "cache_path", None)
    name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}-*.nbi"
    return place is not None and any(Path(place).glob(name))
