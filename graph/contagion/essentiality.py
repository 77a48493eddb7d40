"""Essentiality: what a customer of one sector cannot do without from another, by the sectors' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError

NEGLIGIBLE, NON_ESSENTIAL, ESSENTIAL = 0, 1, 2
ANY = "*"
"""In place of a sector: every sector that has no row of its own."""


@dataclass(frozen=True)
class Essentiality:
    """The role of a supplier's sector for a customer's: 2 essential, 1 non-essential, 0 negligible.

    roles: by (supplier's sector, customer's sector); either may be "*". The exact pair goes first, then (sector, "*"),
    then ("*", sector), then ("*", "*"). name: said beside every result.
    """

    roles: Mapping[tuple[str, str], int]
    name: str

    def codes(self, sectors: tuple[str, ...]) -> NDArray[np.int64]:
        """The roles as numbers, shape (sectors, sectors): [supplier's sector][customer's sector].

        Raises
        ------
        DataError: pairs of sectors without a role, all sectors of which are listed; or a role that is none.
        """
        strange = sorted({role for role in self.roles.values() if role not in (0, 1, 2)})
        if strange:
            raise DataError(
                f"{self.name}: a role {strange[0]}", "2 essential, 1 non-essential or 0 negligible"
            )
        given = {name for pair in self.roles for name in pair}
        found = [[self._role(k, j) for j in sectors] for k in sectors]
        lacking = {
            s for k, row in zip(sectors, found, strict=True) for j, r in zip(sectors, row, strict=True) if r is None
            for s in (k, j) if s not in given
        }  # fmt: skip
        if lacking:
            raise DataError(
                f"{self.name}: unknown sectors {', '.join(sorted(lacking))}",
                "a role for each sector of the data",
                f"add rows for them, or one with {ANY} for all others",
            )
        if any(role is None for row in found for role in row):
            pairs = [f"{k} to {j}" for k, row in zip(sectors, found, strict=True)
                     for j, r in zip(sectors, row, strict=True) if r is None]  # fmt: skip
            raise DataError(
                f"{self.name}: no role for {', '.join(pairs[:10])}", "a role for each pair of sectors"
            )
        return np.array(found, dtype=np.int64).reshape(len(sectors), len(sectors))

    def _role(self, supplier: str, customer: str) -> int | None:
        tries = ((supplier, customer), (supplier, ANY), (ANY, customer), (ANY, ANY))
        return next((self.roles[pair] for pair in tries if pair in self.roles), None)


ALL_NON_ESSENTIAL = Essentiality({(ANY, ANY): NON_ESSENTIAL}, "all inputs non-essential")
"""The default: a lost input lowers production by its share in all purchases, never stops it."""
