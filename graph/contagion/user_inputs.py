"""Inputs of contagion that a user gives in files: base PDs by firm, an essentiality table, equity of lenders."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.graph.contagion.essentiality import ESSENTIAL, NON_ESSENTIAL, Essentiality
from supplyrisk.graph.contagion.network import Floats, SupplyNetwork
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.queries import first_names

KIND_COLUMNS = ("sector", "kind")
ROLE_COLUMNS = ("supplier_sector", "customer_sector", "role")
WORDS = {"essential": 2, "non-essential": 1, "negligible": 0, "2": 2, "1": 1, "0": 0}


def base_pds(
    table: pa.Table,
    network: SupplyNetwork,
    name: str,
    defaulted: NDArray[np.bool_] | None = None,
    unlisted: NDArray[np.bool_] | None = None,
) -> Floats:
    """Return the base PD of each firm of a network, shape (n,).

    Parameters
    ----------
    table: firm_id and base_pd or, where there is no such column, pd. With a column state, the PD is 1 for firms whose
        state is `defaulted`. Rows of firms that are not in the network are ignored.
    name: of the file, for messages.
    defaulted: firms whose PD is 1 whatever the table gives, shape (n,); default None.
    unlisted: firms that need no PD, shape (n,); default None. Those without one get the base rate: the mean PD of the
        listed firms that are not in default.

    Raises
    ------
    DataError: missing columns, a firm twice, firms of the network without a PD, or a PD outside 0 to 1.
    """
    column = next((c for c in ("base_pd", "pd") if c in table.column_names), None)
    if column is None or "firm_id" not in table.column_names:
        raise DataError(f"{name} has columns {', '.join(table.column_names)}", "firm_id and base_pd or pd")
    ids = table["firm_id"].cast(pa.string()).to_pylist()
    try:
        values = as_doubles(table[column])
    except pa.ArrowInvalid as fault:
        raise DataError(
            f"{name}: {column} contains a value that is not a number ({fault})", "a PD from 0 to 1"
        ) from fault
    if "state" in table.column_names:
        in_default = pc.fill_null(pc.equal(table["state"], DEFAULTED), False)
        values = np.where(in_default.to_numpy(zero_copy_only=False), 1.0, values)
    pd_by_firm = dict(zip(ids, values.tolist(), strict=True))
    if len(pd_by_firm) != len(ids):
        raise DataError(
            f"{name} has {len(ids) - len(pd_by_firm)} firms more than once", "one row for each firm"
        )
    # Firms in default need no row of their own, so missing ones are counted after defaults are set.
    pds = np.array([pd_by_firm.get(firm, np.nan) for firm in network.firm_ids], np.float64)
    if defaulted is not None:
        pds[defaulted] = 1.0
    if unlisted is not None:
        sound = ~unlisted if defaulted is None else ~(unlisted | defaulted)
        base_rate = np.nanmean(pds[sound]) if np.isfinite(pds[sound]).any() else np.nan
        pds = np.where(unlisted & np.isnan(pds), base_rate, pds)
    missing = [firm for firm, value in zip(network.firm_ids, pds, strict=True) if np.isnan(value)]
    if missing:
        raise DataError(
            f"{name} has no PD for {len(missing)} firms: {first_names(missing)}", "one for each firm"
        )
    outside = [firm for firm, value in zip(network.firm_ids, pds, strict=True) if not 0 <= value <= 1]
    if outside:
        raise DataError(f"{name}: the PD of {first_names(outside)} is outside 0 to 1", "a probability")
    return pds


def essentiality_of(table: pa.Table, name: str) -> Essentiality:
    """Return the essentiality of a table with columns supplier_sector, customer_sector (a sector or *) and role.

    role: 2 or essential, 1 or non-essential, 0 or negligible. A table with columns sector and kind is read by
    `goods_services`. name: of the file, for messages.

    Raises
    ------
    DataError: missing columns, another role, or two roles for one pair.
    """
    # Two forms of file, told apart by their columns.
    if set(KIND_COLUMNS) <= set(table.column_names):
        return goods_services(table, name)
    if not set(ROLE_COLUMNS) <= set(table.column_names):
        raise DataError(
            f"{name} has columns {', '.join(table.column_names)}",
            f"{', '.join(ROLE_COLUMNS)}, or {' and '.join(KIND_COLUMNS)}",
        )
    roles: dict[tuple[str, str], int] = {}
    rows = zip(*(table[c].cast(pa.string()).to_pylist() for c in ROLE_COLUMNS), strict=True)
    for number, (supplier, customer, word) in enumerate(rows, start=1):
        role = WORDS.get((word or "").strip().lower())
        if supplier is None or customer is None or role is None:
            raise DataError(
                f"{name}, row {number}: {supplier}, {customer}, {word}",
                "two sectors and a role of 2, 1 or 0 (essential, non-essential, negligible)",
            )
        # The same row twice is harmless; two roles for one pair are not.
        if roles.setdefault((supplier, customer), role) != role:
            raise DataError(
                f"{name}, row {number}: a second role for {supplier} to {customer}", "one row for each pair"
            )
    return Essentiality(roles, name)


def goods_services(table: pa.Table, name: str) -> Essentiality:
    """Return the goods/services rule: goods are essential to producers of goods, all other inputs are non-essential.

    Producers of physical goods cannot do without physical inputs, but can do without services for a time, as in the
    production functions of Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022).

    table: sector (a sector, or * for all others) and kind, goods or services. name: of the file, for messages.

    Raises
    ------
    DataError: another kind, or two kinds of one sector.
    """
    kinds: dict[str, str] = {}
    rows = zip(*(table[c].cast(pa.string()).to_pylist() for c in KIND_COLUMNS), strict=True)
    for number, (sector, word) in enumerate(rows, start=1):
        kind = (word or "").strip().lower()
        if sector is None or kind not in ("goods", "services"):
            raise DataError(f"{name}, row {number}: {sector}, {word}", "a sector, and goods or services")
        if kinds.setdefault(sector, kind) != kind:
            raise DataError(f"{name}, row {number}: a second kind of {sector}", "one row for each sector")
    roles = {
        (supplier, customer): ESSENTIAL if kinds[supplier] == kinds[customer] == "goods" else NON_ESSENTIAL
        for supplier in kinds
        for customer in kinds
    }
    return Essentiality(roles, f"goods essential to makers of goods, by {name}")


def equities(table: pa.Table, name: str) -> dict[str, float]:
    """Return the equity of each lender, money, from a table with columns lender_id and equity.

    name: of the file, for messages.

    Raises
    ------
    DataError: missing columns, a lender twice, or an equity that is negative or not a number.
    """
    if not {"lender_id", "equity"} <= set(table.column_names):
        raise DataError(f"{name} has columns {', '.join(table.column_names)}", "lender_id and equity")
    ids = table["lender_id"].cast(pa.string()).to_pylist()
    try:
        values = as_doubles(table["equity"])
    except pa.ArrowInvalid as fault:
        raise DataError(f"{name}: equity contains a value that is not a number ({fault})", "money") from fault
    equity_by_lender = dict(zip(ids, values.tolist(), strict=True))
    if len(equity_by_lender) != len(ids) or None in equity_by_lender:
        raise DataError(f"{name} has a lender twice, or a row without lender_id", "one row for each lender")
    # A missing value is NaN, which is not finite.
    if not np.all(np.isfinite(values) & (values >= 0)):
        raise DataError(
            f"{name} has an equity that is missing or below 0", "money, 0 or more, for each lender"
        )
    return equity_by_lender
