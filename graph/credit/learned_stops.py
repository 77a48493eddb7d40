"""Effects of failures by the learned transmissions: on a shop's PD, and on a lender's other borrowers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.caught_paths import CaughtPath, paths_near
from supplyrisk.graph.contagion.learned_hazards import TINY, HazardMap, Transmissions
from supplyrisk.graph.credit.line_economics import Pledges, line_severity
from supplyrisk.graph.credit.loan_request import lines_ead
from supplyrisk.graph.credit.memo_inputs import AddedLoss, OtherBorrowers
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import BookLine

Floats = NDArray[np.float64]
MAX_BORROWERS = 10
"""Largest number of borrowers that are listed, the hardest hit first."""


class LearnedStops:
    """PDs over the horizon by the network's stored transmissions, with some firms stopped or none; without torch.

    Parameters
    ----------
    transmissions: stored hazards and links of the network.
    """

    def __init__(self, transmissions: Transmissions) -> None:
        self.kept = transmissions
        self._place = {firm: row for row, firm in enumerate(transmissions.node_ids[: transmissions.firms])}
        self._near: dict[int, LearnedStops] = {}

    @cached_property
    def baseline_pds(self) -> Floats:
        """PD of every firm with no firm stopped, shape (firms,)."""
        return -np.expm1(-self.kept.hazards())

    @cached_property
    def scaling(self) -> Floats:
        """Factor by which the calibration scales the hazard of each node, shape (nodes,); 1 for persons."""
        # The identity map gives the hazards before calibration; the floor avoids a division by 0.
        raw = replace(self.kept, scale=HazardMap()).hazards()
        factor = np.ones(len(self.kept.node_ids))
        factor[: self.kept.firms] = self.kept.hazards() / np.maximum(raw, TINY)
        return factor

    def row_of(self, firm: str) -> int:
        """Return the row number of a firm."""
        return self._place[firm]

    def pds(self, stopped: Sequence[str]) -> Floats:
        """Return the PD of every firm if the given firms have stopped with certainty, shape (firms,)."""
        # Only firms can stop, so the flags do not cover persons.
        flags = np.zeros(self.kept.firms, dtype=bool)
        flags[[self._place[firm] for firm in stopped]] = True
        return np.asarray(-np.expm1(-self.kept.hazards(flags)))

    def pd_of(self, firm: str, stopped: Sequence[str] = ()) -> float:
        """Return one firm's PD, computed from the links that can reach it; no firm is stopped by default."""
        return float(self._near_of(firm).pds(stopped)[self._place[firm]])

    def _near_of(self, firm: str) -> LearnedStops:
        """Return the transmissions restricted to the links that can reach one firm, cached by firm."""
        row = self._place[firm]
        if row not in self._near:
            self._near[row] = LearnedStops(self.kept.near(row))
        return self._near[row]

    def paths(self, firm: str) -> list[CaughtPath]:
        """Return the paths over which a firm receives the most contagion."""
        return paths_near(self._near_of(firm).kept, firm)

    def loss_of_others(
        self, firm: str, lines: Sequence[BookLine], pledges: Pledges, policy: Policy
    ) -> OtherBorrowers:
        """Return the EL that the failure of a firm adds on a lender's lines to other firms, over the horizon.

            added EL = sum over lines of (PD if the firm has stopped - PD) x LGD x EAD

        Lines to firms in default add nothing: their loss has occurred already. LGD is that of `line_severity`.
        """
        # Loss per borrower; a borrower may have several lines.
        rise = self.pds([firm]) - self.baseline_pds
        added: dict[str, float] = {}
        for line, ead in zip(lines, lines_ead(lines, policy), strict=True):
            if line.firm != firm and not line.defaulted:
                lgd = line_severity(line, ead, pledges.get(line.loan, ()), policy).lgd
                more = float(rise[self._place[line.firm]]) * lgd * ead
                added[line.firm] = added.get(line.firm, 0.0) + more
        worst = sorted(added.items(), key=lambda item: (-item[1], item[0]))[:MAX_BORROWERS]
        return OtherBorrowers(sum(added.values()), tuple(AddedLoss(f, el) for f, el in worst if el > 0))
