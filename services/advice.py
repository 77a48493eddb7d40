"""Advice to shops as of a day: financing before cash is short, stock before a season, advertising that pays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import DataError, Workspace, last_day_of
from supplyrisk.graph.merchant.advice import (
    ADVICE_KINDS,
    FINANCE,
    Advice,
    AdviceRules,
    NoAdvice,
    ShopHistory,
    advice_words,
    finance_advice,
    marketing_advice,
    shop_histories,
    stock_up_advice,
)
from supplyrisk.graph.merchant.advice.shop_history import HISTORY_WEEKS
from supplyrisk.graph.merchant.dips import temporary_dips
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.documents import document_json
from supplyrisk.graph.workspace.forecast_file import read_forecast
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.explain import firm_of_tables
from supplyrisk.services.forecast import forecast
from supplyrisk.services.forecast_rows import OK
from supplyrisk.services.progress import JobProgress, silent

ADVICE_SCHEMA = pa.schema(
    [
        ("firm_id", pa.string()),
        ("kind", pa.string()),
        ("reason", pa.string()),
        ("amount", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("first_day", pa.date32()),
        ("act_by", pa.date32()),
        ("valid_until", pa.date32()),
        ("text_en", pa.string()),
        ("text_zh", pa.string()),
        ("effect_en", pa.string()),
        ("effect_zh", pa.string()),
        ("refuted_by_en", pa.string()),
        ("refuted_by_zh", pa.string()),
    ]
)
"""Columns of advice: a row per shop and kind; see docs/advice.md."""


@dataclass(frozen=True)
class AdviceResult(TableResult):
    """The advice to all shops, or to one, and why there is none of a kind.

    advice, without: by firm_id and kind. in_dip: the shops that are in a temporary dip. firm_id: the shop; None: all.
    floor: cash that must be left.
    """

    as_of: date
    firm_id: str | None
    floor: float
    currency: str | None
    advice: tuple[Advice, ...]
    without: tuple[NoAdvice, ...]
    in_dip: tuple[str, ...]
    synthetic: bool
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The number of shops, and of those with advice by kind."""
        entries: tuple[Advice | NoAdvice, ...] = (*self.advice, *self.without)
        shops = {entry.firm_id for entry in entries}
        kinds = Counter(entry.kind for entry in self.advice)
        return {"shops": len(shops)} | {kind: kinds[kind] for kind in ADVICE_KINDS}

    @property
    def no_advice(self) -> dict[str, dict[str, int]]:
        """The number of shops without advice, by kind and reason."""
        reasons = Counter((entry.kind, entry.reason) for entry in self.without)
        return {
            kind: {
                reason: reasons[kind, reason] for _, reason in sorted(reasons) if (kind, reason) in reasons
            }
            for kind in ADVICE_KINDS
        }

    def table(self) -> pa.Table:
        """A row per shop and kind, with the advice or the reason why there is none."""
        rows = [_row(entry) for entry in self.advice]
        rows += [_empty_row(entry) for entry in self.without]
        rows.sort(key=lambda row: (row["firm_id"], ADVICE_KINDS.index(row["kind"])))
        return pa.Table.from_pylist(rows, schema=ADVICE_SCHEMA)

    def head(self) -> Document:
        """The document without its rows."""
        return document(
            "advice",
            [],
            about={"as_of": self.as_of, "synthetic": self.synthetic},
            firm_id=self.firm_id,
            floor=self.floor,
            currency=self.currency,
            counts=self.counts,
            no_advice=self.no_advice,
            temporary_dips=self.in_dip,
            notes=self.notes,
        )

    def to_json(self, top: int | None = None) -> Document:
        """The advice with its evidence as a JSON document; top cuts the rows."""
        rows: Document = {
            "rows": document_json(self.advice[:top]),
            "without": document_json(self.without[:top]),
        }
        return self.head() | rows


def advice(
    workspace: Workspace,
    shop: str | None = None,
    *,
    as_of: date | None = None,
    rules: AdviceRules | None = None,
    floor: float = 0.0,
    calendar: Path | None = None,
    seed: int = defaults.SEED,
    rounds: int | None = None,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> AdviceResult:
    """Return the advice to all shops, or to one, from what was known at the end of a day.

    The forecast of that day is taken from the workspace where it rests on the same data, floor and seed; else it is
    computed, and stored there.

    Parameters
    ----------
    shop: firm_id or name; None: all shops.
    as_of: the day; None: the last day of the data.
    rules: from where on a shop is advised; None: `AdviceRules()`.
    floor: cash that a shop must have left, in the data's currency.
    calendar: a CSV file of further days on which sales are out of the ordinary; the forecast is computed anew with it.
    seed, rounds: of the forecast. beyond_days: how many days as_of may lie after the data.

    Raises
    ------
    RequestError: there is no such shop, or the data are undated. WorkspaceError: no data are loaded.
    DataError: there is too little history for any forecast, or the day lies too far after the data.
    """
    rules = rules or AdviceRules()
    tables = workspace.tables()
    firm_id = None
    if shop is not None:
        firm_id, _ = firm_of_tables(tables, shop)
    basis = _ForecastBasis(workspace, as_of, floor, seed, calendar)
    stored = basis.stored() if rounds is None and calendar is None else None
    if stored is None:
        result = forecast(
            workspace,
            as_of=as_of,
            floor=floor,
            calendar=calendar,
            seed=seed,
            rounds=rounds,
            beyond_days=beyond_days,
            progress=progress,
        )
        day, rows, needs, notes = result.as_of, result.rows, result.needs, result.notes
    else:
        day, rows, needs, notes = stored
    sources = _AdviceSources(
        day=day,
        rules=rules,
        currency=tables.info.currency,
        states=_states(rows),
        needs={str(row["firm_id"]): row for row in needs.to_pylist()},
        histories=shop_histories(tables, day, rules),
        in_dip=_ongoing_dips(temporary_dips(tables, day), day),
    )
    chosen = sorted(sources.states) if firm_id is None else [firm_id]
    entries = [entry for firm in chosen for entry in sources.entries(firm)]
    return AdviceResult(
        as_of=day,
        firm_id=firm_id,
        floor=floor,
        currency=tables.info.currency,
        advice=tuple(entry for entry in entries if isinstance(entry, Advice)),
        without=tuple(entry for entry in entries if isinstance(entry, NoAdvice)),
        in_dip=tuple(firm for firm in chosen if firm in sources.in_dip),
        synthetic=tables.info.synthetic,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _ForecastBasis:
    """What a stored forecast must rest on to be used."""

    workspace: Workspace
    as_of: date | None
    floor: float
    seed: int
    calendar: Path | None

    def stored(self) -> tuple[date, pa.Table, pa.Table, tuple[str, ...]] | None:
        """The day, rows, needs and notes of the stored forecast; None unless it fits."""
        tables = self.workspace.tables()
        day = self.as_of or last_day_of(tables)
        if day is None or tables.info.undated:
            return None
        try:
            stored = read_forecast(self.workspace.layout, day)
        except DataError:
            return None
        expected = {"data": tables.info.content_hash, "floor": self.floor, "seed": self.seed}
        if any(stored.head.get(name) != value for name, value in expected.items()):
            return None
        return day, stored.rows, stored.needs, tuple(stored.head["notes"])  # type: ignore[arg-type]


@dataclass(frozen=True)
class _AdviceSources:
    """What the advice of all shops is made from, by firm_id."""

    day: date
    rules: AdviceRules
    currency: str | None
    states: Mapping[str, str]
    needs: Mapping[str, Mapping[str, Any]]
    histories: Mapping[str, ShopHistory]
    in_dip: frozenset[str]

    def entries(self, firm: str) -> list[Advice | NoAdvice]:
        """The advice to a shop, or why there is none, one of each kind."""
        if self.states.get(firm) != OK:
            return [NoAdvice(firm, kind, "thin_data") for kind in ADVICE_KINDS]
        need = self.needs.get(firm)
        history = self.histories.get(firm) or _without_weeks(firm, self.day)
        finance: Advice | NoAdvice = NoAdvice(firm, FINANCE, "no_cash")
        spare = None
        if need is not None:
            finance = finance_advice(need, self.day, self.rules, self.currency)
            # Of ten outcomes nine leave at least so much: stock that is paid from cash may cost the shop its life.
            if need["lowest_p10"] is not None:
                spare = float(need["lowest_p10"]) - float(need["floor"])
        return [
            finance,
            stock_up_advice(history, self.rules, spare, self.currency),
            marketing_advice(history, self.rules, in_dip=firm in self.in_dip, currency=self.currency),
        ]


def _states(rows: pa.Table) -> dict[str, str]:
    """The state of each shop's total."""
    totals = rows.filter(pc.and_(pc.equal(rows["week"], 0), pc.is_null(rows["category"])))
    return dict(zip(totals["firm_id"].to_pylist(), totals["state"].to_pylist(), strict=True))


def _ongoing_dips(dips: pa.Table, day: date) -> frozenset[str]:
    """The shops whose temporary dip goes on, or ended within the last four weeks."""
    return frozenset(
        row["firm_id"]
        for row in dips.to_pylist()
        if row["ended_on"] is None or (day - row["ended_on"]).days < 28
    )


def _without_weeks(firm: str, day: date) -> ShopHistory:
    unknown = np.full(HISTORY_WEEKS, np.nan)
    return ShopHistory(firm, day, unknown, unknown)


def _empty_row(entry: NoAdvice) -> dict[str, Any]:
    words = advice_words(f"reason.{entry.reason}")
    return {
        "firm_id": entry.firm_id,
        "kind": entry.kind,
        "reason": entry.reason,
        "text_en": words.en,
        "text_zh": words.zh,
    }


def _row(entry: Advice) -> dict[str, Any]:
    texts = entry.texts
    return {
        "firm_id": entry.firm_id,
        "kind": entry.kind,
        "amount": entry.amount,
        "low": entry.low,
        "high": entry.high,
        "first_day": entry.first_day,
        "act_by": entry.act_by,
        "valid_until": entry.valid_until,
        "text_en": texts.text.en,
        "text_zh": texts.text.zh,
        "effect_en": texts.effect.en,
        "effect_zh": texts.effect.zh,
        "refuted_by_en": texts.refuted_by.en,
        "refuted_by_zh": texts.refuted_by.zh,
    }
