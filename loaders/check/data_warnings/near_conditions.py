"""Rows that where or where_not of the mapping may keep or drop by mistake, since their text is nearly a listed one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import duckdb

from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount, DataWarning, first_examples
from supplyrisk.loaders.check.typed_rows import TableWork


def near_conditions(_con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of texts that differ from those of where and where_not only in case, white space or width."""
    cells: Counter[tuple[str, str]] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for work in works.values():
        for source in work.sources:
            for (column, text, near), count in source.near_texts.items():
                cells[work.name, column] += count
                pairs[text, near] += count
    if not cells:
        return []
    return [
        DataWarning(
            "near_conditions",
            "rows with a text that differs from one of where or where_not only in case, white space or width",
            "list that text, too, if the same is meant",
            tuple(ColumnCount(table, column, count) for (table, column), count in cells.items()),
            first_examples(f"{text} and {near}" for (text, near), _ in pairs.most_common()),
        )
    ]
