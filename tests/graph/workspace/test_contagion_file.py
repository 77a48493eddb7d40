"""Contagion that a workspace stores: what was written is read back, and a file without a head is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, Workspace

DAY = date(2025, 6, 30)
FIRMS = pa.table({"firm_id": ["A", "B"], "esri": [0.5, 0.25]})


def test_each_day_is_stored_with_its_head(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws")
    workspace.store_contagion(FIRMS, {"as_of": DAY, "eps": 0.01}, as_of=DAY, content_hash="abc")
    stored = workspace.contagion()
    assert stored.firms.to_pydict() == FIRMS.to_pydict()
    assert (stored.as_of, stored.content_hash) == (DAY, "abc")
    assert stored.head == {"as_of": "2025-06-30", "eps": 0.01}
    with pytest.raises(DataError, match="one of 2025-06-30; run scgraph contagion"):
        workspace.contagion(date(2025, 1, 1))


def test_undated_data_have_one_file(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws")
    workspace.store_contagion(FIRMS, {"as_of": None}, as_of=None, content_hash="abc")
    assert workspace.layout.contagion_file(None).name == "undated.parquet"
    assert workspace.contagion().as_of is None


def test_a_file_without_a_head_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws")
    path = workspace.layout.contagion_file(DAY)
    path.parent.mkdir(parents=True)
    pq.write_table(FIRMS, path)
    with pytest.raises(DataError, match="has no head"):
        workspace.contagion()
