"""Pieces of a memo's page: texts of which one language is shown, tables, lists, and the queries that show a part."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from supplyrisk.graph.credit import Words
from supplyrisk.web.memo_labels import label as one
from supplyrisk.web.memo_text import percent, query_line

Row = dict[str, Any]
BARS = {"own": "#1b6ca8", "context": "#8a6fb0", "caught": "#c8553d"}
"""Parts of a hazard and the colours of their bars."""


def both(words: Words) -> str:
    """A text in both languages, one of which is shown; once where both are the same."""
    if words[0] == words[1]:
        return escape(words[0])
    return f'<span class="en">{escape(words[0])}</span><span class="zh" lang="zh">{escape(words[1])}</span>'


def label(name: str) -> str:
    """A label of the page in both languages."""
    return both((one(name, "en"), one(name, "zh")))


def sentence(row: Row, name: str) -> str:
    """A sentence of the memo in both languages: fields name and name_zh."""
    return both((row[name], row[f"{name}_zh"]))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, raw: Collection[int] = ()) -> str:
    """A table that scrolls sideways where it is too wide, nothing without rows; raw: columns that are HTML already."""
    body = ""
    for row in rows:
        cells = ["-" if value is None else str(value) for value in row]
        body += "<tr>" + "".join(
            f"<td>{cell if number in raw else escape(cell)}" for number, cell in enumerate(cells)
        )
    head = "".join(f"<th>{label(name)}" for name in columns)
    return f"<div class='wide'><table><tr>{head}{body}</table></div>" if body else ""


def pairs_table(pairs: Iterable[tuple[str, object]]) -> str:
    """Label and value, a line each."""
    rows = "".join(f"<tr><th>{label(name)}<td>{escape(str(value or '-'))}" for name, value in pairs)
    return f"<table>{rows}</table>"


def listed(name: str, found: Sequence[str]) -> str:
    """A label and what was found, nothing where nothing was."""
    return f"<p>{label(name)}: {escape('; '.join(found))}</p>" if found else ""


def shown_by(asked: Mapping[str, Row | None], *parts: str) -> str:
    """The commands that show parts of the memo again, each once."""
    lines = {query_line(query): None for part in parts if (query := asked[part])}
    return "<code>" + "<br>".join(escape(line) for line in lines) + "</code>" if lines else ""


def linked(path: Row) -> str:
    """A path from where the hazard arises to the shop, what each is to the next in both languages."""
    steps = [
        f"{escape(node)} ({label(link)})"
        for node, link in zip(path["chain"][:-1], path["links"], strict=True)
    ]
    return " &gt; ".join([*steps, escape(path["chain"][-1])])


def warned(document: Row) -> str:
    """What a reader has to know first: made-up data, a source that is absent."""
    return "".join(
        f'<p class="warn">{label(name)}</p>' for name in ("synthetic", "degraded") if document[name]
    )


def failing(row: Row) -> str:
    """A firm's PD, or that it is in default."""
    return label("failed") if row["defaulted"] else escape(percent(row["pd"]) or "-")


def named(row: Row) -> str:
    """A firm's id with its name below."""
    return escape(row["other"]) + (f"<small>{escape(row['name'])}</small>" if row["name"] else "")
