from .card_page import render_model_card
from .memo_page import render_memo
from .memo_views import borrowers_table, lines_table, paths_table, rules_table, stress_table
from .pages import render_page
from .world_page import render_world

__all__ = [
    "borrowers_table",
    "lines_table",
    "paths_table",
    "render_memo",
    "render_model_card",
    "render_page",
    "render_world",
    "rules_table",
    "stress_table",
]
