"""The sections of a credit memo as dataclasses; the field names are the keys of its JSON, in this order.

The terminal, the page and the audit log show the same memo. A text in both languages has two fields: `text` in English
and `text_zh` in Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeVar

from pydantic import TypeAdapter

from supplyrisk.graph.credit.conclusion import PolicyConclusion
from supplyrisk.graph.credit.firm_names import with_name
from supplyrisk.graph.credit.limit_rule import CreditLimit
from supplyrisk.graph.credit.limit_rules import BookUsage
from supplyrisk.graph.credit.loan_economics import LoanEconomics
from supplyrisk.graph.credit.loan_request import LoanRequest, ProductLines
from supplyrisk.graph.credit.loan_security import CollateralNote
from supplyrisk.graph.credit.memo_inputs import AddedLoss, MemoStress
from supplyrisk.graph.credit.memo_sections import SECTIONS
from supplyrisk.graph.credit.memo_table import TableSection
from supplyrisk.graph.credit.score_history import CaughtFrom, EarlierScore, MemoReason, ScoreFigures
from supplyrisk.graph.credit.shop_facts import (
    Guarantee,
    GuaranteeRing,
    Partner,
    QueryRecord,
    SecondTierLink,
    ShopCarrier,
    TradeRing,
)
from supplyrisk.graph.credit.thin_section import ThinFileSection
from supplyrisk.graph.credit.total_exposure import TotalExposure
from supplyrisk.graph.workspace.documents import document_json

Section = TypeVar("Section")


@dataclass(frozen=True)
class DataSource:
    """A data source, the day of its last row about the firm, and the age of that row; None where it has no row."""

    source: str
    last_on: date | None
    age_days: float | None


@dataclass(frozen=True)
class ShopSection:
    """Who the firm is, and what is unknown about it (`missing`). turnover: money, of the last 180 days."""

    firm: str
    name: str | None
    roles: str | None
    shop_type: str | None
    industry: str | None
    region: str | None
    age_days: float | None
    tenure_days: float | None
    turnover: float | None
    defaulted_on: str | None
    coverage: float
    sources: tuple[DataSource, ...]
    missing: tuple[str, ...]
    missing_zh: tuple[str, ...]


@dataclass(frozen=True)
class RequestSection(LoanRequest):
    """The requested loan, in the currency of the data; None where they state none."""

    currency: str | None = field(kw_only=True)


@dataclass(frozen=True)
class RiskSection(ScoreFigures):
    """PD over the horizon and over the term of the loan, the parts of the hazard, reasons and earlier scores.

    Parameters
    ----------
    pd_term_low_90, pd_term_high_90: 90 % interval for the true PD over the term.
    beyond_horizon: whether the PD over the term is extrapolated.
    term_days: days of the PDs over the term; all others are over horizon_days. None in memos of earlier versions.
    """

    reasons: tuple[MemoReason, ...]
    horizon_days: int
    beyond_horizon: bool
    pd_term: float | None
    pd_term_low: float | None
    pd_term_high: float | None
    pd_term_low_90: float | None
    pd_term_high_90: float | None
    note: str | None
    note_zh: str | None
    trajectory: tuple[EarlierScore, ...]
    term_days: int | None = None


@dataclass(frozen=True)
class CommonSupplier:
    """A firm at tier 2 that supplies several of the shop's suppliers (`behind`)."""

    firm: str
    behind: tuple[str, ...]


@dataclass(frozen=True)
class MemoPath:
    """A path of contagion, see `CaughtPath`, with the queries that show its links."""

    chain: tuple[str, ...]
    links: tuple[str, ...]
    hazard: float
    share: float
    defaulted: bool
    seen_by: tuple[QueryRecord, ...]


@dataclass(frozen=True)
class ChainSection:
    """The supply chain.

    shown_by: by part of a memo, the query that shows it; None where it was not run. horizon_days: days of all its PDs,
    None in memos of earlier versions.
    """

    suppliers: tuple[Partner, ...]
    customers: tuple[Partner, ...]
    second_tier: tuple[SecondTierLink, ...]
    single_sources: tuple[str, ...]
    common: tuple[CommonSupplier, ...]
    carriers: tuple[ShopCarrier, ...]
    guarantees: tuple[Guarantee, ...]
    rings: tuple[GuaranteeRing, ...]
    trade_rings: tuple[TradeRing, ...]
    caught_from: tuple[CaughtFrom, ...]
    paths: tuple[MemoPath, ...]
    shown_by: Mapping[str, QueryRecord | None]
    horizon_days: int | None = None


@dataclass(frozen=True)
class StressLoss(MemoStress):
    """A stress with its PD over the term, beside the one over the horizon, and its EL over the term, money."""

    pd_term: float | None
    el: float | None


@dataclass(frozen=True)
class LossSection:
    """EAD, LGD and EL of the loan, money; EL under stress, and the firm's lines with all lenders.

    network_pd, network_pd_term, network_el: the network's PD with no firm stopped, over the horizon and over the term,
        and the EL by the latter: those of stresses stand beside them.
    horizon_days, term_days: days of these PDs; None in memos of earlier versions, as the two above.
    """

    ead: float
    lgd: float
    el: float | None
    stresses: tuple[StressLoss, ...]
    lgd_from: str
    lgd_from_zh: str
    network_pd: float | None
    lines: tuple[ProductLines, ...]
    network_pd_term: float | None = None
    network_el: float | None = None
    horizon_days: int | None = None
    term_days: int | None = None


@dataclass(frozen=True)
class EconomicsSection(LoanEconomics):
    """The lender's economics of the loan. collateral: pieces that the request names or the firm has free."""

    collateral: tuple[CollateralNote, ...]


@dataclass(frozen=True)
class BookSection:
    """The lender's book, None where nothing is drawn, and the effect of the shop's failure on its other borrowers.

    horizon_days: days of the PDs behind added_el; None in memos of earlier versions.
    """

    lender: str
    book: BookUsage | None
    added_el: float
    borrowers: tuple[AddedLoss, ...]
    horizon_days: int | None = None


@dataclass(frozen=True)
class PolicyStamp:
    """The policy that was applied: its name, the hash of its values, and its currency.

    Memos of earlier versions do not state the currency.
    """

    name: str
    hash: str
    currency: str | None = None


def section_of(kind: type[Section], source: object, **further: object) -> Section:
    """Return a section of a memo with the fields that a source has under the same names, and further ones."""
    names = {part.name for part in fields(kind)} - further.keys()  # type: ignore[arg-type]
    return kind(**{name: getattr(source, name) for name in names}, **further)


@dataclass(frozen=True)
class Memo:
    """The credit memo of a shop.

    exposure: what it owes already; memos of earlier versions have none. economics: capital and return; None without a
    PD that counts, and in memos of earlier versions. names: names of the firms and persons in it, by id, as far as they
    have any. tables: the sections of `memo_sections`; their keys come last in the JSON.
    """

    shop: ShopSection
    request: RequestSection
    risk: RiskSection
    chain: ChainSection
    loss: LossSection
    book: BookSection | None
    limit: CreditLimit
    conclusion: PolicyConclusion
    policy: PolicyStamp
    queries: tuple[QueryRecord, ...]
    exposure: TotalExposure | None = None
    economics: EconomicsSection | None = None
    thin_file: ThinFileSection | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[TableSection, ...] = ()

    def label(self, firm: str) -> str:
        """Return a firm or person with its name: "Huaxin Textiles (S00012)"."""
        return with_name(firm, self.names.get(firm))

    def to_json(self) -> dict[str, object]:
        """Return the memo as JSON types, a key per section."""
        document: dict[str, object] = document_json(replace(self, tables=()))
        del document["tables"]
        return document | {table.key: table.to_json() for table in self.tables}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Memo:
        """Return a stored memo; raises `pydantic.ValidationError` where it does not have the sections of a memo."""
        tables = tuple(
            TableSection.from_json(record.key, record.columns, document[record.key])
            for record in SECTIONS
            if record.key in document
        )
        return replace(TypeAdapter(cls).validate_python(document), tables=tables)
