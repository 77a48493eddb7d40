from . import backtest_views, memo_frame, memo_views
from .backtest_page import render_backtest
from .card_page import render_model_card
from .letter_page import render_letter, render_letter_text
from .memo_economics import economics_tables
from .memo_page import render_memo
from .pages import render_page
from .world_page import render_world

__all__ = [
    "backtest_views",
    "economics_tables",
    "memo_frame",
    "memo_views",
    "render_backtest",
    "render_letter",
    "render_letter_text",
    "render_memo",
    "render_model_card",
    "render_page",
    "render_world",
]
