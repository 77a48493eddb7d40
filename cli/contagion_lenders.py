"""What lenders lose when firms fail: a table of them beside that of the firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.cli.contagion_inputs import Ground, Request, percent, read_equities
from supplyrisk.cli.options import Session
from supplyrisk.graph.contagion import (
    DataGaps,
    LenderLosses,
    LoanBook,
    LoanTerms,
    in_default,
    loan_book_of,
    losses_on_own_loans,
)

FAILURE = pa.struct([("firm_id", pa.string()), ("loss", pa.float64())])


@dataclass(frozen=True)
class Lenders:
    """The loans, what had to be left out, and the results (None until computed)."""

    book: LoanBook
    gaps: DataGaps
    terms: LoanTerms


def read_lenders(session: Session, request: Request, ground: Ground) -> Lenders | None:
    """The day's loans; None where the data have none and no lenders' equity was given."""
    equity = read_equities(request.lender_equity)
    if ground.snapshot.loans.num_rows == 0 and equity is None:
        return None
    terms = LoanTerms(session.settings.lgd, session.settings.ccf)
    return Lenders(*loan_book_of(ground.network, ground.snapshot, ground.statements, terms, equity), terms)


def lender_columns(found: LenderLosses | None, firms: int) -> dict[str, pa.Array]:
    """By firm: FSRI, all lenders' loss when it fails, what of it is its own loans, and how many others default."""
    if found is None:
        kinds = {"fsri": pa.float64(), "lenders_lose": pa.float64(), "own_loans": pa.float64()}
        return {name: pa.nulls(firms, kind) for name, kind in (kinds | {"defaults": pa.int64()}).items()}
    return {
        "fsri": pa.array(found.fsri),
        "lenders_lose": pa.array(found.loss),
        "own_loans": pa.array(found.own),
        "defaults": pa.array(found.failed),
    }


def lender_table(lenders: Lenders, found: LenderLosses, ground: Ground) -> pa.Table:
    """One row per lender: EAD, equity (null where not given), expected losses (null without PDs), failures.

    expected_defaulted: what of expected_direct is by borrowers in default already, whose PD is 1. The largest loss in
    one failure first.
    """
    book, ids, n = lenders.book, ground.network.firm_ids, len(lenders.book.lenders)
    rows = zip(found.worst.tolist(), found.source.tolist(), strict=True)
    failures = [
        [{"firm_id": ids[firm], "loss": loss} for loss, firm in zip(losses, firms, strict=True) if loss > 0]
        for losses, firms in rows
    ]
    known = ground.pd is not None
    defaulted = losses_on_own_loans(book, in_default(ground.snapshot))
    return pa.table(
        {
            "lender_id": pa.array(book.lenders, pa.string()),
            "ead": pa.array(book.ead_by_lender),
            "equity": pa.array(book.equity, mask=np.isnan(book.equity)),
            "expected_loss": pa.array(found.expected) if known else pa.nulls(n, pa.float64()),
            "expected_direct": pa.array(found.direct) if known else pa.nulls(n, pa.float64()),
            "expected_defaulted": pa.array(defaulted) if known else pa.nulls(n, pa.float64()),
            "worst_loss": pa.array(found.worst[:, 0]),
            "worst_failures": pa.array(failures, pa.list_(FAILURE)),
        }
    ).sort_by([("worst_loss", "descending"), ("lender_id", "ascending")])


def lender_rows(table: pa.Table) -> tuple[tuple[str, ...], list[list[object]]]:
    """Columns and rows for people."""
    columns = ("lender", "EAD", "expected loss", "by own loans", "in default", "worst %", "worst failures")
    rows: list[list[object]] = []
    for row in table.to_pylist():
        worst = ", ".join(f"{f['firm_id']} ({f['loss']:,.0f})" for f in row["worst_failures"][:3])
        share = percent(row["worst_loss"] / row["ead"]) if row["ead"] else None
        rows.append(
            [
                row["lender_id"],
                row["ead"],
                row["expected_loss"],
                row["expected_direct"],
                row["expected_defaulted"],
                share,
                worst or None,
            ]
        )
    return columns, rows


def lender_notes(lenders: Lenders) -> list[str]:
    """What the lenders' losses rest on, and what is missing."""
    gaps, book = lenders.gaps, lenders.book
    known = int(np.count_nonzero(~np.isnan(book.equity)))
    whole = "all lenders' equity" if known == len(book.lenders) else "all EAD"
    said = [
        f"lenders: {len(book.lenders)} with {len(book.ead)} loans; FSRI is a share of {whole}; "
        f"LGD {lenders.terms.lgd:g} but for {gaps.own_lgd} loans with their own; "
        f"losses end at the equity of {known} of them",
        f"EAD = drawn + CCF {lenders.terms.ccf:g} x undrawn of revolving lines",
        "expected loss: sum over all firms of base PD x what is lost when one closes, with contagion by the mechanism; "
        "by own loans: base PD x LGD x EAD alone, at most the lender's equity; "
        "in default: of that, by those in default already, with PD 1",
        "the EL of scgraph portfolio is PD x LGD x EAD by the whole PD, what is caught too, of those not in default",
        f"judged by a statement: {gaps.judged} firms; not judged, for want of one or in default: {gaps.not_judged}",
    ]
    if gaps.by_costs:
        said.append(f"{gaps.by_costs} firms give no material costs: their profit is revenue - costs")
    if gaps.by_one:
        said.append(f"{gaps.by_one} firms give only one of equity and liquid assets: judged by that")
    if gaps.undrawn:
        said.append(f"{gaps.undrawn} loans do not say what is drawn: left out")
    return said
