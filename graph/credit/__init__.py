"""Lending on a score: loss, limits, a policy and what it concludes, and the record of it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
