"""Evaluation of a model: baselines, placebos, intervals, drift, the deletion test and the short-dip test."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
