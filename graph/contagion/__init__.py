"""Contagion by mechanism: what the failure of firms costs all other firms and their lenders.

Names are imported at their first use. Those that close all firms in turn import numba, which takes a second.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
