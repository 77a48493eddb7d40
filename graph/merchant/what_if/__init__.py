"""What a shop's score, limit and need would be if its own rows were others: the change file, and its rows changed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
