"""Parts of a memo's page: texts of which one language is shown, tables, lists, and the commands that repeat a query."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from supplyrisk.graph.credit import Words
from supplyrisk.graph.texts.figures import percent
from supplyrisk.services import query_line
from supplyrisk.web.memo_labels import label

Row = dict[str, Any]


def in_both(words: Words) -> str:
    """A text in both languages, of which the page shows one; a single text where they are equal."""
    if words[0] == words[1]:
        return escape(words[0])
    return f'<span class="en">{escape(words[0])}</span><span class="zh" lang="zh">{escape(words[1])}</span>'


def label_in_both(name: str) -> str:
    """A label of the page in both languages."""
    return in_both((label(name, "en"), label(name, "zh")))


def sentence_in_both(row: Row, name: str) -> str:
    """A sentence of the memo in both languages, stored in the fields `name` and `name`_zh."""
    return in_both((row[name], row[f"{name}_zh"]))


def table_html(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, html_columns: Collection[int] = ()
) -> str:
    """A table that scrolls sideways where it is too wide; empty without rows.

    columns: names of labels. html_columns: numbers of the columns that are HTML already and are not escaped.
    """
    body = ""
    for row in rows:
        cells = ["-" if value is None else str(value) for value in row]
        body += "<tr>" + "".join(
            f"<td>{cell if number in html_columns else escape(cell)}" for number, cell in enumerate(cells)
        )
    head = "".join(f"<th>{label_in_both(name)}" for name in columns)
    return f"<div class='wide'><table><tr>{head}{body}</table></div>" if body else ""


def facts_table(facts: Iterable[tuple[str, object]]) -> str:
    """Labels with their values, one pair per row."""
    rows = "".join(f"<tr><th>{label_in_both(name)}<td>{escape(str(value or '-'))}" for name, value in facts)
    return f"<table>{rows}</table>"


def labelled_list(name: str, items: Sequence[str]) -> str:
    """A label and its items on one line; empty without items."""
    return f"<p>{label_in_both(name)}: {escape('; '.join(items))}</p>" if items else ""


def command_of(query: Row) -> str:
    """The command that repeats a query of the memo."""
    return query_line(query["name"], query["params"])


def commands_html(queries: Mapping[str, Row | None], *parts: str) -> str:
    """The commands that repeat the queries behind some parts of the memo, each command once."""
    lines = {command_of(query): None for part in parts if (query := queries[part])}
    return "<code>" + "<br>".join(escape(line) for line in lines) + "</code>" if lines else ""


def path_html(path: Row) -> str:
    """A path of contagion from its source to the shop, with each relation in both languages."""
    steps = [
        f"{escape(firm)} ({label_in_both(link)})"
        for firm, link in zip(path["chain"][:-1], path["links"], strict=True)
    ]
    return " &gt; ".join([*steps, escape(path["chain"][-1])])


def warnings_html(document: Row) -> str:
    """What a reader has to know first: synthetic data, a model of synthetic data, a missing source."""
    # Recorded documents from before it was noted do not say whether the model is of synthetic data.
    by_synthetic_model = document.get("synthetic_model", False) and not document["synthetic"]
    warnings = {
        "synthetic": document["synthetic"],
        "synthetic_model": by_synthetic_model,
        "degraded": document["degraded"],
    }
    return "".join(f'<p class="warn">{label_in_both(name)}</p>' for name, holds in warnings.items() if holds)


def pd_cell(row: Row) -> str:
    """A firm's PD, or that it is in default."""
    return label_in_both("failed") if row["defaulted"] else percent(row["pd"])


def firm_cell(row: Row) -> str:
    """A firm's id with its name below."""
    return escape(row["other"]) + (f"<small>{escape(row['name'])}</small>" if row["name"] else "")
