"""Verbs around contagion by mechanism (`contagion` does the work)."""

from __future__ import annotations

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import AsOf, Json, Output, Top, Workspace, begin
from supplyrisk.cli.options_contagion import (
    BasePds,
    By,
    ByModel,
    Converged,
    Credit,
    Eps,
    ExactUpstream,
    LenderEquity,
    Lenders,
    Lgd,
    Model,
    RankedBy,
    Roles,
    Substitution,
    Threads,
    check_eps,
)


def contagion(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    as_of: AsOf = None,
    pd: BasePds = None,
    model: ByModel = Model.ESRI,
    essentiality: Roles = None,
    eps: Eps = None,
    exact_upstream: ExactUpstream = False,
    converged: Converged = False,
    substitution: Substitution = True,
    credit: Credit = False,
    by: RankedBy = By.ESRI,
    threads: Threads = 2,
    lgd: Lgd = None,
    lender_equity: LenderEquity = None,
    lenders: Lenders = None,
    top: Top = None,
    output: Output = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Close every firm in turn: what all others lose, what each suffers, and what lenders lose.

    ESRI is the share of all sales lost when a firm stops. Exposure is the sum over all other firms of their base PD
    times the loss that they inflict, with the ten worst sources. A killed run goes on where it was. With --model
    debtrank or clearing failures spread over what firms owe one another instead.
    """
    session = begin(context, as_json, workspace=workspace, lgd=lgd)
    from supplyrisk.cli.contagion_inputs import Request, Show  # noqa: PLC0415 - numba, only where it is needed
    from supplyrisk.graph.contagion import CONVERGED, EPS, RunOptions  # noqa: PLC0415

    check_eps(eps)
    if converged and eps is not None:
        raise usage("--converged and --eps; expected one of them")
    size = CONVERGED if converged else EPS if eps is None else eps
    options = RunOptions(
        size, substitution=substitution, threads=threads, exact_upstream=exact_upstream or converged
    )
    request = Request(as_of, pd, essentiality, options, lender_equity, credit)
    show = Show(by is By.EXPOSURE, top, output, lenders)
    if model is Model.ESRI:
        from supplyrisk.cli.contagion import rank_firms  # noqa: PLC0415

        rank_firms(session, request, show)
    elif lenders is not None or exact_upstream or converged or credit:
        raise usage(
            "--lenders, --exact-upstream, --converged and --credit are for --model esri; leave them out"
        )
    else:
        from supplyrisk.cli.contagion_credit import rank_debtors  # noqa: PLC0415

        rank_debtors(session, request, model.value, show)
