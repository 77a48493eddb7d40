"""Portraits of random rows against loops over the rows of each shop."""

from __future__ import annotations

import random

import pytest

from handmade import AS_OF, Row, ago, firms, tables_of
from slow_portrait import WINDOWS, slow_figures
from supplyrisk.graph.merchant.portrait import INDICATORS, fresh_days, portrait_table
from supplyrisk.graph.schema.contract import TABLES, ColumnKind

FIRMS = ("A", "B", "C")


def random_rows(table: str, count: int, chance: random.Random) -> list[Row]:
    """Rows with days from two years before AS_OF to a month after it, and cells that are sometimes empty."""
    rows = []
    for number in range(count):
        first = chance.choice(
            (chance.randint(0, 130), chance.randint(0, 130), chance.randint(360, 430), -5, 700)
        )
        row: Row = {}
        for column in TABLES[table].columns:
            if column.kind is ColumnKind.DAY:
                row[column.name] = ago(
                    first if column.name == TABLES[table].day else first - chance.randint(-3, 60)
                )
            elif column.kind in (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT):
                row[column.name] = chance.choice((0, chance.randint(1, 1000)))
            elif column.name in TABLES[table].refs:
                row[column.name] = chance.choice(FIRMS)
            if not column.required and chance.random() < 0.2:
                row[column.name] = None
        if table == "loans":
            row |= {"loan_id": f"L{number % 6}", "firm_id": FIRMS[number % 3]}
        rows.append(row)
    # No two rows of a shop's activity, or of a line, are of one day.
    key = {"activity": ("firm_id", "on"), "loans": ("loan_id", "on")}.get(table)
    return rows if key is None else list({tuple(row[name] for name in key): row for row in rows}.values())


@pytest.mark.parametrize("seed", range(4))
def test_random_rows(seed: int) -> None:
    chance = random.Random(seed)
    rows = {name: random_rows(name, 55, chance) for name in ("activity", "supplies", "shipments", "loans")}
    shops = portrait_table(tables_of(firms=firms(*FIRMS), **rows), AS_OF).shops
    compared = 0
    for number, firm in enumerate(FIRMS):
        for window, (slow, name) in enumerate(
            zip(slow_figures(rows, firm), ("", ".before", ".year_ago"), strict=True)
        ):
            for key, slowly in slow.items():
                indicator = INDICATORS[key]
                value = shops[f"{key}{name}"][number].as_py()
                # Totals of earlier windows, and rows that are too old, have tests of their own.
                age = shops[f"{indicator.basis}.age"][number].as_py()
                if window and (indicator.is_total or indicator.zero):
                    continue
                if not window and (age is None or age >= fresh_days(indicator.rows, 60)):
                    assert value is None, (firm, key)
                    continue
                expected = 0.0 if indicator.zero and slowly is None else slowly
                where = firm, key, WINDOWS[window]
                assert value == (None if expected is None else pytest.approx(expected, rel=1e-8, abs=1e-9)), (
                    where
                )
                compared += expected is not None
    assert compared > 150
