"""TOML files with a known shape: read strictly, and every fault of a file said at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from supplyrisk.graph.errors import DataError


class StrictTable(BaseModel):
    """A table of a file: no unknown keys, no values of other types, no infinities; it cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Shape = TypeVar("Shape", bound=StrictTable)


def parse_toml(text: str, shape: type[Shape], where: str) -> Shape:
    """The text of a TOML file as a value of a shape.

    Parameters
    ----------
    where: names the file in messages.

    Raises
    ------
    DataError: it is no TOML, or does not fit: all faults at once, each with its place and what is expected there.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise DataError(f"{where} is no TOML ({fault})", remedy="mend that line") from fault
    try:
        return shape.model_validate(given)
    except ValidationError as fault:
        told = "; ".join(_told(error, shape) for error in fault.errors(include_url=False))
        raise DataError(f"{where}: {told}", remedy="mend the file") from fault


def _told(error: Mapping[str, Any], shape: type[BaseModel]) -> str:
    place: Sequence[int | str] = error["loc"]
    path = ".".join(f"{part + 1}" if isinstance(part, int) else part for part in place)
    if error["type"] == "extra_forbidden":
        known = list(_inside(shape, place[:-1]).model_fields)
        close = get_close_matches(str(place[-1]), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
        return f"unknown key {path}, {hint}"
    if error["type"] == "missing":
        return f"no {path}, expected one"
    words = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    if not path or isinstance(error["input"], dict):
        return words
    return f"{path} is {error['input']!r}, expected {words}"


def _inside(shape: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel]:
    """The shape of the table at a place inside a file."""
    for part in place:
        if isinstance(part, int):
            continue
        kind = shape.model_fields[part].annotation
        inner = [k for k in (kind, *getattr(kind, "__args__", ())) if isinstance(k, type)]
        shape = next(k for k in inner if issubclass(k, BaseModel))
    return shape
