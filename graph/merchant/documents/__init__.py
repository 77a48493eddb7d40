"""Documents of order items (order, shipment or receipt, invoice, payment), matched and netted of cancellations."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
