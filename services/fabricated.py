"""Name trade that looks fabricated, for all firms at once, with its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from supplyrisk.graph import DataError, Workspace, last_day_of
from supplyrisk.graph.merchant.fabricated import (
    VolumeCase,
    VolumeKind,
    VolumeRules,
    case_words,
    fabricated_volume,
    kind_words,
    write_volume,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.texts.text_files import Words
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.progress import JobProgress, silent

NOT_EXAMINED = {
    VolumeKind.NO_SHIPMENT: "the data have no shipments: trade without shipments is not examined",
    VolumeKind.ROUND_AMOUNTS: "round amounts are common in these trades, and are not examined",
}
"""By kind, why data do not show it."""
ROW_COLUMNS = pa.schema(
    [
        ("case", pa.int64()),
        ("kind", pa.string()),
        ("firms", pa.string()),
        ("supplier_id", pa.string()),
        ("customer_id", pa.string()),
        ("on", pa.date32()),
        ("amount", pa.float64()),
        ("row", pa.string()),
        ("chance", pa.float64()),
    ]
)
"""Columns of the rows that cases name."""


@dataclass(frozen=True)
class KindCount:
    """Cases of a kind, the firms that they are about, their rows and the value of these, money."""

    kind: str
    en: str
    zh: str
    cases: int
    firms: int
    rows: int
    amount: float


@dataclass(frozen=True)
class CaseText:
    """A case in words: the firms that it is about, its kind, and a sentence with its rows."""

    firms: tuple[str, ...]
    kind: Words
    text: Words


@dataclass(frozen=True)
class FabricatedResult(TableResult):
    """Trade that looks fabricated.

    Parameters
    ----------
    cases: by kind and first trade. as_of: the day. rules: thresholds. content_hash: of the data. synthetic: whether
        these are. notes: what to know about the result, in words.
    """

    cases: tuple[VolumeCase, ...]
    as_of: date
    rules: VolumeRules
    content_hash: str
    synthetic: bool
    notes: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[KindCount, ...]:
        """A row per kind, whether it occurs or not."""
        return tuple(self._count(kind) for kind in VolumeKind)

    def _count(self, kind: VolumeKind) -> KindCount:
        cases = [case for case in self.cases if case.kind == kind]
        firms = {firm for case in cases for firm in case.firms}
        rows = {trade for case in cases for trade in case.trades}
        return KindCount(
            kind.value, *kind_words(kind), len(cases), len(firms), len(rows), sum(row.amount for row in rows)
        )

    def largest(self, top: int) -> tuple[CaseText, ...]:
        """Return the cases with the largest amounts in words."""
        cases = sorted(self.cases, key=lambda case: -case.amount)[:top]
        return tuple(CaseText(case.firms, kind_words(case.kind), case_words(case)) for case in cases)

    def table(self) -> pa.Table:
        """A row per trade that a case names."""
        return pa.Table.from_pylist(list(self._rows()), schema=ROW_COLUMNS)

    def _rows(self) -> Iterator[dict[str, object]]:
        for number, case in enumerate(self.cases, 1):
            for trade in case.trades:
                yield {
                    "case": number,
                    "kind": case.kind,
                    "firms": "|".join(case.firms),
                    "supplier_id": trade.supplier_id,
                    "customer_id": trade.customer_id,
                    "on": trade.on,
                    "amount": trade.amount,
                    "row": trade.row,
                    "chance": case.chance,
                }

    def head(self) -> Document:
        """The document without its rows."""
        cases = [(case, case_words(case)) for case in self.cases]
        return document(
            "fabricated",
            (),
            about={"as_of": self.as_of, "synthetic": self.synthetic, "data": self.content_hash},
            rules=self.rules,
            kinds=self.kinds,
            cases=[
                {
                    "kind": case.kind,
                    "firms": case.firms,
                    "amount": case.amount,
                    "text": text.en,
                    "text_zh": text.zh,
                }
                for case, text in cases
            ],
            notes=list(self.notes),
        )


def fabricated(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> FabricatedResult:
    """Name trade that looks fabricated, and store the cases of the day in the workspace, for memos.

    Parameters
    ----------
    as_of: the day; None: the last day of the data. beyond_days: how many days it may lie after the data.

    Raises
    ------
    WorkspaceError: no data. DataError: the data are undated or have no supplies; the day lies too far after them.
    """
    tables = workspace.tables()
    notes = late_note(tables, as_of, beyond_days)
    day = as_of or last_day_of(tables)
    if day is None:
        raise DataError("no row of the data set has a day", "days, by which trade is compared")
    progress("comparing trades")
    rules = VolumeRules()
    volume = fabricated_volume(tables, day, rules)
    info = tables.info
    write_volume(workspace.layout.fabricated_file(day), day, info.content_hash, volume.cases)
    notes += [NOT_EXAMINED[kind] for kind in volume.not_examined]
    return FabricatedResult(volume.cases, day, rules, info.content_hash, info.synthetic, tuple(notes))
