"""Timestamps of Parquet: days in the zone that the mapping states."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import Mapping, load, validate

# on both sides of midnight in Shanghai, and long before 1970
TIMES = [
    datetime(2024, 1, 1, 15, 59, 59, 999999),
    datetime(2024, 1, 1, 16, 0),
    datetime(1912, 3, 4, 5, 6, 7),
]


def write(folder: Path, kind: pa.DataType) -> None:
    (folder / "firms.csv").write_text("firm_id\nF\n")
    stored = [t.replace(tzinfo=UTC) for t in TIMES] if kind.tz else TIMES
    columns = {
        "firm_id": ["F"] * 3,
        "day": pa.array(stored, kind),
        "what": ["order", "pay", "note"],
        "id": ["a", "a", "b"],
    }
    pq.write_table(pa.table(columns), folder / "log.parquet")


def mapped(**keys: object) -> Mapping:
    source = {
        "file": "log.parquet",
        "table": "events",
        "columns": {"on": "day", "kind": "what"},
        "ignore": ["id"],
    }
    return Mapping.model_validate({"source": [{**source, **keys}]})


def days(folder: Path, mapping: Mapping) -> list[str]:
    load(folder, folder / "ws", mapping)
    return sorted(
        str(day) for day in pq.read_table(read_workspace(folder / "ws").sources["events"])["on"].to_pylist()
    )


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_instants_are_days_of_the_stated_zone(tmp_path: Path, unit: str) -> None:
    write(tmp_path, pa.timestamp(unit, "UTC"))
    assert days(tmp_path, mapped(timezone="Asia/Shanghai")) == ["1912-03-04", "2024-01-01", "2024-01-02"]
    assert days(tmp_path, mapped(timezone="UTC")) == ["1912-03-04", "2024-01-01", "2024-01-01"]
    with pytest.raises(DataError, match=r"column day is of type timestamp.*state timezone in the mapping"):
        validate(tmp_path, mapped())


def test_times_without_a_zone_are_local_unless_times_in_says_otherwise(tmp_path: Path) -> None:
    write(tmp_path, pa.timestamp("us"))
    assert days(tmp_path, mapped(timezone="Asia/Shanghai")) == ["1912-03-04", "2024-01-01", "2024-01-01"]
    utc = mapped(timezone="Asia/Shanghai", times_in="UTC")
    assert days(tmp_path, utc) == ["1912-03-04", "2024-01-01", "2024-01-02"]
    assert {f["rule"] for f in validate(tmp_path, mapped()).faults.to_pylist()} == {"day"}


def test_an_event_log_may_store_instants(tmp_path: Path) -> None:
    write(tmp_path, pa.timestamp("us", "UTC"))
    log = {"case": "id", "activity": "what", "time": "day", "steps": {"on": "order", "paid": "pay"}}
    keys = {
        "event_log": log,
        "columns": {},
        "constants": {"kind": "order"},
        "where_not": {"on": ""},
        "ignore": [],
    }
    assert days(tmp_path, mapped(**keys, timezone="Asia/Shanghai")) == ["2024-01-01"]
    paid = keys | {"columns": {"on": "paid"}, "where_not": {"paid": ""}}
    paid["event_log"] = log | {"steps": {"paid": "pay"}}
    assert days(tmp_path, mapped(**paid, timezone="Asia/Shanghai")) == ["2024-01-02"]
    with pytest.raises(DataError, match=r"column day is of type timestamp.*state timezone in the mapping"):
        validate(tmp_path, mapped(**keys))
