"""The jobs: each is a function that takes a Workspace and returns a frozen result."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
