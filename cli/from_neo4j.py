"""`scgraph load --from-neo4j`: a graph that somebody else made, read through a mapping and loaded like files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from supplyrisk.cli.errors import usage
from supplyrisk.cli.loading import check_folder, load_folder
from supplyrisk.cli.options import Session
from supplyrisk.cli.workspace import foreign_graph
from supplyrisk.graph import DataError
from supplyrisk.loaders import Mapping, read_mapping, write_files

QUARANTINE, KEPT = Path("quarantine", "quarantine.csv"), Path("quarantine", "from-neo4j")


@dataclass(frozen=True)
class _Files:
    """What was read, as files in UTF-8, the mapping of these, and a session that reads them so."""

    folder: Path
    mapping: Mapping
    session: Session


def check_graph(session: Session, mapping: str | None) -> None:
    """Print what a load of the graph would do; DataError where it would refuse."""
    with _read(session, mapping) as files:
        check_folder(files.session, files.folder, files.mapping)
    session.talk.say("it can be loaded: scgraph load --from-neo4j --mapping FILE")


def load_graph(session: Session, mapping: str | None, graph: bool) -> None:
    """Load the graph into the workspace; with graph, build the store's own beside it.

    What was read is kept beside a quarantine that has rows of it, for the lines there to be looked up.
    """
    with _read(session, mapping) as files:
        before = _written(session)
        try:
            load_folder(files.session, files.folder, files.mapping, graph)
        finally:
            if _written(session) != before:  # the quarantine is that of this load
                _keep(session, files.folder)


def _written(session: Session) -> int | None:
    """When the quarantine was written."""
    path = session.folder / QUARANTINE
    return path.stat().st_mtime_ns if path.is_file() else None


@contextmanager
def _read(session: Session, mapping: str | None) -> Iterator[_Files]:
    if mapping is None:
        raise usage("--from-neo4j needs --mapping FILE, which says what its labels, types and properties are")
    chosen = read_mapping(mapping)
    files = sorted(entry.file for entry in chosen.sources if entry.file)
    if files:
        raise DataError(
            f"the mapping names files ({', '.join(files)})", "nodes or links in every [[source]]", "mend it"
        )
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        folder = Path(temporary)
        with session.talk.progress() as step, foreign_graph(session) as found:
            step("reading the graph", 0, 0)
            made = write_files(found, chosen, folder)
        settings = replace(session.settings, encoding="utf-8")
        yield _Files(folder, made, replace(session, settings=settings))


def _keep(session: Session, folder: Path) -> None:
    kept = session.folder / KEPT
    shutil.rmtree(kept, ignore_errors=True)
    with (session.folder / QUARANTINE).open(encoding="utf-8") as lines:
        faulty = sum(1 for _ in zip(range(2), lines, strict=False)) > 1
    if faulty:
        shutil.copytree(folder, kept)
        session.talk.say(f"what was read is in {kept}: lines of the quarantine are lines of these files")
