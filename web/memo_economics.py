"""The tables of a memo on the lender's economics, which the page and the terminal share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from supplyrisk.graph import Words
from supplyrisk.graph.credit import EconomicsSection, MemoTable, memo_label, memo_words, with_name
from supplyrisk.graph.texts.figures import money, number, percent

Figure = tuple[str, str]
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def economics_tables(economics: EconomicsSection, names: Mapping[str, str] = NO_NAMES) -> list[MemoTable]:
    """Return the tables of the section: figures, parts of the LGD, collateral, guarantees and insurance.

    names: of firms and persons by id; empty by default.
    """
    return [
        _figures_table(economics),
        _parts_table(economics),
        _collateral_table(economics, names),
        _protections_table(economics, names),
    ]


def _figures_table(economics: EconomicsSection) -> MemoTable:
    rows: list[tuple[Words, Words | str]] = [
        (memo_label("segment"), memo_words(f"segment.{economics.segment}"))
    ]
    rows += [(memo_label(name), text) for name, text in _figures(economics)]
    return MemoTable({"figure": "text", "value": "text"}, tuple(rows))


def _figures(economics: EconomicsSection) -> Iterator[Figure]:
    """Yield the label and the text of each figure."""
    yield "ead", money(economics.ead)
    yield "lgd", percent(economics.lgd)
    yield "pd_year", percent(economics.pd)
    yield "el_year", money(economics.el)
    yield "el_protected", money(economics.el_term)
    yield "capital_lgd", percent(economics.capital_lgd)
    if economics.maturity is not None:
        yield "maturity", number(economics.maturity)
    if economics.sales is not None:
        yield "sales_eur", number(economics.sales)
    yield "k", percent(economics.k)
    yield "rwa", money(economics.rwa)
    yield "capital", money(economics.capital)
    yield "funding_rate", percent(economics.funding_rate)
    yield "cost_rate", percent(economics.cost)
    if economics.rate is not None:
        yield "rate", percent(economics.rate)
        yield "raroc", percent(economics.raroc)
    yield "hurdle", percent(economics.hurdle)
    yield "hurdle_rate", percent(economics.hurdle_rate)


def _parts_table(economics: EconomicsSection) -> MemoTable:
    columns = {"part": "text", "collateral": "text", "amount": "money", "lgd": "percent"}
    # One part alone is the whole exposure, whose LGD is stated above.
    parts = economics.parts if len(economics.parts) > 1 else ()
    rows = tuple((_kind(part.kind), part.collateral, part.amount, part.lgd) for part in parts)
    return MemoTable(columns, rows)


def _collateral_table(economics: EconomicsSection, names: Mapping[str, str]) -> MemoTable:
    columns = {
        "collateral": "text",
        "part": "text",
        "pledged_by": "text",
        "valued_on": "text",
        "value": "money",
        "counted": "money",
        "why": "text",
    }
    rows = tuple(
        (
            note.collateral,
            _kind(note.kind),
            _named(note.firm, names),
            note.on.isoformat(),
            note.value,
            note.counted,
            _reason(note.refused),
        )
        for note in economics.collateral
    )
    return MemoTable(columns, rows)


def _protections_table(economics: EconomicsSection, names: Mapping[str, str]) -> MemoTable:
    columns = {
        "protection": "text",
        "provider": "text",
        "amount": "money",
        "covered": "money",
        "pd_year": "percent",
        "why": "text",
    }
    rows = tuple(
        (
            _kind(part.kind),
            _named(part.provider, names),
            part.amount,
            part.covered,
            part.pd,
            _reason(part.refused),
        )
        for part in economics.protections
    )
    return MemoTable(columns, rows)


def _kind(kind: str) -> Words:
    return memo_words(f"security.{kind}")


def _reason(code: str | None) -> Words:
    return memo_words(f"protection.{code or 'COUNTS'}")


def _named(firm: str | None, names: Mapping[str, str]) -> str | None:
    return None if firm is None else with_name(firm, names.get(firm))
