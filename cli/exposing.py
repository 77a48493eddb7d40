"""Contagion as the workspace keeps it, and on its way into the graph: `scgraph store contagion`."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from supplyrisk.cli.files import to_json, write_table
from supplyrisk.cli.options import Session
from supplyrisk.cli.workspace import scores_name
from supplyrisk.graph import Snapshot

FOLDER = "contagion"
ABOUT = b"scgraph"
SETTINGS = ("essentiality", "substitution", "eps", "residual", "base_pd_from")


def keep_contagion(session: Session, table: pa.Table, seen: Snapshot, head: Mapping[str, object]) -> None:
    """Write the table of contagion, and what it rests on, into the workspace's folder contagion."""
    folder = session.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    about = to_json({**head, "content_hash": seen.info.content_hash})
    write_table(folder / f"{scores_name(seen.as_of)}.parquet", table.replace_schema_metadata({ABOUT: about}))
