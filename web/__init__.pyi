from .card_page import render_model_card
from .memo_labels import LABELS, days_word, label
from .memo_page import render_memo
from .memo_text import MIN_SHOWN_AMOUNT, path_text
from .pages import render_page
from .world_page import render_world

__all__ = [
    "LABELS",
    "MIN_SHOWN_AMOUNT",
    "days_word",
    "label",
    "path_text",
    "render_memo",
    "render_model_card",
    "render_page",
    "render_world",
]
