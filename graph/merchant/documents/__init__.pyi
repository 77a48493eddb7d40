from .double_financing import NamedPledge, TwicePledged, clashes, double_financing, named_pledges
from .item_claims import CLAIM_RULES, STALE_DAYS, claims_of, item_claims
from .item_matching import MATCHED_ITEMS, match_items, matched_items
from .item_states import ItemState, MatchRules
from .state_texts import rule_words, state_words

__all__ = [
    "CLAIM_RULES",
    "MATCHED_ITEMS",
    "STALE_DAYS",
    "ItemState",
    "MatchRules",
    "NamedPledge",
    "TwicePledged",
    "claims_of",
    "clashes",
    "double_financing",
    "item_claims",
    "match_items",
    "matched_items",
    "named_pledges",
    "rule_words",
    "state_words",
]
