"""Further sections of a memo, each one table: a record here and its texts in `graph/texts/memo.toml` are all of it.

A section is built from the inputs of the memo (`inputs.shop.library` runs further queries), stored under its key, and
shown on page, terminal and in PDF files after the section that its record names: after the credit limit, if none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from supplyrisk.graph.credit.farming.farm_facts import CROP_COLUMNS, LOOP_COLUMNS
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.memo_lines import COLUMNS, line_rows
from supplyrisk.graph.credit.memo_sentences import memo_label
from supplyrisk.graph.credit.memo_table import Cell, TableSection
from supplyrisk.graph.credit.order_evidence import MOST_ITEMS
from supplyrisk.graph.merchant.documents import rule_words, state_words


@dataclass(frozen=True)
class SectionRecord:
    """A section that is one table.

    Parameters
    ----------
    key: its text is "heading.<key>".
    columns: with their forms, see `MemoTable`.
    rows: of a memo.
    after: the section of PLACES that it follows; "limit" by default.
    applies: whether a memo has the section at all; always by default.
    """

    key: str
    columns: Mapping[str, str]
    rows: Callable[[MemoInputs], Iterable[tuple[Cell, ...]]]
    after: str = "limit"
    applies: Callable[[MemoInputs], bool] = lambda _: True

    def build(self, inputs: MemoInputs) -> TableSection:
        """Return the section of a memo."""
        return TableSection(self.columns, tuple(self.rows(inputs)), self.key)


PLACES = ("conclusion", "shop", "risk", "chain", "loss", "limit", "economics")
"""The other sections of a memo in their order; a section that is one table follows one of them."""


def _financed(inputs: MemoInputs) -> Iterable[tuple[Cell, ...]]:
    """Return what each debtor owes and how much of it counts; nothing where the loan is repaid from earnings."""
    debtors = inputs.backing.debtors if inputs.backing else None
    return [
        (row.debtor, row.name, row.amount, row.counted, memo_label(f"owed_{row.status}"))
        for row in debtors or ()
    ]


def _order_items(inputs: MemoInputs) -> Iterable[tuple[Cell, ...]]:
    """Return the order items behind the loan, each with the rule by which it does not count; cut at MOST_ITEMS."""
    items = inputs.evidence.items or ()
    return [
        (
            item.order,
            item.item,
            item.debtor,
            state_words(item.state),
            item.amount,
            item.counted,
            rule_words(item.rule) if item.rule else memo_label("owed_counts"),
        )
        for item in items[:MOST_ITEMS]
    ]


def _conditions(inputs: MemoInputs) -> Iterable[tuple[Cell, ...]]:
    return [(condition.code, condition.text, condition.why) for condition in inputs.conditions]


def _scenarios(inputs: MemoInputs) -> Iterable[tuple[Cell, ...]]:
    notes = inputs.scenarios.ruling(inputs.request).notes if inputs.scenarios else ()
    return [(note.scenario, note.code, note.text) for note in notes]


SECTIONS: tuple[SectionRecord, ...] = (
    SectionRecord(
        "conditions", {"code": "text", "condition": "text", "why": "text"}, _conditions, after="conclusion"
    ),
    SectionRecord(
        "financed",
        {"debtor": "text", "name": "text", "owed": "money", "counted": "money", "counts": "text"},
        _financed,
        after="loss",
    ),
    SectionRecord(
        "crops",
        CROP_COLUMNS,
        lambda inputs: inputs.farm.crop_rows() if inputs.farm else (),
        after="loss",
        applies=lambda inputs: inputs.farm is not None,
    ),
    SectionRecord(
        "closed_loops",
        LOOP_COLUMNS,
        lambda inputs: inputs.farm.loop_rows() if inputs.farm else (),
        after="chain",
        applies=lambda inputs: inputs.farm is not None,
    ),
    SectionRecord(
        "scenarios",
        {"scenario": "text", "code": "text", "scenario_result": "text"},
        _scenarios,
        # Documents of policies without scenarios stay as they were.
        applies=lambda inputs: inputs.scenarios is not None,
    ),
    SectionRecord(
        "order_items",
        {
            "order_id": "text",
            "item_id": "text",
            "debtor": "text",
            "state": "text",
            "unpaid": "money",
            "counted": "money",
            "counts": "text",
        },
        _order_items,
        after="loss",
        applies=lambda inputs: inputs.evidence.items is not None,
    ),
    SectionRecord("existing_lines", COLUMNS, lambda inputs: line_rows(inputs.existing), after="loss"),
)
"""The sections, in the order in which they are shown."""


def tables_after(place: str, tables: Iterable[TableSection]) -> list[TableSection]:
    """Return those tables of a memo that follow one of PLACES and have rows; of unknown records, at the end."""
    places = {record.key: record.after for record in SECTIONS}
    return [table for table in tables if table.rows and places.get(table.key, PLACES[-1]) == place]
