"""The mapping of a joined file: what a source says of its columns, by the names that they have in the file."""

from __future__ import annotations

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import ALL_OTHERS, Mapping, SourceMap
from supplyrisk.loaders.mappings.reshaping import JoinedFile
from supplyrisk.loaders.mappings.source_faults import CONDITIONS
from supplyrisk.loaders.mappings.source_format import SourceFormat

_PLACE = ("rows", "db_table", "query", "sheet")
_FRAME = (
    "preamble", "header_starts_with", "footer", "footer_starts_with", "optional_footer", "header", "trailing_delimiter",
)  # fmt: skip
"""Keys of lines that files of one system do not share."""


def joined_map(mapping: Mapping, entry: SourceMap, join: JoinedFile) -> SourceMap:
    """Return the entry of a joined file by which its cells are read.

    Parameters
    ----------
    entry: the source that it is joined to, with the keys of [format].
    """
    shared = {
        key: getattr(mapping.format if key in _FRAME else entry, key) for key in SourceFormat.model_fields
    }
    form = shared | {key: getattr(join, key) for key in shared if key in join.model_fields_set}
    start = f"{join.prefix}." if join.prefix else ""

    def own(name: str) -> str | None:
        return name.removeprefix(start) if name.startswith(start) else None

    columns = {
        column: origin.renamed(lambda name: own(name) or "")
        for column, origin in entry.columns.items()
        if all(map(own, origin.columns))
    }
    ignore = [name if name == ALL_OTHERS else own(name) for name in entry.ignore]
    read = {own(name) for name in entry.mentioned} | {*join.on.values(), *join.take}
    update: dict[str, object] = {
        "file": join.file,
        "columns": columns,
        # a column with a prefix feeds nothing by its own name
        "ignore": (*filter(None, ignore), *(TABLES[entry.table].names if start else ())),
        "keep": tuple(sorted(filter(None, read))),
        **{key: {} for key in CONDITIONS},
        "fill_down": None,
        "optional": False,
        "join": (),
        "event_log": None,
        "group": None,
        **{key: getattr(join, key) for key in _PLACE},
    }
    return entry.model_copy(update=form | update)
