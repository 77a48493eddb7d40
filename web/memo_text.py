"""Figures and lines of memos, for the screen and the page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

LEAST = 0.5
"""Money below which an amount is shown as 0: not worth a line."""


def percent(share: float | None) -> str | None:
    """A share in percent; None where it is missing."""
    return None if share is None else f"{share:.2%}"


def money(amount: float | None) -> str | None:
    """An amount in whole units; None where it is missing."""
    return None if amount is None else f"{amount:,.0f}"


def query_line(asked: Mapping[str, Any]) -> str:
    """The command that runs a query of the library again."""
    params = " ".join(f"--param {shlex.quote(f'{k}={v}')}" for k, v in asked["params"].items())
    return f"scgraph query run {asked['name']} {params}".strip()


def way(path: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """A path from where the hazard arises to the shop: F1 (supplier) > F2 (customer) > F3."""
    steps = [f"{node} ({words[link]})" for node, link in zip(path["chain"][:-1], path["links"], strict=True)]
    return " > ".join([*steps, path["chain"][-1]])
