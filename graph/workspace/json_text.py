"""Values as JSON text, without NaN."""

from __future__ import annotations

import json
from pathlib import Path


def to_json(value: object) -> str:
    """JSON text: days in ISO form, paths as text; NaN raises, since it is not JSON and missing is null."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
