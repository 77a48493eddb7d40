"""What starts fast stays fast: modules that a check and the store's worker do without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from supplyrisk.graph import read_parquet
from supplyrisk.graph.store.embedded.worker_process import WorkerProcess

SPARED = """
import sys
from supplyrisk.graph import spare_pandas
import pyarrow as pa
spare_pandas()
table = pa.table({"a": pa.array([1, None, 3]), "b": ["x", None, "y"]})
table["a"].to_numpy()
assert table.to_pylist()[1] == {"a": None, "b": None}
assert "pandas" not in sys.modules, "Arrow has imported pandas"
import pandas as pd
frame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
assert str(frame["a"].dtype) == "Int64"
assert pa.array(pd.Series([1.0, None])).null_count == 1, "Arrow does not know pandas' missing values"
"""


def test_arrow_is_spared_pandas_and_knows_it_when_it_comes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPARED], check=False, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_worker_answers_without_pandas_and_duckdb() -> None:
    worker = WorkerProcess("supplyrisk.graph.store.embedded.kglite_worker")
    try:
        worker.ask("cypher", cypher="RETURN 1 AS x", params={}, timeout=60, write=False)
        mapped = Path(f"/proc/{worker.pid}/maps").read_text()
    finally:
        worker.stop()
    assert "/pyarrow/" in mapped
    assert not [name for name in ("/pandas/", "duckdb", "/scipy/", "/torch/") if name in mapped]


def test_a_file_is_read_whole_or_by_columns(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = pa.table({"a": [1, 2], "b": ["x", None]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read_parquet(tmp_path / "t.parquet").equals(table)
    assert read_parquet(tmp_path / "t.parquet", ["b"]).equals(table.select(["b"]))
