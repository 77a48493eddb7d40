"""Finding the files of a folder and the tables that they feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.joined_map import joined_map
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.mappings.mapping_file import SYNTHETIC, TRUTH
from supplyrisk.loaders.mappings.reshaping import JoinedFile
from supplyrisk.loaders.read.endings import (
    ARCHIVE,
    FORMATS,
    format_of,
    is_tab_separated,
    is_unread_data,
    misplaced_keys,
    without_ending,
)
from supplyrisk.loaders.read.folder_files import FolderFile, folder_files
from supplyrisk.queries import did_you_mean, first_names


@dataclass(frozen=True)
class SourceFile:
    """One file that feeds one table.

    Parameters
    ----------
    path, name: the file, or the archive that holds it; the name is relative to the data folder.
    format: one of the formats of `endings`.
    map: how its columns become those of the table.
    member: name of the file in its archive; "" where it is in none.
    joined: by entry of the mapping's join, the files whose columns are added.
    entry: number of the mapping's entry that names it; None where its name tells the table.
    """

    path: Path
    name: str
    format: str
    map: SourceMap
    member: str = ""
    joined: tuple[tuple[SourceFile, ...], ...] = ()
    entry: int | None = None

    @property
    def table(self) -> str:
        """Name of the contract's table that it feeds."""
        return self.map.table

    @property
    def zipped(self) -> bool:
        """Whether it is compressed with gzip."""
        return self.name.lower().endswith(".gz")


@dataclass(frozen=True)
class FolderSources:
    """The files of a folder.

    Parameters
    ----------
    sources: files that feed tables, in a fixed order.
    ignored: names of files that nothing reads.
    faults: why the folder cannot be read as it is.
    """

    sources: list[SourceFile]
    ignored: list[str]
    faults: list[str]


def find_sources(folder: Path, mapping: Mapping, *, is_whole: bool = True) -> FolderSources:
    """Find the sources of a folder.

    Files that the mapping names come first. All others are recognised by their stem: firms.csv, firms-2024.csv, or any
    file in a folder firms/.

    Parameters
    ----------
    is_whole: whether the folder is a whole data set: with firms, and with all files that the mapping names.

    Raises
    ------
    DataError: the folder does not exist.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}", f"a folder with a file {_FIRMS_FILE}")
    files = folder_files(folder)
    names = [file.name for file in files]
    sources, faults = _mapped_sources(mapping, files, is_whole)
    entries = [entry for entry in mapping.sources if entry.file]
    joined = {file.name for entry in entries for other in entry.join for file in _named(other, files)}
    mapped = joined | {f.name for entry in entries for f in _named(entry, files)}
    by_stem, stem_faults = _sources_by_stem(mapping, [file for file in files if file.name not in mapped])
    sources += sorted(by_stem, key=lambda source: (list(TABLES).index(source.table), source.name))
    faults += stem_faults
    has_archive = any(file.archive for file in files)
    has_firms = mapping.lists_firms or any(source.table == "firms" for source in sources)
    if not sources and not faults and not is_whole:
        faults.append(f"no file for any table, expected {_FIRMS_FILE}, say; the folder has {_listed(names)}")
    if is_whole and not has_firms and not faults:
        faults.append(
            f"no file for the table firms, expected {_FIRMS_FILE}; the folder has {_listed(names)}"
            + ("; files of an archive with another name are read where a mapping names them" * has_archive)
            + (f"; is {folder / _MAPPING_FILE} the --mapping to use?" * (_MAPPING_FILE in names))
        )
    read = joined | {source.name for source in sources}
    # what `scgraph synth` writes beside the tables is known, and never reported as ignored
    generated = (SYNTHETIC, f"{TRUTH}/") if SYNTHETIC in names else ()
    generated = (*generated, *_OWN_FILES)
    ignored = [name for name in names if name not in read and not name.startswith(generated)]
    return FolderSources(sources, ignored, faults)


def read_together(sources: list[SourceFile]) -> Iterator[dict[int, SourceFile]]:
    """Yield the sources by their numbers, in groups that are read together: files with one join, or one event log."""
    numbered = enumerate(sources)
    for _, group in groupby(
        numbered, key=lambda pair: (pair[1].entry, -1 if pair[1].map.is_reshaped else pair[0])
    ):
        yield dict(group)


def _mapped_sources(
    mapping: Mapping, files: list[FolderFile], is_whole: bool
) -> tuple[list[SourceFile], list[str]]:
    """Return the files that the mapping names, and the faults of its entries."""
    sources: list[SourceFile] = []
    faults: list[str] = []
    for number, entry in enumerate(mapping.sources):
        if entry.nodes or entry.links:
            faults.append(
                f"the mapping names {entry.description} of a graph, expected files; load with --from-neo4j"
            )
            continue
        if entry.database:
            # a table of a server has no file
            name = entry.description
            sources.append(SourceFile(Path(), name, entry.database, mapping.formatted(entry)))
            faults += _key_faults(name, entry.database, entry.model_fields_set)
            continue
        readable, entry_faults = _readable(entry, files, may_lack=entry.optional or not is_whole)
        faults += entry_faults
        if not readable:
            continue
        joined, join_faults = _joined_files(mapping, mapping.formatted(entry), files)
        faults += join_faults
        for file in readable:
            source, source_faults = _source(file, mapping.formatted(entry), entry.model_fields_set)
            faults += source_faults
            is_unread = file.problem or join_faults
            sources += [] if is_unread else [replace(source, joined=joined, entry=number)]
    return sources, faults


_MAPPING_FILE = "mapping.toml"
_OWN_FILES = (_MAPPING_FILE, "scgraph.toml")
"""What `scgraph init` writes into a data folder."""
_FIRMS_FILE = f"firms.csv, or firms with another of the endings {', '.join([*FORMATS, ARCHIVE])}"
_ENDING = f"expected a name that ends in {', '.join(FORMATS)}"


def _named(entry: SourceMap | JoinedFile, files: list[FolderFile]) -> list[FolderFile]:
    """Return the files that an entry names; the name of an archive stands for all files in it."""
    return [file for file in files if entry.matches(file.name) or _is_in(file, entry)]


def _is_in(file: FolderFile, entry: SourceMap | JoinedFile) -> bool:
    """Return whether a file is in an archive that an entry names."""
    return bool(file.archive) and entry.matches(file.archive)


def _readable(
    entry: SourceMap | JoinedFile, files: list[FolderFile], *, may_lack: bool = False
) -> tuple[list[FolderFile], list[str]]:
    """Return the files that an entry names and whose format is known, and the faults of the others.

    may_lack: whether it is no fault that there is no such file.
    """
    matching = _named(entry, files)
    readable = [file for file in matching if format_of(file.name) or file.problem]
    if not matching:
        listed = _listed([file.name for file in files])
        fault = f"the mapping names {entry.file}, which the folder does not have; it has {listed}"
        return [], [] if may_lack else [fault]
    known = {file.name for file in readable}
    # of an archive, other files than tables are ignored as long as there are tables
    unknown = [f for f in matching if f.name not in known and not (readable and _is_in(f, entry))]
    return readable, [f"{file.name}: {_ENDING}" for file in unknown]


def _joined_files(
    mapping: Mapping, entry: SourceMap, files: list[FolderFile]
) -> tuple[tuple[tuple[SourceFile, ...], ...], list[str]]:
    """Return the files of each join of an entry, and their faults."""
    joined: list[tuple[SourceFile, ...]] = []
    faults: list[str] = []
    for join in entry.join:
        readable, join_faults = _readable(join, files)
        faults += join_faults
        sources: list[SourceFile] = []
        for file in readable:
            source, source_faults = _source(file, joined_map(mapping, entry, join), join.model_fields_set)
            faults += source_faults
            sources += [] if file.problem else [source]
        joined.append(tuple(sources))
    return tuple(joined), faults


def _source(file: FolderFile, entry: SourceMap, own_keys: set[str]) -> tuple[SourceFile, list[str]]:
    """Return a file as the source of an entry, and the faults that are known before it is read.

    own_keys: the keys that the entry itself states; those of [format] may be for other files.
    """
    format = format_of(file.name) or ""
    if is_tab_separated(file.name) and "delimiter" not in own_keys:
        entry = entry.model_copy(update={"delimiter": "\t"})
    faults = [f"{file.name}: {file.problem}"] if file.problem else []
    faults += _key_faults(file.name, format, own_keys)
    if entry.json_lines and format == "json_document":
        format = "json"
    return SourceFile(file.path, file.name, format, entry, file.member), faults


def _key_faults(name: str, format: str, own_keys: set[str]) -> list[str]:
    """Return the faults of keys that an entry states and its format does not have."""
    return [f"{name}: {fault}" for fault in misplaced_keys(own_keys, format)]


def _listed(names: list[str]) -> str:
    return first_names(names, 12) or "no files"


def stem_of(name: str) -> str:
    """Return the first part of a file's path, without the ending of a format."""
    return without_ending(name.partition("/")[0])


def _sources_by_stem(mapping: Mapping, files: list[FolderFile]) -> tuple[list[SourceFile], list[str]]:
    """Return the files whose names tell the table that they feed, and the faults of these names."""
    sources: list[SourceFile] = []
    faults: list[str] = []
    origins_by_stem: dict[str, set[str]] = {}
    for file in files:
        name = file.name
        is_known = bool(format_of(name))
        # a file that nothing reads is named by what is before the first point
        stem = stem_of(name) if is_known or file.archive else name.partition("/")[0].partition(".")[0]
        table = stem if stem in TABLES else stem.split("-")[0]
        if table not in TABLES:
            intended = did_you_mean(table, TABLES, similarity=1) if is_known else ""
            if intended:
                faults.append(f"{name}: {intended} File names are in lower case, without spaces")
            continue
        # folders and archives in them have the exact name of a table; firms-old/ is none
        if "/" in (file.archive or name) and stem not in TABLES:
            continue
        # a note or Spark's _SUCCESS beside the files of a table is none of them, a workbook of another format is one
        if not is_known and "/" in name and not is_unread_data(name):
            continue
        if (not is_known and not file.archive) or file.problem:
            faults.append(
                f"{name}: {file.problem or f'is named like the table {table}, {_ENDING}; rename it'}"
            )
            continue
        if not is_known:
            continue
        origins_by_stem.setdefault(stem, set()).add(name.split("/")[0])
        source, _ = _source(file, mapping.formatted(SourceMap(file=name, table=table)), set())
        sources.append(source)
    for stem, origins in origins_by_stem.items():
        if len(origins) > 1:
            faults.append(
                f"{' and '.join(sorted(origins))} are both {stem}, expected one of them; "
                f"keep one, or name the parts {stem}-1, {stem}-2"
            )
    return sources, faults
