"""The files that recorded decisions rest on, each stored once under the SHA-256 of its content.

A kept file is a second name (hard link) of the workspace's file, or a copy where the file system has no such names. No
file of a workspace is changed in place: loads, training and scoring write new files and rename them. A kept file that
somebody changes all the same has another hash than its name, which `faults` finds.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.file_hashes import sha256_of
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.output_files import replacing, write_text

_NAME = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class EvidenceStore:
    """The kept files of a workspace."""

    layout: Layout

    def keep(self, path: Path, digest: str | None = None) -> str:
        """Keep a file and return its SHA-256; digest: the hash, where it is known already.

        Raises
        ------
        DataError: the file has another hash than `digest`.
        """
        digest = digest or sha256_of(path)
        target = self.layout.evidence_file(digest)
        if target.exists():
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(path)
        except FileExistsError:
            # Another check kept the same file meanwhile.
            return digest
        except OSError:
            with path.open("rb") as source, replacing(target) as out:
                shutil.copyfileobj(source, out)
        # Once per file: a job that replaced it since it was hashed would put another one under its hash.
        if sha256_of(target) != digest:
            target.unlink()
            raise DataError(f"{path} was replaced while the check ran", remedy="run it again")
        return digest

    def keep_text(self, text: str) -> str:
        """Keep a text as a file in UTF-8, and return its SHA-256."""
        data = text.encode()
        digest = hashlib.sha256(data).hexdigest()
        target = self.layout.evidence_file(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as out:
                out.write(data)
        return digest

    def index(self, name: str) -> dict[str, str] | None:
        """Return the kept files of a data set or model: SHA-256 by file name; None where one of them is missing."""
        path = self.layout.evidence_index(name)
        if not path.is_file():
            return None
        try:
            files = json.loads(path.read_text(encoding="utf-8"))
            complete = all(self.layout.evidence_file(digest).exists() for digest in files.values())
        except (ValueError, AttributeError, TypeError):
            # Damaged: the files are kept again.
            return None
        return files if complete else None

    def keep_all(self, name: str, files: Mapping[str, Path], hashes: Mapping[str, str]) -> dict[str, str]:
        """Keep the files of a data set or model, list them in an index, and return the list.

        Parameters
        ----------
        name: of the index. files: by file name. hashes: their SHA-256, where it is known already.
        """
        kept_hashes = {label: self.keep(path, hashes.get(label)) for label, path in files.items()}
        index = self.layout.evidence_index(name)
        index.parent.mkdir(parents=True, exist_ok=True)
        write_text(index, json.dumps(kept_hashes, indent=1, sort_keys=True) + "\n")
        return kept_hashes

    def faults(self, files: Mapping[str, str]) -> list[str]:
        """Return what is wrong with kept files in words: which are missing or were changed; empty if all are there.

        files: SHA-256 by the name that the fault is to show.
        """
        faults = []
        for label, digest in files.items():
            path = self.layout.evidence_file(digest)
            if not path.is_file():
                faults.append(f"{label} is missing ({path})")
            elif sha256_of(path) != digest:
                faults.append(f"{label} was changed ({path})")
        return faults

    def require(self, files: Mapping[str, str], problem: str) -> None:
        """Verify kept files before they are used; each is read once.

        files: as of `faults`. problem: what cannot be done without them, in words.

        Raises
        ------
        DataError: some are missing or were changed (all of them are named).
        """
        faults = self.faults(files)
        if faults:
            raise DataError(
                f"{problem}: {'; '.join(faults)}",
                "the files as they were kept",
                "restore them from a backup",
            )

    def link(self, files: Mapping[Path, str]) -> None:
        """Link kept files, verified by `require`, to other places; files: SHA-256 by the path of the link."""
        for path, digest in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(self.layout.evidence_file(digest).resolve())

    def text(self, digest: str) -> str:
        """Return the text of a kept file that `require` verified."""
        return self.layout.evidence_file(digest).read_text(encoding="utf-8")

    def files(self) -> list[Path]:
        """Return all kept files, sorted by name."""
        return sorted(path for path in self.layout.evidence.glob("*") if _NAME.fullmatch(path.name))
