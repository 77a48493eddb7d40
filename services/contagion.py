"""Close every firm in turn: what all others lose, what each firm is exposed to, and what lenders lose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Unpack

import pyarrow as pa

from supplyrisk.graph import RequestError, Workspace
from supplyrisk.graph.contagion import (
    CONVERGED,
    EPS,
    BalanceSheets,
    Closures,
    CreditExposures,
    LoanTerms,
    RunHooks,
    RunOptions,
    balance_sheets_of,
    close_all,
    in_default,
    is_compiled,
    loan_book_of,
    weights_of,
)
from supplyrisk.graph.contagion.closure_table import closure_table
from supplyrisk.graph.contagion.input_files import check_input_endings, read_essentiality, read_lender_equity
from supplyrisk.graph.contagion.lender_table import lender_table
from supplyrisk.graph.schema import defaults
from supplyrisk.services.contagion_inputs import (
    ContagionInputs,
    check_eps,
    read_contagion_inputs,
    require_base_pds,
)
from supplyrisk.services.contagion_notes import contagion_notes
from supplyrisk.services.contagion_result import ContagionResult, Lending
from supplyrisk.services.day_snapshot import DaySettings
from supplyrisk.services.progress import CLOSURES, NETWORK, JobProgress, plan_stages, silent

RANKED_BY = ("esri", "exposure")


def contagion(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    base_pds: Path | None = None,
    essentiality: Path | None = None,
    eps: float | None = None,
    converged: bool = False,
    exact_upstream: bool = False,
    substitution: bool = True,
    credit: bool = False,
    rank_by: str = "esri",
    threads: int = 2,
    lgd: float = defaults.LGD,
    ccf: float = defaults.CCF,
    lender_equity: Path | None = None,
    progress: JobProgress = silent,
    **day_settings: Unpack[DaySettings],
) -> ContagionResult:
    """Compute ESRI and exposure of every firm, and lenders' losses, and store the table in the workspace.

    ESRI is the share of all sales that is lost when a firm closes; exposure is the sum over all other firms of their
    base PD x the loss that they cause (`close_all`). A run that is interrupted continues from a checkpoint.

    Parameters
    ----------
    as_of: the day; None: the last day of the data.
    base_pds: file with firm_id and base_pd or pd; None: the stored scores of the day, if there are any.
    essentiality: file with the roles of inputs (`essentiality_of`); None: all inputs are non-essential.
    eps: stop after the step in which no firm's production falls by more, a share in (0, 1); None: 0.01.
    converged: exact_upstream and eps 1e-12, as after infinitely many steps; excludes eps.
    exact_upstream: solve the linear system of lost demand; eps is then of lost supply only.
    substitution: other firms of an industry replace a lost supplier.
    credit: make credit a channel of exposures: equity lost over unpaid trade and guarantees.
    rank_by: the column that firms are sorted by, one of RANKED_BY.
    threads: worker threads; results do not depend on them.
    lgd, ccf: of loans that state none, and of revolving lines.
    lender_equity: file with lender_id and equity, the most that a lender can lose; None: no limit.
    day_settings: horizon_days, default_definition, beyond_days; see `DaySettings`.

    Raises
    ------
    RequestError: an option or file cannot be used; credit or rank_by "exposure" without base PDs. WorkspaceError: no
    data. DataError: the data or a file cannot be used for this.
    """
    check_input_endings(base_pds, essentiality, lender_equity)
    options = _run_options(
        eps=eps,
        converged=converged,
        exact_upstream=exact_upstream,
        substitution=substitution,
        threads=threads,
    )
    if rank_by not in RANKED_BY:
        raise RequestError(f"rank_by is {rank_by!r}", " or ".join(RANKED_BY))
    # Firms and threads decide how the durations compare.
    plan_stages(progress, dict.fromkeys((NETWORK, CLOSURES), 0.0))
    progress(NETWORK)
    roles = read_essentiality(essentiality)
    inputs = read_contagion_inputs(workspace, as_of, base_pds, **day_settings)
    if rank_by == "exposure":
        require_base_pds(inputs.base_pds, "--by exposure")
    sheets = _balance_sheets(inputs) if credit else None
    lending = _lending(inputs, LoanTerms(lgd, ccf), lender_equity)
    weights = weights_of(inputs.network, roles)
    progress(CLOSURES)
    closures = close_all(
        weights,
        options,
        pd=inputs.pd_values,
        book=None if lending is None else lending.book,
        credit=None if sheets is None else CreditExposures(sheets.claims, sheets.equity),
        hooks=RunHooks(
            lambda done, total: progress(CLOSURES, done, total),
            workspace.layout.contagion_checkpoint,
        ),
    )
    firms = closure_table(
        inputs.network,
        inputs.snapshot.firms,
        closures,
        base_pds=inputs.pd_values,
        equity=None if sheets is None else sheets.equity,
        rank_by=rank_by,
    )
    lenders = _lender_table(inputs, lending, closures)
    result = ContagionResult(firms, lenders, closures, inputs, options, roles.name, lending, sheets)
    info = inputs.snapshot.info
    workspace.store_contagion(
        firms, result.about(), as_of=inputs.snapshot.as_of, content_hash=info.content_hash
    )
    return replace(result, notes=(*inputs.notes, *contagion_notes(result)))


def contagion_is_compiled() -> bool:
    """Whether the machine code of `contagion` is cached; the first run compiles for ten to thirty seconds."""
    return is_compiled()


def _run_options(
    *, eps: float | None, converged: bool, exact_upstream: bool, substitution: bool, threads: int
) -> RunOptions:
    check_eps(eps)
    if converged and eps is not None:
        raise RequestError("--converged and --eps exclude each other", "one of them")
    default_eps = CONVERGED if converged else EPS
    return RunOptions(
        default_eps if eps is None else eps,
        substitution=substitution,
        threads=threads,
        exact_upstream=exact_upstream or converged,
    )


def _balance_sheets(inputs: ContagionInputs) -> BalanceSheets:
    """Unpaid trade and guarantees, and what firms can bear."""
    require_base_pds(inputs.base_pds, "--credit")
    return balance_sheets_of(inputs.network, inputs.snapshot, inputs.statements, guarantees=True)


def _lending(inputs: ContagionInputs, terms: LoanTerms, lender_equity: Path | None) -> Lending | None:
    """The loans of the day; None where the data have none and no lenders' equity was given."""
    equity = read_lender_equity(lender_equity)
    if inputs.snapshot.loans.num_rows == 0 and equity is None:
        return None
    book, gaps = loan_book_of(inputs.network, inputs.snapshot, inputs.statements, terms, equity)
    return Lending(book, gaps, terms)


def _lender_table(inputs: ContagionInputs, lending: Lending | None, closures: Closures) -> pa.Table | None:
    """A row per lender; None without loans."""
    if lending is None or closures.lenders is None:
        return None
    return lender_table(
        inputs.network,
        lending.book,
        closures.lenders,
        defaulted=in_default(inputs.snapshot),
        has_base_pds=inputs.base_pds is not None,
    )
