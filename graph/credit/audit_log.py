"""The audit log of decisions: one file per entry, each with the hash of the entry before.

An entry is the file `<number>-<SHA-256 of its bytes>.json`; the next entry repeats that hash in `previous`. A changed
byte, or a file that is removed or inserted, breaks the chain at that place. A user who may write to the folder can
remove entries from the end or rewrite the whole chain; to detect that, store the last hash somewhere else.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph.errors import DataError, WorkspaceError
from supplyrisk.graph.workspace.output_files import replacing

SCHEMA = "scgraph.audit/1"
START = "0" * 64
"""Value of `previous` in the first entry."""
_NAME = re.compile(r"(?P<number>\d{6,})-(?P<hash>[0-9a-f]{64})\.json")


@dataclass(frozen=True)
class AuditEntry:
    """One entry: its number, counted from 1, the SHA-256 in its file name, and its path."""

    number: int
    hash: str
    path: Path


class AuditLog:
    """The audit log in a folder, which the first entry creates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self) -> list[AuditEntry]:
        """Return all entries, sorted by number."""
        entries = []
        for path in self.folder.glob("*.json"):
            name = _NAME.fullmatch(path.name)
            if name:
                entries.append(AuditEntry(int(name["number"]), name["hash"], path))
        return sorted(entries, key=lambda e: (e.number, e.hash))

    def append(self, content: Mapping[str, object]) -> AuditEntry:
        """Append an entry; concurrent writers wait for each other, and a killed one leaves no partial entry.

        Parameters
        ----------
        content: fields of the entry, JSON values; schema, id and previous are added.

        Raises
        ------
        WorkspaceError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                earlier = self.entries()
                number = earlier[-1].number + 1 if earlier else 1
                previous = earlier[-1].hash if earlier else START
                # Sorted keys: the bytes, and so the hash, do not depend on the order in `content`.
                document = {"schema": SCHEMA, "id": number, "previous": previous, **content}
                text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"
                return self._write(number, text.encode())
        except OSError as fault:
            raise WorkspaceError(f"the audit log in {self.folder} cannot be written ({fault})") from fault

    def _write(self, number: int, data: bytes) -> AuditEntry:
        digest = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{number:06}-{digest}.json"
        with replacing(path) as out:
            out.write(data)
        return AuditEntry(number, digest, path)

    # Two writers would otherwise read the same last entry and write the same number.
    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def verify(self) -> list[str]:
        """Return the faults of the chain in words, entry by entry; empty where it is intact."""
        faults = []
        number = 0
        previous: object = START
        for entry in self.entries():
            number += 1
            if entry.number != number:
                faults.append(f"entry {number} is missing: the next one is {entry.number}")
                number = entry.number
            data = entry.path.read_bytes()
            if hashlib.sha256(data).hexdigest() != entry.hash:
                faults.append(f"entry {entry.number} was changed: its bytes do not have the hash of its name")
            if _previous(data) != previous:
                faults.append(
                    f"entry {entry.number} does not follow the one before: its previous hash differs"
                )
            # Continue from the hash in the name: one fault is reported once, and later entries are still checked.
            previous = entry.hash
        return faults

    def show(self, number: int) -> bytes:
        """Return the stored bytes of an entry.

        Raises
        ------
        DataError: there is no such entry, or it was changed.
        """
        entries = self.entries()
        entry = next((e for e in entries if e.number == number), None)
        if entry is None:
            expected = f"one from 1 to {entries[-1].number}" if entries else "an entry; there is none yet"
            raise DataError(f"no entry {number}", expected)
        data = entry.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != entry.hash:
            raise DataError(f"entry {number} was changed", remedy="run scgraph audit verify")
        return data


def _previous(data: bytes) -> object:
    """Return the previous hash that an entry states; None where its bytes are no JSON object."""
    try:
        content = json.loads(data)
    except ValueError:
        return None
    return content.get("previous") if isinstance(content, dict) else None
