"""The portrait of a shop: indicators over the last days beside its own past and its peers, and four indices of them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
