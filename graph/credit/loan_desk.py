"""The loan desk: a workspace opened for checks, which puts together the memo of one shop after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from supplyrisk.graph.credit.admission.admission_list import AdmissionList, read_admission_list
from supplyrisk.graph.credit.admission.scenario_case import ScenarioCase
from supplyrisk.graph.credit.admission.shop_kind import shop_kind_of
from supplyrisk.graph.credit.collateral import Collateral, read_collateral
from supplyrisk.graph.credit.consistency import (
    ShownRisk,
    check_partners_match,
    check_scores_match,
    graph_day,
    same_definition,
)
from supplyrisk.graph.credit.farming.closed_loop import ClosedLoop, judged_loops
from supplyrisk.graph.credit.farming.crop_figures import crop_figures
from supplyrisk.graph.credit.farming.crop_insurance import CropFacts, crop_covers
from supplyrisk.graph.credit.farming.farm_facts import FarmFacts
from supplyrisk.graph.credit.farming.harvest import read_harvests
from supplyrisk.graph.credit.learned_stops import LearnedStops
from supplyrisk.graph.credit.lender_books import BookAround, book_around, lines_of
from supplyrisk.graph.credit.line_economics import pledges_of
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.loan_security import LoanSecurity, SecurityFacts, guarantors_of, loan_security
from supplyrisk.graph.credit.memo import memo_of
from supplyrisk.graph.credit.memo_document import Memo
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.memo_lines import existing_lines_of
from supplyrisk.graph.credit.memo_names import names_in
from supplyrisk.graph.credit.order_evidence import OrderEvidence, order_evidence
from supplyrisk.graph.credit.partner_stops import stresses_of
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.production_loss import production_losses
from supplyrisk.graph.credit.protection import connected_firms
from supplyrisk.graph.credit.score_history import ScoreHistory, score_history_of, stored_scores
from supplyrisk.graph.credit.shop_facts import BookLine, ShopFacts, shop_facts_of
from supplyrisk.graph.credit.total_exposure import TotalExposure, total_exposure
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.fabricated import StoredVolume, case_words, read_volume
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.texts.text_files import Words
from supplyrisk.graph.workspace.file_hashes import checked_score_hashes, sha256_of
from supplyrisk.graph.workspace.score_source import ScoreSource
from supplyrisk.graph.workspace.workspace import Workspace

MOST_CASES = 5
"""Cases of trade that looks fabricated in a memo, the largest amounts first."""


@dataclass(frozen=True)
class LoanMemo:
    """A memo with what it rests on.

    sections: the memo itself. as_of: the day of the graph and the scores. model: the scorer.
    degraded: whether a source that the model was trained with is absent. synthetic: whether the data are synthetic,
    synthetic_model: whether those that the model was trained on are. data: content hash of the tables.
    scored_by: the run of the scores; None in memos of versions that did not note it.
    """

    sections: Memo
    as_of: date
    model: str
    degraded: bool
    synthetic: bool
    synthetic_model: bool
    data: str
    scored_by: ScoreSource | None = None

    @property
    def model_hash(self) -> str | None:
        """Digest of the model's files; None where the scores do not note it."""
        return self.scored_by.digest if self.scored_by else None


class LoanDesk:
    """A workspace and its open graph store; what holds for all shops of a day is read once.

    Raises
    ------
    WorkspaceError: no data are loaded.
    """

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace = workspace
        self.store = store
        self.info = workspace.info()

    @cached_property
    def as_of(self) -> date:
        """The day that the graph shows; raises as `graph_day`."""
        return graph_day(self.store, self.info)

    @cached_property
    def score_hashes(self) -> dict[Path, str]:
        """SHA-256 of every file of scores that a memo reads: those of the day, and the scores of earlier days.

        Raises
        ------
        DataError: the day was not scored, or a file was changed since `score` wrote it.
        """
        layout = self.workspace.layout
        if not layout.scores_file(self.as_of).is_file():
            raise DataError(
                f"no scores are stored for {self.as_of}, the day of the graph",
                remedy="run scgraph score, or scgraph store load --as-of with a scored day",
            )
        hashes = checked_score_hashes(layout, self.as_of)
        for day in self.workspace.scored_days():
            if day is not None and day < self.as_of:
                hashes |= checked_score_hashes(layout, day, only=[layout.scores_file(day)])
        return hashes

    @cached_property
    def learned(self) -> LearnedStops:
        """The learned transmissions of that day; raises as `Workspace.transmissions`."""
        return LearnedStops(self.workspace.transmissions(self.as_of))

    def memo(self, firm_id: str, request: LoanRequest, policy: Policy) -> LoanMemo:
        """The memo of a shop that asks for a loan.

        Raises
        ------
        DataError: the shop is not in the graph, is unlisted, has no score of the day, or its scores in the graph and
        the workspace differ; the lender has no lines; the term is longer than `FirmTerms.longest`.
        """
        # Before any of them is read: one changed byte can make a file unreadable.
        if self.workspace.layout.scores_file(self.as_of).is_file():
            _ = self.score_hashes
        scored = self._scored(firm_id)
        shop = shop_facts_of(self.store, firm_id)
        evidence = order_evidence(self.workspace.tables(), self.as_of, firm_id, request)
        shop = self._with_documents(shop, request, evidence)
        exposure = total_exposure(shop, request.repays, request.other_debt)
        lines = self._lines(request, shop)
        loans = {line.loan for line in shop.loans} | {line.loan for line in lines}
        known = read_collateral(
            self.workspace.tables(), self.as_of, firm_id=shop.firm_id, loans=loans, also=request.collateral
        )
        pledges = pledges_of(known, self.as_of, policy)
        farm = self._farm(request, shop, policy)
        security = self._security(request, shop, exposure, known, policy)
        if farm is not None and request.lgd is None:
            security = replace(security, crops=farm.covers)
        # Before the stresses, which take most of the time.
        check_scores_match(shop.profile, scored.score)
        self._check_others(shop, lines)
        learned = self.learned
        output_losses = production_losses(self.store, firm_id)
        stresses = stresses_of(shop, lambda stopped: learned.pd_of(firm_id, stopped), output_losses)
        around = self._around(shop, request, lines)
        others = None
        if request.lender:
            others = learned.loss_of_others(firm_id, lines, pledges, policy)
        inputs = MemoInputs(
            request,
            shop,
            scored,
            stresses,
            around.usage,
            others,
            network_pd=learned.pd_of(firm_id),
            paths=learned.paths(firm_id),
            exposure=around.added_to(exposure),
            security=security,
            currency=self.info.currency,
            existing=existing_lines_of(
                shop,
                scored.score,
                self.workspace.score_files(self.as_of),
                pledges,
                policy,
            ),
            farm=farm,
            scenarios=self._scenarios(shop, request, policy),
            evidence=evidence,
            fabricated=self._fabricated(firm_id),
        )
        names = names_in(inputs, self.workspace.layout.scores_file(self.as_of))
        inputs = replace(inputs, names=names)
        return LoanMemo(
            sections=memo_of(inputs, policy),
            as_of=self.as_of,
            model=scored.score.model,
            degraded=scored.score.degraded,
            synthetic=self.info.synthetic,
            synthetic_model=scored.score.synthetic_model,
            data=self.info.content_hash,
            scored_by=ScoreSource.of_day(self.workspace.layout, self.as_of, scored.score.model),
        )

    def limit_inputs(self, firm_id: str, request: LoanRequest, policy: Policy) -> MemoInputs:
        """What the limit of a shop rests on: the inputs of its memo without stresses and security; raises as `memo`."""
        scored = self._scored(firm_id)
        shop = shop_facts_of(self.store, firm_id)
        check_scores_match(shop.profile, scored.score)
        evidence = order_evidence(self.workspace.tables(), self.as_of, firm_id, request)
        shop = self._with_documents(shop, request, evidence)
        lines = self._lines_once(request, shop)
        around = self._around(shop, request, lines)
        return MemoInputs(
            request,
            shop,
            scored,
            book=around.usage,
            exposure=around.added_to(total_exposure(shop, request.repays, request.other_debt)),
            currency=self.info.currency,
            farm=self._farm(request, shop, policy),
            scenarios=self._scenarios(shop, request, policy),
            evidence=evidence,
        )

    def admission_list(self, policy: Policy, lender: str | None) -> AdmissionList | None:
        """The admissions that hold for a policy and a lender on the day of the graph; None where there are none.

        Raises
        ------
        DataError: the file cannot be read.
        """
        path = self.workspace.layout.admissions_file(self.as_of, policy.hash, lender)
        listed = read_admission_list(path)
        if listed is not None:
            self.admission_hashes[path] = sha256_of(path)
        return listed

    def _lines_once(self, request: LoanRequest, shop: ShopFacts) -> list[BookLine]:
        """The lines as of `_lines`; a book is read and compared with the scores for the first borrower only."""
        lender = request.lender
        if lender and lender not in self._books:
            self._books[lender] = lines_of(self.store, lender)
            self._check_others(shop, self._books[lender])
        else:
            self._check_others(shop, ())
        lines = self._books[lender] if lender else ()
        return [line for line in lines if line.loan not in request.repays]

    @cached_property
    def _books(self) -> dict[str, tuple[BookLine, ...]]:
        """By lender, the lines that `_lines_once` has read."""
        return {}

    @cached_property
    def admission_hashes(self) -> dict[Path, str]:
        """SHA-256 of the admission lists that memos of this desk have read."""
        return {}

    @cached_property
    def fabricated(self) -> StoredVolume | None:
        """Trade of all firms that looks fabricated, as of the day; None where `fabricated` did not examine these data.

        Raises
        ------
        DataError: the file cannot be read.
        """
        stored = read_volume(self.workspace.layout.fabricated_file(self.as_of))
        return stored if stored is not None and stored.data == self.info.content_hash else None

    @property
    def volume_hashes(self) -> dict[Path, str]:
        """SHA-256 of the file of `fabricated`, where memos rest on it."""
        path = self.workspace.layout.fabricated_file(self.as_of)
        return {} if self.fabricated is None else {path: sha256_of(path)}

    def _fabricated(self, firm_id: str) -> tuple[Words, ...]:
        if self.fabricated is None:
            return ()
        return tuple(case_words(case) for case in self.fabricated.of_firm(firm_id)[:MOST_CASES])

    @cached_property
    def scores_digest(self) -> str:
        """SHA-256 of the scores of the day."""
        return sha256_of(self.workspace.layout.scores_file(self.as_of))

    def _scenarios(self, shop: ShopFacts, request: LoanRequest, policy: Policy) -> ScenarioCase | None:
        """What the choice of scenarios rests on; None for a policy without any, which asks for no more of the shop."""
        if not policy.scenarios:
            return None
        kind = shop_kind_of(shop.profile, shop.library, policy.stages)
        listed = None
        if any(scenario.is_admission for scenario in policy.scenarios):
            listed = self.admission_list(policy, request.lender)
        same = listed is not None and (listed.data, listed.scores) == (
            self.info.content_hash,
            self.scores_digest,
        )
        current = listed if same else None
        outdated = listed is not None and not same
        return ScenarioCase(policy, kind, shop.firm_id, self.as_of, current, is_outdated=outdated)

    def _farm(self, request: LoanRequest, shop: ShopFacts, policy: Policy) -> FarmFacts | None:
        """The crops and closed loops of a grower; None for a firm that grows nothing, of which no more is asked."""
        known = read_harvests(self.workspace.tables(), self.as_of, shop.firm_id)
        own = [row for row in known if row.firm_id == shop.firm_id]
        if not own:
            return None
        loops = shop.library.rows_as(ClosedLoop, "shop/closed-loop", firm=shop.firm_id)
        return FarmFacts(
            crop_figures(shop.firm_id, known),
            crop_covers(CropFacts(request, self.as_of, own, shop.loans, connected_firms(shop)), policy),
            judged_loops(loops, own, shop.receivables, policy.conclusion.refer_sole_pd),
        )

    def _scored(self, firm_id: str) -> ScoreHistory:
        """The stored scores of a shop.

        Raises
        ------
        DataError: the shop is unlisted.
        """
        scored = score_history_of(self._score_files(), firm_id, self.as_of)
        if scored.score.unlisted:
            raise DataError(
                f"firm {firm_id} is unlisted: it is only known as a partner of others, so there is nothing to check",
                "a firm with data of its own",
                "load its data, and list it in firms or by firms_from in the mapping",
            )
        return scored

    def _with_documents(self, shop: ShopFacts, request: LoanRequest, evidence: OrderEvidence) -> ShopFacts:
        """Return the shop with what its buyers owe by documents, in place of what trades show."""
        if evidence.items is None:
            return shop
        debtors = {item.debtor for item in evidence.items}
        scores = stored_scores(self.workspace.layout.scores_file(self.as_of), debtors)
        owed = evidence.receivables(request.product, shop.receivables, scores.get)
        return replace(shop, receivables=owed)

    def _security(
        self,
        request: LoanRequest,
        shop: ShopFacts,
        exposure: TotalExposure,
        known: Sequence[Collateral],
        policy: Policy,
    ) -> LoanSecurity:
        """What secures the loan, by the known collateral and the stored scores of guarantors."""
        guarantors = stored_scores(self.workspace.layout.scores_file(self.as_of), guarantors_of(shop))
        facts = SecurityFacts(request, shop, known, guarantors, exposure, self.as_of)
        return loan_security(facts, policy)

    def _score_files(self) -> list[Path]:
        layout = self.workspace.layout
        return [layout.scores_file(day) for day in self.workspace.scored_days() if day is not None]

    def _check_others(self, shop: ShopFacts, lines: Sequence[BookLine]) -> None:
        """Check the risk of every other firm that a memo shows, or that its figures use; raises as the check."""
        shown = {firm: ShownRisk(pd, defaulted) for firm, pd, defaulted in shop.others}
        shown |= {line.firm: ShownRisk(line.pd, line.defaulted) for line in lines}
        scores = self.workspace.layout.scores_file(self.as_of)
        run = self.workspace.score_runs().behind(scores)
        check_partners_match(shown, shop.rings, scores, defaults=same_definition(self.store, run))

    def _lines(self, request: LoanRequest, shop: ShopFacts) -> list[BookLine]:
        """The lines of the lender whose limits apply, without those that the loan repays; none without a lender."""
        if not request.lender:
            return []
        lines = lines_of(self.store, request.lender, shop.library)
        return [line for line in lines if line.loan not in request.repays]

    def _around(self, shop: ShopFacts, request: LoanRequest, lines: Sequence[BookLine]) -> BookAround:
        """The book of the lender whose limits apply, as they see it; nothing without a lender."""
        if not request.lender:
            return BookAround()
        return book_around(shop.library, request.lender, shop.firm_id, lines)
