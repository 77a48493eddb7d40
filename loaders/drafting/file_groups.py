"""The data files of a folder, in groups of one form: a file for each month or firm is one source."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.loaders.mappings.mapping_file import SYNTHETIC, TRUTH
from supplyrisk.loaders.read.endings import ARCHIVE, format_of, is_unread_data
from supplyrisk.loaders.read.folder_files import FolderFile, folder_files

_WORKSPACE = "workspace.json"
_TEXTS = (".txt", ".asc", ".dat", ".prn")
"""Endings of texts that may be tables, which are read under another name."""


@dataclass(frozen=True)
class FileGroup:
    """Files that may have one form.

    Parameters
    ----------
    pattern: their common pattern; the name of a single file.
    files: the files, in the order of their names.
    """

    pattern: str
    files: tuple[FolderFile, ...]


@dataclass(frozen=True)
class GroupedFiles:
    """The groups of a folder, and the data files that nothing reads, each with the reason."""

    groups: tuple[FileGroup, ...]
    unread: tuple[tuple[str, str], ...]


def grouped_files(folder: Path) -> GroupedFiles:
    """Return the data files of a folder."""
    files = folder_files(folder)
    names = {file.name for file in files}
    workspaces = tuple(
        f"{name.partition('/')[0]}/"
        for name in names
        if name.endswith(f"/{_WORKSPACE}") and name.count("/") == 1
    )
    generated = (f"{TRUTH}/",) if SYNTHETIC in names else ()
    readable = []
    unread = []
    for file in files:
        if file.name.startswith((*workspaces, *generated)):
            continue
        if file.problem:
            unread.append((file.name, file.problem))
        elif format_of(file.name):
            readable.append(file)
        elif file.name.lower().endswith(_TEXTS):
            unread.append((file.name, "no ending that scgraph reads; if it is a table, call it .csv"))
        elif is_unread_data(file.name) or file.name.lower().endswith(ARCHIVE):
            unread.append((file.name, "no format that scgraph reads; export it as CSV"))
    return GroupedFiles(tuple(_groups(readable)), tuple(unread))


def _groups(files: Sequence[FolderFile]) -> list[FileGroup]:
    by_pattern: dict[str, list[FolderFile]] = {}
    for file in files:
        # brackets and question marks are signs of patterns themselves
        plain = not re.search(r"[\[\]?*]", file.name)
        by_pattern.setdefault(_pattern(file.name) if plain else file.name, []).append(file)
    groups = []
    for pattern, members in by_pattern.items():
        matching = [file for file in files if fnmatch.fnmatchcase(file.name, pattern)]
        if len(members) > 1 and len(matching) == len(members):
            groups.append(FileGroup(pattern, tuple(members)))
        else:
            groups += [FileGroup(file.name, (file,)) for file in members]
    return groups


def _pattern(name: str) -> str:
    """Return a name with stars in place of digits; those of its ending stay."""
    stem, dot, ending = name.partition(".")
    return re.sub(r"\d+(?:[-_.]\d+)*", "*", stem) + dot + ending
