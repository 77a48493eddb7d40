"""One shop's row of a snapshot as a letter needs it: its figures, its peers, and the sources that know it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import FEATURES, Feature, PeerGroup, Snapshot
from supplyrisk.graph.merchant import MISSING, ShopFigure, provide_words, reason_of_feature, source_words
from supplyrisk.services.letter_document import MissingData, UsedData

_AGES = {
    "activity": ("activity_age_days",),
    "supplies": ("purchase_age_days", "delivery_age_days"),
    "financials": ("statement_age_days",),
}
"""Features that hold the age of a source's last row in days."""
_FRESH_DAYS = {"activity": 90, "supplies": 90, "financials": 550}
"""Days for which a source's last row counts as recent, as for coverage."""
_SOURCES = ("activity", "supplies", "shipments", "financials")
"""Sources that a shop can provide."""


@dataclass(frozen=True)
class ShopRow:
    """A shop in a snapshot.

    Parameters
    ----------
    snapshot: the snapshot.
    firm: row of the shop.
    features: by name.
    values: its numbers by feature; NaN where missing.
    peers: the firms that it is compared with.
    """

    snapshot: Snapshot
    firm: int
    features: Mapping[str, Feature]
    values: Mapping[str, float]
    peers: PeerGroup

    @classmethod
    def of(cls, snapshot: Snapshot, firm: int) -> ShopRow:
        """Return the shop of a row."""
        features = {feature.name: feature for feature in snapshot.features}
        values = {}
        for name, feature in features.items():
            if feature.kind == "number" and not pa.types.is_string(snapshot.firms[name].type):
                value = snapshot.firms[name][firm].as_py()
                values[name] = math.nan if value is None else float(value)
        return cls(snapshot, firm, features, values, PeerGroup.of(snapshot.firms, firm))

    def knows(self, source: str) -> bool:
        """Whether a source has a row about the shop: counts of 0 alone are none."""
        numbers = [
            self.values[name]
            for name, f in self.features.items()
            if f.source == source and name in self.values
        ]
        return any(value and not math.isnan(value) for value in numbers)

    def code_of(self, feature: str) -> str | None:
        """Return the reason that a feature of the shop belongs to; None where it may not be told.

        What is unknown is no reason of its own: MISSING where the shop could provide the whole source, else none.
        """
        record = self.features.get(feature) or _REGISTERED.get(feature)
        if record is None:
            return None
        if self._applies(record.source) and not self.knows(record.source):
            return MISSING
        if record.kind == "number" and math.isnan(self.values.get(feature, math.nan)):
            return None
        return reason_of_feature(feature)

    def source_of(self, feature: str) -> str:
        """Return the table that a feature is computed from."""
        return (self.features.get(feature) or _REGISTERED[feature]).source

    def figure(self, feature: str) -> ShopFigure | None:
        """Return the figure behind a feature: of a percentile its value, of a word of events their number."""
        name = feature.removesuffix("_peers").partition(":")[0]
        if name not in self.values:
            return None
        peers = self.peers.median(name)
        return ShopFigure(
            self.features[name], self.values[name], peers, self.peers.level, self.snapshot.info.currency
        )

    def missing(self) -> tuple[MissingData, ...]:
        """Return the sources that the shop should provide: without a row, or without a recent one."""
        applying = [source for source in _SOURCES if self._applies(source)]
        lacking = [source for source in applying if not self.knows(source) or self._is_old(source)]
        return tuple(MissingData(s, source_words(s), provide_words(s)) for s in lacking or applying)

    def used(self) -> tuple[UsedData, ...]:
        """Return the sources that have rows about the shop."""
        sources = [*_SOURCES, "loans", "events"]
        known = [UsedData(s, source_words(s), self._last_day(s)) for s in sources if self.knows(s)]
        return (UsedData("firms", source_words("firms"), None), *known)

    def _applies(self, source: str) -> bool:
        """Whether firms of the shop's roles have such records, as for coverage; only carriers need shipments."""
        roles = self.snapshot.firms["roles"][self.firm].as_py()
        words = set((roles or "").split("|")) - {""}
        return {
            "activity": not words or "merchant" in words,
            "supplies": words != {"logistics"},
            "shipments": "logistics" in words,
            "financials": True,
        }.get(source, False)

    def _age(self, source: str) -> float | None:
        """Days since the last row of a source about the shop; None where unknown."""
        ages = [self.values.get(name, math.nan) for name in _AGES.get(source, ())]
        known = [age for age in ages if not math.isnan(age)]
        return min(known) if known else None

    def _is_old(self, source: str) -> bool:
        age = self._age(source)
        return age is not None and age >= _FRESH_DAYS[source]

    def _last_day(self, source: str) -> date | None:
        as_of = self.snapshot.as_of
        if source == "loans" and as_of is not None:
            loans = self.snapshot.loans
            firm_id = self.snapshot.firms["firm_id"][self.firm]
            days = loans.filter(pc.equal(loans["firm_id"], firm_id))["on"]
            last: date | None = pc.max(days).as_py()
            return last
        age = self._age(source)
        return None if as_of is None or age is None else as_of - timedelta(days=age)


_REGISTERED = {feature.name: feature for feature in FEATURES}
