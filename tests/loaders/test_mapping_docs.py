"""docs/mapping.md is the reference of the mapping's keys: it has each of them, and its examples are valid."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from supplyrisk.loaders import Mapping, SourceMap
from supplyrisk.loaders.mappings.source_format import ColumnFormat

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
DATA_SET, SOURCES = PAGE.split("\n## Sources\n")


def rows_of(text: str) -> list[tuple[str, str]]:
    """Each key in the tables of a part of the page, with its example."""
    return [
        (name, example.replace("\\|", "|"))
        for names, example in re.findall(r"^\| (`[^|]*) \|[^|]*\| `(.*)` \|$", text, flags=re.MULTILINE)
        for name in re.findall("`([a-z_]+)`", names)
    ]


ROWS = [
    (shape, name, example)
    for shape, text in ((Mapping, DATA_SET), (SourceMap, SOURCES))
    for name, example in rows_of(text)
]


def test_the_page_has_every_key() -> None:
    shapes = (Mapping, SourceMap, ColumnFormat)
    fields = [item for shape in shapes for item in shape.model_fields.items()]
    # in the code, the entries are called sources; the format has a section of its own
    keys = {field.alias or name for name, field in fields} - {"source", "format"}
    of_graphs = {"nodes", "links", "from", "to"}
    assert keys - of_graphs == {name for _, name, _ in ROWS}
    assert all(f"`{key}`" in PAGE for key in of_graphs)


@pytest.mark.parametrize(("shape", "name", "example"), ROWS)
def test_each_example_is_a_valid_mapping(
    shape: type[Mapping] | type[SourceMap], name: str, example: str
) -> None:
    twelve = ", ".join(f'"M{number}"' for number in range(3, 13))
    keys = tomllib.loads(example.replace("…", twelve))
    origin = {} if name == "database" else {"file": "x.csv"}
    # keys that only stand beside others
    beside = {"optional_columns": {"columns": {"name": "DueDate"}}}.get(name, {})
    stated = keys if shape is Mapping else origin | {"table": "firms"} | beside | keys
    table = {
        "scale": "firms",
        "columns": "events",
        "constants": "events",
        "column_format": "loans",
        "negative": "supplies",
        "firms_from": "supplies",
    }.get(name)
    entries = stated | ({"table": table} if table else {}) if shape is SourceMap else stated
    assert shape.model_validate(entries).model_fields_set >= {*keys}


def test_the_example_on_top_is_a_valid_mapping() -> None:
    block, *_ = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert Mapping.model_validate(tomllib.loads(block)).format.decimal == ","


def test_the_example_of_trades_at_both_ends_is_a_valid_mapping() -> None:
    _, block, _ = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    mapping = Mapping.model_validate(tomllib.loads(block))
    assert mapping.partners == "add"
    assert [entry.firms_from for entry in mapping.sources] == [("customer_id",), ("supplier_id",)]


def test_the_example_of_outcomes_without_a_day_is_a_valid_mapping() -> None:
    *_, block = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    mapping = Mapping.model_validate(tomllib.loads(block))
    assert mapping.labels is not None
    assert str(mapping.labels.as_of) == "2024-06-30"
