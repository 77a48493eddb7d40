"""Reading a mapping file (TOML); all its faults are reported at once."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import cast

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES, ColumnKind, TableSchema
from supplyrisk.loaders.mappings.mapping import Join, Mapping, SourceMap
from supplyrisk.queries import name_hint

FOLDER = Path(__file__).parent
SYNTHETIC = "synthetic.toml"
"""Written beside the tables by `scgraph synth`; read for name, currency and whether the data are synthetic."""
TRUTH = "truth"
"""Folder with the truth about synthetic data: no loader reads it."""

_Toml = dict[str, object]
_TOP = ("name", "undated", "synthetic", "max_bad", "standing", "currency", "source")
_SOURCE = (
    "file", "table", "columns", "constants", "values", "scale",
    "date_format", "delimiter", "ignore", "keep", "optional", "nodes", "links", "from", "to",
)  # fmt: skip
_NUMBERS = (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT)
CURRENCY = re.compile(r"[A-Z]{3}")


def mapping_names() -> tuple[str, ...]:
    """Return the names of the mappings that come with scgraph; template.toml, which documents the keys, is none."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "template"))


def read_mapping(name_or_path: str | Path) -> Mapping:
    """Read a mapping by its name, if it comes with scgraph, or by the path of a TOML file.

    Raises
    ------
    DataError: there is no such mapping, or it has faults (TOML, keys, tables, columns), all of which are listed.
    """
    text = str(name_or_path)
    path = FOLDER / f"{text}.toml" if text in mapping_names() else Path(text)
    if not path.is_file():
        raise DataError(
            f"no mapping {text}",
            f"one of {', '.join(mapping_names())} or the path of a TOML file",
            "check the name",
        )
    return _MappingReader(path.name).mapping(_toml(path))


def synthetic_mapping(folder: Path) -> Mapping:
    """Read name, currency and mark of a folder's synthetic.toml; without such a file the mapping is empty.

    Raises
    ------
    DataError: the file exists and cannot be read.
    """
    path = folder / SYNTHETIC
    if not path.is_file():
        return Mapping()
    # its parameters are for people and for comparisons, not for the loader
    settings = {k: v for k, v in _toml(path).items() if k in ("name", "synthetic", "currency")}
    return _MappingReader(path.name).mapping(settings)


def _toml(path: Path) -> _Toml:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        # not readable, not UTF-8, or not TOML
        raise DataError(
            f"{path.name} cannot be read ({fault})", "a TOML file in UTF-8", "correct the file"
        ) from fault


class _MappingReader:
    """Turns one mapping file into a Mapping and collects its faults on the way.

    Methods return a value that is usable even where they record a fault, so that reading goes on to the next one.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[str] = []

    def mapping(self, toml: _Toml) -> Mapping:
        """Return the mapping; DataError with all faults."""
        self._check_keys("", toml, _TOP)
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
            raise DataError(
                f"mapping {self.name}: " + "; ".join(self.faults), remedy="correct the mapping file"
            )
        return mapping

    def _fault(self, text: str) -> None:
        self.faults.append(text)

    def _check_keys(self, where: str, keys: Iterable[str], known: Iterable[str]) -> None:
        known = list(known)
        for key in keys:
            if key not in known:
                self._fault(f"{where}unknown key {key}, {name_hint(key, known)}")

    def _value(self, toml: _Toml, key: str, fits: Callable[[object], bool], expected: str) -> object:
        """Return the value of a key; None where it is absent or does not fit."""
        value = toml.get(key)
        if value is None or fits(value):
            return value
        self._fault(f"{key} is {value!r}, expected {expected}")
        return None

    def _text(self, toml: _Toml, key: str) -> str | None:
        return cast("str | None", self._value(toml, key, _is_text, "a text"))

    def _flag(self, toml: _Toml, key: str) -> bool:
        return bool(self._value(toml, key, lambda v: isinstance(v, bool), "true or false"))

    def _share(self, toml: _Toml) -> float:
        value = self._value(
            toml, "max_bad", lambda v: _is_number(v) and 0 <= cast(float, v) <= 1, "a share from 0 to 1"
        )
        return float(cast(float, value or 0.0))

    def _list(self, toml: _Toml, key: str, kind: type, expected: str) -> list[object]:
        value = self._value(
            toml, key, lambda v: isinstance(v, list) and all(isinstance(x, kind) for x in v), expected
        )
        return cast("list[object]", value or [])

    def _mapping_of(self, toml: _Toml, key: str, fits: Callable[[object], bool], expected: str) -> _Toml:
        value = self._value(
            toml,
            key,
            lambda v: isinstance(v, dict) and all(fits(x) for x in v.values()),
            f"a table of {expected}",
        )
        return cast(_Toml, value or {})

    def _currency(self, value: object) -> tuple[str | None, dict[str, float]]:
        """Return the default currency and the rates of others; a text stands for the default alone."""
        if isinstance(value, str):
            value = {"default": value}
        if value is None:
            return None, {}
        if not isinstance(value, dict):
            self._fault(
                f"currency is {value!r}, expected a code such as CNY or a table with default and rates"
            )
            return None, {}
        self._check_keys("currency: ", value, ("default", "rates"))
        default = self._value(value, "default", _is_currency, "a code of three capital letters")
        rates = self._mapping_of(
            value, "rates", lambda v: _is_number(v) and cast(float, v) > 0, "numbers above 0"
        )
        # TOML allows any key
        for code in rates:
            if not _is_currency(code):
                self._fault(f"rates names {code!r}, expected codes of three capital letters")
        if rates and default is None:
            self._fault("currency has rates but no default, expected the default that they convert to")
        return cast("str | None", default), {code: float(cast(float, rate)) for code, rate in rates.items()}

    def _source(self, number: int, toml: _Toml) -> SourceMap:
        where = f"source {number}: "
        self._check_keys(where, toml, _SOURCE)
        table = self._text(toml, "table")
        origin = self._origin(where, toml)
        if table not in TABLES:
            self._fault(f"{where}table is {table!r}, expected one of {', '.join(TABLES)}")
        contract = TABLES.get(table or "")
        columns = self._columns(where, toml)
        constants = self._mapping_of(toml, "constants", _is_text, "texts")
        values = self._mapping_of(toml, "values", _is_text_table, "tables of texts")
        scale = self._mapping_of(toml, "scale", lambda v: _is_number(v) and v != 0, "numbers other than 0")
        # names of columns can only be checked against a table that exists
        if contract:
            for names in (columns, constants, values, scale):
                self._check_keys(where, names, contract.names)
            self._check_columns(where, contract, set(columns) & set(constants), scale)
        return SourceMap(
            **origin,
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

    def _origin(self, where: str, toml: _Toml) -> dict[str, str]:
        """Return the fields of SourceMap that say where rows come from: a file, or nodes or links of a graph."""
        texts = {key: self._text(toml, key) for key in ("file", "nodes", "links", "from", "to")}
        file = texts["file"]
        if sum(texts[key] is not None for key in ("file", "nodes", "links")) > 1:
            self._fault(f"{where}expected only one of file, nodes and links")
        # a path out of the data folder would let a mapping read any file
        elif not (texts["nodes"] or texts["links"]) and (
            file is None or PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts
        ):
            self._fault(f"{where}file is {file!r}, expected the name of a file inside the data folder")
        for key in ("from", "to"):
            if texts[key] is not None and not texts["links"]:
                self._fault(f"{where}{key} is {texts[key]!r} without links, expected it beside links only")
        fields = {"from": "start_label", "to": "end_label"}
        return {fields.get(key, key): text or "" for key, text in texts.items()}

    def _check_columns(
        self, where: str, table: TableSchema, filled_twice: Iterable[str], scale: Iterable[str]
    ) -> None:
        """Record columns that are filled twice, and factors of columns that hold no numbers."""
        for name in sorted(filled_twice):
            self._fault(f"{where}{name} is both in columns and in constants, expected one of them")
        for name in scale:
            if name in table.names and table.column(name).kind not in _NUMBERS:
                self._fault(f"{where}scale names {name}, expected a column of numbers")

    def _columns(self, where: str, toml: _Toml) -> dict[str, str | Join]:
        columns: dict[str, str | Join] = {}
        entries = self._mapping_of(toml, "columns", lambda v: isinstance(v, str | dict), "columns")
        for name, value in entries.items():
            if isinstance(value, str):
                columns[name] = value
                continue
            entry = cast(_Toml, value)
            self._check_keys(f"{where}{name}: ", entry, ("join", "with"))
            parts = cast("list[str]", self._list(entry, "join", str, "a list of columns"))
            if not parts:
                self._fault(f"{where}{name} has no join, expected a list of columns")
            columns[name] = Join(tuple(parts), self._text(entry, "with") or "|")
        return columns

    def _delimiter(self, where: str, toml: _Toml) -> str:
        value = toml.get("delimiter", ",")
        if isinstance(value, str) and len(value) == 1 and value.isascii() and value not in '"\r\n\0':
            return value
        self._fault(
            f"{where}delimiter is {value!r}, expected one ASCII character other than a quote or a line end"
        )
        return ","

    def _date_format(self, where: str, toml: _Toml) -> str | None:
        value = self._text(toml, "date_format")
        if value is not None and sorted(re.findall("%.?", value)) != ["%Y", "%d", "%m"]:
            self._fault(f"{where}date_format is {value!r}, expected %Y, %m and %d once each")
            return None
        return value


def _is_text(value: object) -> bool:
    """Return whether a value is a text without control characters, since it may become a cell."""
    return isinstance(value, str) and value.isprintable()


def _is_text_table(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(x) for x in value.values())


def _is_number(value: object) -> bool:
    # in Python True is an int
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_currency(value: object) -> bool:
    return isinstance(value, str) and CURRENCY.fullmatch(value) is not None
