"""`scgraph contagion`: what each firm's failure costs the others, and what each suffers from the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk import services
from supplyrisk.cli.commands.contagion_options import (
    BasePds,
    ContagionModel,
    Converged,
    Credit,
    Eps,
    ExactUpstream,
    LenderEquity,
    Lenders,
    Lgd,
    Mechanism,
    RankBy,
    RankedBy,
    Roles,
    Substitution,
    Threads,
)
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AsOf, Output, Plain, Top
from supplyrisk.cli.render.contagion import show_contagion, show_debt_contagion
from supplyrisk.cli.session import Session, with_session

if TYPE_CHECKING:
    Result = services.ContagionResult | services.DebtContagionResult

EXAMPLE = "scgraph contagion --top 10 -o contagion.csv"


@with_session(lgd=Lgd)
def contagion(
    session: Session,
    *,
    as_of: AsOf = None,
    pd: BasePds = None,
    model: ContagionModel = Mechanism.ESRI,
    essentiality: Roles = None,
    eps: Eps = None,
    exact_upstream: ExactUpstream = False,
    converged: Converged = False,
    substitution: Substitution = True,
    credit: Credit = False,
    by: RankedBy = RankBy.ESRI,
    threads: Threads = 2,
    lender_equity: LenderEquity = None,
    lenders: Lenders = None,
    top: Top = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Close every firm in turn, and compute the losses of all other firms and of lenders.

    ESRI (economic systemic risk index) is the share of all sales that is lost when a firm closes. Exposure is the sum
    over all other firms of their base PD (the PD before contagion) times the loss that their closure causes, with its
    ten largest sources. A run that was interrupted continues where it stopped. With --model debtrank or clearing,
    failures spread over the debts between firms.
    """
    settings = session.settings
    if converged and eps is not None:
        raise usage("--converged and --eps exclude each other; expected one of them")
    result: Result
    if model is Mechanism.ESRI:
        if not services.contagion_is_compiled():
            session.talk.say("compiling: this takes ten to thirty seconds, once; later runs start at once")
        with session.talk.progress() as progress:
            result = services.contagion(
                session.workspace,
                as_of=as_of,
                base_pds=pd,
                essentiality=essentiality,
                eps=eps,
                converged=converged,
                exact_upstream=exact_upstream,
                substitution=substitution,
                credit=credit,
                rank_by=by.value,
                threads=threads,
                lgd=settings.lgd,
                ccf=settings.ccf,
                lender_equity=lender_equity,
                **session.day_settings,
                progress=progress,
            )
    elif lenders is not None or exact_upstream or converged or credit:
        raise usage("--lenders, --exact-upstream, --converged and --credit need --model esri; leave them out")
    else:
        with session.talk.progress() as progress:
            result = services.debt_contagion(
                session.workspace,
                model.value,
                as_of=as_of,
                base_pds=pd,
                rank_by="exposure" if by is RankBy.EXPOSURE else "impact",
                **session.day_settings,
                progress=progress,
            )
    if output:
        write_rows(output, result.firms, result.head, plain=plain)
    notes = (*result.notes, *_write_lenders(result, lenders, plain))
    if not session.prints_json(result, top):
        _show(result, top)
    session.talk.say(*notes)
    session.talk.say_synthetic(result.synthetic, result.synthetic_model)


def _write_lenders(result: Result, path: Path | None, plain: bool) -> tuple[str, ...]:
    """Write the losses of lenders where a file is named; a note where there are none."""
    if path is None or isinstance(result, services.DebtContagionResult):
        return ()
    if result.lenders is None:
        return ("no lenders: the data have no loans",)
    write_rows(path, result.lenders, result.lenders_head, plain=plain)
    return ()


def _show(result: Result, top: int | None) -> None:
    if isinstance(result, services.ContagionResult):
        show_contagion(result, top)
    else:
        show_debt_contagion(result, top)
