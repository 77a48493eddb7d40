"""What a counterfactual changes in the data: purchases moved to another supplier, days of stock, a guarantee."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.schema.relations import GUARANTEES
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.stress.scenario_plan import AddSupplier, CutGuarantee, MoreStock, WhatIf
from supplyrisk.graph.stress.scenario_scope import ScenarioScope


def moved_sales(scope: ScenarioScope, change: AddSupplier) -> dict[int, float]:
    """Return the sales that move to the new supplier, by row of the present supplier, money."""
    network = scope.network
    rows = scope.network.rows
    supplier = rows[change.supplier]
    customer = rows[change.customer]
    # By category from the trades, since links of the network do not have categories.
    if change.category is not None:
        bought = _bought_of_category(scope, change.customer, change.category, rows)
    else:
        sector = network.sectors[network.sector[supplier]] if change.sector is None else change.sector
        links = np.flatnonzero(
            (network.customer == customer)
            & (network.sector[network.supplier] == network.sectors.index(sector))
        )
        bought = {int(network.supplier[link]): float(network.amount[link]) for link in links}
    return {row: change.share * amount for row, amount in bought.items() if row != supplier and amount > 0}


def _bought_of_category(
    scope: ScenarioScope, customer: str, category: str, rows: dict[str, int]
) -> dict[int, float]:
    """Return a customer's purchases of a category, by row of the supplier, money."""
    trades = scope.snapshot.trades
    matching = pc.and_(pc.equal(trades["customer_id"], customer), pc.equal(trades["category"], category))
    trades = trades.filter(pc.fill_null(matching, False))
    # Dated data: the last 180 days, as in the network.
    amount = np.nan_to_num(as_doubles(trades["amount" if scope.snapshot.as_of is None else "amount_180"]))
    suppliers = trades["supplier_id"].to_pylist()
    return {rows[s]: float(a) for s, a in zip(suppliers, amount, strict=True) if s != customer}


def network_with_supplier(scope: ScenarioScope, change: AddSupplier) -> SupplyNetwork:
    """Return the network after the move; the customer's total purchases stay the same."""
    network = scope.network
    rows = scope.network.rows
    moved = moved_sales(scope, change)
    supplier = rows[change.supplier]
    customer = rows[change.customer]
    reduction = np.zeros(len(network.amount))
    for link in np.flatnonzero(network.customer == customer):
        reduction[link] = moved.get(int(network.supplier[link]), 0.0)
    # A share of 1 may leave a tiny negative amount, by the rounding of sums in the data.
    remaining = np.maximum(network.amount - reduction, 0.0)
    return SupplyNetwork.from_arrays(
        network.firm_ids,
        np.append(network.supplier, supplier),
        np.append(network.customer, customer),
        np.append(remaining, sum(moved.values())),
        scope.labels["industry"],
    )


@dataclass(frozen=True)
class StockDays:
    """Days that a firm's stock lasts before and after a change; None if it is not recorded."""

    before: float | None
    after: float | None


def stock_days_of(scope: ScenarioScope, change: MoreStock) -> StockDays:
    """Return the recorded days of stock and those after the change; a multiple of an unknown stock is unknown."""
    firms = scope.snapshot.firms
    recorded = None
    if "stock_days" in firms.column_names:
        recorded = firms["stock_days"][scope.network.rows[change.firm]].as_py()
    if change.days is not None:
        return StockDays(recorded, change.days)
    return StockDays(recorded, None if recorded is None else recorded * (change.times or 0.0))


def stock_cover(scope: ScenarioScope, firm: str, days: float | None, weeks: float) -> Floats:
    """Return the share of its production that a firm's stock replaces over some weeks, shape (n,), 0 for all others.

    A stock of b days at full production covers min(x, b / T) of a lost share x over T days, spread evenly. days: b,
    None for no stock.
    """
    stock = np.zeros(scope.network.firms)
    stock[scope.network.rows[firm]] = min(1.0, (days or 0.0) / (7 * weeks))
    return stock


def has_guarantee(scope: ScenarioScope, change: CutGuarantee) -> bool:
    """Return whether the guarantee is in force."""
    edges = scope.snapshot.edges.get(GUARANTEES.edge_type)
    rows = scope.network.rows
    if edges is None:
        return False
    pairs = zip(edges["source"].to_pylist(), edges["target"].to_pylist(), strict=True)
    return (rows[change.guarantor], rows[change.guaranteed]) in set(pairs)


def infeasible(scope: ScenarioScope, what_if: WhatIf) -> list[str]:
    """Return why a counterfactual is impossible with these data, empty if it is possible; its firms must be known."""
    fault = None
    match what_if:
        case AddSupplier() if not moved_sales(scope, what_if):
            fault = (
                f"{what_if.customer} buys nothing of that kind from firms other than {what_if.supplier}, "
                "expected purchases to move"
            )
        case MoreStock() if stock_days_of(scope, what_if).after is None:
            fault = f"no stock is recorded for {what_if.firm}, expected days in place of times"
        case CutGuarantee() if not has_guarantee(scope, what_if):
            fault = (
                f"{what_if.guarantor} does not guarantee debts of {what_if.guaranteed}, "
                "expected a guarantee in force"
            )
    return [] if fault is None else [f"{what_if.label}: {fault}"]
