from .card_page import render_model_card
from .memo_labels import LABELS, days_word, label
from .memo_page import render_memo
from .memo_text import LEAST, money, percent, query_line, way
from .world_page import render_world

__all__ = [
    "LABELS",
    "LEAST",
    "days_word",
    "label",
    "money",
    "percent",
    "query_line",
    "render_memo",
    "render_model_card",
    "render_world",
    "way",
]
