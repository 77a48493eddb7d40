"""Checkpoints of long runs: what is kept of the scenarios so far, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from supplyrisk.graph.contagion.arrays import Floats, Links, Rules, Shocks, Totals

SECONDS = 30.0
"""Between two checkpoints: writing takes well under a second, and so much work may be lost."""

RESULTS = ("esri", "down", "up", "steps", "fall")
SUMS = ("supply", "demand", "worst", "worst_source")


def fingerprint(links: Links, rules: Rules, shocks: Shocks, pd: Floats) -> str:
    """A digest of everything that the results depend on."""
    digest = hashlib.sha256(repr(rules).encode())
    for array in (*links, *shocks, pd):
        digest.update(f"{array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@dataclass
class Checkpoint:
    """A file with the results of the first scenarios of a run; path None: nothing is kept.

    mark: the run's fingerprint; a file of another run is not used.
    """

    path: Path | None
    mark: str
    saved: float = field(default_factory=time.monotonic)

    def restore(self, whole: Totals) -> int:
        """Fill in what an earlier run left; returns the first scenario that is still to be run."""
        if self.path is None or not self.path.is_file():
            return 0
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if str(kept["mark"]) != self.mark:
                    return 0
                for name in (*RESULTS, *SUMS):
                    getattr(whole, name)[...] = kept[name]
                return int(kept["next"])
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
            # Another program's file or a damaged one holds nothing of ours: begin anew, and write over it.
            return 0

    def save(self, whole: Totals, following: int) -> None:
        """Keep the results so far, now and then; a reader sees the old file or the new one."""
        if self.path is None or time.monotonic() - self.saved < SECONDS:
            return
        arrays = {name: getattr(whole, name) for name in (*RESULTS, *SUMS)}
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as out:
                np.savez(out, mark=np.array(self.mark), next=np.array(following), **arrays)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)
        self.saved = time.monotonic()

    def remove(self) -> None:
        """The run is over."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
