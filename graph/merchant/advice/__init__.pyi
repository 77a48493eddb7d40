from .advice_kinds import (
    ADVICE_KINDS,
    FINANCE,
    MARKETING,
    NO_ADVICE_REASONS,
    STOCK_UP,
    Advice,
    AdviceEffect,
    AdviceFigure,
    AdviceTexts,
    NoAdvice,
)
from .advice_rules import AdviceRules
from .advice_texts import advice_words
from .finance_advice import finance_advice
from .marketing_advice import SpendElasticity, marketing_advice, spend_elasticity
from .shop_history import HISTORY_WEEKS, ShopHistory, shop_histories
from .shortfall import chance_under
from .stock_up_advice import ComingSeason, coming_season, stock_up_advice

__all__ = [
    "ADVICE_KINDS",
    "FINANCE",
    "HISTORY_WEEKS",
    "MARKETING",
    "NO_ADVICE_REASONS",
    "STOCK_UP",
    "Advice",
    "AdviceEffect",
    "AdviceFigure",
    "AdviceRules",
    "AdviceTexts",
    "ComingSeason",
    "NoAdvice",
    "ShopHistory",
    "SpendElasticity",
    "advice_words",
    "chance_under",
    "coming_season",
    "finance_advice",
    "marketing_advice",
    "shop_histories",
    "spend_elasticity",
    "stock_up_advice",
]
