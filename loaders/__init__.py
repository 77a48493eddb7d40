"""From files to tables: reading, mapping, checking, quarantine, and writing the workspace."""

from supplyrisk.loaders.besides import FaultyFiles
from supplyrisk.loaders.from_graph import write_files
from supplyrisk.loaders.load import Progress, load, validate
from supplyrisk.loaders.mapping import Join, Mapping, SourceMap
from supplyrisk.loaders.mapping_file import mapping_names, read_mapping, synthetic_mapping
from supplyrisk.loaders.report import LoadReport, RowCount, SourceReport, TableReport

__all__ = [
    "FaultyFiles",
    "Join",
    "LoadReport",
    "Mapping",
    "Progress",
    "RowCount",
    "SourceMap",
    "SourceReport",
    "TableReport",
    "load",
    "mapping_names",
    "read_mapping",
    "synthetic_mapping",
    "validate",
    "write_files",
]
