"""A sample of the rows of one table in a file, as texts, and how its lines are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from supplyrisk.loaders.check.cell_remedies import MISSING_WORDS
from supplyrisk.loaders.drafting.day_evidence import DayEvidence, day_evidence
from supplyrisk.loaders.drafting.draft_keys import DraftKey
from supplyrisk.loaders.drafting.number_evidence import NumberEvidence, number_evidence
from supplyrisk.loaders.read.typed_values import text_of

NUMBER = "number"
DAY = "day"
FLAG = "flag"
TEXT = "text"
_MAX_DIFFERENT = 5_000
"""Different texts of a column that are looked at."""


@dataclass(frozen=True)
class SampledColumn:
    """Cells of a column.

    Parameters
    ----------
    name: as the mapping names it: the header, or its position such as #2.
    texts: the cells that are texts in the file, without white space around them; empty ones are left out.
    stored: by kind, the cells that the file stores as numbers, days or booleans, as texts.
    empty: number of empty cells.
    """

    name: str
    texts: tuple[str, ...] = ()
    stored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    empty: int = 0

    @cached_property
    def counts(self) -> Counter[str]:
        """The texts with their numbers."""
        return Counter(self.texts)

    @cached_property
    def values(self) -> frozenset[str]:
        """All different cells, stored ones as texts."""
        return frozenset(self.texts).union(*self.stored.values())

    @cached_property
    def numbers(self) -> NumberEvidence:
        """What the texts show as numbers."""
        return number_evidence(self.different)

    @cached_property
    def days(self) -> DayEvidence:
        """What the texts, and stored numbers, show as days."""
        stored = Counter(self.stored.get(NUMBER, ()))
        return day_evidence((*self.different, *stored.items()))

    @cached_property
    def different(self) -> list[tuple[str, int]]:
        """Different texts with their numbers, without words for empty cells; of very many, some spread over all."""
        cells = [(text, count) for text, count in self.counts.items() if text not in MISSING_WORDS]
        return cells[:: max(1, len(cells) // _MAX_DIFFERENT)]

    @property
    def missing(self) -> Counter[str]:
        """The words that may stand for empty cells."""
        return Counter({text: self.counts[text] for text in MISSING_WORDS if text in self.counts})

    @property
    def filled(self) -> int:
        """Number of cells that are not empty."""
        return len(self.texts) + sum(map(len, self.stored.values()))


@dataclass(frozen=True)
class SampledTable:
    """A sample of a table.

    Parameters
    ----------
    file: name of the file in the folder, or a pattern for several files of one form.
    format: as `endings.FORMATS` has it.
    keys: how its lines are written, with the evidence.
    columns: in the order of the file.
    rows: number of sampled rows.
    is_whole: whether these are all rows.
    has_header: whether the columns have names.
    part: the sheet, table or path of it, where a file has several.
    files: number of files that were sampled.
    conditions: columns that say which rows are void; these rows are not in the sample.
    fault: why the table cannot be read, in words; it has no columns then.
    """

    file: str
    format: str
    keys: tuple[DraftKey, ...]
    columns: tuple[SampledColumn, ...]
    rows: int
    is_whole: bool = False
    has_header: bool = True
    part: str = ""
    files: int = 1
    conditions: tuple[str, ...] = ()
    fault: str = ""

    @property
    def label(self) -> str:
        """The file, with the part."""
        return f"{self.file} [{self.part}]" if self.part else self.file

    def column(self, name: str) -> SampledColumn:
        """Return a column by its name; raises KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


def kind_of(value: object) -> str:
    """Return the kind of a stored value: NUMBER, DAY, FLAG or TEXT."""
    if isinstance(value, str):
        return TEXT
    if isinstance(value, bool):
        return FLAG
    return DAY if isinstance(value, date) else NUMBER


def columns_of(names: Iterable[str], rows: Iterable[Iterable[object]]) -> tuple[SampledColumn, ...]:
    """Return the columns of sampled rows; None, and texts of white space only, are empty cells."""
    columns = []
    names = list(names)
    for name, cells in zip(names, zip(*rows, strict=True), strict=False):
        by_kind: dict[str, list[str]] = {}
        for cell in cells:
            if cell is None:
                continue
            # most cells are texts, and text_of looks for all other types first
            text = cell.strip() if isinstance(cell, str) else text_of(cell).strip()
            if text:
                by_kind.setdefault(kind_of(cell), []).append(text)
        empty = len(cells) - sum(map(len, by_kind.values()))
        texts = tuple(by_kind.pop(TEXT, ()))
        columns.append(SampledColumn(name, texts, {kind: tuple(t) for kind, t in by_kind.items()}, empty))
    return tuple(columns) or tuple(SampledColumn(name) for name in names)


def merged(tables: list[SampledTable], file: str) -> SampledTable:
    """Return the samples of several files of one form as one; each key that one of them needs is a key of all."""
    first = tables[0]
    columns = []
    for same in zip(*(table.columns for table in tables), strict=True):
        kinds = dict.fromkeys(kind for column in same for kind in column.stored)
        stored = {kind: tuple(c for column in same for c in column.stored.get(kind, ())) for kind in kinds}
        texts = tuple(text for column in same for text in column.texts)
        columns.append(SampledColumn(same[0].name, texts, stored, sum(column.empty for column in same)))
    rows = sum(table.rows for table in tables)
    conditions = tuple(dict.fromkeys(name for table in tables for name in table.conditions))
    return replace(
        first,
        file=file,
        keys=_merged_keys(tables),
        columns=tuple(columns),
        rows=rows,
        is_whole=False,
        files=len(tables),
        conditions=conditions,
    )


def _merged_keys(tables: list[SampledTable]) -> tuple[DraftKey, ...]:
    """Return the keys of all files; tables of texts, such as the states of void rows, have those of all of them."""
    keys: dict[str, DraftKey] = {}
    for key in (key for table in tables for key in table.keys):
        earlier = keys.setdefault(key.name, key)
        if isinstance(earlier.value, dict) and isinstance(key.value, dict):
            names = dict.fromkeys((*earlier.value, *key.value))
            texts = {n: sorted({*earlier.value.get(n, ()), *key.value.get(n, ())}) for n in names}
            keys[key.name] = replace(earlier, value=texts)
    return tuple(keys.values())
