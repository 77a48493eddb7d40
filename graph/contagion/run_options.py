"""Options of contagion runs: when scenarios stop, substitution, threads."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.contagion.kernels.kernel_arrays import KernelRules

SPARSE = 64
"""A scenario is computed alone while at most 1 in this many firms has a loss."""

EPS = 1e-2
"""The default of the literature (Diem et al. 2022); losses are then not converged."""

CONVERGED = 1e-12
"""The eps of the converged mode: what later steps would add is below the rounding of sums."""

MAX_STEPS = 1_000_000
"""A scenario stops after this many steps whatever its residual, which then shows that it has not converged."""


@dataclass(frozen=True)
class RunOptions:
    """How losses are computed.

    eps: stop after the step in which no production fell by more, a share; default 1e-2, which is not converged.
    rounds: do exactly this many steps instead; default None. substitution: whether firms of one market replace one
    another; default True. threads: worker threads, default 2; results do not depend on them. exact_upstream: solve for
    the loss by lost demand as after infinitely many steps, so that eps applies to the loss by lost supply alone;
    default False; for single closures only (`esri_all`, `close_all`).
    """

    eps: float = EPS
    rounds: int | None = None
    substitution: bool = True
    threads: int = 2
    exact_upstream: bool = False

    def rules(self, firms: int) -> KernelRules:
        """Return these options as the kernels read them, for a network of n firms."""
        eps = self.eps
        rounds = MAX_STEPS
        if self.rounds is not None:
            # No fall is at most -1: only the number of steps stops the scenario.
            eps = -1.0
            rounds = self.rounds
        return KernelRules(self.substitution, eps, rounds, firms // SPARSE, not self.exact_upstream)
