from .flag_rules import FLAG_KINDS, FlagKind, FlagRules, flag_words
from .shop_flags import FLAG_SCHEMA, shop_flags

__all__ = ["FLAG_KINDS", "FLAG_SCHEMA", "FlagKind", "FlagRules", "flag_words", "shop_flags"]
