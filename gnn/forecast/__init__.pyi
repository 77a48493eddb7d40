from .cash_need import CashNeeds, CashPath, cash_needs
from .level_windows import LevelWindows
from .quantile_trees import LEVEL, QUANTILES
from .sales_calendar import CalendarEvent, SalesCalendar, read_events
from .sales_windows import SalesWindows
from .shop_series import ShopSeries
from .window_model import (
    WEEKS,
    FitOptions,
    WindowForecast,
    WindowModel,
    fit_lowest,
    fit_total,
    fit_weeks,
)
from .window_rows import Window, WindowSource

__all__ = [
    "LEVEL",
    "QUANTILES",
    "WEEKS",
    "CalendarEvent",
    "CashNeeds",
    "CashPath",
    "FitOptions",
    "LevelWindows",
    "SalesCalendar",
    "SalesWindows",
    "ShopSeries",
    "Window",
    "WindowForecast",
    "WindowModel",
    "WindowSource",
    "cash_needs",
    "fit_lowest",
    "fit_total",
    "fit_weeks",
    "read_events",
]
