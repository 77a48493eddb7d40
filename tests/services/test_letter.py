"""Letters to the shops of a small synthetic world by stated rules: what they say, and what they never say."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from supplyrisk import gnn, services, web
from supplyrisk.gnn.baselines.expert_model import ExpertData, fit_expert
from supplyrisk.gnn.risk_model import SnapshotHazards
from supplyrisk.graph import LANGUAGES, Snapshot, Words, read_texts, to_json
from supplyrisk.graph.credit import ReasonsPolicy
from supplyrisk.graph.merchant import MOST_REASONS, REASON_CODES, TRADING_RISK
from supplyrisk.services.letter_changes import TOGETHER
from supplyrisk.services.letter_reasons import GROUND_REASONS, letter_reasons
from supplyrisk.services.letter_sources import ShopRow
from supplyrisk.services.letter_writing import LetterCase, write_letter

DAY = date(2026, 1, 5)


class Book:
    """A snapshot scored by the expert scorecard, and letters to its shops."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.model = fit_expert("book", ExpertData(snapshot, 0.03))
        self.computed: SnapshotHazards = self.model.parts(snapshot)
        self.scores = gnn.score(self.model, snapshot, computed=self.computed)
        self.ids: list[str] = snapshot.firms["firm_id"].to_pylist()
        first = gnn.FirmRescoring.of(self.model, self.computed, 0)
        self.rescorings = [replace(first, firm=row) for row in range(len(self.ids))]

    def letter(self, firm: str, reasons: ReasonsPolicy | None = None) -> services.ShopLetter:
        row = self.ids.index(firm)
        case = LetterCase(DAY, None, reasons or ReasonsPolicy(), gnn.BOUNDS, stated=True)
        shop = ShopRow.of(self.snapshot, row)
        return write_letter(shop, self.rescorings[row], self.scores.firm(firm), case)


@pytest.fixture(scope="module")
def book(now: Snapshot) -> Book:
    return Book(now)


@pytest.fixture(scope="module")
def letters(book: Book) -> dict[str, services.ShopLetter]:
    """The letters to every third shop."""
    return {firm: book.letter(firm) for firm in book.ids[::3]}


def texts(letter: services.ShopLetter) -> str:
    """Everything that a shop may get to read."""
    rendered = [f(letter, lang) for f in (web.render_letter, web.render_letter_text) for lang in LANGUAGES]
    return "\n".join([*rendered, to_json(services.document("letter", [letter]))])


def test_no_letter_names_another_firm_a_pd_or_how_the_model_works(
    book: Book, letters: dict[str, services.ShopLetter]
) -> None:
    names = dict(zip(book.ids, book.snapshot.firms["name"].to_pylist(), strict=True))
    persons = book.snapshot.persons["person_id"].to_pylist()
    others = re.compile("|".join(map(re.escape, [*book.ids, *filter(None, names.values()), *persons])))
    for firm, letter in letters.items():
        text = texts(letter)
        assert set(others.findall(text)) <= {firm, names[firm]}
        pd = book.scores.firm(firm).pd
        shown = {f"{100 * pd:.2f}%", str(pd)} if pd is not None else set()
        assert not any(figure in text for figure in shown)
        visible = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        for word in (
            "PD",
            "percentile",
            "hazard",
            "contagion",
            "peer_level",
            "OWN_",
            "CAUGHT",
            "违约概率",
            "传染",
        ):
            assert word not in visible, word


def test_letters_state_at_most_four_permitted_reasons_each_supported_by_a_figure(
    letters: dict[str, services.ShopLetter],
) -> None:
    scored = [letter for letter in letters.values() if letter.grade]
    assert len(scored) > 50
    for letter in scored:
        codes = [reason.code for reason in letter.reasons]
        assert len(codes) == len(set(codes)) <= MOST_REASONS
        assert set(codes) <= set(REASON_CODES)
        for reason in letter.reasons:
            assert reason.detail is not None or reason.code in (TRADING_RISK, "ENVIRONMENT")
        assert len(letter.strengths) <= MOST_REASONS
        assert not set(codes) & {strength.code for strength in letter.strengths}
    assert sum(bool(letter.reasons) for letter in scored) > 0.9 * len(scored)
    assert {reason.code for letter in scored for reason in letter.reasons} > {
        "PAYMENT",
        "LIQUIDITY",
        "QUALITY",
    }


def test_a_reason_that_is_not_permitted_makes_place_for_the_next(book: Book) -> None:
    firm = next(firm for firm in book.ids if len(book.letter(firm).reasons) == MOST_REASONS)
    full = [reason.code for reason in book.letter(firm).reasons]
    rest = tuple(code for code in REASON_CODES if code != full[0])
    fewer = [reason.code for reason in book.letter(firm, ReasonsPolicy(permitted=rest)).reasons]
    assert fewer[:3] == full[1:]
    assert book.letter(firm, ReasonsPolicy(permitted=())).reasons == ()


def test_what_would_help_equals_rescoring_by_hand(
    book: Book, letters: dict[str, services.ShopLetter]
) -> None:
    """The shop with the largest share of overdue receivables, brought to the median of its peers by hand."""
    firm = next(f for f, x in letters.items() if "COLLECT" in [change.code for change in x.changes])
    row = book.ids.index(firm)
    letter = letters[firm]
    [change] = [change for change in letter.changes if change.code == "COLLECT"]
    name = "receivables_overdue_share"
    shop = ShopRow.of(book.snapshot, row)
    goal = shop.peers.median(name)
    values = book.snapshot.firms[name].to_pylist()
    values[row] = goal
    at = book.snapshot.firms.column_names.index(name)
    firms = book.snapshot.firms.set_column(at, name, pa.array(values, pa.float64()))
    own = book.model.parts(replace(book.snapshot, firms=firms)).parts.own[row]
    hazard = own + book.computed.parts.caught[row]
    pd = float(-np.expm1(-book.model.calibrations["expert"].apply(np.array([hazard]))[0]))
    assert change.points == round(gnn.points(pd))
    assert change.grade == gnn.grade(pd)
    assert letter.points is not None
    assert change.gain == change.points - letter.points >= 1


def test_changes_are_ordered_by_what_they_bring_and_none_is_without_effect(
    letters: dict[str, services.ShopLetter],
) -> None:
    several = [letter for letter in letters.values() if letter.together]
    assert len(several) > 20
    for letter in letters.values():
        gains = [change.gain for change in letter.changes]
        assert gains == sorted(gains, reverse=True)
        assert all(gain >= 1 for gain in gains)
        assert (letter.together is not None) == (len(gains) > 1)
    for letter in several:
        assert letter.together is not None
        assert letter.together.code == TOGETHER
        # The scorecard adds up: together at least as good as the best one.
        assert letter.together.gain >= letter.changes[0].gain


def test_the_order_of_rows_changes_nothing(book: Book, letters: dict[str, services.ShopLetter]) -> None:
    """Links are numbered by row, so the firms are reversed among each other only where nothing refers to rows."""
    shuffled = replace(
        book.snapshot,
        firms=book.snapshot.firms.take(list(range(len(book.ids)))[::-1]),
        edges={
            kind: reversed_rows(table, kind, len(book.ids)) for kind, table in book.snapshot.edges.items()
        },
    )
    other = Book(shuffled)
    for firm in book.ids[::30]:
        assert other.letter(firm) == book.letter(firm)


def reversed_rows(table: pa.Table, kind: tuple[str, str, str], firms: int) -> pa.Table:
    for end, node in (("source", kind[0]), ("target", kind[2])):
        if node == "firm":
            rows = firms - 1 - table[end].to_numpy()
            table = table.set_column(table.column_names.index(end), end, pa.array(rows, table[end].type))
    return table


def test_too_few_data_make_a_list_of_what_is_missing(book: Book) -> None:
    firm = next(f for f in book.ids if book.scores.firm(f).state == "scored" and "merchant" in roles(book, f))
    row = book.ids.index(firm)
    scored = replace(book.scores.firm(firm), state="insufficient")
    table = book.snapshot.firms
    for name, age in (("activity_ago", 91.0), ("statements_ago", None), ("trades_ago", 5.0)):
        values = table[name].to_pylist()
        values[row] = age
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(values, pa.float64()))
    shop = ShopRow.of(replace(book.snapshot, firms=table), row)
    case = LetterCase(DAY, None, ReasonsPolicy(contact="desk@lender.example"), gnn.BOUNDS, stated=True)
    letter = write_letter(shop, book.rescorings[row], scored, case)
    assert letter.kind == "insufficient"
    assert (letter.points, letter.grade, letter.reasons, letter.changes) == (None, None, (), ())
    # A stale source is missing as well; the one that counts most for a merchant comes first.
    sources = [missing.source for missing in letter.missing]
    assert sources[:2] == ["activity", "statements"]
    assert "trades" not in sources
    assert "statements" not in [used.source for used in letter.used]
    text = web.render_letter_text(letter)
    assert "This is no judgement of your business" in text
    assert "Connect your shop's account" in text
    assert "Please write to: desk@lender.example" in text
    assert "points" not in text and "grade" not in text


def roles(book: Book, firm: str) -> str:
    return str(book.snapshot.firms["roles"][book.ids.index(firm)].as_py())


def test_what_is_unknown_is_no_reason_of_its_own(book: Book) -> None:
    firm = next(f for f in book.ids if book.letter(f).grade and "merchant" in roles(book, f))
    shop = ShopRow.of(book.snapshot, book.ids.index(firm))
    values = {**shop.values, "margin": 0.1, "pay_late_days": math.nan, "loan_drawn": math.nan}
    ages = {**shop.ages, "statements": math.nan, "trades": 3.0, "loans": math.nan}
    shop = replace(shop, values=values, ages=ages)
    # No statement at all could be provided; a figure without records behind it, and a shop without loans, could not.
    codes = {
        name: shop.code_of(name) for name in ("margin", "pay_late_days", "loan_drawn", "roles", "age_days")
    }
    assert codes == {
        "margin": "MISSING", "pay_late_days": None, "loan_drawn": None, "roles": None, "age_days": "HISTORY",
    }  # fmt: skip
    assert shop.source_of("margin") == "statements"


def test_a_firm_in_default_is_told_so_and_nothing_else(book: Book) -> None:
    firm = next(f for f in book.ids if book.scores.firm(f).state == "defaulted")
    letter = book.letter(firm)
    assert [reason.code for reason in letter.reasons] == ["DEFAULTED"]
    assert (letter.grade, letter.changes, letter.missing) == (None, (), ())


def test_findings_of_the_policy_come_first_and_take_the_figure_of_the_score(book: Book) -> None:
    firm = next(f for f in book.ids if "DEBT" in [r.code for r in book.letter(f).reasons])
    row = book.ids.index(firm)
    shop = ShopRow.of(book.snapshot, row)
    grounds = ("NO_ROOM", "RING", "PD_REFER")
    reasons = letter_reasons(shop, book.rescorings[row].contributions(), REASON_CODES, grounds).principal
    assert [reason.code for reason in reasons[:2]] == ["DEBT", "GUARANTEES"]
    assert reasons[0].detail is not None
    assert reasons[1].detail is None


def test_every_finding_and_rule_of_a_policy_has_a_reason_or_is_of_the_score() -> None:
    texts = read_texts("supplyrisk.graph.texts", "memo", "en")
    codes = {key.split(".")[1] for key in texts if key.startswith(("finding.", "rule."))}
    codes = {code for code in codes if code.isupper()}
    # An amount above the limit, and no limit, are told by the rule that sets it.
    assert codes - {"PD", "GRADE", "AMOUNT", "NO_LIMIT"} == set(GROUND_REASONS)
    assert set(GROUND_REASONS.values()) <= set(REASON_CODES)


def test_names_are_escaped_and_stay_on_one_line(book: Book) -> None:
    firm = next(f for f in book.ids if book.letter(f).grade)
    letter = replace(book.letter(firm), name="<b>*Shop*</b>\n# 1")
    assert "&lt;b&gt;*Shop*&lt;/b&gt; # 1" in web.render_letter(letter)
    assert "\\<b\\>\\*Shop\\*\\</b\\> \\# 1" in web.render_letter_text(letter, markdown=True)


def test_a_letter_by_hand(tmp_path: Path) -> None:
    """The parts of the text, from a letter that is made up."""
    words = Words("Late or missing payments to suppliers", "对供应商付款逾期或拖欠")
    letter = services.ShopLetter(
        kind="decision", written_on=DAY, firm="F1", name="Anna's", as_of=date(2025, 12, 31), points=570, grade="F",
        decision=services.LetterDecision(3, "2026-01-02", 20_000.0, 90, "decline", "2026-01-04"),
        reasons=(services.LetterReason("PAYMENT", words, Words("You paid late.", "付款逾期。")),),
        strengths=(services.LetterReason("CASH", Words("You hold cash.", "现金充足。")),),
        changes=(
            services.LetterChange(
                "PAY_ON_TIME", Words("Pay on time", "按时付款"),
                (services.LetterStep(Words("late", "逾期"), Words("3 days", "3 天"), Words("0 days", "0 天")),),
                1, 571, "E",
            ),
        ),
        together=None, missing=(), used=(services.UsedData("activity", Words("sales records", "经营流水"), DAY),),
        currency="CNY", contact="", synthetic=False, stated=False,
    )  # fmt: skip
    text = web.render_letter_text(letter, markdown=True)
    head, _, rest = text.partition("\n\n## ")
    assert head.splitlines() == [
        "# Your loan request and its reasons",
        "",
        "Date: 2026-01-05  ",
        "To: Anna's (F1)  ",
        "Based on what was known on: 2025-12-31  ",
        "Your request: CNY 20,000 for 90 days  ",
        "Assessed on: 2026-01-02  ",
        "Decision: declined  ",
        "Decided on: 2026-01-04  ",
        "Score: 570 points, grade F (A is best, G is worst)",
    ]
    assert "- Late or missing payments to suppliers\n  - You paid late." in rest
    assert "- Pay on time\n  - late: 3 days → 0 days\n  - about 1 point more: 571 points, grade E" in rest
    assert "an estimate, not a promise" in rest
    assert "- sales records: 2026-01-05" in rest
    chinese = web.render_letter_text(letter, "zh")
    assert "审查结果：不予同意" in chinese and "约提高 1 分：571 分，E 级" in chinese
    stored = json.loads(to_json(services.document("letter", [letter])))["rows"][0]
    assert stored["reasons"][0] == {
        "code": "PAYMENT", "text": [*words], "detail": ["You paid late.", "付款逾期。"],
    }  # fmt: skip
