"""Documentation pages of the query library: one per topic, and one on portable Cypher.

`python tests/support/query_page_text.py > docs/cypher.md` writes the page on portable Cypher. The pages of topics have
examples, which need a graph; `python tests/support/query_pages.py` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from query_lint import MAX_LINKS, RULES
from supplyrisk.queries import KINDS, Query

EXAMPLE_ROWS = 5
"""Number of rows that an example shows."""

CYPHER_HEAD = f"""# Portable Cypher

Every query of the library runs unchanged on the embedded store (kglite) and on Neo4j, and gives equal rows in equal
order. This page lists the rules that make this possible. `check_query` in `tests/support/query_lint.py` finds
violations, and a test applies it to every query. Your own queries (`scgraph query run --text`, `FILE.cypher`) may use
everything that the store supports.

## What a query may use

- `MATCH`, `OPTIONAL MATCH`, `WHERE`, `WITH`, `UNWIND`, `RETURN`, `ORDER BY`, `LIMIT`, `DISTINCT`; patterns of up to
  `*1..{MAX_LINKS}` links; `EXISTS {{ }}` and `COUNT {{ }}`; lists with `collect`, `size`, slices, `all`, `any`,
  `none`, `single`, `reduce`, `[x IN list WHERE ... | ...]`; `CASE`, `coalesce`, `round`; `sum`, `min`, `max`, `count`,
  `avg`.
- `r.e_share_of_purchases` and `r.e_share_of_sales`: the shares of the pair's trade in the last 180 days. They are
  properties of one link per pair, however many categories the two firms trade, so a pattern that uses them matches each
  pair once.

## Null values and paths

- `x = null` is never true. A missing property is null, and a comparison with it is not true.
- `sum` ignores null and is 0 without rows; `min`, `max` and `avg` are then null.
- `ORDER BY` sorts null last, and first with `DESC`.
- A pattern uses no link twice, in both stores, but it may visit a firm twice. To exclude paths that cross themselves,
  write `all(x IN firms WHERE single(y IN firms WHERE y = x))` for the list of their ids.

## What makes a query fast

- Start from a key, `(f:Firm {{firm_id: $firm}})`, and write it first: the embedded store begins where the pattern does.
- Group by `f.firm_id`, not by `f`: the embedded store carries a node with all its properties through every row.
- Take ids and shares out of a path once (`[n IN nodes(p) | n.firm_id]`) and continue with the lists.
- For thousands of firms at once write the tiers out (`[(b)<-[r:SUPPLIES]-(:Firm)<-[s:SUPPLIES]-(x:Firm) | x]`): the
  embedded store evaluates `all(r IN links WHERE ...)` for every whole path, at about ten times the cost.
- Never use `OPTIONAL MATCH` from a variable that an earlier one may have left null: the embedded store then searches
  the whole graph.
- Look up names at the end, when `LIMIT $top` rows are left.

## Rules

| rule | requirement | reason |
|---|---|---|
"""


@dataclass(frozen=True)
class QueryExample:
    """A run of a query: its arguments, and the columns and rows of the result."""

    arguments: Mapping[str, str]
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def cypher_page() -> str:
    """Return the page on portable Cypher as Markdown."""
    return CYPHER_HEAD + "".join(
        f"| {_cells(rule.name, rule.requirement, rule.reason)} |\n" for rule in RULES
    )


def topic_page(topic: str, queries: Sequence[Query], examples: Mapping[str, QueryExample]) -> str:
    """Return the page of one topic as Markdown; `examples` are by name of the query, which may have none."""
    lines = [f"# Queries: {topic}", "", "| query | what it finds |", "|---|---|"]
    lines += [f"| [{query.name}](#{query.name}) | {query.title} |" for query in queries]
    sections = [_section(query, examples.get(query.name)) for query in queries]
    return "\n".join(lines) + "\n" + "".join(sections)


def _section(query: Query, example: QueryExample | None) -> str:
    lines = ["", f"## {query.name}", "", f"{query.title}.", ""]
    lines += ["```text", *query.pattern, "```", ""] if query.pattern else []
    lines += [query.reading, ""]
    lines += [f"- The field's term: {query.term}."] if query.term else []
    lines += [f"- Cost: {query.cost.removesuffix('.')}."] if query.cost else []
    lines += [
        f"- Text: [{query.topic}/{query.name}.cypher](../../queries/{query.topic}/{query.name}.cypher)",
        "",
    ]
    lines += ["| parameter | kind | default | meaning |", "|---|---|---|---|"]
    for param in query.params:
        default = "required" if param.default is None else param.default
        lines.append(f"| {_cells(param.name, KINDS[param.kind][1], default, param.meaning)} |")
    lines += ["", "| column | meaning |", "|---|---|"]
    lines += [f"| {_cells(name, meaning)} |" for name, meaning in query.columns]
    lines += _example(query, example) if example else []
    return "\n".join(lines) + "\n"


def _example(query: Query, example: QueryExample) -> list[str]:
    options = "".join(f" --param {name}={value}" for name, value in example.arguments.items())
    first_rows = example.rows[:EXAMPLE_ROWS]
    more = len(example.rows) - EXAMPLE_ROWS
    lines = ["", "On the small chain of the tests:", "", f"    scgraph query run {query.name}{options}", ""]
    lines += [f"| {_cells(*example.columns)} |", "|" + "---|" * len(example.columns)]
    lines += [f"| {_cells(*row)} |" for row in first_rows]
    return lines + ([f"\nand {more} more rows." if more > 1 else "\nand one more row."] if more > 0 else [])


def _cells(*values: object) -> str:
    # A bar would start a new cell of the Markdown table.
    return " | ".join(_cell(value).replace("|", "\\|") for value in values)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    # bool is a subclass of int, and must not be written as a number.
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(_cell, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    print(cypher_page(), end="")
