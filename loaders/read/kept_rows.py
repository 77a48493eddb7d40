"""What the mapping makes of whole rows: white space around cells, and rows kept or dropped by their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.read_csv import CellBatch


def trimmed(batch: CellBatch, entry: SourceMap) -> CellBatch:
    """Return a batch without white space around its cells, where the mapping says so."""
    if not entry.trim:
        return batch
    cells = {name: pc.utf8_trim_whitespace(texts) for name, texts in batch.columns.items()}
    return replace(batch, columns=cells)


def kept_rows(batch: CellBatch, entry: SourceMap) -> CellBatch:
    """Return a batch without the rows that the mapping drops by the texts in them."""
    if not entry.conditions:
        return batch
    kept = pa.array([True] * len(batch.lines), pa.bool_())
    for name, listed in entry.where.items():
        kept = pc.and_(kept, _has_text(batch, name, listed))
    for name, listed in entry.where_not.items():
        kept = pc.and_(kept, pc.invert(_has_text(batch, name, listed)))
    for name, patterns in entry.where_like.items():
        kept = pc.and_(kept, _is_like(batch, name, patterns))
    for name, patterns in entry.where_not_like.items():
        kept = pc.and_(kept, pc.invert(_is_like(batch, name, patterns)))
    columns = {name: cells.filter(kept) for name, cells in batch.columns.items()}
    return replace(batch, columns=columns, lines=batch.lines.filter(kept))


def _has_text(batch: CellBatch, name: str, listed: Sequence[str]) -> pa.Array:
    """Return for each row whether its cell is one of the texts, white space around it aside."""
    return pc.is_in(condition_texts(batch, name), value_set=pa.array([text.strip() for text in listed]))


def _is_like(batch: CellBatch, name: str, patterns: Sequence[str]) -> pa.Array:
    """Return for each row whether its cell fits one of the patterns, white space around it aside."""
    wildcards = {"*": ".*", "?": "."}
    forms = ("".join(wildcards.get(sign) or re.escape(sign) for sign in text.strip()) for text in patterns)
    return pc.match_substring_regex(condition_texts(batch, name), pattern=f"(?s)^(?:{'|'.join(forms)})$")


def condition_texts(batch: CellBatch, name: str) -> pa.Array:
    """Return the cells of a column without white space around them; those of an absent column are empty."""
    cells = batch.columns.get(name, pa.nulls(len(batch.lines), pa.string()))
    # an empty text in the mapping stands for an empty cell, which JSON and Parquet have as null
    return pc.utf8_trim_whitespace(pc.fill_null(cells, ""))
