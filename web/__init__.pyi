from . import backtest_views, memo_frame, memo_views
from .backtest_page import render_backtest
from .card_page import render_model_card
from .letter_page import render_letter, render_letter_text
from .memo_economics import economics_tables
from .memo_page import render_memo
from .memo_print import render_memo_pdf
from .merchant_page import render_shop_page
from .pages import render_page
from .pdf_file import PdfFile, require_pdf
from .world_page import render_world

__all__ = [
    "PdfFile",
    "backtest_views",
    "economics_tables",
    "memo_frame",
    "memo_views",
    "render_backtest",
    "render_letter",
    "render_letter_text",
    "render_memo",
    "render_memo_pdf",
    "render_model_card",
    "render_page",
    "render_shop_page",
    "render_world",
    "require_pdf",
]
