from .quantile_trees import LEVEL, QUANTILES
from .sales_calendar import CalendarEvent, SalesCalendar, read_events
from .sales_model import WEEKS, FitOptions, SalesModel, WindowForecast, fit_total, fit_weeks
from .shop_series import ShopSeries
from .window_rows import Window

__all__ = [
    "LEVEL",
    "QUANTILES",
    "WEEKS",
    "CalendarEvent",
    "FitOptions",
    "SalesCalendar",
    "SalesModel",
    "ShopSeries",
    "Window",
    "WindowForecast",
    "fit_total",
    "fit_weeks",
    "read_events",
]
