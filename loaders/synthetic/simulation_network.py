"""The firms and links of a world as arrays and sparse matrices, and the state of the firms in a simulation.

Amounts are in weeks of the firm's own sales, so that firms of all sizes obey the same equations (`weekly_dynamics`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.world_plan import Bools, ContagionStrengths, Floats, Ints

RING_WEEKS = 9
"""Length of the rings of receivables and payables by due week; longer than any payment term."""
MAX_CALL = 4.0
"""Largest guarantee in weeks of the guarantor's sales."""


@dataclass
class FirmStates:
    """State of all firms at the end of a week, firms x replicas.

    Parameters
    ----------
    cash, stock: in weeks of sales, and in weeks of use.
    receivable, payable: amounts by due week, RING_WEEKS x firms x replicas; a week's place is week % RING_WEEKS.
    gap: part of its usual business that the firm does not do, as its neighbours feel it in the next week.
    strain: shortness of cash from 0 to 1, as its suppliers feel it in the next week.
    exited: defaulted or closed.
    inactive: no longer simulated; the same as exited, unless defaulted firms go on in their own accounts only
        (`step_week` with continue_after_default).
    """

    cash: Floats
    stock: Floats
    receivable: Floats
    payable: Floats
    gap: Floats
    strain: Floats
    exited: Bools
    inactive: Bools

    def replicated(self, replicas: int) -> FirmStates:
        """Return the same state in each of `replicas` replicas."""
        return FirmStates(*(np.repeat(part, replicas, axis=-1) for part in vars(self).values()))


@dataclass(frozen=True)
class WeekLinks:
    """The links in use in one week, as sparse matrices whose rows are the firms that feel them.

    Parameters
    ----------
    needs: shares of essential goods (rows 0 to n - 1) and of other goods (rows n to 2n - 1), by supplier.
    sold: link value over the row's sales, by customer.
    owed: shares of the row's receivables, by customer.
    called: guaranteed amounts over the row's sales, by guaranteed firm.
    """

    needs: csr_array
    sold: csr_array
    owed: csr_array
    called: csr_array


class SimulationNetwork:
    """Fixed numbers and links of the firms, as arrays that broadcast over replicas (firms x 1)."""

    def __init__(self, economy: Economy, strengths: ContagionStrengths) -> None:
        firms = economy.firms
        links = economy.links
        guarantees = economy.guarantees
        self.economy = economy
        self.strengths = strengths
        self.n = economy.plan.firms
        self.joined = firms.joined_week[:, None]
        self.credit_line = firms.credit_line[:, None]
        self.target_cash = firms.target_cash[:, None]
        self.target_stock = firms.target_stock[:, None]
        self.materials = firms.materials[:, None]
        self.fixed = firms.fixed[:, None]
        self.variable = 1 - self.materials - self.fixed - firms.margin[:, None]
        # customers outside the data pay at once
        self.on_credit = np.minimum(1.0, 1 - firms.direct_sales / firms.sales)[:, None]
        self.rows = np.arange(self.n)
        self.credit_weeks = firms.credit_weeks
        self.payment_weeks = firms.payment_weeks
        self.carrier = firms.carrier
        square = (self.n, self.n)
        # essential and other goods share one matrix, one above the other: one product serves both
        needed_row = np.where(links.essential, links.customer, self.n + links.customer)
        self._needs = _LinkMatrix(needed_row, links.supplier, links.need, (2 * self.n, self.n))
        sold = links.value / firms.sales[links.supplier]
        self._sold = _LinkMatrix(links.supplier, links.customer, sold, square)
        called = np.minimum(guarantees.amount / firms.sales[guarantees.guarantor], MAX_CALL)
        self._called = _LinkMatrix(guarantees.guarantor, guarantees.guaranteed, called, square)

    def with_strengths(self, strengths: ContagionStrengths) -> SimulationNetwork:
        """Return the same firms and links under other strengths; arrays are shared."""
        other = object.__new__(SimulationNetwork)
        other.__dict__.update(vars(self), strengths=strengths)
        return other

    def week_links(self, week: int) -> WeekLinks:
        """Return the links and guarantees in use in a week."""
        links = self.economy.links
        guarantees = self.economy.guarantees
        used = links.active(week)
        sold = self._sold.where(used)
        total = np.asarray(sold.sum(axis=1)).ravel()
        owed = sold.copy()
        # rows without a link have no entries; 1 only keeps the division quiet
        owed.data = sold.data / np.repeat(np.where(total > 0, total, 1.0), np.diff(sold.indptr))
        in_force = (guarantees.start <= week) & (week < guarantees.stop)
        return WeekLinks(self._needs.where(used), sold, owed, self._called.where(in_force))

    def initial_state(self) -> FirmStates:
        """Return all firms before week 0, one replica: steady business."""
        n = self.n
        firms = self.economy.firms
        # sales and purchases of the weeks before week 0 are still due
        ring_week = np.arange(RING_WEEKS)[:, None]
        receivable = (ring_week < firms.credit_weeks)[:, :, None] * self.on_credit
        payable = (ring_week < firms.payment_weeks)[:, :, None] * self.materials
        zeros = np.zeros((n, 1))
        return FirmStates(
            cash=(firms.target_cash * firms.initial_cash)[:, None],
            stock=self.target_stock.copy(),
            receivable=receivable.astype(np.float64),
            payable=payable.astype(np.float64),
            gap=zeros.copy(),
            strain=zeros.copy(),
            exited=zeros > 0,
            inactive=zeros > 0,
        )


class _LinkMatrix:
    """A sparse matrix of fixed shape, of whose entries each week uses some."""

    def __init__(self, row: Ints, column: Ints, value: Floats, shape: tuple[int, int]) -> None:
        # entries in row order once and for all: a week's matrix is then a selection, not a sort
        self.order = np.lexsort((column, row))
        self.row = row[self.order]
        self.column = column[self.order]
        self.value = value[self.order]
        self.shape = shape

    def where(self, used: Bools) -> csr_array:
        """Return the matrix of the entries in use; used is in the order of the constructor's arguments."""
        at = np.flatnonzero(used[self.order])
        row_starts = np.append(0, np.cumsum(np.bincount(self.row[at], minlength=self.shape[0])))
        return csr_array((self.value[at], self.column[at], row_starts), shape=self.shape)
