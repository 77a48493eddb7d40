"""Losses of a scenario added up by industry, region and lender."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion import eads_of
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.credit.exposure_at_default import CCF
from supplyrisk.graph.stress.scenario_scope import ScenarioScope
from supplyrisk.graph.stress.stress_document import IndustryLoss, LabelLoss, LenderAtRisk, RegionLoss

Flags = NDArray[np.bool_]
_LABELLED = {"industry": IndustryLoss, "region": RegionLoss}


def losses_by_label(
    scope: ScenarioScope, key: str, loss: Floats, money: Floats | None, tips: Flags
) -> list[LabelLoss]:
    """Return the losses by industry or region, largest loss in money first, then in share.

    loss is the lost share of their sales, None where they have none; money None where data are undated.

    key: industry or region. loss: lost share of each firm's production, shape (n,). money: lost sales, (n,), None where
    data are undated. tips: whether each firm tips over, (n,).
    """
    labels = scope.labels[key]
    sales = scope.network.sales
    words = sorted(set(labels), key=lambda word: (word is None, word or ""))
    number = {word: place for place, word in enumerate(words)}
    code = np.array([number[label] for label in labels], np.int64)

    def total(values: Floats | Flags) -> list[float]:
        return [float(value) for value in np.bincount(code, values, len(words))]

    sold = total(sales)
    lost = total(sales * loss)
    lost_money = None if money is None else total(money)
    firms = np.bincount(code, minlength=len(words)).tolist()
    tipping = total(tips)
    rows = [
        _LABELLED[key](
            label=word,
            firms=firms[k],
            loss=lost[k] / sold[k] if sold[k] > 0 else None,
            money=None if lost_money is None else lost_money[k],
            tips_over=int(tipping[k]),
        )
        for k, word in enumerate(words)
    ]
    # The sort is stable: equal losses stay in the order of their labels.
    return sorted(rows, key=lambda row: (-(row.money or 0.0), -(row.loss or 0.0)))


def losses_by_lender(scope: ScenarioScope, loss: Floats, tips: Flags, ccf: float = CCF) -> list[LenderAtRisk]:
    """Return the EAD at risk by lender, most at risk first.

    loans: those with an EAD. at_risk: EAD x the lost share of its borrowers. to_tipping: EAD of firms that tip over.

    loss, tips: shape (n,), as for `losses_by_label`. ccf: credit conversion factor of revolving lines, see `line_ead`.
    """
    loans = scope.snapshot.loans
    eads = eads_of(loans, ccf)
    # Every borrower is a firm of the snapshot, and so of its network.
    firm = scope.network.rows_of(loans["firm_id"])
    lenders = np.array(loans["lender_id"].to_pylist(), dtype=object).astype(str)
    exposed = eads > 0
    names, lender = np.unique(lenders[exposed], return_inverse=True)

    def total(values: Floats) -> Sequence[float]:
        return np.bincount(lender, values, len(names)).tolist() if len(names) else []

    columns = (
        np.bincount(lender, minlength=len(names)).tolist(),
        total(eads[exposed]),
        total(eads[exposed] * loss[firm[exposed]]),
        total(eads[exposed] * tips[firm[exposed]]),
    )
    rows = [LenderAtRisk(str(name), *row) for name, *row in zip(names, *columns, strict=True)]
    return sorted(rows, key=lambda row: (-row.at_risk, row.lender_id))
