"""Forecasts of shops: quantiles of sales by week and in total, from pooled boosted trees with conformal intervals."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
