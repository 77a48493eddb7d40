"""Starting fast: Arrow without what it brings along and a small answer does not need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq


class _NoPandas(MetaPathFinder):
    """Answers a search for pandas as if it were not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Refuse pandas, know of nothing else."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is spared here", name=name)


def spare_pandas() -> None:
    """Have Arrow look for pandas now, and find none; nothing is changed where pandas is there already.

    pyarrow imports pandas, if it is installed, with the first array that it makes or hands to numpy, to know pandas'
    types when it meets them: longer than most memos and queries take. It looks once. For whoever hands it no
    pandas object; `import pandas` and `Table.to_pandas` work as ever afterwards, and from then on Arrow knows it.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file, or some of its columns; `pq.read_table` would import what reads whole folders of them."""
    with pq.ParquetFile(path) as file:
        return file.read(None if columns is None else list(columns))
