"""Checkpoints of long runs: results of the scenarios so far, from which a killed run continues."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import KernelRules
from supplyrisk.graph.workspace.output_files import replacing

SECONDS = 30.0
"""Seconds between two checkpoints: writing takes well under a second, and at most so much work is lost."""

RESULTS = ("esri", "down", "up", "steps", "fall")
"""Fields of `RunTotals` with one number per scenario."""


def arrays_in(*values: object) -> Iterator[NDArray[Any]]:
    """Yield every array in some tuples, and in the tuples within them, in order."""
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from arrays_in(*value)


def fingerprint(rules: KernelRules, *inputs: object) -> str:
    """Return a SHA-256 digest of everything that the results depend on; inputs: arrays, or tuples of arrays."""
    digest = hashlib.sha256(repr(rules).encode())
    for array in arrays_in(*inputs):
        digest.update(f"{array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@dataclass
class RunCheckpoint:
    """A file with the results of the first scenarios of a run.

    path: the file; None: no checkpoint. mark: the run's fingerprint; a file of another run is not used. saved: time of
    the last checkpoint, seconds of a monotonic clock.
    """

    path: Path | None
    mark: str
    saved: float = field(default_factory=time.monotonic)

    def restore(self, results: tuple[object, ...]) -> int:
        """Fill the arrays of `results` from an earlier run; return the first scenario that is still to be run."""
        if self.path is None or not self.path.is_file():
            return 0
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                if str(archive["mark"]) != self.mark:
                    return 0
                following = int(archive["next"])
                # All arrays are read before any is filled in: a damaged file must not leave half of them.
                stored = [archive[f"a{number}"] for number, _ in enumerate(arrays_in(results))]
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
            # Another program's file, or a damaged one: start over and overwrite it.
            return 0
        for array, values in zip(arrays_in(results), stored, strict=True):
            array[...] = values
        return following

    def save(self, results: tuple[object, ...], following: int) -> None:
        """Write the results so far if the last checkpoint is old enough. following: next scenario to be run."""
        if self.path is None or time.monotonic() - self.saved < SECONDS:
            return
        arrays: dict[str, Any] = {f"a{number}": array for number, array in enumerate(arrays_in(results))}
        with replacing(self.path) as out:
            np.savez(out, mark=np.array(self.mark), next=np.array(following), **arrays)
        self.saved = time.monotonic()

    def remove(self) -> None:
        """Delete the file of a run that is complete."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
