"""Trade that looks fabricated: without shipments, in rings, in round amounts, on one day, with payments that return."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
