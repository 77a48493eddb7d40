"""Contagion as the workspace keeps it, and on its way into the graph: `scgraph store contagion`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.cli.consent import CONTAGION
from supplyrisk.cli.files import to_json, write_table
from supplyrisk.cli.options import Change, Session
from supplyrisk.cli.storing import kept_file, tell, write_found
from supplyrisk.cli.workspace import scores_name
from supplyrisk.graph import Snapshot, contagion_records_of

FOLDER = "contagion"
ABOUT = b"scgraph"
SETTINGS = ("essentiality", "substitution", "eps", "residual", "base_pd_from")


def keep_contagion(session: Session, table: pa.Table, seen: Snapshot, head: Mapping[str, object]) -> None:
    """Write the table of contagion, and what it rests on, into the workspace's folder contagion."""
    folder = session.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    about = to_json({**head, "content_hash": seen.info.content_hash})
    write_table(folder / f"{scores_name(seen.as_of)}.parquet", table.replace_schema_metadata({ABOUT: about}))


def write_kept_contagion(session: Session, change: Change) -> None:
    """Write contagion that the workspace keeps into the store.

    Raises
    ------
    DataError: the workspace keeps none of that day, or the store shows other data.
    """
    path = kept_file(session.folder / FOLDER, change.as_of, "scgraph contagion")
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[ABOUT])
    day = date.fromisoformat(about["as_of"]) if about["as_of"] else None
    found = contagion_records_of(table, day)
    of = (day, about["content_hash"])
    write_found(session, change, of, CONTAGION, lambda store: store.write_contagion(found))
    rows: list[tuple[str, str, object]] = [("firms", "Firm", found.firms.num_rows)]
    rows += [("links", found.links.type, found.links.rows.num_rows)]
    rows.append(("properties", ", ".join(found.names), len(found.names)))
    if not session.as_json:
        session.talk.say("; ".join(f"{name} {about[name]}" for name in SETTINGS))
    tell(session, "store.contagion", rows, change.dry_run)
