from .feasible_changes import FEASIBLE_CHANGES, ChangeTarget, FeasibleChange, changed_values
from .letter_texts import letter_text, letter_words
from .permitted_reasons import (
    DEFAULTED,
    ENVIRONMENT,
    FEATURES_BY_REASON,
    MISSING,
    MOST_REASONS,
    REASON_CODES,
    TRADING_RISK,
    reason_of_feature,
    reason_words,
    shop_feature,
)
from .reason_weights import ReasonWeights, reason_weights
from .shop_sentences import (
    ShopFigure,
    figure_text,
    missing_words,
    provide_words,
    shop_sentence,
    source_words,
)

__all__ = [
    "DEFAULTED",
    "ENVIRONMENT",
    "FEASIBLE_CHANGES",
    "FEATURES_BY_REASON",
    "MISSING",
    "MOST_REASONS",
    "REASON_CODES",
    "TRADING_RISK",
    "ChangeTarget",
    "FeasibleChange",
    "ReasonWeights",
    "ShopFigure",
    "changed_values",
    "figure_text",
    "letter_text",
    "letter_words",
    "missing_words",
    "provide_words",
    "reason_of_feature",
    "reason_weights",
    "reason_words",
    "shop_feature",
    "shop_sentence",
    "source_words",
]
