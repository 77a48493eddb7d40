"""The table of lenders of `scgraph contagion`: exposure at default, expected loss and worst single failures."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion.lender_losses import Flags, LenderLosses, LoanBook, losses_on_own_loans
from supplyrisk.graph.contagion.network import SupplyNetwork

FAILURE = pa.struct([("firm_id", pa.string()), ("loss", pa.float64())])


def lender_table(
    network: SupplyNetwork,
    book: LoanBook,
    losses: LenderLosses,
    *,
    defaulted: Flags,
    has_base_pds: bool,
) -> pa.Table:
    """One row per lender, the largest loss by a single failure first.

    ead, equity (null where not given); expected_loss: sum over all firms of base PD x loss when the firm closes, with
    contagion; expected_direct: the part by the closed firms' own loans; expected_defaulted: the part of that by
    borrowers already in default, whose PD is 1 (all three null without base PDs); worst_loss and worst_failures.

    defaulted: (n,), firms that are in default.
    """
    lenders = len(book.lenders)
    unknown = pa.nulls(lenders, pa.float64())
    defaulted_losses = losses_on_own_loans(book, defaulted)
    return pa.table(
        {
            "lender_id": pa.array(book.lenders, pa.string()),
            "ead": pa.array(book.ead_by_lender),
            "equity": pa.array(book.equity, mask=np.isnan(book.equity)),
            "expected_loss": pa.array(losses.expected) if has_base_pds else unknown,
            "expected_direct": pa.array(losses.direct) if has_base_pds else unknown,
            "expected_defaulted": pa.array(defaulted_losses) if has_base_pds else unknown,
            "worst_loss": pa.array(losses.worst[:, 0]),
            "worst_failures": pa.array(_failures(network, losses), pa.list_(FAILURE)),
        }
    ).sort_by([("worst_loss", "descending"), ("lender_id", "ascending")])


def _failures(network: SupplyNetwork, losses: LenderLosses) -> list[list[dict[str, object]]]:
    """By lender: the failing firms with the largest losses, losses of 0 left out."""
    rows = zip(losses.worst.tolist(), losses.source.tolist(), strict=True)
    return [
        [
            {"firm_id": network.firm_ids[firm], "loss": loss}
            for loss, firm in zip(row_losses, firms, strict=True)
            if loss > 0
        ]
        for row_losses, firms in rows
    ]
