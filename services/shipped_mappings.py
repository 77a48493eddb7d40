"""The mappings that come with scgraph: listing them, and copying one as a start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph import write_text
from supplyrisk.loaders import mapping_names, mapping_text, read_mapping
from supplyrisk.services.documents import Document, document
from supplyrisk.services.init import InitResult, refuse_existing


@dataclass(frozen=True)
class ShippedMapping:
    """A mapping that comes with scgraph: its name for --mapping, and what it reads."""

    name: str
    description: str


@dataclass(frozen=True)
class ShippedMappings:
    """All mappings that come with scgraph, by name."""

    mappings: tuple[ShippedMapping, ...]

    def to_json(self) -> Document:
        """The mappings as a JSON document."""
        return document("mappings", self.mappings)


def shipped_mappings() -> ShippedMappings:
    """Return the mappings that come with scgraph."""
    return ShippedMappings(
        tuple(ShippedMapping(name, read_mapping(name).description) for name in mapping_names())
    )


def copy_mapping(name: str, folder: Path, *, force: bool = False) -> InitResult:
    """Write a mapping that comes with scgraph into a folder as mapping.toml, to be edited there.

    Parameters
    ----------
    folder: is made if need be.
    force: whether an existing mapping.toml is replaced.

    Raises
    ------
    DataError: there is no such mapping.
    FileExistsError: mapping.toml exists and force is False.
    """
    text = mapping_text(name)
    path = folder / "mapping.toml"
    if not force:
        refuse_existing([path])
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return InitResult((path,))
