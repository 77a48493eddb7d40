"""docs/mapping.md is the reference of the mapping's keys: it has each of them, and its examples are valid."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from supplyrisk.loaders import Mapping, SourceMap, validate
from supplyrisk.loaders.mappings.reshaping import EventLog, JoinedFile, RowGroup
from supplyrisk.loaders.mappings.source_format import ColumnFormat, SourceFormat

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
DATA_SET, SOURCES = PAGE.split("\n## Sources\n")


def rows_of(text: str) -> list[tuple[str, str]]:
    """Each key in the tables of a part of the page, with its example."""
    return [
        (name, example.replace("\\|", "|"))
        for names, example in re.findall(r"^\| (`[^|]*) \|[^|]*\| `(.*)` \|$", text, flags=re.MULTILINE)
        for name in re.findall("`([a-z_]+)`", names)
    ]


INNER = dict(re.findall(r"^\| (key of [^|]*) \|[^\n]*\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE))
OUTER = re.sub(r"^\| key of .*\n(?:\|.*\n)+", "", SOURCES, flags=re.MULTILINE)
ROWS = [
    (shape, name, example)
    for shape, text in ((Mapping, DATA_SET), (SourceMap, OUTER))
    for name, example in rows_of(text)
]
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


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


def test_the_example_of_trades_at_both_ends_is_a_valid_mapping() -> None:
    (block,) = (block for block in BLOCKS if "firms_from" in block)
    mapping = Mapping.model_validate(tomllib.loads(block))
    assert mapping.partners == "add"
    assert [entry.firms_from for entry in mapping.sources] == [("customer_id",), ("supplier_id",)]


def test_the_example_of_outcomes_without_a_day_is_a_valid_mapping() -> None:
    (block,) = (block for block in BLOCKS if "as_of" in block)
    mapping = Mapping.model_validate(tomllib.loads(block))
    assert mapping.labels is not None
    assert str(mapping.labels.as_of) == "2024-06-30"


def test_the_pages_tables_of_joins_and_event_logs_have_every_key() -> None:
    shared = {*SourceFormat.model_fields, "rows", "db_table", "query", "sheet"}
    joins = {field.alias or name for name, field in JoinedFile.model_fields.items()} - shared
    assert joins == {name for name, _ in rows_of(INNER["key of a join"])}
    assert {*EventLog.model_fields} == {name for name, _ in rows_of(INNER["key of `event_log`"])}
    assert {*RowGroup.model_fields} == {name for name, _ in rows_of(INNER["key of `group`"])}


@pytest.mark.parametrize(("name", "example"), rows_of(INNER["key of a join"]))
def test_each_example_of_a_join_is_valid(name: str, example: str) -> None:
    keys = {"file": "x.csv", "on": "id"} | tomllib.loads(example)
    JoinedFile.model_validate(keys)
    assert name in tomllib.loads(example)


@pytest.mark.parametrize(("name", "example"), rows_of(INNER["key of `event_log`"]))
def test_each_example_of_an_event_log_is_valid(name: str, example: str) -> None:
    log = {"case": "c", "activity": "a", "time": "t", "steps": {"paid_on": "Pay"}}
    EventLog.model_validate(log | tomllib.loads(example))
    assert name in tomllib.loads(example)


@pytest.mark.parametrize(("name", "example"), rows_of(INNER["key of `group`"]))
def test_each_example_of_a_group_is_valid(name: str, example: str) -> None:
    assert name in RowGroup.model_validate({"by": "x"} | tomllib.loads(example)).model_fields_set


@pytest.mark.parametrize("block", BLOCKS)
def test_the_blocks_of_the_page_are_valid_mappings(block: str) -> None:
    assert Mapping.model_validate(tomllib.loads(block)).model_fields_set


def test_the_example_on_top_states_its_format() -> None:
    assert Mapping.model_validate(tomllib.loads(BLOCKS[0])).format.decimal == ","


FILES = {
    "firms.csv": "firm_id\nS1\nS2\nC\n",
    "orders.csv": "order_id,customer,day,status\nA,C,2024-03-01,paid\nB,C,2024-03-02,cancelled\n",
    "order_items.csv": "order_id,seller,price\nA,S1,5\nA,S2,7\nB,S1,9\n",
    "log.csv": "item,vendor,company,activity,at,value\n"
    "1,S1,C,Create Purchase Order Item,2024-01-01,5\n"
    "2,S2,C,Create Purchase Order Item,2024-01-02,5\n"
    "1,S1,C,Record Goods Receipt,2024-01-05,6\n"
    "1,S1,C,Cancel Goods Receipt,2024-01-06,6\n"
    "2,S2,C,Delete Purchase Order Item,2024-01-07,5\n",
    "payments.csv": "shop,paid_at,amount\nC,2024-01-01 10:00:00,5\nC,2024-01-01 11:00:00,.5\nC,2024-01-02 10:00:00,1\n",
}


@pytest.mark.parametrize(
    ("key", "table", "rows", "dropped"),
    [
        ("source.join", "supplies", 3, 1),
        ("source.event_log", "supplies", 2, 1),
        ("source.group", "activity", 2, 0),
    ],
)
def test_the_examples_of_joins_logs_and_groups_load(
    tmp_path: Path, key: str, table: str, rows: int, dropped: int
) -> None:
    (block,) = (text for text in BLOCKS if key in text)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    report = validate(tmp_path, Mapping.model_validate(tomllib.loads(block)))
    count = report.table(table).count
    assert (count.rows, count.quarantined, count.dropped, report.breaches) == (rows, 0, dropped, ())
    assert count.loaded == rows - dropped
