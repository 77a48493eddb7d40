"""All warnings about the loaded data; each is counted by SQL in the working database."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.loaders.check.data_warnings.damaged_ids import damaged_ids
from supplyrisk.loaders.check.data_warnings.data_warning import DataWarning
from supplyrisk.loaders.check.data_warnings.drawn_above_limit import drawn_above_limit
from supplyrisk.loaders.check.data_warnings.near_conditions import near_conditions
from supplyrisk.loaders.check.data_warnings.self_link_warning import self_links
from supplyrisk.loaders.check.data_warnings.similar_words import similar_words
from supplyrisk.loaders.check.data_warnings.twin_firms import twin_firms
from supplyrisk.loaders.check.data_warnings.wrong_encodings import wrong_encodings
from supplyrisk.loaders.check.typed_rows import TableWork

_CHECKS = (
    damaged_ids,
    wrong_encodings,
    similar_words,
    near_conditions,
    twin_firms,
    self_links,
    drawn_above_limit,
)


def data_warnings(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Return the warnings on a working database after all checks."""
    return [warning for check in _CHECKS for warning in check(con, works)]
