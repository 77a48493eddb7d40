"""A table of pairs that a person has filled in: CSV as scgraph or a spreadsheet writes it, or an Excel workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.csv_file import spreadsheet_text
from supplyrisk.loaders.matching.match_decisions import DECISIONS

_COLUMNS = ("firm_id_a", "firm_id_b", "decision")
_DELIMITERS = ",;\t"
_QUOTE = "'"


@dataclass(frozen=True)
class DecisionRow:
    """A row of the file: both ids, the smaller first, and the decision; empty: none."""

    firm_id_a: str
    firm_id_b: str
    decision: str

    @property
    def pair(self) -> tuple[str, str]:
        """The ids of both."""
        return self.firm_id_a, self.firm_id_b


@dataclass(frozen=True)
class DecisionFile:
    """The rows of a file, one per pair, and the faults of its other rows in words."""

    rows: Sequence[DecisionRow]
    faults: Sequence[str]


def read_decision_file(path: Path) -> DecisionFile:
    """Return the rows of a file and its faults.

    Raises
    ------
    DataError: the file cannot be read, or lacks columns.
    """
    try:
        lines = list(_sheet_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise DataError(
            f"{path} cannot be read ({fault})", "a .csv in UTF-8 or an .xlsx, as scgraph match -o writes it"
        ) from fault
    header = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)}",
            f"the columns {', '.join(_COLUMNS)}",
            "fill in the file that scgraph match -o writes",
        )
    faults: list[str] = []
    rows: dict[tuple[str, str], DecisionRow] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row, problem = _row(dict(zip(header, cells, strict=False)))
        before = rows.get(row.pair)
        if problem is None and before is not None and before.decision != row.decision:
            problem = f"{row.firm_id_a} and {row.firm_id_b} stand in another row with the decision {before.decision!r}"
        if problem:
            faults.append(f"line {number}: {problem}")
        else:
            rows.setdefault(row.pair, row)
    return DecisionFile(list(rows.values()), faults)


def _row(cells: dict[str, str]) -> tuple[DecisionRow, str | None]:
    """Return a row, and what is wrong with it."""
    a, b = sorted((cells["firm_id_a"], cells.get("firm_id_b", "")))
    decision = cells.get("decision", "").strip().lower()
    row = DecisionRow(a, b, decision)
    if not a or not b:
        return row, "a firm_id is empty"
    if a == b:
        return row, f"both firms are {a}"
    if decision and decision not in DECISIONS:
        return row, f"the decision is {decision!r}, expected {' or '.join(DECISIONS)} or an empty cell"
    return row, None


def _csv_rows(path: Path) -> Iterator[Sequence[str]]:
    text = path.read_text(encoding="utf-8-sig")
    header = text.partition("\n")[0]
    # spreadsheets of some countries write semicolons
    delimiter = max(_DELIMITERS, key=header.count)
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        yield [_without_quote(cell) for cell in cells]


def _without_quote(cell: str) -> str:
    """Return a cell without the quote that keeps spreadsheets from running it as a formula."""
    return cell[1:] if cell.startswith(_QUOTE) and spreadsheet_text(cell[1:]) == cell else cell


def _sheet_rows(path: Path) -> Iterator[Sequence[str]]:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only for workbooks

    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except CalamineError as fault:
        raise OSError(str(fault)) from fault
    for cells in rows:
        yield [_cell_text(cell) for cell in cells]


def _cell_text(cell: object) -> str:
    """Return a cell of a sheet as text; a whole number is its digits."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
