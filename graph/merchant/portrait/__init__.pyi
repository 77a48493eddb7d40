from .figure_kinds import Better, Figure, FigureState, Unit
from .indicator import Indicator, IndicatorRows
from .indicator_register import GROUPS, INDICATORS, indicators_by_rows
from .indicator_texts import change_text, value_text
from .peer_standing import PeerCells, PeerStanding
from .portrait_file import read_portraits, with_portrait_note, write_portraits
from .portrait_index import INDICES, IndexPart, PortraitIndex
from .portrait_properties import portrait_properties
from .portrait_table import PortraitTable, change_of, portrait_table
from .portrait_windows import LONGEST_WINDOW, SHORTEST_WINDOW, YEAR_DAYS, PortraitWindows
from .shop_portrait import (
    PortraitGroup,
    ShopIndex,
    ShopIndicator,
    ShopPortrait,
    shop_portrait,
)
from .window_figures import IndicatorFigures, fresh_days, window_figures

__all__ = [
    "GROUPS",
    "INDICATORS",
    "INDICES",
    "LONGEST_WINDOW",
    "SHORTEST_WINDOW",
    "YEAR_DAYS",
    "Better",
    "Figure",
    "FigureState",
    "IndexPart",
    "Indicator",
    "IndicatorFigures",
    "IndicatorRows",
    "PeerCells",
    "PeerStanding",
    "PortraitGroup",
    "PortraitIndex",
    "PortraitTable",
    "PortraitWindows",
    "ShopIndex",
    "ShopIndicator",
    "ShopPortrait",
    "Unit",
    "change_of",
    "change_text",
    "fresh_days",
    "indicators_by_rows",
    "portrait_properties",
    "portrait_table",
    "read_portraits",
    "shop_portrait",
    "value_text",
    "window_figures",
    "with_portrait_note",
    "write_portraits",
]
