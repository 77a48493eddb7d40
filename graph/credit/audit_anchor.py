"""Anchors of the audit log: number and hash of an entry, to be stored where nobody who writes the log can change them.

An anchor may carry an Ed25519 signature (RFC 8032) of number, hash and time.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from supplyrisk.graph.errors import DataError, RequestError
from supplyrisk.graph.workspace.output_files import write_text


@dataclass(frozen=True)
class AuditAnchor:
    """An entry of the log at a time.

    Parameters
    ----------
    number, hash: of the entry.
    at: when the anchor was taken, ISO time in UTC.
    signature: Ed25519 signature in hexadecimal digits; None where it is not signed.
    """

    number: int
    hash: str
    at: str
    signature: str | None = None

    @classmethod
    def of(cls, number: int, entry_hash: str, private_key: Path | None = None) -> AuditAnchor:
        """Return an anchor of an entry as of now, signed if a private key is named; raises as `_key`."""
        anchor = cls(number, entry_hash, datetime.now(UTC).isoformat(timespec="seconds"))
        if private_key is None:
            return anchor
        key = _key(private_key, "load_pem_private_key", "Ed25519PrivateKey", password=None)
        return cls(number, entry_hash, anchor.at, key.sign(anchor.signed_bytes).hex())

    @property
    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return f"scgraph audit anchor {self.number} {self.hash} {self.at}".encode()

    def check_signature(self, public_key: Path) -> None:
        """Check the signature by an Ed25519 public key in PEM.

        Raises
        ------
        DataError: the anchor is not signed, or not by this key, or the key cannot be read.
        """
        if self.signature is None:
            raise DataError("the anchor has no signature", "one that was taken with --key")
        key = _key(public_key, "load_pem_public_key", "Ed25519PublicKey")
        invalid = importlib.import_module("cryptography.exceptions").InvalidSignature
        try:
            key.verify(bytes.fromhex(self.signature), self.signed_bytes)
        except (invalid, ValueError) as fault:
            raise DataError(
                f"the anchor of entry {self.number} was not signed by the key of {public_key.name}",
                "the anchor as it was taken, and the public key of that time",
            ) from fault

    def write(self, path: Path) -> None:
        """Write the anchor as a JSON file."""
        write_text(path, json.dumps(asdict(self)) + "\n")

    @classmethod
    def read(cls, path: Path) -> AuditAnchor:
        """Read the JSON file of an anchor.

        Raises
        ------
        DataError: there is no such file, or it is no anchor.
        """
        try:
            return TypeAdapter(cls).validate_json(path.read_bytes())
        except (OSError, ValidationError) as fault:
            raise DataError(f"{path} is no anchor", "a file that scgraph audit anchor wrote") from fault


def _key(path: Path, loader: str, kind: str, **options: object) -> Any:
    """Return an Ed25519 key of a PEM file.

    Raises
    ------
    RequestError: cryptography is not installed. DataError: the file holds no such key.
    """
    try:
        serialization: ModuleType = importlib.import_module("cryptography.hazmat.primitives.serialization")
        ed25519 = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    except ImportError as fault:
        raise RequestError(
            "signatures need cryptography, which is not installed",
            remedy="pip install 'supplyrisk[signing]'",
        ) from fault
    try:
        key = getattr(serialization, loader)(path.read_bytes(), **options)
    except (OSError, ValueError, TypeError) as fault:
        raise DataError(
            f"{path} cannot be read as a key ({fault})", "an Ed25519 key in PEM, without password"
        ) from fault
    if not isinstance(key, getattr(ed25519, kind)):
        raise DataError(f"{path} holds another kind of key", "an Ed25519 key")
    return key
