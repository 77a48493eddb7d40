"""The graph of a day as files for Neo4j's bulk import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Unpack

import lazy_loader

from supplyrisk.graph import Workspace, graph_tables_of
from supplyrisk.services.day_snapshot import DaySettings, read_day
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import FEATURES, JobProgress, silent

# It imports the Neo4j driver, which takes half a second.
admin_files = lazy_loader.load("supplyrisk.graph.store.neo4j.admin_files", suppress_warning=True)


@dataclass(frozen=True)
class BulkExport:
    """Files for `neo4j-admin database import`: rows by file, the command, and what to run afterwards."""

    folder: Path
    rows: dict[str, int]
    command: str
    command_file: str
    constraints_file: Path
    notes: tuple[str, ...] = ()

    def to_json(self) -> Document:
        """The files as a JSON document."""
        rows = [{"file": name, "rows": count} for name, count in self.rows.items()]
        return document("export.neo4j-admin", rows, command=self.command, folder=self.folder)


def export_for_neo4j_admin(
    workspace: Workspace,
    folder: Path,
    *,
    as_of: date | None = None,
    progress: JobProgress = silent,
    **day_settings: Unpack[DaySettings],
) -> BulkExport:
    """Write the graph of a day (None: the last) as files for `neo4j-admin database import` into a new folder."""
    progress(FEATURES)
    day = read_day(workspace, as_of, **day_settings)
    progress("writing files")
    exported = admin_files.export_graph_tables(graph_tables_of(day.snapshot), folder)
    return BulkExport(
        folder=folder,
        rows=dict(exported.rows),
        command=exported.command,
        command_file=admin_files.COMMAND_FILE,
        constraints_file=folder / admin_files.CONSTRAINTS_FILE,
        notes=day.notes,
    )
