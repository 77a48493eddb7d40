"""Checkpoints of long runs: what is kept of the scenarios so far, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import KernelRules

SECONDS = 30.0
"""Between two checkpoints: writing takes well under a second, and so much work may be lost."""

RESULTS = ("esri", "down", "up", "steps", "fall")


def arrays_in(*values: object) -> Iterator[NDArray[Any]]:
    """Every array in some tuples, and in the tuples within them, in order."""
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from arrays_in(*value)


def fingerprint(rules: KernelRules, *inputs: object) -> str:
    """A digest of everything that the results depend on."""
    digest = hashlib.sha256(repr(rules).encode())
    for array in arrays_in(*inputs):
        digest.update(f"{array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@dataclass
class RunCheckpoint:
    """A file with the results of the first scenarios of a run; path None: nothing is kept.

    mark: the run's fingerprint; a file of another run is not used.
    """

    path: Path | None
    mark: str
    saved: float = field(default_factory=time.monotonic)

    def restore(self, whole: tuple[object, ...]) -> int:
        """Fill in what an earlier run left; returns the first scenario that is still to be run."""
        if self.path is None or not self.path.is_file():
            return 0
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if str(kept["mark"]) != self.mark:
                    return 0
                following = int(kept["next"])
                found = [kept[f"a{number}"] for number, _ in enumerate(arrays_in(whole))]
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
            # Another program's file or a damaged one holds nothing of ours: begin anew, and write over it.
            return 0
        for array, values in zip(arrays_in(whole), found, strict=True):
            array[...] = values
        return following

    def save(self, whole: tuple[object, ...], following: int) -> None:
        """Keep the results so far, now and then; a reader sees the old file or the new one."""
        if self.path is None or time.monotonic() - self.saved < SECONDS:
            return
        arrays: dict[str, Any] = {f"a{number}": array for number, array in enumerate(arrays_in(whole))}
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
