"""The library of Cypher queries by topic, and its runner; it does not depend on stores, scores or tables."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
