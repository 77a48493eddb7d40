"""Losses of a lender's book over drawn defaults, with contagion and without it, on the same draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.contagion.tail_risk import LEVEL, TailRisk, drawn_tail, exact_tail
from supplyrisk.graph.errors import DataError

REPLICAS = 10_000
BLOCK = 2**22
"""Numbers drawn at a time, but for large networks: 32 MB."""

STREAM = 16
"""Replicas that share a stream of draws: so few that one of a million firms has room, and so many that they are quick.
"""

MAX_BORROWERS = 20
"""Enumeration takes 2 to the number of borrowers."""


@dataclass(frozen=True)
class LoanPortfolio:
    """A lender's loans: borrower, row numbers of firms; ead, drawn or likely to be at default, money; lgd, the share of
    it that a default costs. All shape (loans,).
    """

    borrower: ArrayLike
    ead: ArrayLike
    lgd: ArrayLike

    def loss_by_firm(self, firms: int) -> Floats:
        """What each firm's default costs, shape (n,).

        Raises
        ------
        DataError: money or shares that are none.
        """
        ead, lgd = np.asarray(self.ead, np.float64), np.asarray(self.lgd, np.float64)
        faulty = ~((ead >= 0) & np.isfinite(ead) & (lgd >= 0) & (lgd <= 1))
        if faulty.any():
            raise DataError(
                f"{int(faulty.sum())} loans have an EAD below 0 or an LGD outside 0 to 1",
                "money, and a share",
            )
        return np.bincount(np.asarray(self.borrower, np.int64), ead * lgd, firms).astype(np.float64)


@dataclass(frozen=True)
class ContagionLinks:
    """Along which links a default is caught: source, target, row numbers of firms; w, the probability, in [0, 1). All
    shape (links,); parallel links act one by one.
    """

    source: ArrayLike
    target: ArrayLike
    w: ArrayLike

    def hazards(self, firms: int) -> sparse.csr_array:
        """-log(1 - w), summed by pair, shape (n, n): [source, target]; links of a firm with itself left out.

        Raises
        ------
        DataError: a w outside [0, 1).
        """
        source, target = np.asarray(self.source, np.int64), np.asarray(self.target, np.int64)
        w = np.asarray(self.w, np.float64)
        faulty = ~((w >= 0) & (w < 1))
        if faulty.any():
            raise DataError(f"{int(faulty.sum())} links have a transmission outside 0 to 1", "0 <= w < 1")
        used = (source != target) & (w > 0)
        return sparse.csr_array((-np.log1p(-w[used]), (source[used], target[used])), shape=(firms, firms))


@dataclass(frozen=True)
class LossSimulation:
    """The book's loss with contagion and without it, on the same draws.

    added: the mean of what contagion adds, and added_error its standard error, which the common draws keep small.
    losses, losses_without: draw by draw, shape (replicas,). caught: mean number of firms that default by contagion.
    """

    with_contagion: TailRisk
    without: TailRisk
    added: float
    added_error: float
    losses: Floats
    losses_without: Floats
    caught: float


def simulate_losses(  # noqa: PLR0913 - keywords, each with a default
    pd: Floats,
    book: LoanPortfolio,
    links: ContagionLinks | None = None,
    *,
    replicas: int = REPLICAS,
    level: float = LEVEL,
    rounds: int | None = None,
    seed: int = 0,
) -> LossSimulation:
    """Draw defaults from base PDs, let them spread, and add up what they cost.

    Each firm has, in each replica, one number E_i, exponential with mean 1, and defaults if

        E_i <= -log(1 - pd_i) + sum over defaulted j and links j -> i of -log(1 - w_ji)

    again and again until nobody is added (or `rounds` times). Without contagion the sum is left out, E_i stays: whoever
    defaults then does so with contagion too. That is a general threshold model, in which each link of a defaulted firm
    passes the default on with probability w, independently: Kempe, Kleinberg, Tardos, KDD 2003, 137-146.

    Parameters
    ----------
    pd: base PD, shape (n,): what a firm fails by without contagion; 1 for firms in default. The full PD would count
        contagion twice. spread: None for no contagion. seed: draws of a replica do not depend on how many there are.

    Raises
    ------
    DataError: a PD outside 0 to 1, a faulty book or spread, or a level outside (0, 1).
    """
    if not np.all((pd >= 0) & (pd <= 1)):
        raise DataError("a base PD outside 0 to 1", "a probability for each firm")
    cost = book.loss_by_firm(len(pd))
    hazards = None if links is None else links.hazards(len(pd))
    with np.errstate(divide="ignore"):
        base = -np.log1p(-pd)  # without end for firms in default
    losses, alone, caught = np.zeros(replicas), np.zeros(replicas), 0
    size = STREAM * max(1, BLOCK // (STREAM * max(1, len(pd))))
    for first in range(0, replicas, size):
        last = min(first + size, replicas)
        missing = _draws(seed, first, last, len(pd)) - base
        alone[first:last] = (missing <= 0) @ cost
        failed = missing <= 0 if hazards is None else spread_all(missing, hazards, rounds)
        losses[first:last] = failed @ cost
        caught += int(failed.sum() - (missing <= 0).sum())
    more = losses - alone
    return LossSimulation(
        drawn_tail(losses, level), drawn_tail(alone, level), float(more.mean()),
        float(more.std(ddof=1) / np.sqrt(replicas)), losses, alone, caught / replicas,
    )  # fmt: skip


def _draws(seed: int, first: int, last: int, firms: int) -> Floats:
    """E of some replicas, shape (replicas, n); first is a multiple of STREAM."""
    streams = range(first // STREAM, -(-last // STREAM))
    found = np.empty((len(streams) * STREAM, firms))
    for place, stream in enumerate(streams):
        rows = found[place * STREAM : (place + 1) * STREAM]
        np.random.default_rng([seed, stream]).standard_exponential(out=rows)
    return found[: last - first]


def spread_all(missing: Floats, hazards: sparse.csr_array, rounds: int | None = None) -> NDArray[np.bool_]:
    """Who defaults in the end, shape (replicas, n). missing: hazard that each firm lacks to default, <= 0: it does.

    Only what the firms that came last pass on is added in a round, so that all rounds together see a link once.
    """
    failed = missing <= 0
    replica, firm = np.nonzero(failed)
    left, done = missing.copy(), 0
    while len(firm) and (rounds is None or done < rounds):
        at, caught = _passed_on(replica, firm, hazards)
        np.subtract.at(left.reshape(-1), at, caught)
        at = np.unique(at)
        at = at[(left.reshape(-1)[at] <= 0) & ~failed.reshape(-1)[at]]
        failed.reshape(-1)[at] = True
        replica, firm, done = at // failed.shape[1], at % failed.shape[1], done + 1
    return failed


def _passed_on(replica: Longs, firm: Longs, hazards: sparse.csr_array) -> tuple[Longs, Floats]:
    """Each link of some (replica, firm): its target's place in the flat (replicas, n), and its hazard."""
    start, size = hazards.indptr[firm].astype(np.int64), np.diff(hazards.indptr)[firm]
    # Links of one after the other: the first place of each, and then one more each time.
    link = np.arange(int(size.sum())) + np.repeat(start - np.cumsum(size) + size, size)
    target = hazards.indices[link].astype(np.int64)
    return np.repeat(replica, size) * hazards.shape[0] + target, hazards.data[link]


def enumerate_losses(pd: Floats, book: LoanPortfolio, level: float = LEVEL) -> TailRisk:
    """The book's loss without contagion, exactly: all outcomes of the firms that owe something.

    Raises
    ------
    DataError: more than MOST_LOANS such firms.
    """
    cost = book.loss_by_firm(len(pd))
    owing = np.flatnonzero(cost)
    if len(owing) > MAX_BORROWERS:
        raise DataError(
            f"{len(owing)} borrowers are too many to enumerate", f"at most {MAX_BORROWERS}", "simulate them"
        )
    loss, probability = np.zeros(1), np.ones(1)
    for firm in owing:
        loss = np.concatenate([loss, loss + cost[firm]])
        probability = np.concatenate([probability * (1 - pd[firm]), probability * pd[firm]])
    return exact_tail(loss, probability, level)
