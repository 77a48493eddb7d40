"""Stress: scenarios that a user writes down, what they cost, and what would change it. Brings numba along."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
