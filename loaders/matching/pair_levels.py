"""A comparison of two firms and its levels, as SQL and as splink's settings state it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supplyrisk.loaders.matching.firm_records import SCHEMA

NAMESAKES_SUFFIX = "_of_namesakes"


@dataclass(frozen=True)
class PairLevel:
    """One level of a comparison.

    Parameters
    ----------
    condition: SQL over the columns of both firms, which end in _l and _r; "ELSE" for the rest.
    says: what the level says about the two firms, in words.
    m: share of the pairs of one firm.
    u: share of the pairs of two firms; None: counted in the data.
    by_frequency: column whose rare values say more than its frequent ones.
    agrees: True for evidence for one firm, False for evidence against it, None for neither.
    """

    condition: str
    says: str
    m: float
    u: float | None = None
    by_frequency: str | None = None
    agrees: bool | None = None


@dataclass(frozen=True)
class PairComparison:
    """A comparison.

    Parameters
    ----------
    name: its name.
    missing: SQL of whether a value is missing on a side.
    levels: its levels, of which the first that holds counts.
    is_counted: whether the data change m and u; else the stated ones hold.
    """

    name: str
    missing: str
    levels: tuple[PairLevel, ...]
    is_counted: bool = True

    @property
    def topic(self) -> str:
        """What is compared, whichever pairs it is compared for."""
        return self.name.removesuffix(NAMESAKES_SUFFIX)

    @property
    def is_of_namesakes(self) -> bool:
        """Whether only pairs with equal or similar brands have values; their stated u is counted on from."""
        return self.name != self.topic


def both_sides() -> str:
    """Return the SQL of the columns of two records, l and r, as comparisons name them."""
    return ", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in SCHEMA.names)


def level_number_sql(comparison: PairComparison) -> str:
    """Return the SQL of the number of the level that a pair is at, from 0; -1 where a value is missing."""
    cases = " ".join(
        f"WHEN {level.condition} THEN {number}" for number, level in enumerate(comparison.levels[:-1])
    )
    return f"CASE WHEN {comparison.missing} THEN -1 {cases} ELSE {len(comparison.levels) - 1} END"


def splink_comparison(
    comparison: PairComparison, m: Sequence[float], u: Sequence[float]
) -> dict[str, object]:
    """Return a comparison as splink's settings state it, with the parameters of its levels."""
    levels: list[dict[str, object]] = [
        {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}
    ]
    for level, m_of_level, u_of_level in zip(comparison.levels, m, u, strict=True):
        entry: dict[str, object] = {
            "sql_condition": level.condition,
            "label_for_charts": level.says,
            "m_probability": m_of_level,
            "u_probability": u_of_level,
        }
        if level.by_frequency:
            entry |= {"tf_adjustment_column": level.by_frequency, "tf_adjustment_weight": 1.0}
        levels.append(entry)
    return {"output_column_name": comparison.name, "comparison_levels": levels}
