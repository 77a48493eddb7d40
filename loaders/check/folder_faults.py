"""Faults that only several files together show."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from supplyrisk.loaders.read.column_binding import SourceBinding, folded_name
from supplyrisk.loaders.read.ingest import IngestedSource


def rowless_files(without_rows: Mapping[str, list[str]], read: set[str]) -> list[str]:
    """Return the faults of files in which no source of the mapping has rows, although each may have none."""
    return [
        f"{name}: has no rows at {' or '.join(dict.fromkeys(paths))}, expected some at one of these paths; "
        "correct rows in the mapping, or remove the file"
        for name, paths in without_rows.items()
        if name not in read
    ]


def spelling_faults(ingested: list[IngestedSource]) -> list[str]:
    """Return faults of unknown columns that are spelled differently in two files of a table."""
    faults = []
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for source in ingested:
        for name in source.binding.extras:
            key = (source.source.table, folded_name(name))
            # the first spelling counts, in the order of the sources
            other, file = seen.setdefault(key, (name, source.source.name))
            if other != name:
                faults.append(
                    f"{source.source.name}: column {name!r} is spelled {other!r} in {file}, expected one spelling; "
                    "rename one of them"
                )
    return faults


def _outcome_columns(binding: SourceBinding, default_kinds: Collection[str]) -> set[str]:
    """Return the columns of a file that say which firms defaulted; none where it feeds other tables."""
    entry = binding.source.map
    defaults_only = entry.table == "events" and entry.constants.get("kind") in default_kinds
    if entry.table != "labels" and not defaults_only:
        return set()
    outcome = binding.origins.get("defaulted")
    return {*entry.conditions, *(outcome.columns if outcome else ())}


def outcomes_as_features(ingested: list[IngestedSource], default_kinds: Collection[str]) -> list[str]:
    """Return faults of columns that state outcomes and would also be kept as features, which they must not be."""
    faults = []
    for outcome in ingested:
        stated = _outcome_columns(outcome.binding, default_kinds)
        # most of many files state none
        for other in ingested if stated else ():
            if other.source.name == outcome.source.name:
                faults += [
                    f"{other.source.name}: column {name!r} states outcomes for the table {outcome.source.table}, and "
                    f"would be a feature in {other.source.table}; list it under ignore there"
                    for name in other.binding.extras
                    if name in stated
                ]
    return faults
