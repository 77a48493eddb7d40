"""What pairs of firms are compared in, and how much each outcome says, for splink.

Each comparison has levels, of which the first that holds counts. `m` is the share of pairs of one firm at a level, `u`
that of pairs of two firms. The values of m here are those before training; u is counted in the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from supplyrisk.loaders.matching.firm_records import SCHEMA

SAME_KEY = """(coalesce(credit_code_l = credit_code_r, false) OR coalesce(lei_l = lei_r, false)
 OR coalesce(vat_number_l = vat_number_r, false) OR coalesce(company_number_l = company_number_r, false))"""
OTHER_KEY = """(coalesce(credit_code_l <> credit_code_r, false) OR coalesce(lei_l <> lei_r, false)
 OR coalesce(vat_number_l <> vat_number_r AND left(vat_number_l, 2) = left(vat_number_r, 2), false)
 OR coalesce(company_number_l <> company_number_r
  AND split_part(company_number_l, '/', 1) = split_part(company_number_r, '/', 1), false))"""
"""A firm has several VAT numbers in several states, and moves from one register to another."""
_SUFFIX = "_of_namesakes"


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
    levels: its levels.
    of_namesakes: True: of pairs with equal or similar brands only; False: of other pairs only; None: of all.
    """

    name: str
    missing: str
    levels: tuple[PairLevel, ...]
    of_namesakes: bool | None = None

    @property
    def topic(self) -> str:
        """The name of the comparison of all pairs that it is a part of."""
        return self.name.removesuffix(_SUFFIX)

    @property
    def is_stated(self) -> bool:
        """Whether m and u are stated rather than counted."""
        return all(level.u is not None for level in self.levels)


def _missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


_SAME_PERSONS = "coalesce(list_has_any(persons_l, persons_r), false)"
_SAME_SEAT = """coalesce(address_l = address_r OR (address_digits_l = address_digits_r AND length(address_digits_l) > 0
 AND jaro_winkler_similarity(address_l, address_r) >= 0.85), false)"""
_SAME_DIGITS = "coalesce(digits_l, '') = coalesce(digits_r, '')"
_ONE_TYPO = (
    "length(core_l) >= 5 AND length(core_r) >= 5 AND damerau_levenshtein(brand_l, brand_r) <= 1 "
    f"AND trade_l IS NOT DISTINCT FROM trade_r AND {_SAME_DIGITS}"
)
_SIMILAR = f"length(brand_l) >= 6 AND jaro_winkler_similarity(brand_l, brand_r) >= 0.92 AND {_SAME_DIGITS}"

KEY_COMPARISON = PairComparison(
    "key",
    f"NOT {SAME_KEY} AND NOT {OTHER_KEY}",
    (
        # stated, not estimated: an equal key decides against all else, and another key nearly so
        PairLevel(f"{SAME_KEY} AND {OTHER_KEY}", "keys contradict each other", 0.01, 0.01),
        PairLevel(SAME_KEY, "same key", 0.97, 1e-10, agrees=True),
        PairLevel("ELSE", "other key", 1e-4, 0.99, agrees=False),
    ),
)
_ALL = (
    KEY_COMPARISON,
    PairComparison(
        "brand",
        _missing("brand"),
        (
            PairLevel("brand_l = brand_r", "same brand", 0.85, by_frequency="brand", agrees=True),
            PairLevel(_ONE_TYPO, "brands one character apart", 0.08, agrees=True),
            PairLevel(_SIMILAR, "similar brands", 0.02, agrees=True),
            PairLevel("ELSE", "other brand", 0.05, agrees=False),
        ),
    ),
    PairComparison(
        "place",
        "(place_l IS NULL OR place_r IS NULL) AND (region_l IS NULL OR region_r IS NULL)",
        (
            PairLevel("place_l = place_r", "same place in the name", 0.8, agrees=True),
            PairLevel("place_l <> place_r", "other place in the name", 0.01, agrees=False),
            PairLevel("region_l = region_r", "same region", 0.17, agrees=True),
            PairLevel("ELSE", "other region", 0.02, agrees=False),
        ),
    ),
    PairComparison(
        "trade",
        "(trade_l IS NULL OR trade_r IS NULL) AND (industry_l IS NULL OR industry_r IS NULL)",
        (
            PairLevel("trade_l = trade_r", "same trade in the name", 0.85, agrees=True),
            PairLevel(
                "contains(trade_l, trade_r) OR contains(trade_r, trade_l)",
                "one trade contains the other",
                0.04,
                agrees=True,
            ),
            PairLevel("trade_l <> trade_r", "other trade in the name", 0.01, agrees=False),
            PairLevel("industry_l = industry_r", "same industry", 0.08, agrees=True),
            PairLevel("ELSE", "other industry", 0.02, agrees=False),
        ),
    ),
    PairComparison(
        "legal_form",
        "legal_form_l IS NULL OR legal_form_r IS NULL",
        (
            PairLevel("legal_form_l = legal_form_r", "same legal form", 0.9, agrees=True),
            PairLevel("ELSE", "other legal form", 0.1, agrees=False),
        ),
    ),
    PairComparison(
        "branch",
        "branch_l IS NULL AND branch_r IS NULL",
        (
            PairLevel("branch_l = branch_r", "same branch", 0.9, 0.1, agrees=True),
            PairLevel("branch_l <> branch_r", "other branch", 1e-4, 0.9, agrees=False),
            # a source may name a firm where another names its branch
            PairLevel("ELSE", "a branch and a firm", 1e-4, 0.9, agrees=False),
        ),
    ),
    # one comparison of both: firms of one group share them together, so that they are no separate evidence
    PairComparison(
        "seat",
        f"NOT {_SAME_SEAT} AND NOT {_SAME_PERSONS} AND ({_missing('address')}) AND ({_missing('persons')})",
        (
            PairLevel(f"{_SAME_SEAT} AND {_SAME_PERSONS}", "same address and persons", 0.5, agrees=True),
            PairLevel(_SAME_SEAT, "same address", 0.2, agrees=True),
            PairLevel(_SAME_PERSONS, "shared persons", 0.2, agrees=True),
            PairLevel("ELSE", "other address or persons", 0.1, agrees=False),
        ),
    ),
    PairComparison(
        "founded_on",
        _missing("founded_on"),
        (
            PairLevel("founded_on_l = founded_on_r", "founded on the same day", 0.92, agrees=True),
            PairLevel("abs(founded_on_l - founded_on_r) <= 31", "founded within a month", 0.02),
            PairLevel("ELSE", "founded on another day", 0.06, agrees=False),
        ),
    ),
)
_NAMESAKES = f"coalesce(brand_l = brand_r OR ({_ONE_TYPO}) OR ({_SIMILAR}), false)"
_OF_GROUPS = ("place", "trade", "seat")


def _split(comparison: PairComparison) -> tuple[PairComparison, ...]:
    """Return a comparison in two, for namesakes and for others, where firms of one group often agree.

    Firms of a group share brand, town, address and persons together. Were these counted as if they did so
    independently of each other, all firms of a group would be one.
    """
    if comparison.name not in _OF_GROUPS:
        return (comparison,)
    return (
        replace(
            comparison,
            name=comparison.name + _SUFFIX,
            missing=f"NOT {_NAMESAKES} OR ({comparison.missing})",
            of_namesakes=True,
        ),
        replace(comparison, missing=f"{_NAMESAKES} OR ({comparison.missing})", of_namesakes=False),
    )


COMPARISONS: tuple[PairComparison, ...] = tuple(part for comparison in _ALL for part in _split(comparison))


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
