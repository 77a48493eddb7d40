"""The change file of a what-if: a TOML file with one or more [[change]] tables, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator

from supplyrisk.graph.merchant.what_if.change_kinds import RowChange, read_change
from supplyrisk.graph.schema.strict_toml import StrictTable, parse_toml, read_toml

_Change = Annotated[RowChange, PlainValidator(read_change)]


class ChangePlan(StrictTable):
    """The changes of a file in their order; none is a plan without effect."""

    change: Annotated[tuple[_Change, ...], Field(strict=False)] = ()


def read_change_plan(path: Path) -> ChangePlan:
    """Read a change file.

    Raises
    ------
    DataError: it cannot be read, or does not fit; one error lists all faults.
    """
    return read_toml(path, ChangePlan, str(path))


def parse_change_plan(text: str, source: str = "the change file") -> ChangePlan:
    """Parse the text of a change file; errors as of `read_change_plan`."""
    return parse_toml(text, ChangePlan, source)
