"""Contagion by mechanism: what happens to everyone when firms fail.

What closes all firms in turn brings numba along, which takes a second to import: it comes with the first use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
