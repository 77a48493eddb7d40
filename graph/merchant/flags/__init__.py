"""Flags on shops: each with a first day, a strength that decays after its last evidence, and an expiry."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
