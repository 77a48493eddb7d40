"""scipy.sparse, imported when it is first used: it takes longer than a single scenario does."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scipy import sparse
else:

    class _Late:
        def __getattr__(self, name: str) -> object:
            return getattr(importlib.import_module("scipy.sparse"), name)

    sparse = _Late()

__all__ = ["sparse"]
