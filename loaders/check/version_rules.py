"""The rules for the columns of versions: the day on which a row became known, and whether it is void."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from supplyrisk.graph.schema.contract import TableSchema
from supplyrisk.loaders.check.cell_rules import CellRule, TableField


def known_on_rules(field: TableField, fields: Mapping[str, TableField], table: TableSchema) -> list[CellRule]:
    """Return the rule that no row is known before its own day, in a list; an empty one where rows have no day.

    Parameters
    ----------
    field: the column known_on.
    fields: all columns by name.
    """
    if table.day is None:
        return []
    day = fields[table.day]
    own_day = day.parsed
    if table.name == "financials":
        # without a day of publication, a statement cannot be known before the end of its period
        own_day = f"coalesce({own_day}, {fields['on'].parsed})"
    return [
        CellRule(
            "before",
            f"{field.parsed} < {own_day}",
            f"a day that is not before the row's own ({day.name})",
            "state the day on which the row became known, or leave the cell empty if it is its own day",
        )
    ]


def unidentified_rule(field: TableField, identity: Sequence[TableField]) -> CellRule:
    """Return the rule that a void row has a key: without one, nothing says which row is void."""
    missing = " OR ".join(f"{f.sql} IS NULL" for f in identity)
    names = " and ".join(f.name for f in identity)
    return CellRule(
        "no_key",
        f"lower({field.sql}) IN ('1', 'true') AND ({missing})",
        f"a row with {names}, which says what row is void",
        f"fill in {names}, or correct the trade by a return",
    )
