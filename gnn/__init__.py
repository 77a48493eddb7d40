"""The scoring network: from snapshots to a trained model, and from a model to scores."""

# ruff: noqa: E402
import os
import warnings

# LightGBM and torch each bring an OpenMP whose idle threads spin unless this is set before they are imported. Huge
# pages make torch's large arrays up to twice as fast.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

# torch-geometric decorates with torch.jit.script on import, which torch deprecates; users cannot change that.
warnings.filterwarnings("ignore", message=".*torch.jit.script.*")

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
