"""The result of `contagion`: tables of firms and lenders, and the head of its JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from supplyrisk.graph.contagion import BalanceSheets, Closures, DataGaps, LoanBook, LoanTerms, RunOptions
from supplyrisk.graph.workspace.score_source import SCORED_BY
from supplyrisk.services.contagion_inputs import ContagionInputs
from supplyrisk.services.documents import Document, TableResult, document

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Lending:
    """The loans of a day, what is missing in the data about them, and the terms of loans that state none."""

    book: LoanBook
    gaps: DataGaps
    terms: LoanTerms

    def to_json(self) -> Document:
        """Counts of missing data, and the terms."""
        gaps = self.gaps
        return {
            "judged": gaps.judged,
            "not_judged": gaps.not_judged,
            "by_one": gaps.by_one,
            "by_costs": gaps.by_costs,
            "undrawn": gaps.undrawn,
            "own_lgd": gaps.own_lgd,
            "lgd": self.terms.lgd,
            "ccf": self.terms.ccf,
        }


@dataclass(frozen=True)
class ContagionResult(TableResult):
    """What each firm's closure costs all others (ESRI), what each is exposed to, and what lenders lose.

    firms: a row per firm, see `closure_table`. lenders: a row per lender, see `lender_table`; None without loans.
    closures, inputs, options, essentiality (its name): the arrays behind the tables, and what they were computed from.
    lending: the loans, None without any. sheets: the balance sheets, None where credit was no channel of exposures.
    """

    firms: pa.Table
    lenders: pa.Table | None
    closures: Closures
    inputs: ContagionInputs
    options: RunOptions
    essentiality: str
    lending: Lending | None
    sheets: BalanceSheets | None
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
    def residual(self) -> float:
        """The largest fall of any firm's production in the last step of any closure."""
        return float(np.max(self.closures.losses.residual, initial=0.0))

    @property
    def steps(self) -> int:
        """The largest number of steps of any closure."""
        return int(np.max(self.closures.losses.iterations, initial=0))

    def about(self) -> Document:
        """What the numbers are based on: the head of the JSON document."""
        snapshot = self.inputs.snapshot
        return {
            "as_of": snapshot.as_of,
            "model": "esri",
            "expert": self.inputs.expert,
            "synthetic": self.synthetic,
            "synthetic_model": self.synthetic_model,
            "firms": self.inputs.network.firms,
            "links": len(self.inputs.network.amount),
            "essentiality": self.essentiality,
            "substitution": self.options.substitution,
            "eps": self.options.eps,
            "exact_upstream": self.options.exact_upstream,
            "residual": self.residual,
            "iterations": self.steps,
            "base_pd_from": self.inputs.pd_source,
            "base_pd_days": self.inputs.pd_days,
            SCORED_BY: None if self.inputs.scored_by is None else self.inputs.scored_by.to_json(),
            "lending": None if self.lending is None else self.lending.to_json(),
            "credit": None if self.sheets is None else credit_head(self.sheets),
        }

    def table(self) -> pa.Table:
        """A row per firm, as it is written to files."""
        return self.firms

    def head(self) -> Document:
        """The document without its rows."""
        lenders = [] if self.lenders is None else self.lenders.to_pylist()
        return document("contagion", [], about=self.about(), lenders=lenders)

    def lenders_head(self) -> Document:
        """The document around a file with the rows of lenders."""
        return document("contagion", [], about=self.about())


def credit_head(sheets: BalanceSheets) -> Document:
    """What credit as a channel of exposures is based on."""
    return {
        "unpaid": sheets.owed.trade,
        "guarantees": sheets.owed.guarantees,
        "guarantees_without_amount": sheets.owed.unpriced,
        "firms_without_statement": int(np.isnan(sheets.equity).sum()),
    }
