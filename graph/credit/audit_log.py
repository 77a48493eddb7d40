"""The record of decisions: one file per entry, each carrying the hash of the one before.

An entry is `<number>-<SHA-256 of its bytes>.json`; the next one repeats that hash in `previous`. One changed byte,
a file taken out or put in between breaks the chain at that place. Whoever may write the folder can cut entries off
its end, or write the whole chain anew: send the last hash elsewhere if that matters.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph.errors import DataError, WorkspaceError

SCHEMA = "scgraph.audit/1"
START = "0" * 64
"""What the first entry carries in place of a hash before it."""
_NAME = re.compile(r"(?P<number>\d{6,})-(?P<hash>[0-9a-f]{64})\.json")


@dataclass(frozen=True)
class AuditEntry:
    """One entry: its number from 1, the SHA-256 that its name states, and where it lies."""

    number: int
    hash: str
    path: Path


class AuditLog:
    """The record in a folder; the folder is made by the first entry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self) -> list[AuditEntry]:
        """All entries, by number."""
        entries = []
        for path in self.folder.glob("*.json"):
            name = _NAME.fullmatch(path.name)
            if name:
                entries.append(AuditEntry(int(name["number"]), name["hash"], path))
        return sorted(entries, key=lambda e: (e.number, e.hash))

    def append(self, content: Mapping[str, object]) -> AuditEntry:
        """Write an entry behind the last one; two writers wait for each other, a killed one leaves nothing.

        Raises
        ------
        WorkspaceError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                earlier = self.entries()
                number, previous = (earlier[-1].number + 1, earlier[-1].hash) if earlier else (1, START)
                document = {"schema": SCHEMA, "id": number, "previous": previous, **content}
                text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"
                return self._write(number, text.encode())
        except OSError as fault:
            raise WorkspaceError(f"the record in {self.folder} cannot be written ({fault})") from fault

    def _write(self, number: int, data: bytes) -> AuditEntry:
        digest = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{number:06}-{digest}.json"
        temporary = self.folder / f".{number:06}.tmp"
        with temporary.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
        return AuditEntry(number, digest, path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def verify(self) -> list[str]:
        """What is wrong with the chain, in words, entry by entry; empty where it is whole."""
        faults, number, previous = [], 0, START
        for entry in self.entries():
            number += 1
            if entry.number != number:
                faults.append(f"entry {number} is missing: the next one is {entry.number}")
                number = entry.number
            data = entry.path.read_bytes()
            if hashlib.sha256(data).hexdigest() != entry.hash:
                faults.append(f"entry {entry.number} was changed: its bytes do not have the hash of its name")
            if _previous(data) != previous:
                faults.append(f"entry {entry.number} does not follow the one before: it carries another hash")
            previous = entry.hash
        return faults

    def show(self, number: int) -> bytes:
        """The stored bytes of an entry.

        Raises
        ------
        DataError: there is no such entry, or its bytes are not what they were.
        """
        entries = self.entries()
        entry = next((e for e in entries if e.number == number), None)
        if entry is None:
            expected = f"one from 1 to {entries[-1].number}" if entries else "an entry; there is none yet"
            raise DataError(f"no entry {number}", expected)
        data = entry.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != entry.hash:
            raise DataError(f"entry {number} was changed", remedy="see scgraph audit verify")
        return data


def _previous(data: bytes) -> object:
    """The hash that an entry carries; None where its bytes are no longer JSON."""
    try:
        content = json.loads(data)
    except ValueError:
        return None
    return content.get("previous") if isinstance(content, dict) else None
