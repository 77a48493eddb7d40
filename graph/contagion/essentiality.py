"""Essentiality: which inputs a sector cannot produce without, by the names of the supplying and buying sectors.

Source: Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError

NEGLIGIBLE = 0
NON_ESSENTIAL = 1
ESSENTIAL = 2

ANY = "*"
"""In place of a sector: every sector without a row of its own."""


@dataclass(frozen=True)
class Essentiality:
    """The role of each supplier sector for each customer sector: 2 essential, 1 non-essential, 0 negligible.

    roles: by (supplier sector, customer sector); either may be "*". The exact pair comes first, then (sector, "*"),
    then ("*", sector), then ("*", "*"). name: reported with every result.
    """

    roles: Mapping[tuple[str, str], int]
    name: str

    def codes(self, sectors: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the roles as numbers, shape (sectors, sectors): [supplier sector][customer sector].

        Raises
        ------
        DataError: a role other than 0, 1 and 2, or pairs of sectors without a role; the message lists the sectors that
            the table does not mention, or else the pairs.
        """
        invalid = sorted({role for role in self.roles.values() if role not in (0, 1, 2)})
        if invalid:
            raise DataError(
                f"{self.name}: a role {invalid[0]}", "2 essential, 1 non-essential or 0 negligible"
            )
        roles = {
            (supplier, customer): self._role(supplier, customer)
            for supplier in sectors
            for customer in sectors
        }
        missing = [pair for pair, role in roles.items() if role is None]
        listed = {name for pair in self.roles for name in pair}
        # Sectors that the table does not mention at all are the more useful message: one row each resolves many pairs.
        unlisted = {sector for pair in missing for sector in pair if sector not in listed}
        if unlisted:
            raise DataError(
                f"{self.name}: unknown sectors {', '.join(sorted(unlisted))}",
                "a role for each sector of the data",
                f"add rows for them, or one with {ANY} for all others",
            )
        if missing:
            pairs = [f"{supplier} to {customer}" for supplier, customer in missing]
            raise DataError(
                f"{self.name}: no role for {', '.join(pairs[:10])}", "a role for each pair of sectors"
            )
        # A dict keeps insertion order: rows of suppliers, within them customers.
        return np.array(list(roles.values()), dtype=np.int64).reshape(len(sectors), len(sectors))

    def _role(self, supplier: str, customer: str) -> int | None:
        precedence = ((supplier, customer), (supplier, ANY), (ANY, customer), (ANY, ANY))
        return next((self.roles[pair] for pair in precedence if pair in self.roles), None)


ALL_NON_ESSENTIAL = Essentiality({(ANY, ANY): NON_ESSENTIAL}, "all inputs non-essential")
"""The default: a lost input lowers production by its share in all purchases and never stops it."""
