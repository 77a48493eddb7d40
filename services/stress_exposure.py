"""Explain one firm's exposure: the links and paths that carry it when the other firms close one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from supplyrisk.graph import Workspace
from supplyrisk.graph.contagion import RunOptions, Scenario, weights_of
from supplyrisk.graph.contagion.input_files import check_input_endings, read_essentiality
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE
from supplyrisk.graph.stress import EPS, LossCarriers, explain_exposure, loss_carriers_of
from supplyrisk.graph.workspace.score_source import SCORED_BY, ScoreSource
from supplyrisk.services.contagion_inputs import (
    check_eps,
    read_base_pds,
    read_network,
    require_base_pds,
)
from supplyrisk.services.day_snapshot import DaySettings
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.explain import find_firm
from supplyrisk.services.progress import CLOSURES, NETWORK, JobProgress, plan_stages, silent

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class StressExposureResult(TableResult):
    """What carries the exposure of one firm.

    carriers: its sources, links and paths; the loss in it is the exposure. essentiality: its name. eps: of each
    closure. base_pds_from, base_pd_days: the file of the base PDs, and the days that they cover (None: not stated).
    scored_by: their run; None for a user's own file. expert: whether they are by the expert scorecard.
    """

    carriers: LossCarriers
    as_of: date | None
    synthetic: bool
    synthetic_model: bool
    essentiality: str
    eps: float
    base_pds_from: str
    base_pd_days: int | None
    scored_by: ScoreSource | None
    expert: bool
    notes: tuple[str, ...]

    def table(self) -> pa.Table:
        """A row per link, the largest share first, as it is written to files."""
        return self.carriers.links_table()

    def head(self) -> Document:
        """The document without its rows."""
        carriers = self.carriers
        about: Document = {
            "as_of": self.as_of,
            "expert": self.expert,
            "synthetic": self.synthetic,
            "synthetic_model": self.synthetic_model,
            "essentiality": self.essentiality,
            "eps": self.eps,
            "base_pd_from": self.base_pds_from,
            "base_pd_days": self.base_pd_days,
            SCORED_BY: self.scored_by,
            "exposure": carriers.loss,
            "firm_id": carriers.firm_id,
            "by_supply": carriers.by_supply,
            "by_demand": carriers.by_demand,
            "shocked": carriers.sources,
            "paths": carriers.paths,
        }
        return document("stress.exposure", [], about=about)


def stress_exposure(
    workspace: Workspace,
    firm: str,
    *,
    as_of: date | None = None,
    base_pds: Path | None = None,
    essentiality: Path | None = None,
    eps: float | None = None,
    progress: JobProgress = silent,
    **day_settings: Unpack[DaySettings],
) -> StressExposureResult:
    """Explain the exposure of a firm: the sum over all other firms of base PD x loss when that firm closes.

    Parameters
    ----------
    firm: its firm_id or name.
    eps: stop each closure after the step in which no firm's production falls by more, in (0, 1); None: 1e-10.
    as_of, base_pds, essentiality, day_settings: as in `stress`.

    Raises
    ------
    RequestError: no firm of that name, an option or file cannot be used, or there are no base PDs. WorkspaceError: no
    data. DataError: the data cannot be used for this.
    """
    check_input_endings(base_pds, essentiality)
    check_eps(eps)
    plan_stages(progress, dict.fromkeys((NETWORK, CLOSURES), 0.0))
    progress(NETWORK)
    day = read_network(workspace, as_of, **day_settings)
    row = find_firm(firm, day.snapshot.firms, day.snapshot.info.merged)
    pds = require_base_pds(read_base_pds(workspace, base_pds, day.snapshot, day.network), "an exposure")
    weights = weights_of(day.network, read_essentiality(essentiality))
    options = RunOptions(eps or EPS)

    def count_closures(done: int, total: int) -> None:
        progress(CLOSURES, done, total)

    explanation = explain_exposure(Scenario(weights), pds.values, row, options, count_closures)
    note = (
        f"exposure: sum over all other firms of base PD ({pds.origin}) x loss when that firm closes; "
        f"eps {options.eps:g}"
    )
    return StressExposureResult(
        carriers=loss_carriers_of(explanation, row, day.network.firm_ids),
        as_of=day.snapshot.as_of,
        synthetic=day.snapshot.info.synthetic,
        synthetic_model=pds.synthetic_model,
        essentiality=weights.essentiality,
        eps=options.eps,
        base_pds_from=pds.source,
        base_pd_days=pds.days,
        scored_by=pds.scored_by,
        expert=pds.expert,
        notes=(*day.notes, note, *pds.notes, *([EXPERT_NOTE] if pds.expert else [])),
    )
