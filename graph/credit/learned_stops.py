"""Stops by the learned transmissions: a shop's PD if others stop, a lender's other borrowers if the shop does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.caught_paths import CaughtPath, paths_near
from supplyrisk.graph.contagion.learned_hazards import TINY, HazardMap, Transmissions
from supplyrisk.graph.credit.loan_request import line_lgd, lines_ead
from supplyrisk.graph.credit.memo import OtherBorrowers
from supplyrisk.graph.credit.policy import Policy

Row = dict[str, Any]
Floats = NDArray[np.float64]
MAX_BORROWERS = 10
"""Borrowers that are listed, the hardest hit first."""


class LearnedStops:
    """PDs over the horizon by the network's kept transmissions, nobody or somebody having stopped; without torch."""

    def __init__(self, transmissions: Transmissions) -> None:
        self.kept = transmissions
        self._place = {firm: row for row, firm in enumerate(transmissions.node_ids[: transmissions.firms])}
        self._near: dict[int, LearnedStops] = {}

    @cached_property
    def baseline_pds(self) -> Floats:
        """PD of every firm with nobody stopped, shape (firms,)."""
        return -np.expm1(-self.kept.hazards())

    @cached_property
    def scaling(self) -> Floats:
        """By how much the calibration scales the hazard of every node, shape (nodes,); 1 for persons."""
        raw = replace(self.kept, scale=HazardMap()).hazards()
        factor = np.ones(len(self.kept.node_ids))
        factor[: self.kept.firms] = self.kept.hazards() / np.maximum(raw, TINY)
        return factor

    def row_of(self, firm: str) -> int:
        """The row number of a firm."""
        return self._place[firm]

    def pds(self, stopped: Sequence[str]) -> Floats:
        """PD of every firm if these have stopped for certain, shape (firms,)."""
        flags = np.zeros(self.kept.firms, dtype=bool)
        flags[[self._place[firm] for firm in stopped]] = True
        return np.asarray(-np.expm1(-self.kept.hazards(flags)))

    def pd_of(self, firm: str, stopped: Sequence[str] = ()) -> float:
        """One firm's PD, from the links that can reach it."""
        return float(self._near_of(firm).pds(stopped)[self._place[firm]])

    def _near_of(self, firm: str) -> LearnedStops:
        """The same with only the links that can reach one firm, made once for each."""
        row = self._place[firm]
        if row not in self._near:
            self._near[row] = LearnedStops(self.kept.near(row))
        return self._near[row]

    def paths(self, firm: str) -> list[CaughtPath]:
        """The paths over which a firm catches most."""
        return paths_near(self._near_of(firm).kept, firm)

    def loss_of_others(self, firm: str, lines: Sequence[Row], policy: Policy) -> OtherBorrowers:
        """What the failure of a firm adds to the EL of a lender's lines to other firms, over the horizon.

            sum over lines of (PD if the firm has stopped - PD) x LGD x EAD

        Firms in default have lost already: nothing is added there.
        """
        rise = self.pds([firm]) - self.baseline_pds
        added: dict[str, float] = {}
        for row, ead in zip(lines, lines_ead(lines, policy), strict=True):
            if row["firm"] != firm and not row["defaulted"]:
                more = float(rise[self._place[row["firm"]]]) * line_lgd(row, policy) * ead
                added[row["firm"]] = added.get(row["firm"], 0.0) + more
        worst = sorted(added.items(), key=lambda item: (-item[1], item[0]))[:MAX_BORROWERS]
        return OtherBorrowers(sum(added.values()), [{"firm": f, "added_el": el} for f, el in worst if el > 0])
