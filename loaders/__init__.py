"""From files to tables: reading, mapping, checking, quarantine, and writing the workspace."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
