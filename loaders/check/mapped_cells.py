"""What the mapping makes of a cell: missing values, words, forms, factors and days, as steps of SQL."""

from __future__ import annotations

import re

from supplyrisk.graph.schema.contract import ColumnKind
from supplyrisk.loaders.check.cell_forms import Stage, form_stages, replacement_stage, with_stored_days
from supplyrisk.loaders.check.cell_rules import NUMBER, TableField
from supplyrisk.loaders.check.day_forms import day_form_sql
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.read.column_binding import ColumnOrigin
from supplyrisk.loaders.read.ingest import IngestedSource


def mapped_stages(source: IngestedSource, field: TableField, origin: ColumnOrigin) -> list[Stage]:
    """Return the steps from a column's text in the file to its text for the rules; none where the mapping states none.

    Constants are written in the mapping, and typed columns by their file format: no form applies to them.
    """
    entry = source.source.map
    form = with_stored_days(entry.format_of(field.name), source.source.format)
    is_plain = origin.constant is not None or bool(source.binding.typed.intersection(origin.columns))
    stages: list[Stage] = []
    if not is_plain:
        open_ends = form.open_ends if field.name == "until" else ()
        stages += replacement_stage([((*form.missing, *open_ends), "NULL")])
    stages += _replaced_words(entry.values.get(field.name, {}))
    if not is_plain:
        stages += form_stages(field.kind, form)
    if field.name in entry.scale:
        stages.append(_scaled(entry.scale[field.name]))
    if field.kind is ColumnKind.DAY and entry.date_format:
        date_format = entry.date_format
        stages.append(lambda text: _iso(text, date_format))
    if field.kind is ColumnKind.DAY and form.dates and not is_plain:
        stages.append(lambda text: day_form_sql(text, form))
    return stages


def _replaced_words(words: dict[str, str]) -> list[Stage]:
    cases = " ".join(
        f"WHEN {text_literal(word)} THEN {text_literal(replacement)}" for word, replacement in words.items()
    )
    # a word replaced by an empty text becomes NULL
    return [lambda text: f"nullif(CASE {text} {cases} ELSE {text} END, '')"] if words else []


def _scaled(factor: float) -> Stage:
    # texts that are no numbers stay, so that they are reported as the file has them
    def step(text: str) -> str:
        scaled = f"TRY_CAST({text} AS DOUBLE) * {factor!r}::DOUBLE"
        number = f"regexp_full_match({text}, {text_literal(NUMBER)})"
        return f"CASE WHEN {number} THEN CAST({scaled} AS VARCHAR) ELSE {text} END"

    return step


def _iso(text: str, date_format: str) -> str:
    """Return the SQL of an ISO day from a day in the mapping's format; months and days may have one digit."""
    digits = {"%Y": r"(\d{4})", "%m": r"(\d{1,2})", "%d": r"(\d{1,2})"}
    parts = re.split("(%[Ymd])", date_format)
    order = [p for p in parts if p in digits]
    pattern = text_literal("".join(digits.get(p, re.escape(p)) for p in parts))
    year, month, day = (
        f"regexp_extract({text}, {pattern}, {order.index(p) + 1})" for p in ("%Y", "%m", "%d")
    )
    iso = f"{year} || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0')"
    return f"CASE WHEN regexp_full_match({text}, {pattern}) THEN {iso} ELSE {text} END"
