"""Which files of a folder feed which tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.mappings.mapping_file import SYNTHETIC, TRUTH

FORMATS = {
    ".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet",
    ".jsonl": "json", ".jsonl.gz": "json", ".ndjson": "json", ".ndjson.gz": "json",
}  # fmt: skip


@dataclass(frozen=True)
class SourceFile:
    """One file that feeds one table; name is relative to the data folder."""

    path: Path
    name: str
    format: str
    map: SourceMap

    @property
    def table(self) -> str:
        """The contract's table that it feeds."""
        return self.map.table

    @property
    def zipped(self) -> bool:
        """Whether its bytes are gzip's."""
        return self.name.lower().endswith(".gz")


def find_sources(folder: Path, mapping: Mapping) -> tuple[list[SourceFile], list[str], list[str]]:
    """The sources in a fixed order, the names of files that nothing reads, and the faults found.

    Files that the mapping names come first; all others are known by their stem: firms.csv, firms-2024.csv, or
    any file in a folder firms/.

    Raises
    ------
    DataError: the folder is not there.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}", "a folder with a file firms.csv, .csv.gz, .parquet or .jsonl")
    names = sorted(p.relative_to(folder).as_posix() for p in _files(folder))
    faults: list[str] = []
    sources: list[SourceFile] = []
    for entry in mapping.sources:
        if entry.nodes or entry.links:
            faults.append(
                f"the mapping names {entry.told} of a graph, expected files; load with --from-neo4j"
            )
            continue
        found = [n for n in names if entry.matches(n)]
        if not found and not entry.optional:
            faults.append(
                f"the mapping names {entry.file}, which is not there; the folder has {_list(names)}"
            )
        for name in found:
            kind = _format(name)
            if kind is None:
                faults.append(f"{name}: expected a name that ends in {', '.join(FORMATS)}")
            else:
                sources.append(SourceFile(folder / name, name, kind, entry))
    mapped = {s.name for s in sources}
    rest = [n for n in names if n not in mapped]
    by_stem = _by_stem(folder, rest, faults)
    sources += sorted(by_stem, key=lambda s: (list(TABLES).index(s.table), s.name))
    read = {s.name for s in sources}
    if not any(s.table == "firms" for s in sources) and not faults:
        faults.append(
            f"no firms: expected firms.csv, .csv.gz, .parquet or .jsonl; the folder has {_list(names)}"
        )
    made_up = (SYNTHETIC, f"{TRUTH}/") if SYNTHETIC in names else ()
    return sources, [n for n in names if n not in read and not n.startswith(made_up)], faults


def _files(folder: Path) -> list[Path]:
    """Files of the folder and of its folders, two levels deep, without hidden ones."""
    return [
        p for pattern in ("*", "*/*") for p in folder.glob(pattern) if p.is_file() and not _hidden(p, folder)
    ]


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _list(names: list[str]) -> str:
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return (", ".join(names[:12]) + more) or "no files"


def _format(name: str) -> str | None:
    lower = name.lower()
    return next((f for ending, f in FORMATS.items() if lower.endswith(ending)), None)


def stem_of(name: str) -> str:
    """The first part of the path without the ending of a format."""
    first = name.partition("/")[0]
    ending = next((e for e in sorted(FORMATS, key=len, reverse=True) if first.lower().endswith(e)), "")
    return first[: len(first) - len(ending)]


def _by_stem(folder: Path, names: list[str], faults: list[str]) -> list[SourceFile]:
    found: list[SourceFile] = []
    stems: dict[str, set[str]] = {}
    for name in names:
        kind, stem = _format(name), stem_of(name)
        table = stem if stem in TABLES else stem.split("-")[0]
        if kind is None:
            continue
        if table not in TABLES:
            near = table.strip().lower().replace(" ", "")
            if near in TABLES:
                faults.append(
                    f"{name}: did you mean {near}? Names of files are in lower case, without spaces"
                )
            continue
        if "/" in name and stem not in TABLES:
            continue
        stems.setdefault(stem, set()).add(name.split("/")[0])
        found.append(SourceFile(folder / name, name, kind, SourceMap(name, table)))
    for stem, origins in stems.items():
        if len(origins) > 1:
            several = " and ".join(sorted(origins))
            faults.append(
                f"{several} are both {stem}: expected one; keep one, or name parts {stem}-1, {stem}-2"
            )
    return found
