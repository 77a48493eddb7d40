"""Advice to shops: cash, stock before a season, and advertising; each with its evidence, and none on thin data."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
