"""Finding and reading mapping files (TOML)."""

from __future__ import annotations

import re
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.strict_toml import read_toml
from supplyrisk.loaders.mappings.mapping import Mapping

FOLDER = Path(__file__).parent
SYNTHETIC = "synthetic.toml"
"""Written beside the tables by `scgraph synth`; read for name, currency and whether the data are synthetic."""
TRUTH = "truth"
"""Folder with the truth about synthetic data: no loader reads it."""


class _WorldSettings(Mapping, extra="ignore"):
    """The settings of a synthetic world; its parameters are for people and for comparisons, not for the loader."""


def mapping_names() -> tuple[str, ...]:
    """Return the names of the mappings that come with scgraph; template.toml, which documents the keys, is none."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "template"))


def mapping_template() -> str:
    """Return a mapping to start from: the documented example, in which only the name and max_bad are not comments."""
    text = (FOLDER / "template.toml").read_text(encoding="utf-8")
    return re.sub("^(?!#|$|name = |max_bad = )", "# ", text, flags=re.MULTILINE)


def mapping_text(name: str) -> str:
    """Return the text of a mapping that comes with scgraph, with its comments.

    Raises
    ------
    DataError: there is no such mapping.
    """
    if name not in mapping_names():
        raise DataError(f"no mapping {name} comes with scgraph", _names_listed(), "see scgraph init --list")
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def _names_listed() -> str:
    return f"one of {', '.join(mapping_names())}"


def read_mapping(name_or_path: str | Path) -> Mapping:
    """Read a mapping by its name, if it comes with scgraph, or by the path of a TOML file.

    Raises
    ------
    DataError: there is no such mapping, or it has faults (TOML, keys, tables, columns), all of which are listed.
    """
    path = mapping_path(name_or_path)
    return read_toml(path, Mapping, f"mapping {path.name}")


def mapping_path(name_or_path: str | Path) -> Path:
    """Return the file of a mapping.

    Raises
    ------
    DataError: there is none.
    """
    text = str(name_or_path)
    path = FOLDER / f"{text}.toml" if text in mapping_names() else Path(text)
    if not path.is_file():
        raise DataError(
            f"no mapping {text}",
            f"{_names_listed()} or the path of a TOML file",
            "check the name",
        )
    return path


def synthetic_mapping(folder: Path) -> Mapping:
    """Read name, currency and mark of a folder's synthetic.toml; without such a file the mapping is empty.

    Raises
    ------
    DataError: the file exists and cannot be read.
    """
    path = folder / SYNTHETIC
    return read_toml(path, _WorldSettings, path.name) if path.is_file() else Mapping()
