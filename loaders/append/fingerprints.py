"""Fingerprints of source files, by which a workspace knows that it was loaded from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb

from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import IngestedSource
from supplyrisk.loaders.read.source_files import SourceFile, read_together

_INCOMPLETE = "incomplete:"
"""Before the fingerprint of a file of which rows went to quarantine: the data have its other rows only."""


def with_fingerprints(
    sources: list[SourceFile], ingested: list[IngestedSource], encoding: str, known: frozenset[str]
) -> list[IngestedSource]:
    """Return the sources that were read with their fingerprints, and whether these are known.

    Parameters
    ----------
    sources: all sources of the folder, by number.
    encoding: of text files whose mapping states none.
    known: fingerprints of the files that the workspace was loaded from.
    """
    # An archive is the file of all its members, and files that are read together are those of each other.
    digest_of = cache(_digest_of)
    fingerprints: dict[int, str] = {}
    for group in read_together(sources):
        fingerprints |= fingerprints_of(group, encoding, digest_of)
    marked = []
    for source in ingested:
        fingerprint = fingerprints[source.number]
        is_complete = fingerprint in known
        is_incomplete = not is_complete and _INCOMPLETE + fingerprint in known
        marked.append(
            replace(
                source,
                fingerprint=fingerprint,
                repeated=is_complete or is_incomplete,
                incomplete=is_incomplete,
            )
        )
    return marked


def fingerprints_to_store(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> set[str]:
    """Return the fingerprints of the files that were loaded, after all checks of rows.

    Those of files with rows in quarantine are marked: such rows may be good in a later load, once the firms that they
    name are known, or the mapping has a rate for their currency.
    """
    stored = set()
    for work in works.values():
        quarantined = f"SELECT src FROM typed_{work.name} WHERE bad UNION SELECT src FROM out_{work.name}"
        incomplete = {number for (number,) in con.execute(quarantined).fetchall()}
        for source in work.sources:
            if source.fingerprint:
                mark = _INCOMPLETE if source.number in incomplete else ""
                stored.add(mark + source.fingerprint)
    return stored


def fingerprints_of(
    group: Mapping[int, SourceFile], encoding: str, digest_of: Callable[[Path], bytes]
) -> dict[int, str]:
    """Return, by number of the source, a hash of all that decides what its rows are, except its name.

    Tables of a server have none, since they change.

    Parameters
    ----------
    group: sources that are read together: of an event log, each depends on the events in all of them.
    encoding: of text files whose mapping states none.
    digest_of: returns the hash of a file's bytes.
    """
    files = [file for source in group.values() for file in (source, *_joined(source))]
    return {
        number: "" if source.map.database else _fingerprint(source, files, encoding, digest_of)
        for number, source in group.items()
    }


def _joined(source: SourceFile) -> list[SourceFile]:
    return [file for files in source.joined for file in files]


def _fingerprint(
    source: SourceFile, files: list[SourceFile], encoding: str, digest_of: Callable[[Path], bytes]
) -> str:
    as_mapped = source.map.model_dump(mode="json", exclude={"file", "optional"})
    read_as = [source.format, source.member, encoding, as_mapped]
    digest = hashlib.sha256(json.dumps(read_as, sort_keys=True).encode())
    for path in (source.path, *(file.path for file in files if file is not source)):
        digest.update(digest_of(path))
    return digest.hexdigest()


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
