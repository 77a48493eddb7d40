"""The device on which the network computes: the processor, or a CUDA device.

Only the fitting of the members and the rounds of contagion move; trees, features and reasons stay on the processor. A
CUDA device adds in no fixed order, so its scores may differ from the processor's in their last digits.
"""

from __future__ import annotations

import torch

from supplyrisk.graph import ModelError
from supplyrisk.graph.schema import defaults


def device(name: str = "auto") -> torch.device:
    """Return the torch device of a name in `defaults.DEVICES`.

    Raises
    ------
    ModelError: another name, or "cuda" where torch finds no CUDA device.
    """
    if name not in defaults.DEVICES:
        raise ModelError(f"no device is called {name!r}", " or ".join(defaults.DEVICES))
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ModelError(
            "the device cuda was requested, and torch finds none", remedy="use --device auto or --device cpu"
        )
    return torch.device("cuda" if available and name != "cpu" else "cpu")
