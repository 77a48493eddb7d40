"""Flags on shops as of a day, and the dips of sales that are no flags because they are temporary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import RequestError, Words, Workspace, last_day_of
from supplyrisk.graph.merchant.dips import sales_dips
from supplyrisk.graph.merchant.flags import FlagRules, flag_words, shop_flags
from supplyrisk.graph.schema import defaults
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.explain import firm_of_tables, merged_note
from supplyrisk.services.progress import JobProgress, silent


@dataclass(frozen=True)
class FlagText:
    """A flag in words: its name, and a sentence for the shop."""

    kind: str
    name: Words
    shop: Words


@dataclass(frozen=True)
class FlagsResult(TableResult):
    """The flags of all shops, or of one, that have not expired.

    firm_id: the shop; None: all. flags: columns FLAG_SCHEMA. dips: the temporary dips, columns DIP_SCHEMA without the
    verdict.
    """

    as_of: date
    firm_id: str | None
    flags: pa.Table
    dips: pa.Table
    synthetic: bool
    notes: tuple[str, ...]

    @property
    def texts(self) -> tuple[FlagText, ...]:
        """The kinds of flags that occur, in words."""
        kinds = sorted(set(self.flags["kind"].to_pylist()))
        return tuple(FlagText(kind, flag_words(kind, "name"), flag_words(kind, "shop")) for kind in kinds)

    def table(self) -> pa.Table:
        """A row per flag: FLAG_SCHEMA."""
        return self.flags

    def head(self) -> Document:
        """The document without its rows."""
        return document(
            "flags",
            [],
            about={"as_of": self.as_of, "synthetic": self.synthetic},
            firm_id=self.firm_id,
            texts=self.texts,
            temporary_dips=self.dips.to_pylist(),
            notes=self.notes,
        )


def flags(
    workspace: Workspace,
    shop: str | None = None,
    *,
    as_of: date | None = None,
    rules: FlagRules | None = None,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> FlagsResult:
    """Return the flags that have not expired on a day, and the temporary dips of sales.

    Parameters
    ----------
    shop: a firm_id or a name, ignoring case; None: all shops.
    as_of: the day; None: the last day of the data.
    rules: what is evidence for a flag; None: `FlagRules()`.
    beyond_days: how many days as_of may lie after the data.

    Raises
    ------
    RequestError: no firm, or several, of that name; undated data. WorkspaceError: no data.
    DataError: as_of lies more than beyond_days after the data.
    """
    info = workspace.info()
    tables = workspace.tables()
    day = as_of or last_day_of(tables)
    if info.undated or day is None:
        raise RequestError("flags of undated data", "data with days")
    notes = late_note(tables, as_of, beyond_days)
    firm_id = None
    if shop is not None:
        firm_id, _ = firm_of_tables(tables, shop)
        notes += merged_note(shop, info.merged)
    chosen = None if firm_id is None else [firm_id]
    rules = rules or FlagRules()
    progress("reading the data")
    listed = shop_flags(tables, day, rules, firms=chosen, score_runs=workspace.score_runs())
    dips = sales_dips(tables, day, rules.dips, firms=chosen)
    temporary = dips.filter(pc.equal(dips["verdict"], "temporary")).drop_columns(["verdict"])
    return FlagsResult(day, firm_id, listed, temporary, info.synthetic, tuple(notes))
