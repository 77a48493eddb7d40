"""Figures of the other firms of a firm's peer group: what a shop is compared with when it is told a reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.graph.snapshot.arrow_columns import as_doubles, rounded
from supplyrisk.graph.snapshot.peers import LEVELS, peer_features, percentiles, possible_peers

MIN_FIGURES = 10
"""Least number of other firms with a value behind a figure: a median of fewer would come close to one firm's own."""


@dataclass(frozen=True)
class PeerGroup:
    """The peers of one firm, as percentiles among peers have them.

    Parameters
    ----------
    firms: the firm frame.
    firm: row of the firm.
    level: one of LEVELS: "industry x region", "industry" or "all".
    others [firms]: the peers without the firm itself; firms in default and unlisted firms are none.
    """

    firms: pa.Table
    firm: int
    level: str
    others: NDArray[np.bool_]

    @classmethod
    def of(cls, firms: pa.Table, firm: int) -> PeerGroup:
        """Return the peers of the firm of a row."""
        [(_, levels)] = peer_features(firms, {}, {})
        level = levels[firm].as_py()
        others = possible_peers(firms)
        for name in _SAME[level]:
            same = pc.fill_null(pc.equal(firms[name], firms[name][firm]), False)
            others &= same.to_numpy()
        others[firm] = False
        return cls(firms, firm, level, others)

    def median(self, name: str) -> float | None:
        """Return the median of a column over the others; None with fewer than MIN_FIGURES values."""
        values = as_doubles(self.firms[name])[self.others]
        known = values[np.isfinite(values)]
        return float(np.median(known)) if len(known) >= MIN_FIGURES else None

    def percentile(self, name: str, value: float) -> float:
        """Return the percentile among its peers that the firm would have with another value of a column, in (0, 1)."""
        values = as_doubles(self.firms[name]).copy()
        values[self.firm] = value
        group = self.others.copy()
        group[self.firm] = True
        ranks = percentiles(values[group], np.zeros(int(group.sum()), dtype=np.int64))
        # As in the frame, so that an unchanged value has its own percentile exactly.
        return float(rounded(ranks)[int(group[: self.firm].sum())])


_SAME = dict(zip(LEVELS, (("industry", "region"), ("industry",), ()), strict=True))
"""By level the columns in which peers agree."""
