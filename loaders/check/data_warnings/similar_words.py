"""Words of one meaning that are spelled in several ways: they would be different kinds, industries or regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from supplyrisk.graph.schema.contract import DEFAULT_KINDS
from supplyrisk.graph.schema.relations import RELATIONS
from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount, DataWarning, first_examples
from supplyrisk.loaders.check.data_warnings.word_counts import count_words
from supplyrisk.loaders.check.folded_text import SEPARATORS, folded_sql
from supplyrisk.loaders.check.load_notes import EVENT_KINDS
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.check.typed_rows import TableWork

_MAX_WORDS = 500
"""Different texts of a column up to which they are words; more are names."""
_MIN_LETTERS = 6
"""Letters from which two words that differ in one of them are likely to be one."""
_RARE = 0.05
"""Rows with one spelling per row with the other, up to which the rarer one is taken for a slip."""


@dataclass(frozen=True)
class _Words:
    """A column of words.

    Parameters
    ----------
    table, column: its place.
    known: words that the contract gives a meaning.
    by_letter: whether words that differ in a letter are compared: place names differ so (Hunan and Henan).
    any_count: whether that counts also where both are frequent: kinds are few, and each has a meaning of its own.
    """

    table: str
    column: str
    known: tuple[str, ...] = ()
    by_letter: bool = True
    any_count: bool = False


_RELATION_KINDS = tuple(kind for kind, relation in RELATIONS.items() if relation.query is None)
_COLUMNS = (
    _Words("firms", "industry"),
    _Words("firms", "region", by_letter=False),
    _Words("supplies", "category"),
    _Words("relations", "kind", _RELATION_KINDS, any_count=True),
    _Words("events", "kind", tuple(dict.fromkeys((*DEFAULT_KINDS, *EVENT_KINDS))), any_count=True),
)


def similar_words(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of words that differ only in case, white space, hyphens or width, or by a letter."""
    places = []
    pairs: list[tuple[str, str, str]] = []
    for words in _COLUMNS:
        work = works.get(words.table)
        rows = _pairs(con, work, words) if work else []
        if rows:
            places.append(ColumnCount(words.table, words.column, sum(count for _, _, count in rows)))
            pairs += [(words.column, rare, common) for rare, common, _ in rows]
    if not places:
        return []
    column, rare, common = pairs[0]
    key = f'values = {{ {column} = {{ "{rare}" = "{common}" }} }}'
    return [
        DataWarning(
            "similar_words",
            "words that differ from others only in case, white space, width or a letter",
            f"if they are one, replace them in the source of the mapping: {key}",
            tuple(places),
            first_examples(f"{rare} and {common}" for _, rare, common in pairs),
        )
    ]


def _pairs(con: duckdb.DuckDBPyConnection, work: TableWork, words: _Words) -> list[tuple[str, str, int]]:
    """Return the rarer spelling, the other one, and the number of rows with the rarer one."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE words AS SELECT word, cells AS count FROM {count_words(con, work, words.column)}"
    )
    for known in words.known:
        con.execute(
            "INSERT INTO words SELECT $word, 0 WHERE $word NOT IN (SELECT word FROM words)", {"word": known}
        )
    if con.execute("SELECT count(*) FROM words").fetchall()[0][0] > _MAX_WORDS + len(words.known):
        return []
    known_words = "[" + ", ".join(map(text_literal, words.known)) + "]::VARCHAR[]"
    folded = folded_sql("word", SEPARATORS)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE folded_words AS SELECT *, {folded} AS folded, "
        f"list_contains({known_words}, word) AS is_known FROM words"
    )
    near = "a.folded = b.folded"
    if words.by_letter:
        near = f"({near} OR {_one_letter(words)})"
    # of two spellings, the better one is that which the contract knows, else the more frequent one
    rank = "(NOT {0}.is_known, -{0}.count, {0}.word)"
    return con.execute(
        f"SELECT a.word, min_by(b.word, {rank.format('b')}), a.count FROM folded_words a "
        f"JOIN folded_words b ON a.word <> b.word AND {rank.format('a')} > {rank.format('b')} AND {near} "
        "WHERE a.count > 0 AND NOT a.is_known GROUP BY a.word, a.count ORDER BY a.count DESC, a.word"
    ).fetchall()


def _one_letter(words: _Words) -> str:
    """Return the SQL of whether two words of letters differ in one; digits distinguish (class 1, class 2)."""
    is_words = "regexp_full_match(a.folded || b.folded, '[a-z]+')"
    plural = "(a.folded = b.folded || 's' OR b.folded = a.folded || 's')"
    # two letters that changed places count as one
    distance = "damerau_levenshtein(a.folded, b.folded)"
    slip = f"(least(length(a.folded), length(b.folded)) >= {_MIN_LETTERS} AND {distance} = 1)"
    is_rare = "true" if words.any_count else f"a.count <= {_RARE} * b.count"
    return f"({is_words} AND ({plural} OR {slip}) AND {is_rare})"
