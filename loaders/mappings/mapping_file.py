"""Reading a mapping file (TOML), and saying everything that is wrong with it at once."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import cast

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES, ColumnKind, TableSchema
from supplyrisk.loaders.mappings.mapping import Join, Mapping, SourceMap

FOLDER = Path(__file__).parent
SYNTHETIC = "synthetic.toml"
"""Written into a folder by `synth`: read for its name, currency and the word that it is synthetic."""
TRUTH = "truth"
"""The folder in which `synth` tells what really happens: no loader reads it."""

_Toml = dict[str, object]
_TOP = ("name", "undated", "synthetic", "max_bad", "standing", "currency", "source")
_SOURCE = (
    "file", "table", "columns", "constants", "values", "scale",
    "date_format", "delimiter", "ignore", "keep", "optional", "nodes", "links", "from", "to",
)  # fmt: skip
_NUMBERS = (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT)
CURRENCY = re.compile(r"[A-Z]{3}")


def mapping_names() -> tuple[str, ...]:
    """Names of the mappings that come with scgraph; template.toml, which explains every key, is none."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "template"))


def read_mapping(name_or_path: str | Path) -> Mapping:
    """A mapping by the name of one that comes with scgraph, or by the path of a TOML file.

    Raises
    ------
    DataError: no such mapping, unreadable TOML, unknown keys, tables or columns: all of them at once.
    """
    text = str(name_or_path)
    path = FOLDER / f"{text}.toml" if text in mapping_names() else Path(text)
    if not path.is_file():
        raise DataError(
            f"no mapping {text}",
            f"one of {', '.join(mapping_names())} or the path of a TOML file",
            "check the name",
        )
    return _Reader(path.name).mapping(_toml(path))


def synthetic_mapping(folder: Path) -> Mapping:
    """What the folder's synthetic.toml says of the data set; an empty mapping where there is none.

    Raises
    ------
    DataError: it is there and cannot be read.
    """
    path = folder / SYNTHETIC
    if not path.is_file():
        return Mapping()
    known = {k: v for k, v in _toml(path).items() if k in ("name", "synthetic", "currency")}
    return _Reader(path.name).mapping(known)


def _toml(path: Path) -> _Toml:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:  # not to be read, not UTF-8, not TOML
        raise DataError(f"{path.name} cannot be read ({fault})", "a TOML file in UTF-8", "mend it") from fault


class _Reader:
    """Collects the faults of one mapping file while it is turned into a Mapping."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[str] = []

    def mapping(self, toml: _Toml) -> Mapping:
        self._known("", toml, _TOP)
        currency, rates = self._currency(toml.get("currency"))
        entries = self._list(toml, "source", dict, "a list of [[source]] tables")
        mapping = Mapping(
            name=self._text(toml, "name"),
            undated=self._flag(toml, "undated"),
            synthetic=self._flag(toml, "synthetic"),
            max_bad=self._share(toml),
            standing=tuple(cast("list[str]", self._list(toml, "standing", str, "a list of words"))),
            currency=currency,
            rates=rates,
            sources=tuple(self._source(i, cast(_Toml, entry)) for i, entry in enumerate(entries, 1)),
        )
        if self.faults:
            raise DataError(f"mapping {self.name}: " + "; ".join(self.faults), remedy="mend the mapping file")
        return mapping

    def _fault(self, text: str) -> None:
        self.faults.append(text)

    def _known(self, where: str, given: Iterable[str], names: Iterable[str]) -> None:
        names = list(names)
        for key in given:
            if key not in names:
                close = difflib.get_close_matches(key, names, 1)
                hint = f"did you mean {close[0]}" if close else f"expected one of {', '.join(names)}"
                self._fault(f"{where}unknown key {key}, {hint}")

    def _one(self, toml: _Toml, key: str, fits: Callable[[object], bool], expected: str) -> object:
        value = toml.get(key)
        if value is None or fits(value):
            return value
        self._fault(f"{key} is {value!r}, expected {expected}")
        return None

    def _text(self, toml: _Toml, key: str) -> str | None:
        return cast("str | None", self._one(toml, key, _is_text, "a text"))

    def _flag(self, toml: _Toml, key: str) -> bool:
        return bool(self._one(toml, key, lambda v: isinstance(v, bool), "true or false"))

    def _share(self, toml: _Toml) -> float:
        value = self._one(
            toml, "max_bad", lambda v: _is_number(v) and 0 <= cast(float, v) <= 1, "a share from 0 to 1"
        )
        return float(cast(float, value or 0.0))

    def _list(self, toml: _Toml, key: str, kind: type, expected: str) -> list[object]:
        value = self._one(
            toml, key, lambda v: isinstance(v, list) and all(isinstance(x, kind) for x in v), expected
        )
        return cast("list[object]", value or [])

    def _table(self, toml: _Toml, key: str, fits: Callable[[object], bool], expected: str) -> _Toml:
        value = self._one(
            toml,
            key,
            lambda v: isinstance(v, dict) and all(fits(x) for x in v.values()),
            f"a table of {expected}",
        )
        return cast(_Toml, value or {})

    def _currency(self, value: object) -> tuple[str | None, dict[str, float]]:
        if isinstance(value, str):
            value = {"default": value}
        if value is None:
            return None, {}
        if not isinstance(value, dict):
            self._fault(
                f"currency is {value!r}, expected a code such as CNY or a table with default and rates"
            )
            return None, {}
        self._known("currency: ", value, ("default", "rates"))
        default = self._one(value, "default", _is_currency, "a code of three capital letters")
        rates = self._table(value, "rates", lambda v: _is_number(v) and cast(float, v) > 0, "numbers above 0")
        for code in rates:
            if not _is_currency(code):
                self._fault(f"rates names {code!r}, expected codes of three capital letters")
        if rates and default is None:
            self._fault("currency has rates but no default, expected the default that they convert to")
        return cast("str | None", default), {code: float(cast(float, rate)) for code, rate in rates.items()}

    def _source(self, number: int, toml: _Toml) -> SourceMap:
        where = f"source {number}: "
        self._known(where, toml, _SOURCE)
        table, places = self._text(toml, "table"), self._places(where, toml)
        if table not in TABLES:
            self._fault(f"{where}table is {table!r}, expected one of {', '.join(TABLES)}")
        contract = TABLES.get(table or "")
        columns, constants = self._columns(where, toml), self._table(toml, "constants", _is_text, "texts")
        values = self._table(toml, "values", _is_text_table, "tables of texts")
        scale = self._table(toml, "scale", lambda v: _is_number(v) and v != 0, "numbers other than 0")
        if contract:
            for names in (columns, constants, values, scale):
                self._known(where, names, contract.names)
            self._sensible(where, contract, set(columns) & set(constants), scale)
        return SourceMap(
            **places,
            table=table or "",
            columns=columns,
            constants=cast("dict[str, str]", constants),
            values=cast("dict[str, dict[str, str]]", values),
            scale={name: float(cast(float, factor)) for name, factor in scale.items()},
            date_format=self._date_format(where, toml),
            delimiter=self._delimiter(where, toml),
            ignore=tuple(cast("list[str]", self._list(toml, "ignore", str, "a list of columns"))),
            keep=tuple(cast("list[str]", self._list(toml, "keep", str, "a list of columns")))
            if "keep" in toml
            else None,
            optional=self._flag(toml, "optional"),
        )

    def _places(self, where: str, toml: _Toml) -> dict[str, str]:
        """Where its rows come from: a file, or nodes or links of a graph."""
        given = {key: self._text(toml, key) for key in ("file", "nodes", "links", "from", "to")}
        file = given["file"]
        if sum(given[key] is not None for key in ("file", "nodes", "links")) > 1:
            self._fault(f"{where}expected one of file, nodes and links")
        elif not (given["nodes"] or given["links"]) and (
            file is None or PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts
        ):
            self._fault(f"{where}file is {file!r}, expected the name of a file inside the data folder")
        for key in ("from", "to"):
            if given[key] is not None and not given["links"]:
                self._fault(f"{where}{key} is {given[key]!r} without links, expected it beside links only")
        renamed = {"from": "start", "to": "end"}
        return {renamed.get(key, key): text or "" for key, text in given.items()}

    def _sensible(self, where: str, table: TableSchema, twice: Iterable[str], scale: Iterable[str]) -> None:
        for name in sorted(twice):
            self._fault(f"{where}{name} is both in columns and in constants, expected one of them")
        for name in scale:
            if name in table.names and table.column(name).kind not in _NUMBERS:
                self._fault(f"{where}scale names {name}, which is no number")

    def _columns(self, where: str, toml: _Toml) -> dict[str, str | Join]:
        columns: dict[str, str | Join] = {}
        given = self._table(toml, "columns", lambda v: isinstance(v, str | dict), "columns")
        for name, value in given.items():
            if isinstance(value, str):
                columns[name] = value
                continue
            entry = cast(_Toml, value)
            self._known(f"{where}{name}: ", entry, ("join", "with"))
            parts = cast("list[str]", self._list(entry, "join", str, "a list of columns"))
            if not parts:
                self._fault(f"{where}{name} has no join, expected a list of columns")
            columns[name] = Join(tuple(parts), self._text(entry, "with") or "|")
        return columns

    def _delimiter(self, where: str, toml: _Toml) -> str:
        value = toml.get("delimiter", ",")
        if isinstance(value, str) and len(value) == 1 and value.isascii() and value not in '"\r\n\0':
            return value
        self._fault(f"{where}delimiter is {value!r}, expected one ASCII character, not a quote or a line end")
        return ","

    def _date_format(self, where: str, toml: _Toml) -> str | None:
        value = self._text(toml, "date_format")
        if value is not None and sorted(re.findall("%.?", value)) != ["%Y", "%d", "%m"]:
            self._fault(f"{where}date_format is {value!r}, expected %Y, %m and %d once each")
            return None
        return value


def _is_text(value: object) -> bool:
    """A text without control characters: it may end up in a cell."""
    return isinstance(value, str) and value.isprintable()


def _is_text_table(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(x) for x in value.values())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_currency(value: object) -> bool:
    return isinstance(value, str) and CURRENCY.fullmatch(value) is not None
