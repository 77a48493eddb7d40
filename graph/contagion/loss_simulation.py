"""Losses of a loan portfolio over simulated defaults, with contagion and without it, on the same draws.

Contagion is a general threshold model: Kempe, Kleinberg, Tardos, KDD 2003, 137-146.
"""

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
"""Random numbers drawn at a time, 32 MB; more for networks in which STREAM replicas need more."""

STREAM = 16
"""Replicas that share one stream of random numbers: few enough that a million firms fit in memory, and enough that
starting a stream costs little."""

MAX_BORROWERS = 20
"""Enumeration takes 2 to the power of the number of borrowers."""


@dataclass(frozen=True)
class LoanPortfolio:
    """A lender's loans, shape (loans,) each.

    borrower: row numbers of firms. ead: exposure at default, money, >= 0. lgd: loss given default, 0 to 1.
    """

    borrower: ArrayLike
    ead: ArrayLike
    lgd: ArrayLike

    def loss_by_firm(self, firms: int) -> Floats:
        """Return what each firm's default costs, shape (n,), money: the sum of EAD x LGD. firms: n.

        Raises
        ------
        DataError: an EAD that is negative or not finite, or an LGD outside 0 to 1.
        """
        ead = np.asarray(self.ead, np.float64)
        lgd = np.asarray(self.lgd, np.float64)
        faulty = ~((ead >= 0) & np.isfinite(ead) & (lgd >= 0) & (lgd <= 1))
        if faulty.any():
            raise DataError(
                f"{int(faulty.sum())} loans have an EAD below 0 or an LGD outside 0 to 1",
                "money, and a share",
            )
        return np.bincount(np.asarray(self.borrower, np.int64), ead * lgd, firms).astype(np.float64)


@dataclass(frozen=True)
class ContagionLinks:
    """Links along which a default is passed on, shape (links,) each; parallel links act independently.

    source, target: row numbers of firms. w: probability of transmission, in [0, 1).
    """

    source: ArrayLike
    target: ArrayLike
    w: ArrayLike

    def hazards(self, firms: int) -> sparse.csr_array:
        """Return the sum of -log(1 - w) by pair, shape (n, n): [source, target]. firms: n.

        Links of a firm with itself are left out.

        Raises
        ------
        DataError: a w outside [0, 1).
        """
        source = np.asarray(self.source, np.int64)
        target = np.asarray(self.target, np.int64)
        w = np.asarray(self.w, np.float64)
        faulty = ~((w >= 0) & (w < 1))
        if faulty.any():
            raise DataError(
                f"{int(faulty.sum())} links have a transmission outside 0 to 1", "probabilities, 0 <= w < 1"
            )
        used = (source != target) & (w > 0)
        return sparse.csr_array((-np.log1p(-w[used]), (source[used], target[used])), shape=(firms, firms))


@dataclass(frozen=True)
class LossSimulation:
    """The portfolio's loss with contagion and without it, on the same draws; money.

    with_contagion, without: risk figures. added: mean loss added by contagion; added_error: its standard error, which
    common random numbers keep small. losses, losses_without: by draw, shape (replicas,). caught: mean number of firms
    that default by contagion.
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
    """Draw defaults from base PDs, let them spread, and add up the losses.

    In each replica firm i has one random number E_i, exponential with mean 1, and defaults if

        E_i <= -log(1 - pd_i) + sum over defaulted j and links j -> i of -log(1 - w_ji)

    repeated until no further firm defaults (or `rounds` times). This is a general threshold model, in which each link
    of a defaulted firm passes the default on with probability w, independently. Without contagion the sum is left out
    and E_i stays the same, so that a firm which defaults without contagion also defaults with it.

    Parameters
    ----------
    pd: base PD, the probability of default without contagion, shape (n,); 1 for firms in default. The full PD would
        count contagion twice.
    book: the loans.
    links: the links; None for no contagion.
    replicas: number of draws; default 10,000.
    level: confidence level of VaR and ES; default 0.99.
    rounds: the most rounds of contagion; None: no limit.
    seed: of the random numbers; those of one replica do not depend on the number of replicas.

    Raises
    ------
    DataError: a PD outside 0 to 1, faulty loans or links, fewer than two replicas, or a level outside (0, 1).
    """
    if not np.all((pd >= 0) & (pd <= 1)):
        raise DataError("a base PD outside 0 to 1", "a probability for each firm")
    cost = book.loss_by_firm(len(pd))
    hazards = None if links is None else links.hazards(len(pd))
    with np.errstate(divide="ignore"):
        base = -np.log1p(-pd)  # infinite for firms in default
    losses = np.zeros(replicas)
    losses_without = np.zeros(replicas)
    caught = 0
    # Whole streams: a replica then gets the same numbers whatever the size of the blocks.
    size = STREAM * max(1, BLOCK // (STREAM * max(1, len(pd))))
    for first in range(0, replicas, size):
        last = min(first + size, replicas)
        missing = _draws(seed, first, last, len(pd)) - base
        losses_without[first:last] = (missing <= 0) @ cost
        failed = missing <= 0 if hazards is None else spread_all(missing, hazards, rounds)
        losses[first:last] = failed @ cost
        caught += int(failed.sum() - (missing <= 0).sum())
    added = losses - losses_without
    return LossSimulation(
        with_contagion=drawn_tail(losses, level),
        without=drawn_tail(losses_without, level),
        added=float(added.mean()),
        added_error=float(added.std(ddof=1) / np.sqrt(replicas)),
        losses=losses,
        losses_without=losses_without,
        caught=caught / replicas,
    )


def _draws(seed: int, first: int, last: int, firms: int) -> Floats:
    """Return E of the replicas from first to last - 1, shape (replicas, n); first must be a multiple of STREAM."""
    streams = range(first // STREAM, -(-last // STREAM))
    draws = np.empty((len(streams) * STREAM, firms))
    for number, stream in enumerate(streams):
        rows = draws[number * STREAM : (number + 1) * STREAM]
        # The last stream is drawn whole although some of its replicas may not be used: the others keep their numbers.
        np.random.default_rng([seed, stream]).standard_exponential(out=rows)
    return draws[: last - first]


def spread_all(missing: Floats, hazards: sparse.csr_array, rounds: int | None = None) -> NDArray[np.bool_]:
    """Return which firms default in the end, shape (replicas, n).

    missing: hazard that each firm is short of default, (replicas, n); it defaults at 0 or less. hazards: -log(1 - w) by
    pair, (n, n). rounds: the most rounds; None: until no further firm defaults.
    """
    failed = missing <= 0
    replica, firm = np.nonzero(failed)
    remaining = missing.copy()
    # Views: one index into these is replica x n + firm.
    flat_failed = failed.reshape(-1)
    flat_remaining = remaining.reshape(-1)
    done = 0
    while len(firm) and (rounds is None or done < rounds):
        # Only the firms that defaulted last pass on hazard, so that all rounds together use a link once.
        target, hazard = _passed_on(replica, firm, hazards)
        # subtract.at, since several links may reach one target; in the order of the links, which fixes the rounding.
        np.subtract.at(flat_remaining, target, hazard)
        reached = np.unique(target)
        new = reached[(flat_remaining[reached] <= 0) & ~flat_failed[reached]]
        flat_failed[new] = True
        replica = new // failed.shape[1]
        firm = new % failed.shape[1]
        done += 1
    return failed


def _passed_on(replica: Longs, firm: Longs, hazards: sparse.csr_array) -> tuple[Longs, Floats]:
    """Return the target, an index into the flat (replicas, n), and the hazard of every link of some firms.

    replica, firm: shape (defaults,).
    """
    start = hazards.indptr[firm].astype(np.int64)
    size = np.diff(hazards.indptr)[firm]
    # Concatenates the ranges start[k] to start[k] + size[k] without a loop.
    link = np.arange(int(size.sum())) + np.repeat(start - np.cumsum(size) + size, size)
    target = hazards.indices[link].astype(np.int64)
    return np.repeat(replica, size) * hazards.shape[0] + target, hazards.data[link]


def enumerate_losses(pd: Floats, book: LoanPortfolio, level: float = LEVEL) -> TailRisk:
    """Compute the portfolio's risk figures without contagion exactly, over all outcomes of its borrowers.

    pd: base PD, shape (n,). book: the loans. level: confidence level of VaR and ES; default 0.99.

    Raises
    ------
    DataError: more than MAX_BORROWERS firms whose default costs anything, faulty loans, or a level outside (0, 1).
    """
    cost = book.loss_by_firm(len(pd))
    owing = np.flatnonzero(cost)
    if len(owing) > MAX_BORROWERS:
        raise DataError(
            f"{len(owing)} borrowers are too many to enumerate", f"at most {MAX_BORROWERS}", "simulate them"
        )
    loss = np.zeros(1)
    probability = np.ones(1)
    # Each borrower doubles the outcomes: once without its default, once with it.
    for firm in owing:
        loss = np.concatenate([loss, loss + cost[firm]])
        probability = np.concatenate([probability * (1 - pd[firm]), probability * pd[firm]])
    return exact_tail(loss, probability, level)
