"""What pairs of firms are compared in, and how much each outcome says.

`m` is the share of pairs of one firm at a level, `u` that of pairs of two firms. The values here are those before
anything is counted in the data, see `pair_parameters`.

Firms of a group share brand, town, trade, address and persons. Were these counted as if they did so independently of
each other, all firms of a group would be one. So place, trade and seat of firms with equal or similar brands are
compared with other such firms, and address and persons are one comparison.
"""

from __future__ import annotations

from supplyrisk.loaders.matching.pair_levels import NAMESAKES_SUFFIX, PairComparison, PairLevel

SAME_KEY = """(coalesce(credit_code_l = credit_code_r, false) OR coalesce(lei_l = lei_r, false)
 OR coalesce(vat_number_l = vat_number_r, false) OR coalesce(company_number_l = company_number_r, false))"""
OTHER_KEY = """(coalesce(credit_code_l <> credit_code_r, false) OR coalesce(lei_l <> lei_r, false)
 OR coalesce(vat_number_l <> vat_number_r AND left(vat_number_l, 2) = left(vat_number_r, 2), false)
 OR coalesce(company_number_l <> company_number_r
  AND split_part(company_number_l, '/', 1) = split_part(company_number_r, '/', 1), false))"""
"""A firm has several VAT numbers in several states, and moves from one register to another."""


def _missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


_SAME_PERSONS = "coalesce(list_has_any(persons_l, persons_r), false)"
_SAME_SEAT = """coalesce(address_l = address_r OR (address_digits_l = address_digits_r AND length(address_digits_l) > 0
 AND jaro_winkler_similarity(address_l, address_r) >= 0.85), false)"""
_NO_SEAT = f"NOT {_SAME_SEAT} AND NOT {_SAME_PERSONS} AND ({_missing('address')}) AND ({_missing('persons')})"
_SAME_DIGITS = "coalesce(digits_l, '') = coalesce(digits_r, '')"
_ONE_TYPO = (
    "length(core_l) >= 5 AND length(core_r) >= 5 AND damerau_levenshtein(brand_l, brand_r) <= 1 "
    f"AND trade_l IS NOT DISTINCT FROM trade_r AND {_SAME_DIGITS}"
)
_SIMILAR = f"length(brand_l) >= 6 AND jaro_winkler_similarity(brand_l, brand_r) >= 0.92 AND {_SAME_DIGITS}"
_NAMESAKES = f"coalesce(brand_l = brand_r OR ({_ONE_TYPO}) OR ({_SIMILAR}), false)"

KEY_COMPARISON = PairComparison(
    "key",
    f"NOT {SAME_KEY} AND NOT {OTHER_KEY}",
    (
        PairLevel(f"{SAME_KEY} AND {OTHER_KEY}", "keys contradict each other", 0.01, 0.01),
        PairLevel(SAME_KEY, "same key", 0.97, 1e-10, agrees=True),
        PairLevel("ELSE", "other key", 1e-6, 0.99, agrees=False),
    ),
    # an equal key decides against all else, and another key nearly so
    is_counted=False,
)
_BRAND = PairComparison(
    "brand",
    _missing("brand"),
    (
        PairLevel("brand_l = brand_r", "same brand", 0.87, by_frequency="brand", agrees=True),
        PairLevel(_ONE_TYPO, "brands one character apart", 0.08, agrees=True),
        PairLevel(_SIMILAR, "similar brands", 0.02, agrees=True),
        PairLevel("ELSE", "other brand", 0.03, agrees=False),
    ),
)
_PLACE = PairComparison(
    f"place{NAMESAKES_SUFFIX}",
    f"NOT {_NAMESAKES} OR ((place_l IS NULL OR place_r IS NULL) AND (region_l IS NULL OR region_r IS NULL))",
    (
        PairLevel("place_l = place_r", "same place in the name", 0.8, 0.2, agrees=True),
        PairLevel("place_l <> place_r", "other place in the name", 0.01, 0.35, agrees=False),
        PairLevel("region_l = region_r", "same region", 0.17, 0.1, agrees=True),
        PairLevel("ELSE", "other region", 0.02, 0.35, agrees=False),
    ),
)
_TRADE = PairComparison(
    f"trade{NAMESAKES_SUFFIX}",
    f"NOT {_NAMESAKES} OR ((trade_l IS NULL OR trade_r IS NULL) AND (industry_l IS NULL OR industry_r IS NULL))",
    (
        PairLevel("trade_l = trade_r", "same trade in the name", 0.85, 0.35, agrees=True),
        PairLevel(
            "contains(trade_l, trade_r) OR contains(trade_r, trade_l)",
            "one trade contains the other",
            0.04,
            0.02,
            agrees=True,
        ),
        PairLevel("trade_l <> trade_r", "other trade in the name", 0.01, 0.4, agrees=False),
        PairLevel("industry_l = industry_r", "same industry", 0.08, 0.1, agrees=True),
        PairLevel("ELSE", "other industry", 0.02, 0.13, agrees=False),
    ),
)
_LEGAL_FORM = PairComparison(
    "legal_form",
    _missing("legal_form"),
    (
        PairLevel("legal_form_l = legal_form_r", "same legal form", 0.9, agrees=True),
        PairLevel("ELSE", "other legal form", 0.1, agrees=False),
    ),
)
_BRANCH = PairComparison(
    "branch",
    "branch_l IS NULL AND branch_r IS NULL",
    (
        PairLevel("branch_l = branch_r", "same branch", 0.9, 0.1, agrees=True),
        PairLevel("branch_l <> branch_r", "other branch", 1e-4, 0.9, agrees=False),
        PairLevel("ELSE", "a branch and a firm", 1e-4, 0.9, agrees=False),
    ),
    # data with few branches would say too little
    is_counted=False,
)
_FOUNDED_ON = PairComparison(
    "founded_on",
    _missing("founded_on"),
    (
        PairLevel("founded_on_l = founded_on_r", "founded on the same day", 0.92, agrees=True),
        PairLevel("abs(founded_on_l - founded_on_r) <= 31", "founded within a month", 0.02),
        PairLevel("ELSE", "founded on another day", 0.06, agrees=False),
    ),
)


def _seat(name: str, pairs: str, u: tuple[float | None, ...]) -> PairComparison:
    """Return the comparison of address and persons of some pairs."""
    levels = (
        PairLevel(f"{_SAME_SEAT} AND {_SAME_PERSONS}", "same address and persons", 0.5, u[0], agrees=True),
        PairLevel(_SAME_SEAT, "same address", 0.2, u[1], agrees=True),
        PairLevel(_SAME_PERSONS, "shared persons", 0.2, u[2], agrees=True),
        PairLevel("ELSE", "other address or persons", 0.1, u[3], agrees=False),
    )
    return PairComparison(name, f"NOT {pairs} OR ({_NO_SEAT})", levels)


COMPARISONS: tuple[PairComparison, ...] = (
    KEY_COMPARISON,
    _BRAND,
    _PLACE,
    _TRADE,
    _LEGAL_FORM,
    _BRANCH,
    _seat(f"seat{NAMESAKES_SUFFIX}", _NAMESAKES, (0.02, 0.03, 0.05, 0.9)),
    _seat("seat", f"(NOT {_NAMESAKES})", (None, None, None, None)),
    _FOUNDED_ON,
)
