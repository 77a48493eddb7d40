"""Empty cells that have the text above them: merged cells, and lists that write a value once for several rows."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from supplyrisk.loaders.mappings.reshaping import FillDown
from supplyrisk.loaders.read.read_csv import CellBatch


def unchanged(batch: CellBatch) -> CellBatch:
    """Return a batch as it is, for files without such cells."""
    return batch


class FilledCells:
    """Fills the cells of one file, from the first batch of its rows to the last."""

    def __init__(self, fill: FillDown) -> None:
        self._fill = fill
        self._key: tuple[str | None, ...] | None = None
        self._above: dict[str, str] = {}

    def filled(self, batch: CellBatch) -> CellBatch:
        """Return a batch with its empty cells filled; where nothing stands above them, they stay empty."""
        rows = range(len(batch.lines))
        absent: list[str | None] = [None] * len(rows)
        cells = {
            name: batch.columns[name].to_pylist() if name in batch.columns else absent.copy()
            for name in (*self._fill.by, *self._fill.columns)
        }
        for row in rows:
            key = tuple(cells[name][row] for name in self._fill.by)
            if key != self._key:
                self._key = key
                self._above = {}
            for name in self._fill.columns:
                text = cells[name][row]
                if text is not None and text.strip():
                    self._above[name] = text
                else:
                    cells[name][row] = self._above.get(name, text)
        columns = {name: pa.array(cells[name], pa.string()) for name in self._fill.columns}
        return replace(batch, columns=batch.columns | columns)
