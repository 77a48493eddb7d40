"""The graph of a day as files for Neo4j's bulk import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import lazy_loader

from supplyrisk.graph import DefaultDefinition, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import FEATURES, JobProgress, silent
from supplyrisk.services.store import graph_tables_of_day

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
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> BulkExport:
    """Write the graph of a day (None: the last) as files for `neo4j-admin database import` into a new folder."""
    progress(FEATURES)
    tables, notes = graph_tables_of_day(workspace, as_of, horizon_days, default_definition, beyond_days)
    progress("writing files")
    exported = admin_files.export_graph_tables(tables, folder)
    return BulkExport(
        folder=folder,
        rows=dict(exported.rows),
        command=exported.command,
        command_file=admin_files.COMMAND_FILE,
        constraints_file=folder / admin_files.CONSTRAINTS_FILE,
        notes=tuple(notes),
    )
