"""Mappings that come with scgraph and read the files of a folder: they know more of their source than a draft can."""

from __future__ import annotations

import re
from collections.abc import Sequence

from supplyrisk.loaders.drafting.sampled_table import SampledTable
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.mappings.mapping_file import mapping_names, read_mapping
from supplyrisk.loaders.read.endings import without_ending

_TELLING = 3
"""Letters of a pattern from which it is about files of one source: *.json may be anything."""


def fitting_mappings(samples: Sequence[SampledTable]) -> tuple[str, ...]:
    """Return the names of the mappings whose files and columns the samples have."""
    return tuple(name for name in mapping_names() if _fits(read_mapping(name), samples))


def _fits(mapping: Mapping, samples: Sequence[SampledTable]) -> bool:
    required = [entry for entry in mapping.sources if entry.file and not entry.optional]
    return (
        bool(required)
        and any(_is_telling(entry.file) for entry in required)
        and all(any(_reads(entry, sample) for sample in samples) for entry in required)
    )


def _is_telling(pattern: str) -> bool:
    return len(re.sub(r"[\W\d_]", "", without_ending(pattern.rpartition("/")[0] or pattern))) >= _TELLING


def _reads(entry: SourceMap, sample: SampledTable) -> bool:
    """Return whether an entry names a file, and the file has its columns as far as a header tells them."""
    if not entry.matches(sample.file):
        return False
    if sample.format != "csv" or entry.is_reshaped:
        return True
    columns = {name for name in entry.used if not name.startswith("#")} - set(entry.optional_columns)
    return columns <= set(sample.header)
