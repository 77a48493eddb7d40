"""Compiling kernels with numba, with the machine code kept between runs where there is a place for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba
from numba import config

from supplyrisk.graph.workspace.user_cache import user_cache

P = ParamSpec("P")
R = TypeVar("R")


def _kernels() -> str:
    """A name for the code here as it stands.

    Kept machine code names the classes of its arguments: after a change of those, reading what an older version kept
    would fail rather than compile anew. So every version keeps its own.
    """
    texts = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"\0".join((numba.__version__.encode(), *texts))).hexdigest()[:16]


if not config.CACHE_DIR:
    config.CACHE_DIR = str(user_cache() / f"kernels-{_kernels()}")


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled at its first call, without Python's lock.

    Machine code is kept in the user's cache folder (NUMBA_CACHE_DIR names another), or, where that cannot be written,
    beside the module. Where neither can be written each process compiles anew.
    """
    try:
        return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))
    except RuntimeError as fault:
        if "no locator available" not in str(fault):
            raise
    return cast(Callable[P, R], numba.njit(nogil=True)(function))


def has_cached_code(function: Callable[..., object]) -> bool:
    """Whether machine code of a function is kept where the next process will look for it."""
    place = getattr(getattr(function, "stats", None), "cache_path", None)
    name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}-*.nbi"
    return place is not None and any(Path(place).glob(name))
