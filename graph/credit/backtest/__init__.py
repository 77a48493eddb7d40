"""Backtests: what happened to firms after they were scored or decided on, and what other cut-offs would have given."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
