"""How the rows of a source are put together from several files, or from the events of a log."""

from __future__ import annotations

import fnmatch
from collections import abc
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from supplyrisk.graph.schema.strict_toml import StrictTable, Text, Texts, accepted_if, expects
from supplyrisk.loaders.mappings.source_format import SourceFormat, Word, Words


def listed(value: Any) -> Any:
    """Return a text as a list of one."""
    return [value] if isinstance(value, str) else value


def named_by(pattern: str, name: str) -> bool:
    """Return whether a file of this name (relative to the data folder) is the one, or one of the pattern."""
    return name == pattern or fnmatch.fnmatchcase(name, pattern)


def _is_inside(file: str) -> bool:
    # A path out of the data folder would let a mapping read any file.
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts


def _paired(value: object) -> object:
    """Return columns of equal names in both files as pairs."""
    if isinstance(value, str) and value:
        return {value: value}
    if isinstance(value, list) and value and all(isinstance(name, str) and name for name in value):
        return {name: name for name in value}
    if isinstance(value, dict) and value:
        return value
    raise PydanticCustomError("columns", "a column, a list of columns, or a table of them")


Take = Annotated[Literal["first", "last", "sum"], expects("first, last or sum")]
"""Which of several cells counts."""
InnerFile = Annotated[Text, accepted_if(_is_inside), expects("the name of a file inside the data folder")]


class JoinedFile(SourceFormat):
    """A file whose columns are added to the rows of a source: the header of its lines, say.

    It is written as its source is, as far as it states no keys of lines and cells; its header, preamble and footer are
    its own.

    Parameters
    ----------
    file: name of the file in the data folder, or a pattern.
    on: by column of the source, the column of this file that has the same text; for equal names, the name or a list.
    prefix: its columns are called prefix.column; "" for their own names, which the source must not have.
    take: by column of the file, which cell of several rows with one key counts: the first or the last one that is
        filled, or their sum. They must agree in other columns that are read.
    unmatched: "drop" leaves out rows without a row here, "keep" leaves their cells empty; None: they are faults.
    rows, db_table, query, sheet: as in a source.
    """

    file: InnerFile = Field(description="the name of a file inside the data folder")
    on: Annotated[dict[str, Word], BeforeValidator(_paired)] = Field(description="the columns to join by")
    prefix: Text = Field(default="", alias="as")
    take: dict[Word, Take] = Field(default_factory=dict)
    unmatched: Annotated[Literal["drop", "keep"] | None, expects("drop or keep")] = None
    rows: Text = ""
    db_table: Text = ""
    query: Text = ""
    sheet: Text = ""

    def matches(self, name: str) -> bool:
        """Return whether a file of this name (relative to the data folder) belongs to this entry."""
        return named_by(self.file, name)

    def named(self, column: str) -> str:
        """Return the name that a column of the file has in the mapping."""
        return f"{self.prefix}.{column}" if self.prefix else column


class FillDown(StrictTable):
    """Columns of which an empty cell has the text of the last filled cell above it.

    Parameters
    ----------
    columns: the columns; a source may state them alone, as a list.
    by: columns of which the cell above must have the same texts, such as the number of an order; none for any.
    """

    columns: Annotated[Texts, BeforeValidator(listed), Field(min_length=1)] = Field(
        description="the columns of which empty cells are filled"
    )
    by: Annotated[Texts, BeforeValidator(listed)] = ()

    def renamed(self, name_of: abc.Callable[[str], str]) -> FillDown:
        """Return the same with other names of the columns."""
        names = {"columns": self.columns, "by": self.by}
        return self.model_copy(update={key: tuple(map(name_of, texts)) for key, texts in names.items()})


def filled_columns(value: object) -> object:
    """Return columns that are listed alone as a table."""
    return {"columns": value} if isinstance(value, str | list) else value


class EventLog(StrictTable):
    """How events become rows, one per case.

    Parameters
    ----------
    case: the column, or columns, whose texts tell the cases apart.
    activity: the column that says what happened.
    time: the column that says when; events are sorted by it, equal times by their lines.
    steps: by the name of a step, its activities. The step is a column of the row, with the time of its event as the
        log has it. Events of other activities only count for `take`.
    cancelled_by: by step, the activities of which each event cancels the last event of the step before it.
    take: by column, which cell of a case's events counts: the first or the last one that is filled, or their sum; by
        step, which event: the first (also without it) or the last. Other columns have one text per case.
    """

    case: Annotated[Texts, BeforeValidator(listed), Field(min_length=1)] = Field(
        description="the column that tells the cases apart"
    )
    activity: Word = Field(description="the column that says what happened")
    time: Word = Field(description="the column that says when")
    steps: Annotated[
        dict[Word, Annotated[Words, BeforeValidator(listed)]],
        accepted_if(bool),
        expects("a table of steps with their activities"),
    ] = Field(description="a table of steps with their activities")
    cancelled_by: dict[Word, Annotated[Words, BeforeValidator(listed)]] = Field(default_factory=dict)
    take: dict[Word, Take] = Field(default_factory=dict)

    @classmethod
    def table_faults(cls, values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterable[str]:
        """Cancellations are of steps, and no activity is both; times are not added up."""
        steps = _lists(values.get("steps"))
        for name, activities in _lists(values.get("cancelled_by")).items():
            if name not in steps:
                yield f"cancelled_by names {name}, expected one of the steps {', '.join(steps)}"
            both = sorted({*activities} & {*steps.get(name, ())})
            if both:
                yield f"{both[0]} is in steps.{name} and in cancelled_by.{name}, expected one of them"
        stated = values.get("take")
        take = stated if isinstance(stated, dict) else {}
        for name in take:
            if name in steps and take[name] == "sum":
                yield f"take has the sum of the step {name}, expected first or last: it is a time"
            if name in (values.get("activity"), values.get("time"), *_texts(values.get("case"))):
                yield f"take names {name}, expected a column besides case, activity and time, or a step"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file that it names."""
        taken = (name for name in self.take if name not in self.steps)
        return (*self.case, self.activity, self.time, *taken)


class RowGroup(StrictTable):
    """Which rows of a source become one row.

    Parameters
    ----------
    by: columns whose texts are equal in all rows of a group.
    day: a column of times of which the day is equal; it becomes the day.
    take: by column, which cell of a group's rows counts: the first or the last one that is filled, or their sum. Other
        columns have one text per group.
    count: name of a new column with the number of rows; "" for none.
    """

    by: Annotated[Texts, BeforeValidator(listed), Field(min_length=1)] = Field(
        description="the columns that tell the groups apart"
    )
    day: Text = ""
    take: dict[Word, Take] = Field(default_factory=dict)
    count: Text = ""

    @classmethod
    def table_faults(cls, values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterable[str]:
        """Cells that tell groups apart are the same in all of its rows."""
        stated = values.get("take")
        take = stated if isinstance(stated, dict) else {}
        for name in take:
            if name in (values.get("day"), *_texts(values.get("by"))):
                yield f"take names {name}, expected a column besides by and day"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file that it names."""
        return (*self.by, *([self.day] if self.day else []), *self.take)


def _lists(value: object) -> dict[str, list[str]]:
    """Return a table of lists of texts, which may have faults of its own."""
    return {name: _texts(texts) for name, texts in value.items()} if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list | tuple) else []
