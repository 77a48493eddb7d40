"""A mapping drafted from the files of a folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import DEFAULT_KINDS, TABLES
from supplyrisk.loaders.drafting.data_set_keys import data_set_keys, is_undated, without_days
from supplyrisk.loaders.drafting.draft_keys import DraftKey, DraftSource, MappingDraft
from supplyrisk.loaders.drafting.file_groups import FileGroup, grouped_files
from supplyrisk.loaders.drafting.firm_ids import firm_id_fits
from supplyrisk.loaders.drafting.sampled_files import sample_file
from supplyrisk.loaders.drafting.sampled_table import SampledTable, merged
from supplyrisk.loaders.drafting.second_tables import second_fits
from supplyrisk.loaders.drafting.shipped_fits import fitting_mappings
from supplyrisk.loaders.drafting.source_draft import NESTED, draft_source
from supplyrisk.loaders.drafting.table_fit import FittedTable, TableFit, table_fits
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.mappings.mapping_file import synthetic_mapping
from supplyrisk.loaders.read.column_binding import RequiredDays, bind_columns, with_names
from supplyrisk.loaders.read.endings import format_of
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.folder_files import FolderFile, extracted
from supplyrisk.loaders.read.source_files import SourceFile, find_sources

_SAMPLED_FILES = 8
"""Files of one form that are sampled."""
_OF_ROWS = ("trim", "where_not")
"""Keys that some files of a form need and others do not, for what is in their rows."""
_CLOSE = 0.75
"""Difference of scores below which a second table is a doubt."""


def draft_folder(folder: Path) -> MappingDraft:
    """Draft a mapping from samples of all data files of a folder.

    Raises
    ------
    DataError: the folder does not exist, or its synthetic.toml has faults.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}", "a folder with data files")
    grouped = grouped_files(folder)
    left_out = list(grouped.unread)
    samples: list[SampledTable] = []
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        for group in grouped.groups:
            try:
                samples += _samples(group, Path(temporary))
            except FileFault as fault:
                left_out.append((group.pattern, str(fault)))
    fitted, unfit = _fitted(samples)
    left_out += unfit
    fitted = firm_id_fits(fitted)
    fitted += [
        FittedTable(one.sample, fit) for one in fitted for fit in second_fits(one.sample, one.fit, fitted)
    ]
    fitted.sort(key=lambda one: (list(TABLES).index(one.fit.table), one.sample.label))
    world = synthetic_mapping(folder)
    if is_undated(world, fitted):
        fitted = [replace(one, fit=without_days(one.fit)) for one in fitted]
    drafted = [draft_source(one.sample, one.fit) for one in fitted]
    sources = [_with_rival(source, one) for (source, _), one in zip(drafted, fitted, strict=True)]
    currencies = {currency for _, currency in drafted if currency}
    keys = data_set_keys(folder.resolve().name, world, fitted, currencies)
    return MappingDraft(tuple(keys), tuple(sources), tuple(left_out), fitting_mappings(samples))


def has_data_files(folder: Path) -> bool:
    """Return whether a folder has files from which a mapping can be drafted."""
    return folder.is_dir() and bool(grouped_files(folder).groups)


def _samples(group: FileGroup, temporary: Path) -> list[SampledTable]:
    """Return the samples of a group of files: one for all of them if they have one form."""
    step = max(1, len(group.files) // _SAMPLED_FILES)
    chosen = group.files[::step]
    samples = [_sampled(file, temporary) for file in chosen]
    if len(group.files) == 1:
        return samples[0]
    first = samples[0]
    alike = all(len(other) == len(first) == 1 and _is_alike(other[0], first[0]) for other in samples)
    if alike:
        return [merged([sample[0] for sample in samples], group.pattern)]
    rest = [file for file in group.files if file not in chosen]
    return [table for tables in (*samples, *(_sampled(file, temporary) for file in rest)) for table in tables]


def _is_alike(one: SampledTable, other: SampledTable) -> bool:
    """Return whether two files have the same columns, and lines that are written in the same way."""
    ours = {key.name: key.value for key in one.keys if key.name not in _OF_ROWS}
    theirs = {key.name: key.value for key in other.keys if key.name not in _OF_ROWS}
    for keys in (ours, theirs):
        # a file without characters outside ASCII has any encoding
        keys.setdefault("encoding", ours.get("encoding", theirs.get("encoding")))
    return one.header == other.header and ours == theirs


def _sampled(file: FolderFile, temporary: Path) -> list[SampledTable]:
    """Return the samples of one file; a member of an archive is unpacked for that."""
    entry = SourceMap(file=file.name, table="firms")
    source = SourceFile(file.path, file.name, format_of(file.name) or "", entry, file.member)
    if not file.member:
        return sample_file(source)
    path = temporary / "member"
    try:
        extracted(file.path, file.member, path)
        return sample_file(replace(source, path=path))
    finally:
        path.unlink(missing_ok=True)


def _fitted(samples: Iterable[SampledTable]) -> tuple[list[FittedTable], list[tuple[str, str]]]:
    """Return the samples with the tables that they fit, and those that fit none, each with the reason."""
    fitted: list[FittedTable] = []
    unfit: list[tuple[str, str]] = []
    samples = list(samples)
    first = [FittedTable(sample, table_fits(sample)[0]) for sample in samples]
    lists = [one for one in first if one.fit.table == "firms" and one.fit.score > 0]
    firm_ids = frozenset(value for one in lists for value in one.values("firm_id"))
    for sample in samples:
        if sample.fault:
            unfit.append((sample.label, sample.fault))
            continue
        best, second = table_fits(sample, firm_ids)[:2]
        if best.score <= 0:
            unfit.append((sample.label, _why_unfit(best, sample)))
            continue
        is_close = second.score > best.score - _CLOSE and len(second.missing) <= len(best.missing)
        fitted.append(FittedTable(sample, best, second if is_close else None))
    kept = _best_arrays(fitted)
    fed = {one.sample.file for one in kept if one.sample.format in NESTED}
    return kept, [(label, why) for label, why in unfit if label.partition(" [")[0] not in fed]


def _best_arrays(fitted: list[FittedTable]) -> list[FittedTable]:
    """Return the fitted tables without arrays of a document that hold less of what another one holds."""
    scores: dict[str, float] = {}
    best: dict[tuple[str, str], FittedTable] = {}
    for one in fitted:
        place = (one.sample.file, one.fit.table)
        scores[one.sample.file] = max(scores.get(one.sample.file, 0), one.fit.score)
        if place not in best or one.fit.score > best[place].fit.score:
            best[place] = one
    return [
        one
        for one in fitted
        if one.sample.format not in NESTED
        or (best[(one.sample.file, one.fit.table)] is one and 2 * one.fit.score >= scores[one.sample.file])
    ]


def _why_unfit(best: TableFit, sample: SampledTable) -> str:
    known = ", ".join(fit.header for fit in best.columns)
    columns = ", ".join(sample.header[:8])
    if not known:
        return f"no column is known ({columns})"
    return f"nearest to {best.table} by {known}, but nothing fits {', '.join(best.missing)} ({columns})"


def _with_rival(source: DraftSource, one: FittedTable) -> DraftSource:
    if one.rival is None:
        return source
    doubt = f"the file may feed {one.rival.table} as well as {source.table}: if so, change table and columns"
    return source.with_keys(DraftKey("table", one.rival.table, one.rival.reason, doubt, False))


def draft_faults(folder: Path, mapping: Mapping, draft: MappingDraft) -> list[str]:
    """Return the faults that a load would find in the entries and headers of a draft, without reading rows.

    Entries with open points are left out: what is missing there is known.

    Parameters
    ----------
    mapping: the draft as it is read again.
    """
    faults = [] if draft.points else find_sources(folder, mapping).faults
    days = RequiredDays(mapping.undated, DEFAULT_KINDS if mapping.labels else ())
    for entry, drafted in zip(mapping.sources, draft.sources, strict=True):
        if drafted.points():
            continue
        source = SourceFile(
            folder / entry.file, entry.file, format_of(entry.file) or "", mapping.formatted(entry)
        )
        binding_source = replace(source, map=with_names(source.map, drafted.header))
        _, header_faults = bind_columns(binding_source, drafted.header, days)
        faults += [f"{entry.file}: {fault}" for fault in header_faults]
    return faults
