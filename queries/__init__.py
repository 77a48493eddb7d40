"""Cypher texts by topic, and their runner; it knows nothing of stores, scores or tables."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
