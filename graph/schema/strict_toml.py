"""Strict reading of TOML files with a known shape; all faults of a file are reported together."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from supplyrisk.graph.errors import DataError
from supplyrisk.queries import name_hint

_UNKNOWN = "extra_forbidden"
_MISSING = "missing"
_TABLE = "table_fault"
_IN_WORDS = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "a table",
    "string_type": "a text",
}
"""What pydantic's error types expect, in the words of a user of TOML."""


def expects(words: str) -> WrapValidator:
    """Say in words what is expected of a value, in place of pydantic's messages; the last one of its annotations."""

    def check(value: object, handler: Callable[[object], object]) -> object:
        try:
            return handler(value)
        except ValidationError as fault:
            raise PydanticCustomError("expected", words) from fault

    return WrapValidator(check)


def table_fault(text: str) -> PydanticCustomError:
    """Return the error of a table as a whole, for validators to raise; the text says what is expected."""
    return PydanticCustomError(_TABLE, text)


def accepted_if(accepts: Callable[[Any], bool]) -> AfterValidator:
    """Accept only the values for which a function is true; for use before `expects`."""

    def check(value: object) -> object:
        if not accepts(value):
            raise ValueError("not accepted")
        return value

    return AfterValidator(check)


Share = Annotated[float, Field(ge=0, le=1), expects("a share from 0 to 1")]
# The text may become a cell of a table, or part of a message on one line.
Text = Annotated[str, accepted_if(str.isprintable), expects("a text")]
# TOML has lists; strict alone would accept only tuples.
Texts = Annotated[tuple[Text, ...], Field(strict=False), expects("a list of texts")]


class StrictTable(BaseModel):
    """Base class of TOML tables: unknown keys, wrong types and infinities are errors; instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Yield the faults that concern several keys of the table.

        Parameters
        ----------
        values: by key of the file, as TOML has them, the values of the right type; tables may have inner faults.
        keys: all keys of the table, so that a faulty value does not count as a missing one.
        """
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _all_faults(cls, content: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Validate the fields and the table as a whole, so that the faults of both are reported together."""
        errors: list[Any] = []
        table = None
        try:
            table = handler(content)
        except ValidationError as fault:
            errors += fault.errors(include_url=False)
        if isinstance(content, dict):
            faulty = {error["loc"][0] for error in errors if len(error["loc"]) == 1}
            values = {key: value for key, value in content.items() if key not in faulty}
            errors += [
                {"type": _TABLE, "msg": text, "loc": (), "input": content}
                for text in cls.table_faults(values, content.keys())
            ]
        if table is None or errors:
            raise ValidationError.from_exception_data(cls.__name__, [cls._in_words(e) for e in errors])
        return table

    @classmethod
    def _in_words(cls, error: Mapping[str, Any]) -> InitErrorDetails:
        """Return an error of the table with its message in a user's words; those of inner tables have theirs."""
        kind = error["type"]
        place = error["loc"]
        text = _IN_WORDS.get(
            kind, error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        )
        # Keys of the file are aliases where a field has another name in Python.
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        if kind == _UNKNOWN and len(place) == 1:
            text = name_hint(place[0], fields)
        elif kind == _MISSING and len(place) == 1:
            text = fields[place[0]].description or "one"
        elif kind == "tuple_type" and len(place) == 1:
            text = f"[[{place[0]}]] tables"
        elif kind == "value_error" and not place:
            # Raised by a validator of the whole table.
            kind = _TABLE
        return InitErrorDetails(type=PydanticCustomError(kind, text), loc=place, input=error["input"])


Shape = TypeVar("Shape", bound=StrictTable)


def read_toml(path: Path, shape: type[Shape], source: str) -> Shape:
    """Read a TOML file into a StrictTable; see `parse_toml`.

    Raises
    ------
    DataError: the file cannot be read, too.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise DataError(f"{source} cannot be read ({fault.strerror})", "a TOML file in UTF-8") from fault
    except UnicodeDecodeError as fault:
        raise DataError(f"{source} cannot be read ({fault})", "a TOML file in UTF-8") from fault
    return parse_toml(text, shape, source)


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
        faults = "; ".join(fault_texts(fault))
        raise DataError(f"{source}: {faults}", remedy="correct the file") from fault


def fault_texts(error: ValidationError) -> list[str]:
    """Return each fault of a table as text: the key, its value, and what is expected."""
    return [_fault_text(fault) for fault in error.errors(include_url=False)]


def _fault_text(fault: Mapping[str, Any]) -> str:
    # pydantic ends the place of a key of a dict by [key].
    place: Sequence[int | str] = [part for part in fault["loc"] if part != "[key]"]
    kind = fault["type"]
    label = ""
    path = ""
    for part in place:
        if isinstance(part, int):
            # Entries of arrays are counted from 1, as a user counts them.
            label = f"{label}{path} {part + 1}: "
            path = ""
        else:
            path = f"{path}.{part}" if path else part
    if kind == _UNKNOWN:
        return f"{label}unknown key {path}, {fault['msg']}"
    if kind == _MISSING:
        return f"{label}no {path}, expected {fault['msg']}"
    if kind == _TABLE:
        # Faults of a table with a name of its own name it themselves; the tables of a list are named by number.
        return f"{label}{fault['msg']}"
    return f"{(label + path).removesuffix(': ')} is {fault['input']!r}, expected {fault['msg']}"
