"""Crops of the table `harvests` as they were known on a day."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.collateral import is_known_row
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.tables import Tables


@dataclass(frozen=True)
class Harvest:
    """A crop of one season: a row of the table `harvests`. price and insured_amount: money."""

    firm_id: str
    crop: str
    planted_on: date
    area_ha: float | None = None
    expected_tonnes: float | None = None
    expected_on: date | None = None
    harvested_on: date | None = None
    tonnes: float | None = None
    price: float | None = None
    currency: str | None = None
    buyer_id: str | None = None
    confirmed_on: date | None = None
    insured_amount: float | None = None
    insurer_id: str | None = None
    insured_until: date | None = None
    beneficiary_id: str | None = None

    @property
    def label(self) -> str:
        """Crop and day of planting."""
        return f"{self.crop} {self.planted_on}"

    @property
    def is_standing(self) -> bool:
        """Whether it is not harvested yet."""
        return self.harvested_on is None

    @property
    def expected_value(self) -> float | None:
        """Value of the expected harvest, money; None where amount or price is unknown."""
        if self.expected_tonnes is None or self.price is None:
            return None
        return self.expected_tonnes * self.price

    @property
    def yield_per_ha(self) -> float | None:
        """Tonnes per hectare, harvested, or expected of a standing crop; None where unknown."""
        tonnes = self.expected_tonnes if self.is_standing else self.tonnes
        return None if tonnes is None or not self.area_ha else tonnes / self.area_ha

    def known_at(self, as_of: date) -> Harvest:
        """Return it without what became known after a day."""
        if self.harvested_on is not None and self.harvested_on > as_of:
            return replace(self, harvested_on=None, tonnes=None).known_at(as_of)
        if self.confirmed_on is not None and self.confirmed_on > as_of:
            return replace(self, confirmed_on=None)
        return self


def read_harvests(tables: Tables, as_of: date, firm_id: str) -> tuple[Harvest, ...]:
    """Return what all growers of a firm's crops had planted by the end of a day, by firm, crop and day of planting.

    Empty for a firm that grows nothing.
    """
    source = tables.sources.get("harvests")
    if source is None:
        return ()
    # Read as it is stored: a memo does not import DuckDB.
    table = source if isinstance(source, pa.Table) else read_parquet(source)
    own = pc.unique(table.filter(pc.equal(table["firm_id"], firm_id))["crop"])
    table = table.filter(pc.is_in(table["crop"], value_set=own))
    names = [part.name for part in fields(Harvest)]
    known = [row for row in table.to_pylist() if is_known_row(row, as_of, "planted_on")]
    harvests = [Harvest(**{name: row.get(name) for name in names}).known_at(as_of) for row in known]
    return tuple(sorted(harvests, key=lambda row: (row.firm_id, row.crop, row.planted_on)))
