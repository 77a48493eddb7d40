"""Finding the files of a folder and the tables that they feed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.mappings.mapping_file import SYNTHETIC, TRUTH
from supplyrisk.queries import did_you_mean, first_names

FORMATS = {
    ".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet",
    ".jsonl": "json", ".jsonl.gz": "json", ".ndjson": "json", ".ndjson.gz": "json",
}  # fmt: skip


@dataclass(frozen=True)
class SourceFile:
    """One file that feeds one table.

    Parameters
    ----------
    path, name: the file; the name is relative to the data folder.
    format: "csv", "parquet" or "json".
    map: how its columns become those of the table.
    """

    path: Path
    name: str
    format: str
    map: SourceMap

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


def find_sources(folder: Path, mapping: Mapping) -> FolderSources:
    """Find the sources of a folder.

    Files that the mapping names come first. All others are recognised by their stem: firms.csv, firms-2024.csv, or any
    file in a folder firms/.

    Raises
    ------
    DataError: the folder does not exist.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}", "a folder with a file firms.csv, .csv.gz, .parquet or .jsonl")
    names = sorted(p.relative_to(folder).as_posix() for p in _files(folder))
    sources, faults = _mapped_sources(folder, mapping, names)
    mapped = {source.name for source in sources}
    by_stem, stem_faults = _sources_by_stem(folder, mapping, [name for name in names if name not in mapped])
    sources += sorted(by_stem, key=lambda source: (list(TABLES).index(source.table), source.name))
    faults += stem_faults
    if not any(source.table == "firms" for source in sources) and not faults:
        faults.append(
            "no file for the table firms, expected firms.csv, .csv.gz, .parquet or .jsonl; "
            f"the folder has {_listed(names)}"
        )
    read = {source.name for source in sources}
    # what `scgraph synth` writes beside the tables is known, and never reported as ignored
    generated = (SYNTHETIC, f"{TRUTH}/") if SYNTHETIC in names else ()
    ignored = [name for name in names if name not in read and not name.startswith(generated)]
    return FolderSources(sources, ignored, faults)


def _mapped_sources(folder: Path, mapping: Mapping, names: list[str]) -> tuple[list[SourceFile], list[str]]:
    """Return the files that the mapping names, and the faults of its entries."""
    sources: list[SourceFile] = []
    faults: list[str] = []
    for entry in mapping.sources:
        if entry.nodes or entry.links:
            faults.append(
                f"the mapping names {entry.description} of a graph, expected files; load with --from-neo4j"
            )
            continue
        matching = [name for name in names if entry.matches(name)]
        if not matching and not entry.optional:
            faults.append(
                f"the mapping names {entry.file}, which the folder does not have; it has {_listed(names)}"
            )
        for name in matching:
            format = _format(name)
            if format is None:
                faults.append(f"{name}: expected a name that ends in {', '.join(FORMATS)}")
            else:
                sources.append(SourceFile(folder / name, name, format, mapping.formatted(entry)))
    return sources, faults


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder and of the folders in it, without hidden ones."""
    return [
        p for pattern in ("*", "*/*") for p in folder.glob(pattern) if p.is_file() and not _hidden(p, folder)
    ]


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _listed(names: list[str]) -> str:
    return first_names(names, 12) or "no files"


def _format(name: str) -> str | None:
    lower = name.lower()
    # .csv.gz does not end in .csv, so the order of the endings does not matter
    return next((f for ending, f in FORMATS.items() if lower.endswith(ending)), None)


def stem_of(name: str) -> str:
    """Return the first part of a file's path, without the ending of a format."""
    first = name.partition("/")[0]
    # the longest ending first
    ending = next((e for e in sorted(FORMATS, key=len, reverse=True) if first.lower().endswith(e)), "")
    return first[: len(first) - len(ending)]


def _sources_by_stem(folder: Path, mapping: Mapping, names: list[str]) -> tuple[list[SourceFile], list[str]]:
    """Return the files whose names tell the table that they feed, and the faults of these names."""
    sources: list[SourceFile] = []
    faults: list[str] = []
    origins_by_stem: dict[str, set[str]] = {}
    for name in names:
        format = _format(name)
        stem = stem_of(name)
        table = stem if stem in TABLES else stem.split("-")[0]
        if format is None:
            continue
        if table not in TABLES:
            intended = did_you_mean(table, TABLES, similarity=1)
            if intended:
                faults.append(f"{name}: {intended} File names are in lower case, without spaces")
            continue
        # folders have the exact name of a table; firms-old/ is none
        if "/" in name and stem not in TABLES:
            continue
        origins_by_stem.setdefault(stem, set()).add(name.split("/")[0])
        entry = mapping.formatted(SourceMap(file=name, table=table))
        sources.append(SourceFile(folder / name, name, format, entry))
    for stem, origins in origins_by_stem.items():
        if len(origins) > 1:
            faults.append(
                f"{' and '.join(sorted(origins))} are both {stem}, expected one of them; "
                f"keep one, or name the parts {stem}-1, {stem}-2"
            )
    return sources, faults
