"""Where rows are loaded from: a folder, or a graph that another system keeps and that is read into files first."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from supplyrisk import loaders
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.services.progress import Announce, JobProgress, unheard
from supplyrisk.services.stored_mapping import ChosenMapping, MappingChoice, choose_mapping


@dataclass(frozen=True)
class ExternalSource:
    """The graph that another system keeps on the server that a workspace's store names; it is only read.

    Where rows were quarantined, what was read is stored beside the quarantine, for its line numbers to be looked up;
    this is announced, also where the load is refused.
    """

    workspace: Workspace
    announce: Announce = unheard


RowSource = str | Path | ExternalSource
"""A folder of tables, or an external graph."""


@dataclass(frozen=True)
class SourceFiles:
    """The files of a source, their mapping, the encoding of those that are text, and what was chosen as the mapping."""

    folder: Path
    mapping: loaders.Mapping
    encoding: str
    chosen: ChosenMapping


@contextmanager
def source_files(
    source: RowSource,
    mapping: MappingChoice,
    encoding: str,
    progress: JobProgress,
    workspace: Workspace | None = None,
) -> Iterator[SourceFiles]:
    """Yield the files of a source; those of an external graph are removed at the end.

    workspace: its mapping is used where none is named.

    Raises
    ------
    RequestError: an external graph without a mapping, or without a server. DataError: its mapping names files.
    """
    if not isinstance(source, ExternalSource):
        folder = Path(source)
        chosen = choose_mapping(mapping, folder, workspace)
        yield SourceFiles(folder, chosen.mapping, encoding, chosen)
        return
    chosen = choose_mapping(mapping, None, workspace)
    if chosen.text is None:
        raise RequestError(
            "--from-neo4j needs --mapping FILE, which states what its labels, types and properties mean"
        )
    names = sorted(entry.description for entry in chosen.mapping.sources if entry.file or entry.database)
    if names:
        raise DataError(
            f"the mapping names files or databases ({', '.join(names)})",
            "nodes or links in every [[source]]",
            "correct the mapping",
        )
    server = source.workspace
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        folder = Path(temporary)
        progress("reading the graph")
        with server.open_shared_graph() as store:
            written = loaders.write_files(store.external_graph(), chosen.mapping, folder)
        before = _quarantine_time(server)
        try:
            yield SourceFiles(folder, written, defaults.ENCODING, chosen)
        finally:
            if _quarantine_time(server) != before:  # the quarantine is that of this load
                _keep_rows(server, folder, source.announce)


def _quarantine_time(workspace: Workspace) -> int | None:
    """When the quarantine was written; None where there is none."""
    path = workspace.layout.quarantine_file
    return path.stat().st_mtime_ns if path.is_file() else None


def _keep_rows(workspace: Workspace, folder: Path, announce: Announce) -> None:
    """Store the rows beside a quarantine that is not empty, and announce where."""
    target = workspace.layout.quarantined_graph
    shutil.rmtree(target, ignore_errors=True)
    with workspace.layout.quarantine_file.open(encoding="utf-8") as lines:
        has_faults = sum(1 for _ in zip(range(2), lines, strict=False)) > 1  # a header and one more line
    if has_faults:
        shutil.copytree(folder, target)
        announce(f"the rows that were read are in {target}: the quarantine's lines are lines of these files")
