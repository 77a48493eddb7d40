"""Short dips of a shop's sales in a sound history, which are called temporary."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
