"""What a supply chain is: the input contract, tables, snapshots and stores; no torch here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
