"""One shop's row of a snapshot as a letter needs it: its figures, its peers, and the sources that know it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from supplyrisk.graph import (
    DATA_SOURCES,
    FEATURES,
    SHIPPED_SOURCES,
    SOURCE_OF_TABLE,
    Feature,
    PeerGroup,
    Snapshot,
)
from supplyrisk.graph.merchant import MISSING, ShopFigure, provide_words, reason_of_feature, source_words
from supplyrisk.graph.schema.source_coverage import SourceList
from supplyrisk.services.letter_document import MissingData, UsedData

_NO_REASON = ("loans",)
"""Sources that are no reason where they are missing: a shop without credit lines has nothing to provide."""


@dataclass(frozen=True)
class ShopRow:
    """A shop in a snapshot.

    Parameters
    ----------
    snapshot: the snapshot.
    firm: row of the shop.
    features: by name.
    values: its numbers by feature; NaN where missing.
    ages: by data source the days since its last row about the shop; NaN where it has none.
    needed: the sources that a decision needs, by a policy.
    peers: the firms that it is compared with.
    """

    snapshot: Snapshot
    firm: int
    features: Mapping[str, Feature]
    values: Mapping[str, float]
    ages: Mapping[str, float]
    needed: SourceList
    peers: PeerGroup

    @classmethod
    def of(cls, snapshot: Snapshot, firm: int, needed: SourceList = SHIPPED_SOURCES) -> ShopRow:
        """Return the shop of a row."""
        features = {feature.name: feature for feature in snapshot.features}
        values = {}
        for name, feature in features.items():
            if feature.kind == "number" and not pa.types.is_string(snapshot.firms[name].type):
                value = snapshot.firms[name][firm].as_py()
                values[name] = math.nan if value is None else float(value)
        ages = dict(zip(DATA_SOURCES, snapshot.source_ages[firm].tolist(), strict=True))
        return cls(snapshot, firm, features, values, ages, needed, PeerGroup.of(snapshot.firms, firm))

    def code_of(self, feature: str) -> str | None:
        """Return the reason that a feature of the shop belongs to; None where it may not be told.

        What is unknown is no reason of its own: MISSING where the shop could provide the whole source, else none.
        """
        record = self.features.get(feature) or _REGISTERED.get(feature)
        if record is None:
            return None
        source = SOURCE_OF_TABLE.get(record.source)
        if source in self._needed_sources and source not in _NO_REASON and math.isnan(self.ages[source]):
            return MISSING
        if record.kind == "number" and math.isnan(self.values.get(feature, math.nan)):
            return None
        return reason_of_feature(feature)

    def source_of(self, feature: str) -> str:
        """Return the data source of a feature whose reason is MISSING."""
        return SOURCE_OF_TABLE[(self.features.get(feature) or _REGISTERED[feature]).source]

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
        """Return the sources that the shop should provide, those that count most first: without a recent row.

        All that are needed where each has one: the score then lacks parts of them.
        """
        fresh = dict(zip(DATA_SOURCES, self.needed.fresh(np.array([*self.ages.values()])), strict=True))
        lacking = [source for source in self._needed_sources if not fresh[source]]
        sources = lacking or self._needed_sources
        return tuple(MissingData(s, source_words(s), provide_words(s)) for s in sources)

    def used(self) -> tuple[UsedData, ...]:
        """Return the sources that have rows about the shop."""
        used = [UsedData("firms", source_words("firms"), None)]
        used += [
            UsedData(s, source_words(s), self._last_day(age))
            for s, age in self.ages.items()
            if not math.isnan(age)
        ]
        counts = [self.values[name] for name, f in self.features.items() if f.source == "events"]
        if any(count > 0 for count in counts):
            used.append(UsedData("events", source_words("events"), None))
        return tuple(used)

    @cached_property
    def _needed_sources(self) -> tuple[str, ...]:
        """The sources that a decision on a firm of its roles needs, those with the largest weight first."""
        weights = self.needed.weights_of(self.snapshot.firms["roles"][self.firm].as_py()).by_source
        return tuple(sorted((s for s, weight in weights.items() if weight), key=lambda s: -weights[s]))

    def _last_day(self, age: float) -> date | None:
        as_of = self.snapshot.as_of
        return None if as_of is None else as_of - timedelta(days=age)


_REGISTERED = {feature.name: feature for feature in FEATURES}
