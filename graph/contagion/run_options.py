"""How scenarios are computed."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.contagion.kernels.kernel_arrays import KernelRules

SPARSE = 64
"""A scenario is computed alone while fewer than 1 in so many firms have a loss."""

EPS = 1e-2
CONVERGED = 1e-12
"""The eps of the converged mode: what is still to come is then less than what sums round off."""

MAX_STEPS = 1_000_000
"""Steps after which a scenario is stopped whatever its residual, which then tells."""


@dataclass(frozen=True)
class RunOptions:
    """How to compute.

    eps: stop after the step in which no state fell by more; the field's default, 1e-2, is not converged.
    rounds: take so many steps instead. substitution: let others of a market stand in. threads: worker threads; results
    do not depend on them. exact_upstream: solve for the loss by lost demand, as after infinitely many steps; eps is
    then of the loss by lost supply alone. Single closures only (`esri_all`).
    """

    eps: float = EPS
    rounds: int | None = None
    substitution: bool = True
    threads: int = 2
    exact_upstream: bool = False

    def rules(self, firms: int) -> KernelRules:
        """The same for the kernels."""
        eps, rounds = (self.eps, MAX_STEPS) if self.rounds is None else (-1.0, self.rounds)
        return KernelRules(self.substitution, eps, rounds, firms // SPARSE, not self.exact_upstream)
