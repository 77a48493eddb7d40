"""Mappings: how a data set with its own file and column names becomes the tables of the contract."""

from __future__ import annotations

import re
from collections import abc
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.graph.schema.strict_toml import Share, StrictTable, Text, Texts, accepted_if, expects
from supplyrisk.graph.schema.version_columns import source_column, source_names
from supplyrisk.loaders.mappings.reshaping import (
    EventLog,
    FillDown,
    InnerFile,
    JoinedFile,
    RowGroup,
    filled_columns,
    listed,
    named_by,
)
from supplyrisk.loaders.mappings.source_faults import (
    blanking_faults,
    may_be_blanked,
    origin_faults,
    own_column_faults,
    source_faults,
    unused_optional_columns,
)
from supplyrisk.loaders.mappings.source_format import CellFormat, ColumnFormat, SourceFormat, format_faults
from supplyrisk.queries import name_hint

CURRENCY = re.compile(r"[A-Z]{3}")
UNLISTED_COLUMN = "unlisted"
"""Column of firms that marks those that are only known as partners of others."""
OWN_TABLES = tuple(name for name, table in TABLES.items() if "firm_id" in table.refs)
"""Tables whose rows are about one firm."""
ALL_OTHERS = "*"
"""In `ignore`: all columns that the mapping does not name."""
_NUMBERS = (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT)

CurrencyCode = Annotated[
    str, Field(pattern=f"^{CURRENCY.pattern}$"), expects("a code of three capital letters")
]
Rate = Annotated[float, Field(gt=0), expects("a number above 0")]
Factor = Annotated[float, accepted_if(bool), expects("a number other than 0")]


def _joined(value: object) -> object:
    """Return a column as a join of one."""
    if isinstance(value, str):
        return {"join": [value]}
    if isinstance(value, dict | Join):
        return value
    raise PydanticCustomError("column", "a column, or a table with join and with, or with first")


def _day(value: Any) -> Any:
    """Return a day that is written as a text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Join(StrictTable):
    """Several columns of the file as one text: joined by `separator`, without empty cells, or the first not empty."""

    joined: Texts = Field(default=(), alias="join")
    alternatives: Texts = Field(default=(), alias="first")
    separator: Annotated[Text, AfterValidator(lambda text: text or "|")] = Field(default="|", alias="with")

    @classmethod
    def table_faults(cls, values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterable[str]:
        """Columns to join, or columns of which the first counts."""
        if ("join" in keys) == ("first" in keys):
            has = "both join and first" if "join" in keys else "neither join nor first"
            yield f"columns has an entry with {has}, expected one of them, a list of columns"
        for key in ("join", "first"):
            if key in values and not values[key]:
                yield f"{key} is empty, expected a list of columns"
        if "first" in keys and "with" in keys:
            yield "with beside first, expected it beside join only"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file, in their order."""
        return self.joined or self.alternatives

    def renamed(self, name_of: abc.Callable[[str], str]) -> Join:
        """Return the same with other names of the columns."""
        names = {"joined": self.joined, "alternatives": self.alternatives}
        return self.model_copy(update={key: tuple(map(name_of, columns)) for key, columns in names.items()})


class Currency(StrictTable):
    """The data set's currency (None: none is named), and the value of one unit of others in it."""

    default: CurrencyCode | None = None
    rates: dict[CurrencyCode, Rate] = Field(default_factory=dict)

    @classmethod
    def table_faults(cls, values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterable[str]:
        """Rates convert into a currency."""
        if values.get("rates") and "default" not in keys:
            yield "currency has rates but no default, expected the default that they convert to"

    @property
    def accepted(self) -> tuple[str, ...]:
        """Codes of the currencies that can be converted."""
        return tuple(dict.fromkeys((*([self.default] if self.default else []), *self.rates)))


class Labels(StrictTable):
    """Outcomes without a day in dated data: as_of is the day by which they are known, and as of which they count."""

    as_of: Annotated[date, BeforeValidator(_day), expects("a day such as 2024-03-31")]


class SourceMap(SourceFormat):
    """How one file feeds one table.

    Parameters
    ----------
    file: name of the file in the data folder, or a pattern such as trades-*.csv for several files.
    table: table of the contract that it feeds.
    columns: by contract column, the file's column or columns. A column of the file that has a contract name and is not
        used otherwise feeds the contract column of that name.
    constants: by contract column, the text of every row.
    values: by contract column, replacements of words; words not listed stay.
    scale: by contract column, the factor that numbers are multiplied by.
    column_format: by contract column, how its cells are written where that differs from the source's other columns;
        `missing` adds to the source's, and `on_bad_cell` says what becomes of bad cells.
    date_format: of days that are not ISO, with %Y, %m and %d; others stay. `dates` is the stricter form of this key.
    where: by column of the file, the texts of which rows must have one; others are dropped.
    where_not: by column of the file, the texts with which rows are dropped.
    where_like, where_not_like: likewise, by patterns in which * stands for any characters and ? for one.
    fill_down: columns of which an empty cell has the text above it; None: empty cells are empty.
    negative: "return" books a trade with a negative amount as a return on its day; None: it is a fault.
    firms_from: id columns of the table that name the firms whose file it is; they are firms without a row in firms.
    ignore: columns of the file to leave out; "*" stands for all that the mapping does not name.
    keep: the only unknown columns to keep; None keeps all that the table can hold.
    json_lines: whether a file called .json has one object per line.
    optional: whether the file, or its rows in JSON or XML, may be absent.
    optional_columns: columns of the file that it may lack.
    on_conflict: "last" takes the last of several rows with an equal key that differ; None: they are faults.
    rows: path of the array of rows in nested JSON or XML, such as orders/lines.
    database: "postgresql" in place of file: the rows are those of db_table or query on the server of the environment.
    db_table: table or view of a database; needed where a SQLite file has several.
    query: SELECT of the database in place of a table.
    sheet: of a workbook; needed where several sheets have cells.
    join: files whose columns are added to the rows, such as the header of lines.
    event_log: how the file's events become rows; None: its rows are no events.
    group: which rows become one row; None: each is a row by itself.
    nodes: for a graph, in place of file: label of the nodes that are rows.
    links: for a graph, in place of file: type of the links that are rows.
    start_label, end_label: labels of the nodes at a link's ends; "" for any.
    """

    file: InnerFile = ""
    table: Annotated[str, accepted_if(TABLES.__contains__), expects(f"one of {', '.join(TABLES)}")] = Field(
        description="the table of the contract that it feeds"
    )
    columns: dict[str, Annotated[Join, BeforeValidator(_joined)]] = Field(default_factory=dict)
    constants: dict[str, Text] = Field(default_factory=dict)
    values: dict[str, dict[str, Text]] = Field(default_factory=dict)
    scale: dict[str, Factor] = Field(default_factory=dict)
    column_format: dict[str, ColumnFormat] = Field(default_factory=dict)
    date_format: Annotated[
        str | None,
        accepted_if(lambda text: sorted(re.findall("%.?", text)) == ["%Y", "%d", "%m"]),
        expects("%Y, %m and %d once each"),
    ] = None
    where: dict[str, Annotated[Texts, BeforeValidator(listed)]] = Field(default_factory=dict)
    where_not: dict[str, Annotated[Texts, BeforeValidator(listed)]] = Field(default_factory=dict)
    where_like: dict[str, Annotated[Texts, BeforeValidator(listed)]] = Field(default_factory=dict)
    where_not_like: dict[str, Annotated[Texts, BeforeValidator(listed)]] = Field(default_factory=dict)
    fill_down: Annotated[FillDown | None, BeforeValidator(filled_columns)] = None
    negative: Annotated[Literal["return"] | None, expects("return")] = None
    firms_from: Annotated[Texts, BeforeValidator(listed)] = ()
    ignore: Texts = ()
    keep: Texts | None = None
    json_lines: bool = False
    optional: bool = False
    optional_columns: Texts = ()
    on_conflict: Annotated[Literal["last"] | None, expects("last")] = None
    rows: Text = ""
    database: Annotated[Literal["postgresql"] | None, expects("postgresql")] = None
    db_table: Text = ""
    query: Text = ""
    sheet: Text = ""
    join: Annotated[
        tuple[JoinedFile, ...],
        BeforeValidator(lambda value: [value] if isinstance(value, dict) else value),
        Field(strict=False),
    ] = ()
    event_log: EventLog | None = None
    group: RowGroup | None = None
    nodes: Text = ""
    links: Text = ""
    start_label: Text = Field(default="", alias="from")
    end_label: Text = Field(default="", alias="to")

    @classmethod
    def table_faults(cls, values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterable[str]:
        """One origin of the rows, columns of the table, and each of them filled once."""
        yield from origin_faults(values, keys)
        if "table" not in values:
            return
        table = TABLES[values["table"]]
        for key in ("columns", "constants", "values", "scale", "column_format"):
            for name in values.get(key, {}):
                if name not in source_names(table):
                    yield f"unknown key {key}.{name}, {name_hint(name, source_names(table))}"
                elif key == "scale" and source_column(table, name).kind not in _NUMBERS:
                    yield f"scale names {name}, expected a column of numbers"
                elif key == "column_format" and not may_be_blanked(table, name):
                    yield from blanking_faults(name, values[key][name])
        if values.get("negative") and values["table"] != "supplies":
            yield f"negative for {values['table']}, expected it for supplies only"
        yield from own_column_faults(table, listed(values.get("firms_from", ())))
        yield from unused_optional_columns(values)
        if values.get("on_conflict") and table.whole_row:
            yield f"on_conflict for {values['table']}, expected it for tables whose rows have a key"
        for name in sorted(values.get("columns", {}).keys() & values.get("constants", {}).keys()):
            yield f"{name} is both in columns and in constants, expected one of them"

    @property
    def description(self) -> str:
        """Where its rows come from, for messages."""
        if self.database:
            return f"{self.database}:{self.db_table or f'query for {self.table}'}"
        if self.nodes:
            return f"nodes {self.nodes}"
        return f"links {self.links}" if self.links else self.file

    @property
    def used(self) -> frozenset[str]:
        """Columns of the file that `columns` names."""
        return frozenset(name for join in self.columns.values() for name in join.columns)

    @property
    def is_reshaped(self) -> bool:
        """Whether its rows are put together from several files or from events."""
        return bool(self.join) or self.event_log is not None or self.group is not None

    @property
    def new_columns(self) -> tuple[str, ...]:
        """Columns of its rows that no file has: the steps of events, and the number of rows in a group."""
        if self.event_log:
            return tuple(self.event_log.steps)
        return (self.group.count,) if self.group and self.group.count else ()

    @property
    def mentioned(self) -> frozenset[str]:
        """Columns that it names anywhere but in `ignore`, as the mapping writes them."""
        keys = {name for joined in self.join for name in joined.on}
        merged = self.event_log or self.group
        return self.named.union(keys, merged.columns if merged else ())

    @property
    def conditions(self) -> tuple[str, ...]:
        """Columns of the file by which rows are kept or dropped."""
        return tuple(dict.fromkeys((*self.where, *self.where_not, *self.where_like, *self.where_not_like)))

    @property
    def compared(self) -> tuple[str, ...]:
        """Columns of the file that need not feed anything: those of conditions, and those of fill_down."""
        fill = self.fill_down
        return tuple(dict.fromkeys((*self.conditions, *((*fill.columns, *fill.by) if fill else ()))))

    @property
    def reads_named_only(self) -> bool:
        """Whether columns that the mapping does not name are left out."""
        return ALL_OTHERS in self.ignore

    @property
    def named(self) -> frozenset[str]:
        """Columns of the file that the mapping reads or compares by name."""
        return self.used.union(self.compared, self.keep or ())

    def is_ignored(self, name: str) -> bool:
        """Return whether a column of the file that feeds nothing is left out without a note."""
        return name in self.ignore or (self.reads_named_only and name not in (self.keep or ()))

    def format_of(self, column: str) -> CellFormat:
        """Return how the cells of a contract column are written."""
        own = self.column_format.get(column)
        if own is None:
            return self
        stated = {key: getattr(own, key) for key in own.model_fields_set - {"on_bad_cell"}}
        return self.model_copy(update=stated | {"missing": (*self.missing, *own.missing)})

    def blanks(self, column: str) -> bool:
        """Return whether bad cells of a contract column are left empty."""
        own = self.column_format.get(column)
        return own is not None and own.on_bad_cell == "blank"

    def matches(self, name: str) -> bool:
        """Return whether a file of this name (relative to the data folder) belongs to this entry."""
        return named_by(self.file, name)


class Mapping(StrictTable):
    """A whole mapping file.

    Parameters
    ----------
    name: name of the data set.
    description: what it reads, in a line; `scgraph init --list` shows it.
    undated: whether the data have no usable days; required days may then be empty.
    labels: in dated data, the day by which outcomes without a day are known; None: every default has a day.
    synthetic: whether the data are generated.
    max_bad: largest share of a table's rows in quarantine with which the data are still loaded.
    standing: relation kinds that hold at all times although they have no `since`; "*" for all kinds.
    partners: "add" makes firms that are in no list of firms unlisted firms; None: rows that name them are faults.
    firms_from: tables in which every firm is a listed one, although it has no row in firms.
    currency: currency of amounts; a text stands for the default alone.
    format: how all sources write, as far as they do not state it themselves.
    sources: entries for files, or for nodes and links of a graph.
    """

    name: Text | None = None
    description: Text = ""
    undated: bool = False
    labels: Labels | None = None
    synthetic: bool = False
    max_bad: Share = 0.0
    standing: Texts = ()
    partners: Annotated[Literal["add"] | None, expects("add")] = None
    firms_from: Annotated[
        tuple[Annotated[str, accepted_if(OWN_TABLES.__contains__)], ...],
        Field(strict=False),
        BeforeValidator(listed),
        expects(f"a list of {', '.join(OWN_TABLES)}; for other tables, state firms_from in their [[source]]"),
    ] = ()
    currency: Annotated[
        Currency, BeforeValidator(lambda value: {"default": value} if isinstance(value, str) else value)
    ] = Currency()
    format: SourceFormat = SourceFormat()
    sources: Annotated[tuple[SourceMap, ...], Field(strict=False)] = Field(default=(), alias="source")

    @classmethod
    def table_faults(cls, values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterable[str]:
        """Keys of the data set, of a source, of its columns and of [format] that contradict each other."""
        if values.get("undated") and "labels" in keys:
            yield "undated is true beside [labels], expected one of them: as_of is for data whose other rows have days"
        common = values.get("format", {})
        sources = values.get("source", ())
        if not isinstance(common, dict) or not isinstance(sources, list | tuple):
            return
        common_faults = list(format_faults(common))
        yield from (f"format: {fault}" for fault in common_faults)
        for number, entry in enumerate(sources, 1):
            if isinstance(entry, dict):
                faults = source_faults(common, entry)
                yield from (f"source {number}: {fault}" for fault in faults if fault not in common_faults)

    @property
    def lists_firms(self) -> bool:
        """Whether firms may be listed by other tables than firms."""
        return bool(self.firms_from) or any(entry.firms_from for entry in self.sources)

    def formatted(self, entry: SourceMap) -> SourceMap:
        """Return a source with the keys of [format] that it does not state itself."""
        defaults = self.format.model_fields_set - entry.model_fields_set
        return entry.model_copy(update={key: getattr(self.format, key) for key in defaults})
