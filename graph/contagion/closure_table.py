"""The table of `scgraph contagion`: one row per firm with its ESRI, its exposure and what lenders lose by it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion.esri import Closures, ContagionExposure
from supplyrisk.graph.contagion.exposure_columns import (
    SECTOR,
    SOURCE,
    base_pd_column,
    sectors_column,
    sources_column,
)
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.lender_losses import LenderLosses
from supplyrisk.graph.contagion.network import SupplyNetwork

Columns = dict[str, pa.Array | pa.ChunkedArray]


def closure_table(  # noqa: PLR0913 - one parameter per thing that may be known
    network: SupplyNetwork,
    firms: pa.Table,
    closures: Closures,
    *,
    base_pds: Floats | None = None,
    equity: Floats | None = None,
    rank_by: str = "esri",
) -> pa.Table:
    """One row per firm of a network, the largest value of the column rank_by first; what is unknown is null.

    Parameters
    ----------
    firms: the snapshot's firms (name, industry, unlisted), in the network's order.
    closures: what `close_all` computed for this network.
    base_pds: PD of each firm, (n,), that the exposures are computed with; None: there are none.
    equity: (n,), where credit is a channel of exposures: by_credit is null where it is NaN.
    """
    losses = closures.losses
    columns: Columns = {
        "firm_id": pa.array(network.firm_ids, pa.string()),
        "name": firms["name"],
        "industry": firms["industry"],
        "esri": pa.array(losses.esri),
        "down": pa.array(losses.down),
        "up": pa.array(losses.up),
        "iterations": pa.array(losses.iterations),
        "residual": pa.array(losses.residual),
        "base_pd": base_pd_column(firms, base_pds),
    }
    columns |= _exposure_columns(network, closures.exposure, equity)
    columns |= _lender_columns(network.firms, closures.lenders)
    return pa.table(columns).sort_by([(rank_by, "descending"), ("firm_id", "ascending")])


def _exposure_columns(
    network: SupplyNetwork, exposure: ContagionExposure | None, equity: Floats | None
) -> Columns:
    unknown = pa.nulls(network.firms, pa.float64())
    if exposure is None:
        columns: Columns = dict.fromkeys(("exposure", "by_supply", "by_demand", "by_credit"), unknown)
        columns["sectors"] = pa.nulls(network.firms, pa.list_(SECTOR))
        columns["sources"] = pa.nulls(network.firms, pa.list_(SOURCE))
        return columns
    total = exposure.total
    by_credit = unknown
    if exposure.credit is not None and equity is not None:
        # Without an equity the loss by credit was not measured: null, although the sum holds 0.
        by_credit = pa.array(exposure.credit, mask=np.isnan(equity))
    return {
        "exposure": pa.array(total),
        "by_supply": pa.array(exposure.supply),
        "by_demand": pa.array(exposure.demand),
        "by_credit": by_credit,
        "sectors": sectors_column(network.sectors, exposure.by_sector, exposure.sector, total),
        "sources": sources_column(network.firm_ids, exposure.worst, exposure.source, total),
    }


def _lender_columns(firms: int, lenders: LenderLosses | None) -> Columns:
    """FSRI, all lenders' loss when the firm fails, the part by its own loans, and how many other firms default."""
    if lenders is None:
        columns: Columns = {
            name: pa.nulls(firms, pa.float64()) for name in ("fsri", "lenders_lose", "own_loans")
        }
        columns["defaults"] = pa.nulls(firms, pa.int64())
        return columns
    return {
        "fsri": pa.array(lenders.fsri),
        "lenders_lose": pa.array(lenders.loss),
        "own_loans": pa.array(lenders.own),
        "defaults": pa.array(lenders.failed),
    }
