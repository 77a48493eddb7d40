"""Files that a user gives beside the data: base PDs, essentialities and lenders' equity, as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from supplyrisk.graph.contagion.essentiality import ALL_NON_ESSENTIAL, Essentiality
from supplyrisk.graph.contagion.user_inputs import equities, essentiality_of
from supplyrisk.graph.errors import DataError, RequestError

INPUT_ENDINGS = (".csv", ".parquet")
_TEXT_COLUMNS = (
    "firm_id",
    "lender_id",
    "supplier_sector",
    "customer_sector",
    "sector",
    "state",
    "role",
    "kind",
)


def check_input_endings(*paths: Path | None) -> None:
    """Check the endings of input files, so that a typing error is reported before the computation; None is skipped.

    Raises
    ------
    RequestError: an ending is none of INPUT_ENDINGS.
    """
    for path in paths:
        if path is not None and path.suffix.lower() not in INPUT_ENDINGS:
            raise RequestError(f"{path.name} has no known ending", " or ".join(INPUT_ENDINGS))


def read_input_table(path: Path) -> pa.Table:
    """Read a CSV or Parquet file.

    Raises
    ------
    RequestError: there is no such file. DataError: it is not a table.
    """
    if not path.is_file():
        raise RequestError(f"no file {path}", "an existing file")
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path)
        # Ids, sectors and roles stay text: 007 is a firm and 2 a role, not numbers.
        options = csv.ConvertOptions(column_types=dict.fromkeys(_TEXT_COLUMNS, pa.string()))
        return csv.read_csv(path, convert_options=options)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path.name} cannot be read ({error})", "a table with a header") from error


def read_essentiality(path: Path | None) -> Essentiality:
    """Read an essentiality table (see `essentiality_of`); None: all inputs are non-essential."""
    return ALL_NON_ESSENTIAL if path is None else essentiality_of(read_input_table(path), path.name)


def read_lender_equity(path: Path | None) -> Mapping[str, float] | None:
    """Read the equity of lenders, by lender_id (see `equities`); None: none given."""
    return None if path is None else equities(read_input_table(path), path.name)
