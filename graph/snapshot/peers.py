"""Percentiles of a firm's features among its peers: firms of its industry and region, or of a wider group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from supplyrisk.graph.snapshot.arrow_columns import as_doubles, as_nullable, rounded
from supplyrisk.graph.snapshot.features.feature import Feature
from supplyrisk.graph.snapshot.features.register import PEER_LEVEL

MIN_PEERS = 30
"""Smallest number of firms not in default that a peer group needs."""

LEVELS = ("industry x region", "industry", "all")
"""Peer groups, from the narrowest to the widest."""

Codes = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


def peer_features(
    firms: pa.Table, columns: Mapping[str, pa.Array], features: Mapping[str, Feature]
) -> list[tuple[Feature, pa.Array]]:
    """Return peer_level and the percentiles of features among peers, as far as the data set has them.

    A firm's peers are the firms not in default of the narrowest group of LEVELS that has at least MIN_PEERS of them;
    a group does not apply to a firm whose industry (or region) is missing. Firms in default and unlisted firms have no
    percentile and count in no group.

    Parameters
    ----------
    firms: columns industry, region, defaulted, unlisted.
    columns, features: by name in the register; the columns have the row order of `firms`.
    """
    alive = possible_peers(firms)
    cells = peer_cells(firms)
    level = np.where(_large(cells[0], alive), 0, np.where(_large(cells[1], alive), 1, 2))
    features_by_name = [(PEER_LEVEL, pa.array(np.array(LEVELS, dtype=object)[level], type=pa.string()))]
    for name, feature in features.items():
        if feature.has_peers and name in columns:
            values = np.where(alive, as_doubles(columns[name]), np.nan)
            ranks = np.choose(level, [percentiles(values, cell) for cell in cells])
            features_by_name.append((peer_feature(feature), as_nullable(rounded(ranks))))
    return features_by_name


def peer_cells(firms: pa.Table) -> tuple[Codes, Codes, Codes]:
    """Return the number of each firm's group [firms] by level of LEVELS, -1 where a level does not apply to it."""
    industry = _codes(firms["industry"])
    region = _codes(firms["region"])
    # One number per (industry, region); -1 where either is missing.
    both = np.where((industry < 0) | (region < 0), -1, industry * (region.max(initial=0) + 1) + region)
    return both, industry, np.zeros(firms.num_rows, dtype=np.int64)


def possible_peers(firms: pa.Table) -> npt.NDArray[np.bool_]:
    """Return which firms [firms] can be peers: those that are neither in default nor unlisted."""
    alive = ~np.asarray(firms["defaulted"].to_numpy(zero_copy_only=False), dtype=bool)
    alive &= ~np.asarray(firms["unlisted"].is_valid().to_numpy(), dtype=bool)
    return alive


def peer_feature(feature: Feature) -> Feature:
    """Return the feature "percentile among peers": 0 = the lowest value, 1 = the highest, ties share the mid-rank."""
    return replace(
        feature,
        name=f"{feature.name}_peers",
        meaning=f"percentile among its peers of: {feature.meaning}",
        unit="percentile",
    )


def percentiles(values: Values, cells: Codes) -> Values:
    """Return each value's mid-rank percentile within its cell, in (0, 1).

        percentile = (lower values + equal values / 2) / values in the cell,  the value itself being one of the equal

    NaN where the value is not finite; 0.5 for the only value of a cell.

    Parameters
    ----------
    values, cells: shape (n,).
    """
    result = np.full(len(values), np.nan)
    finite = np.flatnonzero(np.isfinite(values))
    # Sorted by cell, then value: cells and equal values become contiguous runs.
    order = finite[np.lexsort((values[finite], cells[finite]))]
    if not len(order):
        return result
    new_cell = _starts(cells[order])
    new_value = new_cell | _starts(values[order])
    lower, upper = _bounds(new_value)
    first, last = _bounds(new_cell)
    result[order] = ((lower + upper) / 2 - first) / (last - first)
    return result


def _starts(run: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Return where a new run of equal values starts, shape (n,)."""
    starts = np.ones(len(run), dtype=bool)
    starts[1:] = run[1:] != run[:-1]
    return starts


def _bounds(starts: npt.NDArray[np.bool_]) -> tuple[Codes, Codes]:
    """Return, for each position, where its run begins and where the next run begins, each of shape (n,)."""
    begins = np.append(np.flatnonzero(starts), len(starts))
    run = np.cumsum(starts) - 1
    return begins[run], begins[run + 1]


def _codes(column: pa.ChunkedArray) -> Codes:
    """Return a text column as numbers from 0, -1 where it is null."""
    indices = column.combine_chunks().dictionary_encode().indices.fill_null(-1)
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _large(cells: Codes, alive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether each firm's cell has at least MIN_PEERS firms not in default; false for cell -1."""
    return cell_sizes(cells, alive) >= MIN_PEERS


def cell_sizes(cells: Codes, counted: npt.NDArray[np.bool_]) -> Codes:
    """Return the number of counted firms in each firm's cell, 0 for cell -1."""
    # counts[-1] is read for firms in no cell; the condition discards it.
    counts = np.bincount(cells[counted & (cells >= 0)], minlength=int(cells.max(initial=0)) + 1)
    return np.where(cells >= 0, counts[cells], 0)
