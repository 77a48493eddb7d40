"""Let every firm fail in turn on balance sheets: DebtRank and the clearing of payments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from supplyrisk.graph import RequestError, Workspace
from supplyrisk.graph.contagion import (
    BalanceSheets,
    CreditContagion,
    balance_sheets_of,
    clear_all,
    debtrank_all,
)
from supplyrisk.graph.contagion.credit_table import EQUITY, LIQUID_ASSETS, credit_table
from supplyrisk.graph.contagion.input_files import check_input_endings
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE
from supplyrisk.graph.workspace.score_source import SCORED_BY
from supplyrisk.services.contagion_inputs import (
    NO_BASE_PDS,
    ContagionInputs,
    read_contagion_inputs,
    require_base_pds,
)
from supplyrisk.services.day_snapshot import DaySettings
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.progress import NETWORK, JobProgress, plan_stages, silent

if TYPE_CHECKING:
    import pyarrow as pa

DEBTRANK = "debtrank"
CLEARING = "clearing"
FAILURES = "one firm failing after the other"
RANKED_BY = ("impact", "exposure")


@dataclass(frozen=True)
class DebtContagionResult(TableResult):
    """What each firm's failure costs the others on balance sheets.

    firms: a row per firm, see `credit_table`. model: "debtrank" or "clearing". contagion, inputs, sheets: the arrays
    behind the table, and what they were computed from.
    """

    firms: pa.Table
    model: str
    contagion: CreditContagion
    inputs: ContagionInputs
    sheets: BalanceSheets
    notes: tuple[str, ...] = ()

    @property
    def synthetic(self) -> bool:
        """Whether the data are synthetic."""
        return self.inputs.snapshot.info.synthetic

    @property
    def synthetic_model(self) -> bool:
        """Whether the base PDs are by a model trained on synthetic data."""
        return self.inputs.synthetic_model

    @property
    def firms_without_statement(self) -> int:
        """Firms whose capacity to bear losses is unknown."""
        return int(np.isnan(_capacity(self.model, self.sheets)).sum())

    def table(self) -> pa.Table:
        """A row per firm, as it is written to files."""
        return self.firms

    def head(self) -> Document:
        """The document without its rows."""
        owed = self.sheets.owed
        about: Document = {
            "as_of": self.inputs.snapshot.as_of,
            "model": self.model,
            "expert": self.inputs.expert,
            "synthetic": self.synthetic,
            "synthetic_model": self.synthetic_model,
            "firms": self.inputs.network.firms,
            "unpaid": owed.trade,
            "guarantees": owed.guarantees,
            "guarantees_without_amount": owed.unpriced,
            "firms_without_statement": self.firms_without_statement,
            "residual": float(np.max(self.contagion.residual, initial=0.0)),
            "base_pd_from": self.inputs.pd_source,
            "base_pd_days": self.inputs.pd_days,
            SCORED_BY: self.inputs.scored_by,
        }
        return document("contagion", [], about=about)


def debt_contagion(
    workspace: Workspace,
    model: str = DEBTRANK,
    *,
    as_of: date | None = None,
    base_pds: Path | None = None,
    rank_by: str = "impact",
    progress: JobProgress = silent,
    **day_settings: Unpack[DaySettings],
) -> DebtContagionResult:
    """Let every firm fail in turn, and compute what the others lose on what they are owed.

    Parameters
    ----------
    model: "debtrank": distress spreads over unpaid trade and guarantees, relative to equity (`debtrank_all`);
        "clearing": firms that are paid less pay less, beyond their liquid assets (`clear_all`), over unpaid trade.
    rank_by: the column that firms are sorted by, one of RANKED_BY.
    as_of, base_pds, day_settings: as in `contagion`.

    Raises
    ------
    RequestError: no such model, or rank_by "exposure" without base PDs. WorkspaceError: no data. DataError: the data
    hold no claims or no statements.
    """
    if model not in (DEBTRANK, CLEARING):
        raise RequestError(f"model is {model!r}", f"{DEBTRANK} or {CLEARING}")
    if rank_by not in RANKED_BY:
        raise RequestError(f"rank_by is {rank_by!r}", " or ".join(RANKED_BY))
    check_input_endings(base_pds)
    plan_stages(progress, dict.fromkeys((NETWORK, FAILURES), 0.0))
    progress(NETWORK)
    inputs = read_contagion_inputs(workspace, as_of, base_pds, **day_settings)
    if rank_by == "exposure":
        require_base_pds(inputs.base_pds, "--by exposure")
    sheets = balance_sheets_of(
        inputs.network, inputs.snapshot, inputs.statements, guarantees=model == DEBTRANK
    )

    def show(done: int, total: int) -> None:
        progress(FAILURES, done, total)

    if model == DEBTRANK:
        losses = debtrank_all(sheets.claims, sheets.equity, pd=inputs.pd_values, progress=show)
    else:
        losses = clear_all(sheets.claims, sheets.liquid, pd=inputs.pd_values, progress=show)
    firms = credit_table(
        inputs.network,
        inputs.snapshot.firms,
        losses,
        _capacity(model, sheets),
        capacity_name=EQUITY if model == DEBTRANK else LIQUID_ASSETS,
        base_pds=inputs.pd_values,
        rank_by=rank_by,
    )
    result = DebtContagionResult(firms, model, losses, inputs, sheets)
    return replace(result, notes=(*inputs.notes, *_notes(result)))


def _capacity(model: str, sheets: BalanceSheets) -> Floats:
    """What each firm can bear, (n,), NaN where no statement gives it."""
    return sheets.equity if model == DEBTRANK else sheets.liquid


def _notes(result: DebtContagionResult) -> list[str]:
    owed = result.sheets.owed
    missing = result.firms_without_statement
    claims = f"{owed.trade} links with unpaid trade"
    if result.model == DEBTRANK:
        notes = [
            f"DebtRank over {claims} and {owed.guarantees} guarantees; "
            "impact is the lost share of all other firms' equity"
        ]
        gap = f"{missing} firms have no equity in a statement: they pass on their own failure only"
    else:
        notes = [
            f"clearing over {claims}; impact is the amount that other firms are no longer paid, as a share of all debts"
        ]
        gap = f"{missing} firms have no liquid assets in a statement: they are assumed to pay in full"
    if missing:
        notes.append(gap)
    if owed.unpriced:
        notes.append(f"{owed.unpriced} guarantees without an amount are left out")
    origin = result.inputs.pd_origin
    notes.append(NO_BASE_PDS if origin is None else f"base PDs: {origin}")
    if result.inputs.expert:
        notes.append(EXPERT_NOTE)
    return notes
