"""The inputs of a memo: the request, and all facts about the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from supplyrisk.graph.contagion.caught_paths import CaughtPath
from supplyrisk.graph.credit.admission.scenario_case import ScenarioCase
from supplyrisk.graph.credit.farming.farm_facts import FarmFacts
from supplyrisk.graph.credit.limit_rules import BookUsage
from supplyrisk.graph.credit.loan_backing import LoanBacking
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.loan_security import UNSECURED_LOAN, LoanSecurity
from supplyrisk.graph.credit.memo_lines import ExistingLine
from supplyrisk.graph.credit.order_evidence import NO_EVIDENCE, OrderEvidence
from supplyrisk.graph.credit.score_history import ScoreHistory
from supplyrisk.graph.credit.shop_facts import ShopFacts
from supplyrisk.graph.credit.thin_section import ThinFileSection
from supplyrisk.graph.credit.total_exposure import NO_EXPOSURE, TotalExposure
from supplyrisk.graph.texts.text_files import Words


@dataclass(frozen=True)
class MemoStress:
    """Effect on the shop if other firms stop. The field names are keys of stored memos.

    Parameters
    ----------
    code: the stress; its text is "stress.<code>".
    stopped: ids of the firms that stop.
    pd: PD of the shop over the horizon, None where no transmissions are known.
    output: share of its production that it would lose by the mechanism, None where it is not in the trade network.
    """

    code: str
    stopped: tuple[str, ...]
    pd: float | None
    output: float | None


@dataclass(frozen=True)
class AddedLoss:
    """EL that the failure of the shop adds on another borrower, money. The field names are keys of stored memos."""

    firm: str
    added_el: float


@dataclass(frozen=True)
class OtherBorrowers:
    """Effect of the shop's failure on a lender's other borrowers: added EL, money, in total and by borrower."""

    added_el: float
    borrowers: tuple[AddedLoss, ...]


@dataclass(frozen=True)
class SuggestedCondition:
    """A condition that a lender could attach to the loan: a stable code, what it asks for, and why."""

    code: str
    text: Words
    why: Words


@dataclass(frozen=True)
class MemoInputs:
    """The inputs of a memo.

    Parameters
    ----------
    request: the requested loan.
    shop: facts from the graph.
    scores: stored scores of the shop.
    stresses: effects of other firms' failures.
    book: the lender's book, None (default) where no lender is given or nothing is drawn.
    other_borrowers: effect on the lender's other borrowers, None (default) where no lender is given.
    network_pd: the network's PD of the shop with no firm stopped, which stresses are compared with; None (default)
        where there is none.
    paths: the paths over which the shop receives the most contagion.
    exposure: what the shop owes already; none by default.
    backing: what the loan finances, None (default) where it is repaid from earnings or the policy was not applied yet.
    conditions: what a lender could ask for, none by default, until the policy was applied.
    security: collateral, guarantees and insurance of the loan; none by default.
    thin_file: how the shop was scored, None (default) for a shop of the data.
    names: names of the firms and persons in the memo, by id; empty by default.
    currency: of the data, None (default) where they state none.
    existing: its lines with their classification; none by default.
    farm: its crops and closed loops; None (default) where it grows none.
    scenarios: what the choice of the policy's scenarios rests on; None (default) where it has none.
    fabricated: trade of it that looks fabricated, a sentence each; none by default.
    evidence: what the documents of its order items show; nothing by default.
    """

    request: LoanRequest
    shop: ShopFacts
    scores: ScoreHistory
    stresses: Sequence[MemoStress] = ()
    book: BookUsage | None = None
    other_borrowers: OtherBorrowers | None = None
    network_pd: float | None = None
    paths: Sequence[CaughtPath] = ()
    exposure: TotalExposure = NO_EXPOSURE
    backing: LoanBacking | None = None
    conditions: Sequence[SuggestedCondition] = ()
    security: LoanSecurity = UNSECURED_LOAN
    thin_file: ThinFileSection | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    existing: Sequence[ExistingLine] = ()
    farm: FarmFacts | None = None
    scenarios: ScenarioCase | None = None
    evidence: OrderEvidence = NO_EVIDENCE
    fabricated: tuple[Words, ...] = ()
