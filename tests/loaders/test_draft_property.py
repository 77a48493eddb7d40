"""A table written in any forms is drafted such that the draft reads it back, or marks what it leaves open."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplyrisk.graph import read_workspace
from supplyrisk.loaders import Mapping, draft_folder, draft_text, load
from written_forms import Row, Source, rows, sources, values_of, write_book

_DOUBTS = {"in doubt": 0, "certain": 0}


# The same examples each time: the test below counts what they leave open.
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sources(), rows)
def test_a_draft_without_doubts_reads_the_table_as_it_was(source: Source, table: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        void = write_book(folder / "firms.csv", source, table, state="status")
        draft = draft_folder(folder)
        (folder / "map.toml").write_text(draft_text(draft), encoding="utf-8")
        _DOUBTS["in doubt" if draft.points else "certain"] += 1
        if draft.points:
            return
        count = load(folder, folder / "ws", folder / "map.toml").total
        path = read_workspace(folder / "ws").sources["firms"]
        assert isinstance(path, Path)
        names = [key.name for key in draft.sources[0].columns]
        loaded = pq.read_table(path, columns=["firm_id", "registered_capital", "founded_on"]).to_pylist()
    assert {"firm_id", "registered_capital", "founded_on"} <= set(names)
    assert (count.rows, count.loaded, count.dropped) == (len(table) + void, len(table), void)
    assert loaded == values_of(table)


def test_most_of_these_tables_leave_nothing_open() -> None:
    """Without a header nothing is known of the columns; of the others, the draft has to decide a good part."""
    assert _DOUBTS["certain"] >= 0.1 * sum(_DOUBTS.values()), _DOUBTS


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([*'a1,;."-/:\n\t \r', "ä", "中", "\0", "\x85"]), min_size=1, max_size=120),
    st.booleans(),
)
def test_any_text_is_drafted_as_a_valid_mapping(characters: list[str], is_wide: bool) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "firms.csv").write_bytes("".join(characters).encode("utf-16" if is_wide else "gb18030"))
        text = draft_text(draft_folder(folder))
    Mapping.model_validate(tomllib.loads(text))
