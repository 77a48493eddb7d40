"""Cases of trade that looks fabricated, each with the rows that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.fabricated.flow_signs import bursts, returned_payments, rings
from supplyrisk.graph.merchant.fabricated.pair_signs import are_rounds_common, round_pairs, unshipped_pairs
from supplyrisk.graph.merchant.fabricated.volume_rules import VolumeKind, VolumeRules
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.texts.figures import fill
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts

if TYPE_CHECKING:
    import duckdb

    from supplyrisk.graph.workspace.tables import Tables

# `trade` numbers the rows by day and contents, whatever their order in files. An amount is round with two significant
# digits at most: 1,200 is, 1,250 is not.
_RECENT = """
CREATE OR REPLACE TEMP TABLE recent_trades AS
SELECT row_number() OVER (
        ORDER BY "on", supplier_id, customer_id, amount, row_id NULLS LAST, paid_on NULLS LAST
    ) AS trade,
    supplier_id, customer_id, "on", amount, row_id, paid_on, days_ago,
    amount >= 1000 AND amount = round(amount / pow(10, floor(log10(amount)) - 1)) * pow(10, floor(log10(amount)) - 1)
        AS is_round
FROM known_supplies WHERE days_ago < $days AND amount > 0
"""
_ROWS = """
SELECT trade, supplier_id, customer_id, "on", amount, row_id FROM recent_trades WHERE list_contains($trades, trade)
"""


@dataclass(frozen=True)
class NamedTrade:
    """A row of supplies that a case names. row: its row_id, else seller, customer, day and amount."""

    supplier_id: str
    customer_id: str
    on: date
    amount: float
    row: str


@dataclass(frozen=True)
class VolumeCase:
    """Trade that looks fabricated. The field names are keys of documents.

    Parameters
    ----------
    kind: a `VolumeKind`.
    firms: whom it is about: the seller; of rings and returned payments all firms, in the order of the trades.
    trades: the rows, in their order.
    chance: probability of so few shipments, or so many round amounts, in other trade; None for the other kinds.
    """

    kind: str
    firms: tuple[str, ...]
    trades: tuple[NamedTrade, ...]
    chance: float | None = None

    @property
    def amount(self) -> float:
        """Value of its trades, money."""
        return sum(trade.amount for trade in self.trades)


@dataclass(frozen=True)
class ExaminedVolume:
    """The cases of a day, by kind and first trade, and the kinds that these data cannot show."""

    cases: tuple[VolumeCase, ...]
    not_examined: tuple[VolumeKind, ...] = ()


def fabricated_volume(tables: Tables, as_of: date, rules: VolumeRules | None = None) -> ExaminedVolume:
    """Return the trade of all firms that looks fabricated.

    Data without shipments do not show trade without them, and data in which round amounts are common practice do not
    show too many of these.

    Parameters
    ----------
    tables: the workspace's tables.
    as_of: the day; what became known later is of no effect.
    rules: thresholds; None (default): `VolumeRules()`.

    Raises
    ------
    DataError: the data are undated, or have no supplies.
    """
    if tables.info.undated:
        raise DataError(
            "the data are undated", "days of trades, by which rings, bursts and returns are found"
        )
    if not tables.present("supplies"):
        raise DataError("the data have no supplies", "a table supplies", "load one")
    rules = rules or VolumeRules()
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        con.execute(_RECENT, {"days": rules.days})
        cases = tuple(_cases(con, rules))
        missing = [] if tables.present("shipments") else [VolumeKind.NO_SHIPMENT]
        common = [VolumeKind.ROUND_AMOUNTS] if are_rounds_common(con, rules) else []
        return ExaminedVolume(cases, (*missing, *common))


def _cases(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> list[VolumeCase]:
    cases: list[tuple[VolumeKind, float | None, list[int]]] = []
    cases += [(VolumeKind.NO_SHIPMENT, *case) for case in unshipped_pairs(con, rules)]
    cases += [(VolumeKind.RING, None, trades) for trades in rings(con, rules)]
    cases += [(VolumeKind.ROUND_AMOUNTS, *case) for case in round_pairs(con, rules)]
    cases += [(VolumeKind.ONE_DAY_BURST, None, trades) for trades in bursts(con, rules)]
    cases += [(VolumeKind.RETURNED_PAYMENT, None, trades) for trades in returned_payments(con, rules)]
    named = {trade for _, _, trades in cases for trade in trades}
    rows = {
        trade: NamedTrade(seller, customer, on, amount, row_id or f"{seller} {customer} {on} {amount:.2f}")
        for trade, seller, customer, on, amount, row_id in con.execute(
            _ROWS, {"trades": sorted(named)}
        ).fetchall()
    }
    return _merged(
        [_case(kind, chance, [rows[trade] for trade in trades]) for kind, chance, trades in cases if trades]
    )


def _merged(cases: Sequence[VolumeCase]) -> list[VolumeCase]:
    """Return the cases with one ring for all rounds of the same firms, in place of the first of them."""
    merged: dict[object, VolumeCase] = {}
    for number, case in enumerate(cases):
        key = frozenset(case.firms) if case.kind == VolumeKind.RING else number
        before = merged.get(key)
        merged[key] = case if before is None else _joined(before, case)
    return list(merged.values())


def _joined(case: VolumeCase, other: VolumeCase) -> VolumeCase:
    trades = dict.fromkeys((*case.trades, *other.trades))
    return replace(case, trades=tuple(sorted(trades, key=lambda trade: (trade.on, trade.row))))


def _case(kind: VolumeKind, chance: float | None, trades: Sequence[NamedTrade]) -> VolumeCase:
    return VolumeCase(
        kind, tuple(dict.fromkeys(trade.supplier_id for trade in trades)), tuple(trades), chance
    )


def case_words(case: VolumeCase, most: int = 10) -> Words:
    """Return a case as a sentence with its rows. most: rows that are listed; 10 by default."""
    listed = ", ".join(trade.row for trade in case.trades[:most])
    more = len(case.trades) - most
    texts = []
    for language in LANGUAGES:
        words = read_texts("supplyrisk.graph.texts", "fabricated", language)
        rows = listed + (fill(words["more"], count=more) if more > 0 else "")
        texts.append(
            fill(
                words[f"case.{case.kind}"],
                trades=len(case.trades),
                amount=case.amount,
                firms=" > ".join(case.firms),
                customer=case.trades[0].customer_id,
                day=case.trades[0].on.isoformat(),
                chance=case.chance or 0.0,
                rows=rows,
            )
        )
    return Words(*texts)


def kind_words(kind: str) -> Words:
    """Return the name of a kind, such as "round amounts".

    Raises
    ------
    KeyError: it is no `VolumeKind`.
    """
    key = f"kind.{kind}"
    return Words(
        *(read_texts("supplyrisk.graph.texts", "fabricated", language)[key] for language in LANGUAGES)
    )
