"""Where the network's sums run: on the processor, or on a CUDA device where there is one.

Only the fitting of the members and the rounds of contagion move; trees, features and reasons stay where they are. A
CUDA device adds up in no fixed order, so that its scores may differ from the processor's in their last digits.
"""

from __future__ import annotations

import torch

from supplyrisk.graph import ModelError

DEVICES = ("auto", "cpu", "cuda")
"""What may be asked for; auto: CUDA where torch finds one, else the processor."""


def device(named: str = "auto") -> torch.device:
    """The device of that name.

    Raises
    ------
    ModelError: no such name, or CUDA where torch finds none.
    """
    if named not in DEVICES:
        raise ModelError(f"no device is called {named!r}", " or ".join(DEVICES))
    there = torch.cuda.is_available()
    if named == "cuda" and not there:
        raise ModelError(
            "the device cuda was asked for, and torch finds none", remedy="use --device auto or --device cpu"
        )
    return torch.device("cuda" if there and named != "cpu" else "cpu")
