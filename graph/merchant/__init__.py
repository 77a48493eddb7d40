"""What a shop may be told about its own score: permitted reasons in its own words, and what would raise the score.

Nothing here names another firm, a PD or how the model works.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
