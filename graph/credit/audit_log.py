"""The audit log of decisions: one file per entry, each with the hash of the entry before.

An entry is the file `<number>-<SHA-256 of its bytes>.json`; the next entry repeats that hash in `previous`. What was
recorded (its payload) lies beside it in `payloads/<number>.json`, with a random salt: the entry states the SHA-256 of
that file, so that a payload can be removed without breaking the chain, and cannot be guessed from its hash. A changed
byte, and a file that is removed or inserted, are faults of that place. A user who may write to the folder can remove
entries from the end or rewrite the whole chain: an anchor that is stored elsewhere (`audit_anchor.py`) detects both.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supplyrisk.graph.credit.audit_anchor import AuditAnchor
from supplyrisk.graph.errors import DataError, WorkspaceError
from supplyrisk.graph.workspace.output_files import replacing, write_text

SCHEMA = "scgraph.audit/2"
START = "0" * 64
"""Value of `previous` in the first entry."""
ANCHOR = "anchor"
"""Name of the file of the last anchor; it is none of the entries."""
MARK = "payloads-read"
"""Name of the file that says up to which entry appends have read the payloads."""
MARK_EVERY = 100
"""Payloads that appends read again and again before a mark spares them."""
_NAME = re.compile(r"(?P<number>\d{6,})-(?P<hash>[0-9a-f]{64})\.json")
_SALT_BYTES = 16


@dataclass(frozen=True)
class AuditEntry:
    """One entry: its number, counted from 1, the SHA-256 in its file name, and its path."""

    number: int
    hash: str
    path: Path

    @property
    def payload(self) -> Path:
        """The file of what was recorded; entries of the first version have none."""
        return self.path.parent / "payloads" / self.payload_name

    @property
    def payload_name(self) -> str:
        """Name of that file."""
        return f"{self.number:06}.json"


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

    def append(self, verb: str, payload: Mapping[str, object], *, at: datetime | None = None) -> AuditEntry:
        """Append an entry; concurrent writers wait for each other, and a killed one leaves no partial entry.

        The entry states time, user and host.

        Parameters
        ----------
        verb: what was done, such as "check".
        payload: what is recorded, JSON values.
        at: time of the entry, with a time zone; None (default): now.

        Raises
        ------
        DataError: the log is not intact since the last anchor.
        WorkspaceError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                earlier = self._entries_to_follow()
                number = earlier[-1].number + 1 if earlier else 1
                data = _bytes_of({"salt": secrets.token_hex(_SALT_BYTES), **payload})
                document = {
                    "schema": SCHEMA,
                    "id": number,
                    "previous": earlier[-1].hash if earlier else START,
                    "at": (at or datetime.now(UTC)).isoformat(timespec="seconds"),
                    "verb": verb,
                    "user": current_user(),
                    "host": socket.gethostname(),
                    "payload": hashlib.sha256(data).hexdigest(),
                }
                return self._write(number, _bytes_of(document), data)
        except OSError as fault:
            raise WorkspaceError(f"the audit log in {self.folder} cannot be written ({fault})") from fault

    def _entries_to_follow(self) -> list[AuditEntry]:
        """Return all entries, verified so that another one may follow them.

        All entries from the last anchor on are read, and the payloads that no earlier append has read: payloads are far
        larger. `verify` reads everything.

        Raises
        ------
        DataError: the log is not intact.
        """
        entries = self.entries()
        anchor = self.anchor()
        read = self._payloads_read(entries)
        faults = _chain_faults(entries, anchor, payloads_after=read) + _anchor_faults(entries, anchor)
        if faults:
            raise broken(self.folder, faults)
        # Not at each append: a mark is written to disk, which takes as long as the entry itself.
        if entries and entries[-1].number - read >= MARK_EVERY:
            last = entries[-1]
            write_text(self.folder / MARK, json.dumps({"number": last.number, "hash": last.hash}) + "\n")
        return entries

    def _payloads_read(self, entries: Sequence[AuditEntry]) -> int:
        """Return the number of the last entry up to which appends have read the payloads; 0 without a usable mark."""
        try:
            mark = _content_of((self.folder / MARK).read_bytes())
        except FileNotFoundError:
            return 0
        hashes = {entry.number: entry.hash for entry in entries}
        number = mark.get("number")
        # A mark of another chain is worth nothing.
        return number if isinstance(number, int) and hashes.get(number) == mark.get("hash") else 0

    def _write(self, number: int, data: bytes, payload: bytes) -> AuditEntry:
        digest = hashlib.sha256(data).hexdigest()
        entry = AuditEntry(number, digest, self.folder / f"{number:06}-{digest}.json")
        entry.payload.parent.mkdir(exist_ok=True)
        # The payload first: a killed writer leaves one that no entry states, which the next writer replaces.
        with replacing(entry.payload) as out:
            out.write(payload)
        with replacing(entry.path) as out:
            out.write(data)
        return entry

    # Two writers would otherwise read the same last entry and write the same number.
    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def verify(self) -> list[str]:
        """Return the faults of the chain in words, entry by entry; empty where it is intact.

        The last anchor of the workspace must be of this chain.

        Raises
        ------
        DataError: the file of the anchor cannot be read.
        """
        entries = self.entries()
        return _chain_faults(entries) + _anchor_faults(entries, self.anchor())

    def anchor_faults(self, anchor: AuditAnchor) -> list[str]:
        """Return why the log is not the one that an anchor was taken of, in words; empty where it is."""
        return _anchor_faults(self.entries(), anchor)

    def anchor(self) -> AuditAnchor | None:
        """Return the last anchor that was stored in the workspace; None before the first.

        Raises
        ------
        DataError: its file cannot be read.
        """
        path = self.folder / ANCHOR
        return AuditAnchor.read(path) if path.exists() else None

    def take_anchor(self, *, private_key: Path | None = None) -> AuditAnchor:
        """Return an anchor of the last entry, after verifying all entries, and store it in the workspace.

        private_key: an Ed25519 key in PEM, which signs the anchor; None: it is not signed.

        Raises
        ------
        DataError: the log has no entries or is not intact, or the key cannot be read.
        """
        faults = self.verify()
        if faults:
            raise broken(self.folder, faults)
        entries = self.entries()
        if not entries:
            raise DataError(f"the audit log in {self.folder} has no entries", "one that can be anchored")
        anchor = AuditAnchor.of(entries[-1].number, entries[-1].hash, private_key)
        anchor.write(self.folder / ANCHOR)
        return anchor

    def entry(self, number: int) -> AuditEntry:
        """Return the entry of a number.

        Raises
        ------
        DataError: there is no such entry, or it was changed.
        """
        entries = self.entries()
        entry = next((e for e in entries if e.number == number), None)
        if entry is None:
            expected = f"one from 1 to {entries[-1].number}" if entries else "an entry; there is none yet"
            raise DataError(f"no entry {number}", expected)
        _unchanged(entry)
        return entry

    def show(self, number: int) -> bytes:
        """Return an entry with its payload as JSON; one of the first version as it was stored, byte for byte.

        Raises
        ------
        DataError: there is no such entry, or it or its payload was changed.
        """
        return _with_payload(self.entry(number))

    def recorded(self, number: int) -> dict[str, Any]:
        """Return an entry with its payload as a mapping; raises as `show`."""
        return _content_of(self.show(number))

    def all_recorded(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the number of each entry, and the entry with its payload as a mapping; raises as `show`."""
        for entry in self.entries():
            yield entry.number, _content_of(_with_payload(entry))


def current_user() -> str:
    """Return the name of the user of this process; the number of one without a name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _unchanged(entry: AuditEntry) -> bytes:
    """Return the bytes of an entry.

    Raises
    ------
    DataError: it was changed.
    """
    data = entry.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.hash:
        raise DataError(f"entry {entry.number} was changed", remedy="run scgraph audit verify")
    return data


def _with_payload(entry: AuditEntry) -> bytes:
    """Return an entry as `AuditLog.show` does.

    Raises
    ------
    DataError: it or its payload was changed.
    """
    data = _unchanged(entry)
    content = _content_of(data)
    if "payload" not in content:
        return data
    faults = _payload_faults(entry, content)
    if faults:
        raise DataError(faults[0], remedy="run scgraph audit verify")
    return _bytes_of({**content, **_content_of(entry.payload.read_bytes())})


def broken(folder: Path, faults: list[str]) -> DataError:
    """Return the error of a log that is not intact."""
    return DataError(
        f"the audit log in {folder} is not intact: {'; '.join(faults)}", remedy="compare it with a backup"
    )


def _chain_faults(
    entries: Sequence[AuditEntry], since: AuditAnchor | None = None, *, payloads_after: int = 0
) -> list[str]:
    """Return the faults of a chain in words, entry by entry.

    Parameters
    ----------
    since: verify only the entry of this anchor and those after it. None: all entries.
    payloads_after: read only the payloads of entries after this one; of the others it is enough that they are there.
    """
    faults = []
    number = since.number - 1 if since else 0
    previous: object = None if since else START
    payloads = _payload_names(entries)
    for entry in entries:
        if since and entry.number < since.number:
            continue
        number += 1
        if entry.number != number:
            faults.append(f"entry {number} is missing: the next one is {entry.number}")
            number = entry.number
        data = entry.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != entry.hash:
            faults.append(f"entry {entry.number} was changed: its bytes do not have the hash of its name")
        content = _content_of(data)
        # The entry before that of an anchor is not read.
        if previous is not None and content.get("previous") != previous:
            faults.append(f"entry {entry.number} does not follow the one before: its previous hash differs")
        if entry.number > payloads_after or entry.payload_name not in payloads:
            faults += _payload_faults(entry, content)
        # Continue from the hash in the name: one fault is reported once, and later entries are still checked.
        previous = entry.hash
    return faults


def _payload_names(entries: Sequence[AuditEntry]) -> set[str]:
    folder = entries[0].payload.parent if entries else None
    return {path.name for path in folder.iterdir()} if folder and folder.is_dir() else set()


def _anchor_faults(entries: Sequence[AuditEntry], anchor: AuditAnchor | None) -> list[str]:
    """Return why entries are not those that an anchor was taken of, in words; empty without an anchor."""
    if anchor is None:
        return []
    hashes = {entry.number: entry.hash for entry in entries}
    if anchor.number not in hashes:
        return [f"entry {anchor.number}, which was anchored, is missing: the log has {len(entries)} entries"]
    if hashes[anchor.number] != anchor.hash:
        return [f"entry {anchor.number} is not the one that was anchored: the chain was rewritten"]
    return []


def _payload_faults(entry: AuditEntry, content: Mapping[str, object]) -> list[str]:
    """Return why the payload of an entry is not the one that was recorded, in words."""
    if "payload" not in content:
        return []
    if not entry.payload.exists():
        return [f"the payload of entry {entry.number} is missing"]
    if hashlib.sha256(entry.payload.read_bytes()).hexdigest() != content["payload"]:
        return [f"the payload of entry {entry.number} was changed"]
    return []


def _bytes_of(document: Mapping[str, object]) -> bytes:
    # Sorted keys: the bytes, and so the hash, do not depend on the order of the mapping.
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True)
    return (text + "\n").encode()


def _content_of(data: bytes) -> dict[str, Any]:
    """Return the JSON object of an entry; an empty one where its bytes are none."""
    try:
        content = json.loads(data)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
