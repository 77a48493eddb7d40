"""Portraits of shops: indicators over the last days beside their own past and their peers, and four indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

import pyarrow as pa

from supplyrisk.graph import DataError, DefaultDefinition, RequestError, Tables, Workspace, read_parquet
from supplyrisk.graph.merchant.portrait import (
    LONGEST_WINDOW,
    SHORTEST_WINDOW,
    PortraitTable,
    ShopPortrait,
    portrait_table,
    read_portraits,
    shop_portrait,
    with_portrait_note,
    write_portraits,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.snapshot.snapshot import snapshot_day
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.explain import find_firm, merged_note
from supplyrisk.services.progress import JobProgress, silent

PORTRAITS = "computing portraits"


class PortraitSettings(TypedDict, total=False):
    """Settings of portraits, as parameters of `portrait` and `portraits`."""

    window_days: int
    default_definition: DefaultDefinition
    beyond_days: int


@dataclass(frozen=True)
class PortraitResult:
    """The portrait of a shop; notes: what a reader has to know beside it. synthetic: whether the data are made up."""

    portrait: ShopPortrait
    notes: tuple[Words, ...]
    synthetic: bool

    def to_json(self) -> Document:
        """The portrait as a JSON document with one row."""
        about = {"as_of": self.portrait.as_of, "synthetic": self.synthetic}
        return document("portrait", [self.portrait], about=about, notes=self.notes)


@dataclass(frozen=True)
class PortraitsResult(TableResult):
    """The portraits of all listed firms of a day."""

    portraits: PortraitTable
    notes: tuple[Words, ...]

    def table(self) -> pa.Table:
        """A row per firm, by firm_id; see `PortraitTable.shops`."""
        return with_portrait_note(self.portraits)

    @property
    def synthetic(self) -> bool:
        """Whether the data are made up."""
        return self.portraits.synthetic

    def head(self) -> Document:
        """The document without its rows."""
        portraits = self.portraits
        about: Mapping[str, object] = {"as_of": portraits.as_of, "synthetic": portraits.synthetic}
        return document(
            "portraits",
            [],
            about=about,
            window_days=portraits.window_days,
            currency=portraits.currency,
            notes=self.notes,
        )


def portrait(
    workspace: Workspace,
    shop: str,
    *,
    as_of: date | None = None,
    window_days: int = defaults.PORTRAIT_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> PortraitResult:
    """Return the portrait of one shop: about fifty indicators in seven groups, and four indices.

    Stored portraits of the day are read if they rest on the same data and window; else those of all firms are computed,
    as percentiles need them, and stored.

    Parameters
    ----------
    shop: a firm_id, or a name, ignoring case.
    as_of: the day; only what was known at its end counts; None: the last day of the data.
    window_days: length of the window in days, 7 to 180.
    default_definition: what counts as a default; firms in default are no peers.
    beyond_days: how many days as_of may lie after the data.

    Raises
    ------
    RequestError: no firm, or several, of that name, or a window out of range. DataError: the data are undated, or have
    no firm on that day. WorkspaceError: no data.
    """
    source = _PortraitSource.of(workspace, as_of, window_days, default_definition)
    notes = source.notes(beyond_days)
    path = source.stored() or source.store(progress)[0]
    merged = source.tables.info.merged
    row = find_firm(shop, read_parquet(path, ["firm_id", "name"]), merged)
    table = read_portraits(path, row)
    shown = shop_portrait(table, 0)
    all_notes = [*(Words(text, text) for text in merged_note(shop, merged)), *notes]
    if not shown.has_data:
        all_notes.append(_no_data(shown.firm_id))
    return PortraitResult(shown, tuple(all_notes), table.synthetic)


def portraits(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    window_days: int = defaults.PORTRAIT_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> PortraitsResult:
    """Return the portraits of all listed firms of a day, from the workspace or computed and stored in it.

    Parameters and errors are as in `portrait`.
    """
    source = _PortraitSource.of(workspace, as_of, window_days, default_definition)
    notes = source.notes(beyond_days)
    path = source.stored()
    computed = source.store(progress)[1] if path is None else read_portraits(path)
    return PortraitsResult(computed, notes)


@dataclass(frozen=True)
class _PortraitSource:
    """What portraits of a day rest on: the tables of a workspace, a window and a definition of default."""

    workspace: Workspace
    tables: Tables
    as_of: date | None
    window_days: int
    default_definition: DefaultDefinition

    @classmethod
    def of(
        cls, workspace: Workspace, as_of: date | None, window_days: int, definition: DefaultDefinition
    ) -> _PortraitSource:
        if not SHORTEST_WINDOW <= window_days <= LONGEST_WINDOW:
            raise RequestError(
                f"a window of {window_days} days", f"{SHORTEST_WINDOW} to {LONGEST_WINDOW} days"
            )
        return cls(workspace, workspace.tables(), as_of, window_days, definition)

    def notes(self, beyond_days: int) -> tuple[Words, ...]:
        """Return a note where the day lies after the data."""
        return tuple(Words(text, text) for text in late_note(self.tables, self.as_of, beyond_days))

    def stored(self) -> Path | None:
        """Return the file of the day's portraits; None where there is none, or it rests on something else."""
        day = snapshot_day(self.tables, self.as_of)
        path = None if day is None else self.workspace.layout.portraits_file(day)
        if path is None or not path.is_file():
            return None
        try:
            stored = read_portraits(path, 0)
        except (DataError, OSError, pa.ArrowInvalid):
            # Damaged or of another version: it is computed again.
            return None
        rests_on = (stored.content_hash, stored.window_days, stored.defaults)
        current = (self.tables.info.content_hash, self.window_days, str(self.default_definition))
        return path if rests_on == current else None

    def store(self, progress: JobProgress) -> tuple[Path, PortraitTable]:
        """Compute the portraits and store them; return their file and them."""
        progress(PORTRAITS)
        computed = portrait_table(
            self.tables,
            self.as_of,
            window_days=self.window_days,
            default_definition=self.default_definition,
        )
        path = self.workspace.layout.portraits_file(computed.as_of)
        write_portraits(path, computed)
        return path, computed


def _no_data(firm: str) -> Words:
    texts = (read_texts("supplyrisk.graph.texts", "portrait", lang)["phrase.no_data"] for lang in LANGUAGES)
    return Words(*(text.format(firm=firm) for text in texts))
