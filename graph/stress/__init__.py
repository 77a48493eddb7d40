"""Stress tests: scenarios written by a user, their losses, and counterfactual changes. Imports numba at first use."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
