from .item_matching import MATCHED_ITEMS, match_items, matched_items
from .item_states import ItemState, MatchRules
from .state_texts import state_words

__all__ = [
    "MATCHED_ITEMS",
    "ItemState",
    "MatchRules",
    "match_items",
    "matched_items",
    "state_words",
]
