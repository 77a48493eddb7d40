"""Templates of the settings and the mapping file, to start from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from supplyrisk.graph import write_text
from supplyrisk.graph.schema.settings import settings_lines
from supplyrisk.loaders import mapping_template
from supplyrisk.services.documents import Document, document

TEMPLATES = ("scgraph.toml", "mapping.toml")


@dataclass(frozen=True)
class InitResult:
    """The files that were written."""

    paths: tuple[Path, ...]

    def to_json(self) -> Document:
        """The files as a JSON document."""
        return document("init", [{"file": str(path)} for path in self.paths])


def template(name: str) -> str:
    """The text of a template."""
    if name == "mapping.toml":
        return mapping_template()
    text = (files("supplyrisk.services") / "templates" / name).read_text(encoding="utf-8")
    return text + settings_lines() if name == "scgraph.toml" else text


def init(folder: Path, *, force: bool = False) -> InitResult:
    """Write the templates into a folder, which is made if need be.

    Raises
    ------
    FileExistsError: one of the files exists and force is False; nothing is written then.
    """
    paths = [folder / name for name in TEMPLATES]
    existing = [str(path) for path in paths if path.exists()]
    if existing and not force:
        verb = "exists" if len(existing) == 1 else "exist"
        raise FileExistsError(
            f"{' and '.join(existing)} {verb} already; name another folder, or replace with --force"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        write_text(path, template(path.name))
    return InitResult(tuple(paths))
