"""What a counterfactual changes in the data: links moved to a new supplier, days of stock, a guarantee."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.loan_book import GUARANTEES
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.stress.scenario_plan import AddSupplier, CutGuarantee, MoreStock, WhatIf
from supplyrisk.graph.stress.scenario_scope import ScenarioScope


def row_numbers(scope: ScenarioScope) -> dict[str, int]:
    """Row of each firm by id."""
    return {firm: row for row, firm in enumerate(scope.network.firm_ids)}


def moved_sales(scope: ScenarioScope, change: AddSupplier) -> dict[int, float]:
    """By present supplier (its row) the sales to the customer that go to the new one, money."""
    network, rows = scope.network, row_numbers(scope)
    new, customer = rows[change.supplier], rows[change.customer]
    if change.category is not None:
        bought = _of_category(scope, change.customer, change.category, rows)
    else:
        sector = network.sectors[network.sector[new]] if change.sector is None else change.sector
        links = np.flatnonzero(
            (network.customer == customer)
            & (network.sector[network.supplier] == network.sectors.index(sector))
        )
        bought = {int(network.supplier[link]): float(network.amount[link]) for link in links}
    return {row: change.share * amount for row, amount in bought.items() if row != new and amount > 0}


def _of_category(
    field: ScenarioScope, customer: str, category: str, rows: dict[str, int]
) -> dict[int, float]:
    trades = field.snapshot.trades
    mine = pc.and_(pc.equal(trades["customer_id"], customer), pc.equal(trades["category"], category))
    trades = trades.filter(pc.fill_null(mine, False))
    amount = np.nan_to_num(as_doubles(trades["amount" if field.snapshot.as_of is None else "amount_180"]))
    sellers = trades["supplier_id"].to_pylist()
    return {rows[s]: float(a) for s, a in zip(sellers, amount, strict=True) if s != customer}


def network_with_supplier(scope: ScenarioScope, change: AddSupplier) -> SupplyNetwork:
    """The network after the move; what the customer buys in all stays the same."""
    network, rows = scope.network, row_numbers(scope)
    taken = moved_sales(scope, change)
    new, customer = rows[change.supplier], rows[change.customer]
    less = np.zeros(len(network.amount))
    for link in np.flatnonzero(network.customer == customer):
        less[link] = taken.get(int(network.supplier[link]), 0.0)
    links = (
        np.append(network.supplier, new),
        np.append(network.customer, customer),
        # Sums of the data are rounded in their last digits: what is left is never below nothing.
        np.append(np.maximum(network.amount - less, 0.0), sum(taken.values())),
    )
    return SupplyNetwork.from_arrays(network.firm_ids, links, scope.labels["industry"])


def stock_days_of(scope: ScenarioScope, change: MoreStock) -> tuple[float | None, float | None]:
    """Days that a firm's stock lasts, as recorded and as asked for; None: not recorded, and a multiple of that."""
    frame = scope.snapshot.firms
    recorded = None
    if "stock_days" in frame.column_names:
        recorded = frame["stock_days"][row_numbers(scope)[change.firm]].as_py()
    if change.days is not None:
        return recorded, change.days
    return recorded, None if recorded is None else recorded * (change.times or 0.0)


def stock_cover(scope: ScenarioScope, firm: str, days: float | None, weeks: float) -> Floats:
    """The share of its production for which a firm's stock stands in over some weeks, shape (n,), 0 for all others.

    A stock of b days at full production covers, of a lost share x over T days, min(x, b / T): spread evenly.
    """
    stock = np.zeros(scope.network.firms)
    stock[row_numbers(scope)[firm]] = min(1.0, (days or 0.0) / (7 * weeks))
    return stock


def has_guarantee(scope: ScenarioScope, change: CutGuarantee) -> bool:
    """Whether the guarantee is in force."""
    edges = scope.snapshot.edges.get(GUARANTEES)
    rows = row_numbers(scope)
    if edges is None:
        return False
    pairs = zip(edges["source"].to_pylist(), edges["target"].to_pylist(), strict=True)
    return (rows[change.guarantor], rows[change.guaranteed]) in set(pairs)


def infeasible(scope: ScenarioScope, what_if: WhatIf) -> list[str]:
    """What the data do not allow of a counterfactual whose firms are known."""
    fault = None
    match what_if:
        case AddSupplier() if not moved_sales(scope, what_if):
            fault = f"{what_if.customer} buys none of that from others than {what_if.supplier}, expected purchases"
        case MoreStock() if stock_days_of(scope, what_if)[1] is None:
            fault = f"no stock is recorded for {what_if.firm}, expected days in place of times"
        case CutGuarantee() if not has_guarantee(scope, what_if):
            fault = f"{what_if.guarantor} does not guarantee for {what_if.guaranteed}, expected a guarantee in force"
    return [] if fault is None else [f"{what_if.label}: {fault}"]
