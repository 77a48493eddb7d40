"""Strict reading of TOML files with a known shape; all faults of a file are reported together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from supplyrisk.graph.errors import DataError
from supplyrisk.queries import name_hint


class StrictTable(BaseModel):
    """Base class of TOML tables: unknown keys, wrong types and infinities are errors; instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Shape = TypeVar("Shape", bound=StrictTable)


def parse_toml(text: str, shape: type[Shape], source: str) -> Shape:
    """Parse the text of a TOML file into a StrictTable.

    Parameters
    ----------
    text: the content of the file.
    shape: the class of the result.
    source: the name of the file in error messages.

    Raises
    ------
    DataError: the text is not TOML, or does not fit the shape. One error lists all faults, each with its place and
        what is expected there.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise DataError(f"{source} is not valid TOML ({fault})", remedy="correct that line") from fault
    try:
        return shape.model_validate(content)
    except ValidationError as fault:
        faults = "; ".join(_fault_text(error, shape) for error in fault.errors(include_url=False))
        raise DataError(f"{source}: {faults}", remedy="correct the file") from fault


def _fault_text(error: Mapping[str, Any], shape: type[BaseModel]) -> str:
    """Return one pydantic error as text: the key, its value, and what is expected."""
    place: Sequence[int | str] = error["loc"]
    # Entries of arrays are counted from 1, as a user counts them.
    path = ".".join(f"{part + 1}" if isinstance(part, int) else part for part in place)
    if error["type"] == "extra_forbidden":
        # Keys of the file are aliases where a field has another name in Python.
        fields = _shape_at(shape, place[:-1]).model_fields
        known = [field.alias or name for name, field in fields.items()]
        return f"unknown key {path}, {name_hint(str(place[-1]), known)}"
    if error["type"] == "missing":
        return f"no {path}, expected one"
    expectation = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    # Errors of a whole table (raised by model validators) name their keys themselves.
    if not path or isinstance(error["input"], dict):
        return expectation
    return f"{path} is {error['input']!r}, expected {expectation}"


def _shape_at(shape: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel]:
    """Return the class of the table at a place inside a file."""
    for part in place:
        if isinstance(part, int):
            continue
        kind = shape.model_fields[part].annotation
        # A field is a table, or a container of tables: tuple[Table, ...], Table | None.
        inner = [k for k in (kind, *getattr(kind, "__args__", ())) if isinstance(k, type)]
        shape = next(k for k in inner if issubclass(k, BaseModel))
    return shape
