"""docs/mapping.md is the reference of the mapping's keys: it has each of them, and its examples are valid."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from supplyrisk.loaders import Mapping, SourceMap
from supplyrisk.loaders.mappings.source_format import ColumnFormat

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
ROWS = [
    (name, example.replace("\\|", "|"))
    for names, example in re.findall(r"^\| (`[^|]*) \|[^|]*\| `(.*)` \|$", PAGE, flags=re.MULTILINE)
    for name in re.findall("`([a-z_]+)`", names)
]


def test_the_page_has_every_key() -> None:
    shapes = (Mapping, SourceMap, ColumnFormat)
    fields = [item for shape in shapes for item in shape.model_fields.items()]
    # in the code, the entries are called sources; the format has a section of its own
    keys = {field.alias or name for name, field in fields} - {"source", "format"}
    of_graphs = {"nodes", "links", "from", "to"}
    assert keys - of_graphs == {name for name, _ in ROWS}
    assert all(f"`{key}`" in PAGE for key in of_graphs)


@pytest.mark.parametrize(("name", "example"), ROWS)
def test_each_example_is_a_valid_mapping(name: str, example: str) -> None:
    twelve = ", ".join(f'"M{number}"' for number in range(3, 13))
    keys = tomllib.loads(example.replace("…", twelve))
    shape = Mapping if name in Mapping.model_fields else SourceMap
    stated = keys if shape is Mapping else {"file": "x.csv", "table": "firms"} | keys
    table = {
        "scale": "firms",
        "columns": "events",
        "constants": "events",
        "column_format": "loans",
        "negative": "supplies",
    }.get(name)
    entries = stated | ({"table": table} if table else {}) if shape is SourceMap else stated
    assert shape.model_validate(entries).model_fields_set >= {*keys}


def test_the_example_on_top_is_a_valid_mapping() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert Mapping.model_validate(tomllib.loads(block)).format.decimal == ","
