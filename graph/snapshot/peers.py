"""A firm against its peers: firms of its industry and region, or of a wider circle where those are few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from supplyrisk.graph.snapshot.arrow_columns import as_doubles, as_nullable, rounded
from supplyrisk.graph.snapshot.feature_register import PEER_FEATURES, PEER_LEVEL, Feature, peer_feature

LEAST_PEERS = 30
"""A cell with fewer living firms than this is too small to rank in."""

LEVELS = ("industry x region", "industry", "all")

Codes = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


def peer_features(
    firms: pa.Table, columns: Mapping[str, pa.Array], features: Mapping[str, Feature]
) -> list[tuple[Feature, pa.Array]]:
    """peer_level and the percentiles of PEER_FEATURES among peers, as far as the data set gives them.

    firms: industry, region, defaulted; columns and features: by name in the register. A cell counts its firms
    that are not in default; where they are fewer than LEAST_PEERS, or the firm does not say its industry (or
    region), the next wider level is taken. Firms in default have no percentile, and are nobody's peers.
    """
    alive = ~np.asarray(firms["defaulted"].to_numpy(zero_copy_only=False), dtype=bool)
    industry, region = _codes(firms["industry"]), _codes(firms["region"])
    both = np.where((industry < 0) | (region < 0), -1, industry * (region.max(initial=0) + 1) + region)
    cells = [both, industry, np.zeros(len(alive), dtype=np.int64)]
    level = np.where(_large(both, alive), 0, np.where(_large(industry, alive), 1, 2))
    found = [(PEER_LEVEL, pa.array(np.array(LEVELS, dtype=object)[level], type=pa.string()))]
    for name in PEER_FEATURES:
        if name in columns:
            values = np.where(alive, as_doubles(columns[name]), np.nan)
            ranks = np.choose(level, [percentiles(values, cell) for cell in cells])
            found.append((peer_feature(features[name]), as_nullable(rounded(ranks))))
    return found


def percentiles(values: Values, cells: Codes) -> Values:
    """Per value, the share of its cell's values that are lower, plus half of those equal (itself among them).

    NaN where the value is NaN. A lone value is at .5.
    """
    result = np.full(len(values), np.nan)
    given = np.flatnonzero(np.isfinite(values))
    order = given[np.lexsort((values[given], cells[given]))]
    if not len(order):
        return result
    new_cell = _starts(cells[order])
    new_value = new_cell | _starts(values[order])
    lower, upper = _bounds(new_value)
    first, last = _bounds(new_cell)
    result[order] = ((lower + upper) / 2 - first) / (last - first)
    return result


def _starts(run: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    starts = np.ones(len(run), dtype=bool)
    starts[1:] = run[1:] != run[:-1]
    return starts


def _bounds(starts: npt.NDArray[np.bool_]) -> tuple[Codes, Codes]:
    """For each place, where its run begins and where the next one does."""
    begins = np.append(np.flatnonzero(starts), len(starts))
    run = np.cumsum(starts) - 1
    return begins[run], begins[run + 1]


def _codes(column: pa.ChunkedArray) -> Codes:
    """A text column as numbers, -1 where it is null."""
    indices = column.combine_chunks().dictionary_encode().indices.fill_null(-1)
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _large(cells: Codes, alive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether each firm's cell has enough living firms; false where the firm is in none."""
    counts = np.bincount(cells[alive & (cells >= 0)], minlength=int(cells.max(initial=0)) + 1)
    return (cells >= 0) & (counts[cells] >= LEAST_PEERS)
