"""Read Parquet without importing pandas or Arrow's dataset module, to keep short commands fast."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq


class _NoPandas(MetaPathFinder):
    """An import finder that reports pandas as not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise ModuleNotFoundError for pandas; leave every other module to the next finder."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not imported here, to start faster", name=name)


def spare_pandas() -> None:
    """Make pyarrow look for pandas now and not find it; do nothing if pandas is already imported.

    pyarrow imports pandas, if installed, when it first builds an array, in order to recognise pandas objects. That
    import takes longer than most memos and queries. pyarrow looks only once, so a single failed search is enough.
    Use it only in code that hands no pandas object to pyarrow; `import pandas` and `Table.to_pandas` still work
    afterwards.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        # Any array triggers pyarrow's one search for pandas.
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return one Parquet file as a table: all columns by default, or only the named ones."""
    # pq.read_table would import pyarrow.dataset, which single files do not need.
    with pq.ParquetFile(path) as file:
        return file.read(None if columns is None else list(columns))
