"""SHA-256 of files, and of the files of a scored day as `score` wrote them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.output_files import write_text
from supplyrisk.graph.workspace.score_runs import run_noted_in


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_score_hashes(
    layout: Layout, as_of: date | None, verified: Mapping[Path, str] = MappingProxyType({})
) -> None:
    """Note the hashes of the files of a scored day; call it after the last of them is written.

    verified: SHA-256 of files that need not be read again for it.
    """
    files = [path for path in _files_of(layout, as_of) if path.is_file()]
    hashes = {path.name: verified.get(path) or sha256_of(path) for path in files}
    write_text(layout.score_hashes_file(as_of), json.dumps(hashes, indent=1) + "\n")


def checked_score_hashes(
    layout: Layout, as_of: date | None, *, only: Collection[Path] | None = None
) -> dict[Path, str]:
    """Return the SHA-256 of each file of a scored day, after comparing it with what `score` noted.

    Days that were scored by earlier versions have no note: their files are taken as they are. Of later days it must be
    there.

    only: the files that are read; None (default): all of them.

    Raises
    ------
    DataError: files were changed, or are missing, since `score` wrote them.
    """
    files = [path for path in _files_of(layout, as_of) if only is None or path in only]
    hashes = {path: sha256_of(path) for path in files if path.is_file()}
    note = layout.score_hashes_file(as_of)
    noted = _noted(note)
    if not noted and _writes_hashes(layout.scores_file(as_of)):
        changed = [note.name]
    else:
        changed = [p.name for p in files if p.name in noted and hashes.get(p) != noted[p.name]]
    if changed:
        raise DataError(
            f"{', '.join(changed)}: changed or removed since {as_of or 'the data'} was scored",
            "the files as scgraph score wrote them",
            f"run scgraph score{f' --as-of {as_of}' if as_of else ''} again",
        )
    return hashes


def _noted(note: Path) -> dict[str, str]:
    """Return the noted hashes by file name; none where there is no note."""
    if not note.is_file():
        return {}
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise DataError(f"{note} cannot be read ({fault})", remedy="run scgraph score again") from fault
    if not isinstance(noted, dict):
        raise DataError(f"{note} is no list of hashes", remedy="run scgraph score again")
    return noted


def _writes_hashes(scores: Path) -> bool:
    """Whether scores are by a version that notes hashes: it notes in the file what counts as a default, too."""
    try:
        run = run_noted_in(scores)
    except (OSError, pa.ArrowInvalid):
        # Damaged, or missing: whoever reads it says so.
        return False
    return run is not None and run.defaults is not None


def _files_of(layout: Layout, as_of: date | None) -> list[Path]:
    """Return what a memo, or the graph that it is read from, takes from a scored day."""
    nodes, links = layout.transmission_files(as_of)
    return [layout.scores_file(as_of), layout.spreaders_file(as_of), nodes, links]
