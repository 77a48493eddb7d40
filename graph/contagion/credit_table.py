"""The table of `scgraph contagion --model debtrank` and `--model clearing`: one row per firm."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion.credit_contagion import CreditContagion
from supplyrisk.graph.contagion.exposure_columns import SOURCE, base_pd_column, sources_column
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.network import SupplyNetwork

EQUITY = "equity"
"""The column of what firms can bear in DebtRank."""
LIQUID_ASSETS = "liquid_assets"
"""The same in clearing."""


def credit_table(  # noqa: PLR0913 - one parameter per thing that may be known
    network: SupplyNetwork,
    firms: pa.Table,
    contagion: CreditContagion,
    capacity: Floats,
    *,
    capacity_name: str,
    base_pds: Floats | None = None,
    rank_by: str = "impact",
) -> pa.Table:
    """One row per firm of a network, the largest value of the column rank_by first; what is unknown is null.

    Parameters
    ----------
    firms: the snapshot's firms (name, industry, unlisted), in the network's order.
    capacity: (n,), what each firm can bear, NaN where no statement gives it; capacity_name: EQUITY or LIQUID_ASSETS.
        Without an equity a firm's exposure is unknown; without liquid assets it is assumed to pay in full.
    base_pds: PD of each firm, (n,), that the exposures are computed with; None: there are none.
    """
    unknown = pa.nulls(network.firms, pa.float64())
    missing = np.isnan(capacity)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "firm_id": pa.array(network.firm_ids, pa.string()),
        "name": firms["name"],
        "industry": firms["industry"],
        "impact": pa.array(contagion.impact),
        "lost": pa.array(contagion.lost),
        "failed": pa.array(contagion.failed),
        "iterations": pa.array(contagion.iterations),
        "residual": pa.array(contagion.residual),
        capacity_name: pa.array(capacity, mask=missing),
        "base_pd": base_pd_column(firms, base_pds),
        "exposure": unknown,
        "sources": pa.nulls(network.firms, pa.list_(SOURCE)),
    }
    if contagion.exposure is not None:
        unmeasured = missing if capacity_name == EQUITY else np.zeros(network.firms, dtype=bool)
        columns["exposure"] = pa.array(contagion.exposure, mask=unmeasured)
        columns["sources"] = sources_column(
            network.firm_ids, contagion.worst, contagion.source, contagion.exposure
        )
    return pa.table(columns).sort_by([(rank_by, "descending"), ("firm_id", "ascending")])
