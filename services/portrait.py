"""Portraits of shops: indicators over the last days beside their own past and their peers, and four indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import pyarrow as pa

from supplyrisk.graph import DataError, DefaultDefinition, RequestError, Tables, Workspace
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
    default_definition: what counts as a default; firms in default are nobody's peers.
    beyond_days: how many days as_of may lie after the data.

    Raises
    ------
    RequestError: no firm, or several, of that name, or a window out of range. DataError: the data are undated, or have
    no firm on that day. WorkspaceError: no data.
    """
    result = portraits(
        workspace,
        as_of=as_of,
        window_days=window_days,
        default_definition=default_definition,
        beyond_days=beyond_days,
        progress=progress,
    )
    merged = workspace.info().merged
    row = find_firm(shop, result.portraits.shops, merged)
    shown = shop_portrait(result.portraits, row)
    notes = [*(Words(text, text) for text in merged_note(shop, merged)), *result.notes]
    if not shown.has_data:
        notes.append(_no_data(shown.firm_id))
    return PortraitResult(shown, tuple(notes), result.portraits.synthetic)


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
    if not SHORTEST_WINDOW <= window_days <= LONGEST_WINDOW:
        raise RequestError(f"a window of {window_days} days", f"{SHORTEST_WINDOW} to {LONGEST_WINDOW} days")
    tables = workspace.tables()
    notes = tuple(Words(text, text) for text in late_note(tables, as_of, beyond_days))
    stored = _stored(workspace, tables, as_of, window_days, default_definition)
    if stored is not None:
        return PortraitsResult(stored, notes)
    progress(PORTRAITS)
    computed = portrait_table(tables, as_of, window_days=window_days, default_definition=default_definition)
    write_portraits(workspace.layout.portraits_file(computed.as_of), computed)
    return PortraitsResult(computed, notes)


def _stored(
    workspace: Workspace,
    tables: Tables,
    as_of: date | None,
    window_days: int,
    default_definition: DefaultDefinition,
) -> PortraitTable | None:
    """Return the stored portraits of the day; None where there are none of these data, this window and definition."""
    day = snapshot_day(tables, as_of)
    path = None if day is None else workspace.layout.portraits_file(day)
    if path is None or not path.is_file():
        return None
    try:
        stored = read_portraits(path)
    except (DataError, OSError, pa.ArrowInvalid):
        # Damaged or of another version: it is computed again.
        return None
    same = (stored.content_hash, stored.window_days, stored.defaults) == (
        tables.info.content_hash,
        window_days,
        str(default_definition),
    )
    return stored if same else None


def _no_data(firm: str) -> Words:
    texts = (read_texts("supplyrisk.graph.texts", "portrait", lang)["phrase.no_data"] for lang in LANGUAGES)
    return Words(*(text.format(firm=firm) for text in texts))
