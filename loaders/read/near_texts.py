"""Cells that are nearly a text of where or where_not: rows that a mapping drops or keeps by mistake."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.kept_rows import condition_texts
from supplyrisk.loaders.read.read_csv import CellBatch

NearText = tuple[str, str, str]
"""A column of the file, a text in it, and the text of the mapping that it nearly is."""
_MAX_TEXTS = 1000
"""Different texts of a column up to which they are words."""


def near_texts(batch: CellBatch, entry: SourceMap) -> Counter[NearText]:
    """Count the cells that differ from a listed text only in case, white space or width."""
    counts: Counter[NearText] = Counter()
    for conditions in (entry.where, entry.where_not):
        for column, listed in conditions.items():
            for text, near, cells in _near(condition_texts(batch, column), listed):
                counts[column, text, near] += cells
    return counts


def _near(texts: pa.Array, listed: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Yield texts that are not listed, each with the listed text that it nearly is, and the number of its cells."""
    words = pc.value_counts(texts)
    if len(words) > _MAX_TEXTS:
        return
    exact = {text.strip() for text in listed}
    folded = {_folded(text): text for text in exact if text}
    for word in words.to_pylist():
        near = folded.get(_folded(word["values"]))
        if near and word["values"] not in exact:
            yield word["values"], near, word["counts"]


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
