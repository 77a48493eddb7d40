"""A table that is written in any combination of forms and read by its mapping is the table again."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplyrisk.graph import read_workspace
from supplyrisk.loaders import load
from written_forms import Row, Source, mapping_text, rows, sources, values_of, write_book


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(sources(), rows)
def test_a_table_is_read_back_as_it_was(source: Source, table: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        void = write_book(folder / "book.csv", source, table)
        (folder / "map.toml").write_text(mapping_text(source), encoding="utf-8")
        count = load(folder, folder / "ws", folder / "map.toml").total
        path = read_workspace(folder / "ws").sources["firms"]
        assert isinstance(path, Path)
        loaded = pq.read_table(path, columns=["firm_id", "registered_capital", "founded_on"]).to_pylist()
    assert (count.rows, count.loaded, count.dropped) == (len(table) + void, len(table), void)
    assert loaded == values_of(table)


@given(st.integers(0, 83_000))
@settings(max_examples=50, deadline=None)
def test_the_writer_of_this_test_writes_excel_days(serial: int) -> None:
    day = date(1900, 3, 1) + timedelta(days=serial)
    assert Source({"dates": ["excel"]}).day(day, 0) == str(61 + serial)
