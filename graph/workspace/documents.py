"""Typed documents as JSON: nested frozen dataclasses become objects with the fields' names as keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from enum import Enum
from math import isnan
from typing import Any

# The name by which pydantic reads the key, too.
STORED_KEY = "alias"
_OMITTED = "omitted_while_empty"


def stored_as(key: str, **options: Any) -> Any:
    """Return a dataclass field that documents store under another key; options: those of `dataclasses.field`."""
    return field(metadata={STORED_KEY: key}, **options)


def omitted_while_empty(**options: Any) -> Any:
    """Return a dataclass field that documents lack while it is empty: those of earlier versions stay as they are."""
    return field(metadata={_OMITTED: True}, **options)


def document_json(value: object) -> Any:
    """Return a value as JSON types: the one way from typed documents to the documents that are stored and printed.

    A dataclass becomes an object with its fields in their order, a mapping an object, a sequence a list, an Enum its
    value, and NaN, which means unknown, null. Days and paths stay: `to_json` in `output_files` writes them as text.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            part.metadata.get(STORED_KEY, part.name): document_json(getattr(value, part.name))
            for part in fields(value)
            if getattr(value, part.name) or not part.metadata.get(_OMITTED)
        }
    if isinstance(value, Mapping):
        return {key: document_json(entry) for key, entry in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [document_json(entry) for entry in value]
    return None if isinstance(value, float) and isnan(value) else value
