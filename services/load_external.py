"""Load a graph that another system keeps in Neo4j: read through a mapping, then checked and loaded like files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from supplyrisk import loaders
from supplyrisk.graph import DataError, DefaultDefinition, RequestError, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.services.load import LoadResult, ValidateResult, load_rows, validate, with_graph
from supplyrisk.services.progress import Announce, JobProgress, silent, unheard


@dataclass(frozen=True)
class ExternalFiles:
    """The rows that were read, as files in UTF-8, and the mapping of these files."""

    folder: Path
    mapping: loaders.Mapping


def validate_external(
    workspace: Workspace,
    mapping: str | Path | None,
    *,
    max_bad: float | None = None,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    progress: JobProgress = silent,
) -> ValidateResult:
    """What a load of the external graph would do; the graph is only read. Raises as `load_external`."""
    with _read(workspace, mapping, progress) as files:
        return validate(
            files.folder,
            files.mapping,
            max_bad=max_bad,
            horizon_days=horizon_days,
            default_definition=default_definition,
            progress=progress,
        )


def load_external(
    workspace: Workspace,
    mapping: str | Path | None,
    *,
    graph: bool = False,
    max_bad: float | None = None,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    announce: Announce = unheard,
    progress: JobProgress = silent,
) -> LoadResult:
    """Load nodes and links of a graph on the named server into the workspace; parameters as in `load`.

    Where rows were quarantined, what was read is stored beside the quarantine, for its line numbers to be looked up;
    this is announced, also where the load is refused.

    Raises
    ------
    RequestError: no mapping, or no server is named. DataError: the mapping names files. Others as in `load`.
    """
    result = load_external_rows(
        workspace,
        mapping,
        graph=graph,
        max_bad=max_bad,
        horizon_days=horizon_days,
        default_definition=default_definition,
        announce=announce,
        progress=progress,
    )
    return with_graph(
        result,
        graph=graph,
        horizon_days=horizon_days,
        default_definition=default_definition,
        progress=progress,
    )


def load_external_rows(
    workspace: Workspace,
    mapping: str | Path | None,
    *,
    graph: bool = False,
    max_bad: float | None = None,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    announce: Announce = unheard,
    progress: JobProgress = silent,
) -> LoadResult:
    """The first half of `load_external`, as `load_rows` is of `load`."""
    with _read(workspace, mapping, progress) as files:
        before = _quarantine_time(workspace)
        try:
            return load_rows(
                workspace,
                files.folder,
                files.mapping,
                graph=graph,
                max_bad=max_bad,
                horizon_days=horizon_days,
                default_definition=default_definition,
                progress=progress,
            )
        finally:
            if _quarantine_time(workspace) != before:  # the quarantine is that of this load
                _keep_rows(workspace, files.folder, announce)


@contextmanager
def _read(workspace: Workspace, mapping: str | Path | None, progress: JobProgress) -> Iterator[ExternalFiles]:
    if mapping is None:
        raise RequestError(
            "--from-neo4j needs --mapping FILE, which states what its labels, types and properties mean"
        )
    chosen = loaders.read_mapping(mapping)
    names = sorted(entry.file for entry in chosen.sources if entry.file)
    if names:
        raise DataError(
            f"the mapping names files ({', '.join(names)})",
            "nodes or links in every [[source]]",
            "correct the mapping",
        )
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        folder = Path(temporary)
        progress("reading the graph")
        with workspace.open_external_graph() as external:
            written = loaders.write_files(external, chosen, folder)
        yield ExternalFiles(folder, written)


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
