"""What the extra supplyrisk[matching] brings, imported where it is used: no other command needs it."""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType
from typing import Any

from supplyrisk.graph.errors import RequestError

_PACKAGES = {"splink": "splink", "stdnum": "python-stdnum", "opencc_purepy": "opencc-purepy"}
"""Packages of the extra, by the module that each brings."""


def check_matching_extra() -> None:
    """Check that the extra is installed.

    Raises
    ------
    RequestError: one of its packages is not.
    """
    missing = []
    for module, package in _PACKAGES.items():
        try:
            importlib.import_module(module)
        except ModuleNotFoundError:
            missing.append(package)
    if missing:
        raise RequestError(
            f"matching needs {', '.join(missing)}, which is not installed",
            remedy='pip install "supplyrisk[matching]"',
        )


@cache
def stdnum_module(name: str) -> ModuleType:
    """Return a module of python-stdnum, such as "cn.uscc"."""
    return importlib.import_module(f"stdnum.{name}")


@cache
def simplifier() -> Any:
    """Return the converter from traditional to simplified characters."""
    return importlib.import_module("opencc_purepy").OpenCC("t2s")
