"""scipy.sparse, imported at its first use: importing it takes longer than computing a single scenario."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scipy import sparse
else:

    class _LazyModule:
        def __getattr__(self, name: str) -> object:
            return getattr(importlib.import_module("scipy.sparse"), name)

    sparse = _LazyModule()

__all__ = ["sparse"]
