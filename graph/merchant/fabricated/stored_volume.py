"""Cases of a day as a workspace stores them, for memos."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.fabricated.volume_cases import VolumeCase
from supplyrisk.graph.workspace.documents import document_json
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.output_files import write_text


@dataclass(frozen=True)
class StoredVolume:
    """The cases of a day. The field names are keys of the file. data: content hash of the data that they are of."""

    as_of: date
    data: str
    cases: tuple[VolumeCase, ...]

    def of_firm(self, firm: str) -> tuple[VolumeCase, ...]:
        """Return the cases that are about a firm, the largest amounts first."""
        own = [case for case in self.cases if firm in case.firms]
        return tuple(sorted(own, key=lambda case: -case.amount))


def write_volume(path: Path, as_of: date, data: str, cases: Sequence[VolumeCase]) -> None:
    """Write the cases of a day; readers see the file before or after, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, to_json(document_json(StoredVolume(as_of, data, tuple(cases)))) + "\n")


def read_volume(path: Path) -> StoredVolume | None:
    """Return what `write_volume` wrote; None where there is no such file.

    Raises
    ------
    DataError: the file cannot be read.
    """
    if not path.is_file():
        return None
    try:
        return TypeAdapter(StoredVolume).validate_python(json.loads(path.read_text("utf-8")))
    except (ValueError, ValidationError) as fault:
        raise DataError(
            f"{path} cannot be read", "a file of scgraph fabricated", "run scgraph fabricated again"
        ) from fault
