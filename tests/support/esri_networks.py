"""Random small supply networks for tests of contagion, and the same network for the readable and the fast version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from esri_reference import DenseNetwork
from supplyrisk.graph.contagion.essentiality import Essentiality
from supplyrisk.graph.contagion.network import SupplyNetwork

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """traded[i, j]: what i sold to j. sector: numbers; essential: roles by sector pair. Firms: F000000 and on."""

    traded: Matrix
    sector: NDArray[np.int64]
    essential: NDArray[np.int64]
    substitution: bool = True

    @property
    def n(self) -> int:
        return len(self.traded)

    def dense(self) -> DenseNetwork:
        return DenseNetwork(self.traded, self.sector, self.essential, substitution=self.substitution)

    def network(self) -> SupplyNetwork:
        supplier, customer = (ends.astype(np.int64) for ends in np.nonzero(self.traded))
        amount = self.traded[supplier, customer]
        return SupplyNetwork.from_arrays(
            names(self.n), supplier, customer, amount, [f"S{k}" for k in self.sector]
        )

    def essentiality(self) -> Essentiality:
        sectors = range(len(self.essential))
        roles = {(f"S{k}", f"S{j}"): int(self.essential[k, j]) for k in sectors for j in sectors}
        return Essentiality(roles, "of the case")


def names(n: int) -> list[str]:
    return [f"F{i:06d}" for i in range(n)]


@st.composite
def cases(draw: st.DrawFn, most: int = 9) -> Case:
    """Networks with isolated firms, self-supply, empty sectors, rows without customers, few and many links."""
    n, sectors = draw(st.integers(1, most)), draw(st.integers(1, 4))
    seed, density = draw(st.integers(0, 10**6)), draw(st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0]))
    rng = np.random.default_rng(seed)
    traded = np.where(rng.random((n, n)) < density, rng.lognormal(0, 2, (n, n)), 0.0)
    return Case(
        traded,
        rng.integers(0, sectors, n),
        rng.integers(0, 3, (sectors, sectors)),
        draw(st.booleans()),
    )


def random_case(n: int, links: int, seed: int, sectors: int = 5) -> Case:
    """A sparse network without substance: random ends, amounts of all sizes."""
    rng = np.random.default_rng(seed)
    traded = np.zeros((n, n))
    np.add.at(traded, tuple(rng.integers(0, n, (2, links))), rng.lognormal(0, 2, links))
    return Case(traded, rng.integers(0, sectors, n), rng.integers(0, 3, (sectors, sectors)))


def random_network(n: int, links: int, seed: int, sectors: int, *, hubs: bool = False) -> SupplyNetwork:
    """A large sparse network without substance, as arrays; with hubs, few firms have many links (Pareto, 1.5)."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, n, (2, links))
    if hubs:
        weights = rng.pareto(1.5, (2, n)) + 0.1
        ends = np.stack([rng.choice(n, links, p=w / w.sum()) for w in weights])
    labels = [f"S{k:03d}" for k in rng.integers(0, sectors, n)]
    return SupplyNetwork.from_arrays(names(n), ends[0], ends[1], rng.lognormal(0, 1.5, links), labels)


SIX_LINKS = [
    (0, 1, 4),
    (0, 2, 2),
    (1, 3, 3),
    (1, 4, 1),
    (2, 4, 2),
    (3, 5, 5),
    (4, 5, 1),
    (4, 0, 2),
    (5, 0, 1),
    (5, 2, 1.5),
    (3, 1, 0.5),
]


def _six() -> Case:
    traded = np.zeros((6, 6))
    for supplier, customer, amount in SIX_LINKS:
        traded[supplier, customer] += amount
    return Case(traded, np.array([0, 1, 1, 2, 2, 0]), np.array([[0, 2, 1], [2, 1, 2], [1, 1, 2]]))


SIX_FIRMS = _six()
"""A network with loops, its sectors, and which sector is essential, non-essential or negligible for which."""

SIX_RESULTS = {
    (0.01, True): [
        (0.9999913929224784, 0.9999913929224784, 0.9973756820851668, 12),
        (0.9917254528332033, 0.7852990250231652, 0.9859981427951878, 17),
        (0.9801862553672418, 0.2174259219479757, 0.9801862553672418, 14),
        (0.9803637155841831, 0.3881303460545547, 0.9803637155841831, 22),
        (0.9925358033124434, 0.7163116404487986, 0.9925358033124434, 13),
        (0.9955065577840543, 0.13807835465337354, 0.9955065577840543, 15),
    ],
    (1e-12, True): [
        (1.0, 1.0, 0.9999999999995699, 54),
        (0.9999999999999998, 0.7934098988234026, 0.9999999999999998, 149),
        (0.9999999999977757, 0.2180159420656858, 0.9999999999977757, 96),
        (0.9999999999974613, 0.38813041145452726, 0.9999999999974613, 161),
        (0.9999999999989913, 0.7163116404487986, 0.9999999999989913, 72),
        (0.9999999999993344, 0.13807950445102413, 0.9999999999993344, 80),
    ],
    (1e-12, False): [
        (1.0, 1.0, 0.9999999999995699, 54),
        (0.9999999999989581, 0.8306982872200264, 0.9999999999982583, 110),
        (0.9999999999977757, 0.6511387163561075, 0.9999999999977757, 96),
        (0.9999999999974613, 0.59963768115942, 0.9999999999974613, 161),
        (0.9999999999989913, 0.7182539682539681, 0.9999999999989913, 72),
        (0.9999999999999999, 0.4802371541495761, 0.9999999999999999, 111),
    ],
}
"""By (eps, substitution): combined, downstream and upstream ESRI and the steps taken, for each closed firm; from
GLcascade/fastcascade 0.9.3.1, in full precision."""

SIX_PARTIAL = (0.49999999999736705, 0.28089642157403616, 0.49999999999736705, 155)
"""The first firm loses 20 %, the fourth 50 %; eps 1e-12."""
