"""Anchors of the audit log: they find a missing tail and a chain that was rewritten as a whole."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from supplyrisk.graph import DataError, RequestError
from supplyrisk.graph.credit import AuditAnchor, AuditLog

SHOPS = ("F1", "F2", "F3")


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path / "audit")
    for shop in SHOPS:
        log.append("check", {"shop": shop})
    return log


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Files of a private and a public key."""
    key = ed25519.Ed25519PrivateKey.generate()
    private = tmp_path / "private.pem"
    public = tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def rewrite(log: AuditLog) -> None:
    """A forged chain of the same length, intact in itself."""
    shutil.rmtree(log.folder)
    for shop in SHOPS:
        log.append("check", {"shop": f"forged {shop}"})


def test_without_an_anchor_a_missing_tail_and_a_rewritten_chain_are_not_found(log: AuditLog) -> None:
    log.entries()[2].path.unlink()
    assert log.verify() == []
    rewrite(log)
    assert log.verify() == []


def test_an_anchor_finds_a_missing_tail_and_a_rewritten_chain(log: AuditLog) -> None:
    anchor = log.take_anchor()
    log.append("check", {"shop": "F4"})
    assert log.anchor_faults(anchor) == []
    for entry in log.entries()[2:]:
        entry.path.unlink()
    assert log.anchor_faults(anchor) == ["entry 3, which was anchored, is missing: the log has 2 entries"]
    rewrite(log)
    assert log.anchor_faults(anchor) == ["entry 3 is not the one that was anchored: the chain was rewritten"]


def test_later_entries_are_verified_from_the_anchor_on(log: AuditLog) -> None:
    log.take_anchor()
    # What lies before the anchor is not read again by an appending writer, but by a full verification.
    log.entries()[0].payload.write_bytes(b"{}")
    assert log.append("check", {"shop": "F4"}).number == 4
    assert log.verify() == ["the payload of entry 1 was changed"]
    with pytest.raises(DataError, match="payload of entry 1 was changed"):
        log.take_anchor()
    log.entries()[3].payload.write_bytes(b"{}")
    with pytest.raises(DataError, match="payload of entry 4 was changed"):
        log.append("check", {"shop": "F5"})


def test_a_tail_that_is_removed_after_the_anchor_of_the_workspace_stops_a_writer(log: AuditLog) -> None:
    log.take_anchor()
    log.entries()[2].path.unlink()
    with pytest.raises(DataError, match="entry 3, which was anchored, is missing"):
        log.append("check", {"shop": "F4"})


def test_an_anchor_is_read_back(log: AuditLog, tmp_path: Path) -> None:
    anchor = log.take_anchor()
    assert (anchor.number, anchor.hash, anchor.signature) == (3, log.entries()[2].hash, None)
    assert log.anchor() == anchor
    anchor.write(tmp_path / "elsewhere.json")
    assert AuditAnchor.read(tmp_path / "elsewhere.json") == anchor


def test_a_signature_covers_number_hash_and_time(log: AuditLog, keys: tuple[Path, Path]) -> None:
    private, public = keys
    anchor = log.take_anchor(private_key=private)
    anchor.check_signature(public)
    for number, entry_hash, at in (
        (2, anchor.hash, anchor.at),
        (3, "0" * 64, anchor.at),
        (3, anchor.hash, "2020-01-01T00:00:00+00:00"),
    ):
        with pytest.raises(DataError, match=r"was not signed by the key of public\.pem"):
            AuditAnchor(number, entry_hash, at, anchor.signature).check_signature(public)
    with pytest.raises(DataError, match="has no signature"):
        log.take_anchor().check_signature(public)


def test_keys_that_cannot_be_used(log: AuditLog, keys: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    other.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for file, words in (
        (other, "another kind of key"),
        (keys[1], "cannot be read as a key"),
        (tmp_path / "none", "No such"),
    ):
        with pytest.raises(DataError, match=words):
            log.take_anchor(private_key=file)


def test_signatures_without_their_extra(
    log: AuditLog, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)
    with pytest.raises(RequestError, match=r"supplyrisk\[signing\]"):
        log.take_anchor(private_key=keys[0])


def test_files_that_are_no_anchors(log: AuditLog, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no anchor"):
        AuditAnchor.read(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(DataError, match="is no anchor"):
        AuditAnchor.read(tmp_path / "bad.json")
    with pytest.raises(DataError, match="has no entries"):
        AuditLog(tmp_path / "empty").take_anchor()
