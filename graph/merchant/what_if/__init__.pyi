from .change_kinds import CHANGE_KINDS, RowChange
from .change_plan import ChangePlan, parse_change_plan, read_change_plan
from .changed_rows import RowStage, row_stages
from .shop_rows import ShopRows
from .what_if_texts import change_words, what_if_text, what_if_words

__all__ = [
    "CHANGE_KINDS",
    "ChangePlan",
    "RowChange",
    "RowStage",
    "ShopRows",
    "change_words",
    "parse_change_plan",
    "read_change_plan",
    "row_stages",
    "what_if_text",
    "what_if_words",
]
