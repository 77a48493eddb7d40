"""Texts that were decoded by the wrong encoding, such as MÃ¼ller for Müller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from supplyrisk.graph.schema.contract import ColumnKind
from supplyrisk.loaders.check.cell_rules import TableField
from supplyrisk.loaders.check.data_warnings.data_warning import (
    EXAMPLES,
    ColumnCount,
    DataWarning,
    first_examples,
)
from supplyrisk.loaders.check.data_warnings.word_counts import WORD_COLUMNS, count_words
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.check.typed_rows import TableWork

_EXPORT_AGAIN = "if the file itself has these characters, export it again"


@dataclass(frozen=True)
class _Pattern:
    """What a wrong decoding leaves behind.

    Parameters
    ----------
    code: of the warning.
    expression: a regular expression of RE2 that the whole text matches.
    problem, remedy: of the warning.
    """

    code: str
    expression: str
    problem: str
    remedy: str


def _class(characters: Iterable[str]) -> str:
    """Return a class of characters as a regular expression."""
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in sorted(set(characters))) + "]"


def _decoded(codes: Iterable[bytes], encoding: str) -> set[str]:
    texts = {code.decode(encoding, errors="ignore") for code in codes}
    return {text for text in texts if len(text) == 1}


def _utf8_as_western() -> str:
    """Return the pattern of UTF-8 read as Windows-1252 or Latin-1: a character is a first byte and those behind it."""
    behind = [bytes([code]) for code in range(0x80, 0xC0)]
    tail = _class(_decoded(behind, "cp1252") | _decoded(behind, "latin-1"))
    # first bytes of Latin, Greek and Cyrillic letters; the remaining of two bytes are rare, and letters of their own
    two = _class(map(chr, (*range(0xC2, 0xC6), *range(0xCE, 0xD2))))
    three = _class(map(chr, range(0xE1, 0xF0)))
    letter = rf"(?:{two}{tail}|{three}{tail}{tail}|\x{{f0}}{tail}{tail}{tail})"
    return rf"(?:[\x00-\x7f]|{letter})*{letter}(?:[\x00-\x7f]|{letter})*"


def _gbk_as_western() -> str:
    """Return the pattern of Chinese in GBK read as Windows-1252 or Latin-1: two characters or more of two bytes."""
    letter = r"[\x{b0}-\x{f7}][\x{a1}-\x{fe}]"
    return rf"[\x00-\x7f]*(?:{letter}){{2,}}(?:[\x00-\x7f]|{letter})*"


def _utf8_as_gbk() -> str:
    """Return the pattern of Chinese in UTF-8 read as GBK: two characters of three bytes are three of two bytes."""
    first = [*range(0xE3, 0xEA), 0xEF]
    behind = range(0x80, 0xC0)
    pairs = [
        ((a, b) for a in first for b in behind),
        ((a, b) for a in behind for b in first),
        ((a, b) for a in behind for b in behind),
    ]
    three = "".join(_class(_decoded((bytes(pair) for pair in part), "gb18030")) for part in pairs)
    # characters of other bytes around them are decoded in other ways
    return rf"(?s).*(?:{three}){{2}}.*"


_PATTERNS = (
    _Pattern(
        "lost_characters",
        # in UTF-8 read as GBK, two of these signs are three Chinese characters
        r"(?s).*(?:\x{fffd}|锟斤拷).*",
        "texts with the sign U+FFFD in place of characters that could not be decoded",
        f"state the encoding of the file as encoding in the mapping; {_EXPORT_AGAIN}, since the characters are lost",
    ),
    _Pattern(
        "utf8_as_western",
        _utf8_as_western(),
        "texts in UTF-8 that were decoded as Windows-1252 or Latin-1",
        f'set encoding = "utf-8" for the file in the mapping; {_EXPORT_AGAIN}',
    ),
    _Pattern(
        "gbk_as_western",
        _gbk_as_western(),
        "Chinese texts in GBK that were decoded as Windows-1252 or Latin-1",
        f'set encoding = "gb18030" for the file in the mapping; {_EXPORT_AGAIN}',
    ),
    _Pattern(
        "utf8_as_gbk",
        _utf8_as_gbk(),
        "texts in UTF-8 that were decoded as GBK",
        f'set encoding = "utf-8" for the file in the mapping; {_EXPORT_AGAIN}',
    ),
)


def wrong_encodings(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of texts decoded by the wrong encoding, one warning per pair of encodings."""
    places: dict[str, list[ColumnCount]] = {}
    examples: dict[str, list[str]] = {}
    cases = " ".join(
        f"WHEN regexp_full_match(word, {text_literal(p.expression)}) THEN {text_literal(p.code)}"
        for p in _PATTERNS
    )
    columns = [(work.name, field.name, sql) for work in works.values() for field, sql in _texts(con, work)]
    if not columns:
        return []
    # one query, since it takes long to prepare the patterns
    texts = " UNION ALL ".join(
        f"SELECT {n} AS place, word, cells FROM ({c[2]})" for n, c in enumerate(columns)
    )
    coded = f"SELECT *, CASE {cases} END AS code FROM ({texts}) WHERE strlen(word) <> length(word)"
    rows = con.execute(
        f"SELECT code, place, sum(cells)::BIGINT, min(word, {EXAMPLES}) FROM ({coded}) "
        "WHERE code IS NOT NULL GROUP BY code, place ORDER BY code, place"
    ).fetchall()
    for code, place, cells, first in rows:
        table, column, _ = columns[place]
        places.setdefault(code, []).append(ColumnCount(table, column, cells))
        examples.setdefault(code, []).extend(first)
    return [
        DataWarning(p.code, p.problem, p.remedy, tuple(places[p.code]), first_examples(examples[p.code]))
        for p in _PATTERNS
        if p.code in places
    ]


def _texts(con: duckdb.DuckDBPyConnection, work: TableWork) -> Iterator[tuple[TableField, str]]:
    """Yield the columns of texts that may have other characters than ASCII, with the SQL of their words and cells."""
    words = WORD_COLUMNS.get(work.name, ())
    fields = [f for f in work.fields if f.kind is ColumnKind.TEXT and f.name != "currency"]
    for field in fields:
        if field.name in words:
            counted = count_words(con, work, field.name)
            if con.execute(f"FROM {counted} WHERE strlen(word) <> length(word) LIMIT 1").fetchall():
                yield field, f"FROM {counted}"
    remaining = [field for field in fields if field.name not in words]
    if not remaining:
        return
    # bytes and characters differ in number; counting both is much cheaper than a pattern
    screens = ", ".join(f"bool_or(strlen({f.sql}) <> length({f.sql}))" for f in remaining)
    flags = con.execute(f"SELECT {screens} FROM typed_{work.name}").fetchall()[0]
    for field, flag in zip(remaining, flags, strict=True):
        if flag:
            yield field, f"SELECT {field.sql} AS word, 1 AS cells FROM typed_{work.name}"
