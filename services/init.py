"""Settings and a mapping file to start from: a template, or a mapping drafted from the data files of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from supplyrisk.graph import write_text
from supplyrisk.graph.schema.settings import settings_lines
from supplyrisk.loaders import (
    MappingDraft,
    draft_faults,
    draft_folder,
    draft_text,
    has_data_files,
    mapping_template,
    read_mapping,
)
from supplyrisk.services.documents import Document, document

TEMPLATES = ("scgraph.toml", "mapping.toml")


@dataclass(frozen=True)
class InitResult:
    """The files that were written.

    Parameters
    ----------
    draft: the mapping that was drafted; None where it is a template or a copy.
    problems: what would be refused about the draft besides its open points.
    """

    paths: tuple[Path, ...]
    draft: MappingDraft | None = None
    problems: tuple[str, ...] = ()

    @property
    def mapping_path(self) -> Path:
        """The mapping file."""
        return self.paths[-1]

    def to_json(self) -> Document:
        """The files as a JSON document, with what was drafted."""
        rows = [{"file": str(path)} for path in self.paths]
        if self.draft is None:
            return document("init", rows)
        return document(
            "init",
            rows,
            drafted=[{"file": source.file, "table": source.table} for source in self.draft.sources],
            left_out=[{"file": file, "reason": reason} for file, reason in self.draft.left_out],
            open_points=list(self.draft.points),
            problems=list(self.problems),
            shipped_mappings=list(self.draft.shipped),
        )


def template(name: str) -> str:
    """The text of a template."""
    if name == "mapping.toml":
        return mapping_template()
    text = (files("supplyrisk.services") / "templates" / name).read_text(encoding="utf-8")
    return text + settings_lines() if name == "scgraph.toml" else text


def refuse_existing(paths: Sequence[Path]) -> None:
    """Raise FileExistsError where one of the files exists already."""
    existing = [str(path) for path in paths if path.exists()]
    if existing:
        verb = "exists" if len(existing) == 1 else "exist"
        raise FileExistsError(
            f"{' and '.join(existing)} {verb} already; name another folder, or replace with --force"
        )


def init(folder: Path, *, force: bool = False) -> InitResult:
    """Write settings and a mapping into a folder, which is made if need be.

    The mapping is drafted from samples of the data files in the folder; without such files it is a template.

    Raises
    ------
    FileExistsError: one of the files exists and force is False; nothing is written then.
    DataError: the folder's synthetic.toml has faults.
    """
    paths = [folder / name for name in TEMPLATES]
    if not force:
        refuse_existing(paths)
    draft = draft_folder(folder) if has_data_files(folder) else None
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        is_drafted = draft is not None and path.name == "mapping.toml"
        write_text(path, draft_text(draft) if draft and is_drafted else template(path.name))
    if draft is None:
        return InitResult(tuple(paths))
    problems = draft_faults(folder, read_mapping(paths[-1]), draft)
    return InitResult(tuple(paths), draft, tuple(problems))
