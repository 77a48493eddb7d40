"""Names of firms beside their ids, as people know them: those of the stored scores, which nothing edits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.workspace.fast_parquet import read_parquet


def with_name(firm: str, name: str | None) -> str:
    """Return a firm as memos write it: "Huaxin Textiles (S00012)"; without a name its id alone."""
    return f"{name} ({firm})" if name and name != firm else firm


def listed_with_names(firms: Iterable[str], names: Mapping[str, str]) -> str:
    """Return firms as a list in one line, each with its name where it has one."""
    return ", ".join(with_name(firm, names.get(firm)) for firm in firms)


def stored_names(scores: Path, firms: Collection[str]) -> dict[str, str]:
    """Return the names of firms in a score file, by id; those without a name, or without a score, are not in it."""
    table = read_parquet(scores, ["firm_id", "name"])
    rows = table.filter(pc.is_in(table["firm_id"], value_set=pa.array(sorted(firms), pa.string())))
    pairs = zip(rows["firm_id"].to_pylist(), rows["name"].to_pylist(), strict=True)
    return {firm: name for firm, name in pairs if name}
