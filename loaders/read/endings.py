"""Formats of source files by the endings of their names, and the mapping keys that belong to one format only."""

from __future__ import annotations

FORMATS = {
    ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv", ".parquet": "parquet",
    ".jsonl": "json", ".jsonl.gz": "json", ".ndjson": "json", ".ndjson.gz": "json",
    ".json": "json_document", ".json.gz": "json_document",
    ".xml": "xml", ".xml.gz": "xml",
    ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite",
    ".xlsx": "sheet", ".xlsm": "sheet",
}  # fmt: skip
_ISO_DAY = "%Y-%m-%d"
_ISO_FORMS = (_ISO_DAY, "%Y-%m-%d %H:%M:%S")
STORED_DAYS = {
    "json": _ISO_FORMS, "json_document": _ISO_FORMS, "xml": _ISO_FORMS, "sheet": _ISO_FORMS, "sqlite": (_ISO_DAY,),
    "postgresql": _ISO_FORMS,
}  # fmt: skip
"""By format, the forms of days that a file stores as such; the mapping's forms are those of texts beside them.

JSON and XML have no days, but programs write them in these forms."""
ARCHIVE = ".zip"
"""Ending of a file whose members are read like the files of a folder."""
_UNREAD_DATA = (
    ".xls", ".xlsb", ".ods", ".numbers", ".dbf", ".mdb", ".accdb", ".dta", ".sav", ".sas7bdat", ".feather", ".arrow",
    ".orc", ".avro", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".sql", ".dat", ".zip",
)  # fmt: skip
"""Endings of files that hold data that nothing here reads."""
_ENDINGS = sorted((*FORMATS, ARCHIVE), key=len, reverse=True)
_KEYS = {
    "encoding": ("csv", "json", "json_document"), "delimiter": ("csv",), "trailing_delimiter": ("csv",),
    "preamble": ("csv", "sheet"), "header_starts_with": ("csv", "sheet"), "header": ("csv", "sheet"),
    "footer": ("csv", "sheet"), "footer_starts_with": ("csv", "sheet"), "optional_footer": ("csv", "sheet"),
    "sheet": ("sheet",),
    "fill_down": ("csv", "sheet", "json", "json_document", "xml", "parquet", "sqlite"),
    "json_lines": ("json", "json_document"), "rows": ("json", "json_document", "xml"),
    "db_table": ("sqlite", "postgresql"), "query": ("sqlite", "postgresql"),
}  # fmt: skip
"""Mapping keys, with the formats that have them."""
FORMAT_NAMES = {
    "csv": "CSV", "json": "JSON Lines", "json_document": "JSON", "xml": "XML", "parquet": "Parquet", "sqlite": "SQLite",
    "postgresql": "PostgreSQL", "sheet": "Excel",
}  # fmt: skip
UNORDERED = ("json", "json_document", "xml", "parquet")
"""Formats whose columns have names and no positions."""


def format_of(name: str) -> str | None:
    """Return the format of a file by its name; None where nothing reads it."""
    lower = name.lower()
    # .csv.gz does not end in .csv, so the order of the endings does not matter
    return next((f for ending, f in FORMATS.items() if lower.endswith(ending)), None)


def is_unread_data(name: str) -> bool:
    """Return whether a file without a format is likely to hold rows nevertheless."""
    return name.lower().endswith(_UNREAD_DATA)


def is_tab_separated(name: str) -> bool:
    """Return whether a file's name says that tabs separate its cells."""
    return name.lower().endswith((".tsv", ".tsv.gz"))


def without_ending(name: str) -> str:
    """Return a file's name without the ending of a format; unchanged where it has none."""
    # the longest ending first
    ending = next((e for e in _ENDINGS if name.lower().endswith(e)), "")
    return name[: len(name) - len(ending)]


def misplaced_keys(keys: set[str], format: str) -> list[str]:
    """Return a fault for each of the mapping keys that files of a format do not have."""
    return [
        f"the mapping sets {key}, which has no effect on {FORMAT_NAMES[format]}, expected it for "
        f"{' and '.join(FORMAT_NAMES[other] for other in formats)} only; leave it out"
        for key, formats in _KEYS.items()
        if key in keys and format in FORMAT_NAMES and format not in formats
    ]
