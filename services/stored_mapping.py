"""The mapping that a workspace was loaded with, which is used again where a load names none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from supplyrisk import loaders
from supplyrisk.graph import DataError, Workspace, write_text

MappingChoice = loaders.Mapping | str | Path | None
"""A mapping, its name or file; NO_MAPPING; None: the workspace's, else the folder's synthetic.toml, else none."""
NO_MAPPING = "none"
"""Names no mapping at all: files and columns have the contract's names, whatever the workspace was loaded with."""


@dataclass(frozen=True)
class ChosenMapping:
    """The mapping of a load.

    Parameters
    ----------
    mapping: as it was read.
    text: its file, which the workspace stores; None where there is nothing to store.
    stored_in: the workspace's own file where it comes from there; None where it does not.
    """

    mapping: loaders.Mapping
    text: str | None = None
    stored_in: Path | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of it: that the workspace's mapping is used, and how to use another or none."""
        if self.stored_in is None:
            return ()
        return (
            f"read by {self.stored_in}, the mapping that this workspace was loaded with; --mapping FILE replaces it, "
            f"--mapping {NO_MAPPING} loads without one",
        )


def choose_mapping(
    choice: MappingChoice, folder: Path | None = None, workspace: Workspace | None = None
) -> ChosenMapping:
    """Return the mapping of a load.

    Parameters
    ----------
    folder: the data folder, whose synthetic.toml counts where there is no other mapping; None for a graph.
    workspace: the workspace whose mapping is used where none is named; None: no workspace.

    Raises
    ------
    DataError: there is no such mapping, or it has faults.
    """
    if isinstance(choice, loaders.Mapping):
        return ChosenMapping(choice, loaders.mapping_toml(choice))
    if choice is not None and str(choice) != NO_MAPPING:
        path = loaders.mapping_path(choice)
        return ChosenMapping(loaders.read_mapping(choice), path.read_text(encoding="utf-8"))
    stored = workspace.layout.mapping if workspace else None
    if choice is None and stored is not None and stored.is_file():
        mapping = loaders.read_mapping(stored)
        # a mapping of files says nothing about a graph, and the other way round
        if any(entry.file for entry in mapping.sources) == (folder is not None) or not mapping.sources:
            return ChosenMapping(mapping, stored.read_text(encoding="utf-8"), stored)
    return ChosenMapping(loaders.synthetic_mapping(folder) if folder else loaders.Mapping())


def mapping_notes(choice: MappingChoice, folder: Path | None, workspace: Workspace) -> tuple[str, ...]:
    """Return what to say of the mapping of a load that failed; nothing where the mapping itself has faults."""
    try:
        return choose_mapping(choice, folder, workspace).notes
    except DataError:
        return ()


def store_mapping(workspace: Workspace, chosen: ChosenMapping) -> None:
    """Store the mapping that a workspace was loaded with, in place of an earlier one; none removes it."""
    path = workspace.layout.mapping
    if chosen.text is None:
        path.unlink(missing_ok=True)
    else:
        write_text(path, chosen.text)
