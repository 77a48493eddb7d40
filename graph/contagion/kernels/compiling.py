"""Compile kernels with numba and cache their machine code between processes where a folder for it can be written."""

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


def _kernel_version() -> str:
    """Return a digest of numba's version and of the source of all kernels."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"\0".join((numba.__version__.encode(), *sources))).hexdigest()[:16]


# Cached machine code names the classes of its arguments. After a change of those, loading what an older version cached
# would fail rather than recompile, so each version has a folder of its own.
if not config.CACHE_DIR:
    config.CACHE_DIR = str(user_cache() / f"kernels-{_kernel_version()}")


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled at its first call; it runs without the global interpreter lock.

    Machine code is cached in the user's cache folder (the environment variable NUMBA_CACHE_DIR names another one) or,
    where that cannot be written, beside the module. Where neither can be written, each process compiles again. Sums and
    products keep their order: numba's fast-math is off.
    """
    try:
        return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))
    except RuntimeError as fault:
        # numba's message when no cache folder is writable; any other error is a real one.
        if "no locator available" not in str(fault):
            raise
    return cast(Callable[P, R], numba.njit(nogil=True)(function))


def has_cached_code(function: Callable[..., object]) -> bool:
    """Return whether machine code of a compiled function is cached where the next process will look for it."""
    folder = getattr(getattr(function, "stats", None), "cache_path", None)
    pattern = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}-*.nbi"
    return folder is not None and any(Path(folder).glob(pattern))
