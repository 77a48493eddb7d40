"""Columns of an exposure table: base PDs, and the sources and sectors that each firm's exposure comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats

SOURCE = pa.struct([("firm_id", pa.string()), ("exposure", pa.float64()), ("share", pa.float64())])
SECTOR = pa.struct([("sector", pa.string()), ("exposure", pa.float64()), ("share", pa.float64())])


def base_pd_column(firms: pa.Table, base_pds: Floats | None) -> pa.Array:
    """The base PDs that were used; null without any, and for unlisted firms, whose base rate is no PD of theirs.

    firms: the snapshot's firms, in the order of base_pds, (n,).
    """
    if base_pds is None:
        return pa.nulls(firms.num_rows, pa.float64())
    if "unlisted" not in firms.column_names:
        return pa.array(base_pds)
    # the PD of a firm in default is 1, whoever it is
    return pa.array(base_pds, mask=firms["unlisted"].is_valid().to_numpy() & (base_pds < 1))


def sources_column(
    firm_ids: Sequence[str], terms: Floats, sources: NDArray[np.integer], totals: Floats
) -> pa.Array:
    """The largest terms of each firm's exposure and their shares in it, as lists of SOURCE.

    terms: (n, k), PD x loss, falling; terms of 0 are left out. sources: (n, k), row numbers of the failing firms.
    totals: (n,), the whole exposure.
    """
    rows = [
        [{"firm_id": firm_ids[source], "exposure": term, "share": share} for term, source, share in row]
        for row in _terms_with_shares(terms, sources, totals)
    ]
    return pa.array(rows, pa.list_(SOURCE))


def sectors_column(
    sectors: Sequence[str], sums: Floats, numbers: NDArray[np.integer], totals: Floats
) -> pa.Array:
    """The sectors with the largest parts of each firm's exposure and their shares in it, as lists of SECTOR.

    sums: (n, k), falling; sums of 0 are left out. numbers: (n, k), row numbers of `sectors`. totals: (n,). What the
    listed shares leave of 1 comes from other sectors.
    """
    rows = [
        [{"sector": sectors[sector], "exposure": part, "share": share} for part, sector, share in row]
        for row in _terms_with_shares(sums, numbers, totals)
    ]
    return pa.array(rows, pa.list_(SECTOR))


def _terms_with_shares(
    terms: Floats, numbers: NDArray[np.integer], totals: Floats
) -> Iterator[list[tuple[float, int, float]]]:
    """By firm: term, number and share of the total, for the terms above 0."""
    for row, row_numbers, total in zip(terms.tolist(), numbers.tolist(), totals.tolist(), strict=True):
        pairs = zip(row, row_numbers, strict=True)
        yield [(term, number, term / total) for term, number in pairs if term > 0]
