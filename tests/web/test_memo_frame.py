"""What stands around the sections of a memo: its top, names beside ids, its stamp, numbered queries, and print."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json
from desk import open_desk
from supplyrisk.cli.render.memo_screen import show_memo
from supplyrisk.graph import to_json
from supplyrisk.graph.credit import Verdict, memo_label, summary_of, tables_after
from supplyrisk.graph.credit.memo_sections import SectionRecord
from supplyrisk.graph.credit.memo_table import TableSection
from supplyrisk.graph.credit.score_history import CaughtFrom, MemoReason
from supplyrisk.graph.workspace.score_source import ScoreSource
from supplyrisk.services import CheckResult, Preparation
from supplyrisk.web import memo_frame, memo_views, render_memo

SHOPS = ("GOOD", "WEAK", "HANGS", "THIN", "RING1", "DEAD")
BY_HAND = Preparation("2025-07-01T01:30:05+00:00", "analyst@desk")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def documents(ws: Path) -> dict[str, dict[str, Any]]:
    args = ("--amount", 1e4, "--days", 90, "-w", ws, "--no-record", "--lender", "L1")
    return {shop: run_json("check", shop, *args) for shop in SHOPS}


@pytest.fixture(scope="module")
def results(documents: dict[str, dict[str, Any]]) -> dict[str, CheckResult]:
    return {shop: CheckResult.from_json(document) for shop, document in documents.items()}


# The top


def test_the_top_by_hand(results: dict[str, CheckResult]) -> None:
    """RING2, whom RING1 stands for, has no line; RING1 has none, and guarantees 9,000."""
    memo = results["RING1"].memo.sections
    top = summary_of(memo)
    assert (top.amount, top.days, top.product, top.lender, top.currency) == (1e4, 90, "order", "L1", None)
    assert (top.existing, top.existing_known, top.total_after) == (9_000, True, 19_000)
    # 30 % of 120,000 sales over half of their 180 days; the rule that binds is about the lender's book.
    assert (top.binding, top.allowed_by, top.allowed_total) == ("COUNTERPARTY", "TURNOVER", 18_000)
    assert (top.grade, top.horizon_days, top.verdict) == (memo.risk.grade, 180, memo.conclusion.word)
    facts = memo_frame.top_facts(memo)
    assert list(facts) == ["requested", "limit", "conclusion", "exposure", "grade", "worst_grade"]
    assert facts["exposure"][1] == (
        "19,000 = existing 9,000 + requested 10,000; at most 18,000 by the rule “share of turnover”",
        "19,000 = 存量 9,000 + 申请 10,000；按“营业额占比”规则不超过 18,000",
    )
    assert re.fullmatch(
        r"[A-G] \(600 points\): PD \d\.\d\d% over 180 days, \d\.\d\d% over the term of 90 days",
        facts["grade"][1].en,
    )


def test_the_top_of_a_firm_in_default_and_of_one_without_a_grade(results: dict[str, CheckResult]) -> None:
    dead = results["DEAD"].memo.sections
    assert summary_of(dead).verdict is Verdict.OUTSIDE
    assert memo_frame.top_facts(dead)["grade"][1].en == "in default"
    thin = results["THIN"].memo.sections
    ungraded = replace(thin, risk=replace(thin.risk, grade=None))
    assert memo_frame.top_facts(ungraded)["grade"][1].zh == "无评级：依据不足"


def test_unknown_exposure_is_said_and_memos_without_it_have_no_such_line(
    results: dict[str, CheckResult],
) -> None:
    memo = results["RING1"].memo.sections
    assert memo.exposure is not None
    unknown = replace(memo, exposure=replace(memo.exposure, unknown=("C9",)))
    assert memo_frame.top_facts(unknown)["exposure"][1].en.startswith("unknown; what is known: 19,000 =")
    assert "exposure" not in memo_frame.top_facts(replace(memo, exposure=None))


def test_the_top_stands_before_the_sections(ws: Path, results: dict[str, CheckResult]) -> None:
    page = render_memo(results["GOOD"])
    args = ("check", "GOOD", "--amount", 1e4, "--days", 90, "--lender", "L1", "--no-record", "-w", ws)
    code, screen, err = run(*args)
    assert code == 0, err
    for text, parts in (
        (
            page,
            (
                "requested",
                "Credit limit",
                "total exposure after",
                ">grade<",
                "The firm",
                "Supply chain",
                "Appendix",
            ),
        ),
        (
            screen,
            (
                "requested:",
                "Credit limit:",
                "total exposure after",
                "grade:",
                "The firm",
                "Supply chain",
                "Append",
            ),
        ),
    ):
        places = [text.index(part) for part in parts]
        assert places == sorted(places)


# Names


def test_names_stand_beside_ids_everywhere(results: dict[str, CheckResult]) -> None:
    for shop, result in results.items():
        page = unescape(render_memo(result))
        body = page[page.index("<main") :]
        # In sentences and tables, not in commands, the drawing, codes and hashes.
        # A cell that is an id has the name in the next one.
        cells = r'<th scope="row">[A-Z0-9]+</th><td>[A-Z][a-z]'
        prose = re.sub(rf"<code>.*?</code>|<svg.*?</svg>|{cells}|<[^>]+>", " ", body, flags=re.DOTALL)
        for firm in result.memo.sections.names:
            places = [match.start() for match in re.finditer(rf"\b{firm}\b", prose)]
            assert all(prose[place - 1] == "(" for place in places), (shop, firm)


def test_a_firm_without_a_name_is_its_id_alone(documents: dict[str, dict[str, Any]]) -> None:
    document = json.loads(json.dumps(documents["HANGS"]))
    del document["rows"][0]["names"]["DEAD"]
    memo = CheckResult.from_json(document).memo.sections
    assert memo_views.paths_table(memo).texts()[0][0].en == "DEAD - supplier > Hangs (HANGS)"


def test_reasons_name_the_neighbours_that_they_mention(results: dict[str, CheckResult]) -> None:
    memo = results["HANGS"].memo.sections
    caught = CaughtFrom("DEAD", "supplier", 0.1, 0.9)
    memo = replace(memo, chain=replace(memo.chain, caught_from=(caught,)))
    reason = MemoReason(
        "CAUGHT_SUPPLIER", 0.9, "contagion from DEAD, not from DEADLY", "由 DEAD（供应商）传染而来"
    )
    assert memo_views.reason_words(reason, memo) == (
        "contagion from Dead (DEAD), not from DEADLY",
        "由 Dead (DEAD)（供应商）传染而来",
    )


def test_stresses_name_the_firm_that_stops(results: dict[str, CheckResult]) -> None:
    stopped = [row[1] for row in memo_views.stress_table(results["RING1"].memo.sections).texts()]
    assert "Alfa (ALFA)" in stopped or "Beta (BETA)" in stopped
    assert ("9 firms", "9 家企业") in stopped


# Small figures


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_above_zero_is_written_as_zero(
    results: dict[str, CheckResult], lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for shop, result in results.items():
        show_memo(result, lang)
        for text in (capsys.readouterr().out, render_memo(result, lang)):
            assert not re.search(r"(?<![\d.])0\.00\s?%", text), shop
            assert "%" in text


def test_partners_and_paths_whose_share_would_be_written_as_zero_are_left_out(
    results: dict[str, CheckResult],
) -> None:
    memo = results["RING1"].memo.sections
    tiny = replace(memo.chain.suppliers[0], other="TINY", share=0.00004)
    path = replace(memo.chain.paths[0], share=0.00004)
    chain = replace(memo.chain, suppliers=(*memo.chain.suppliers, tiny), paths=(*memo.chain.paths, path))
    assert memo_views.trading_firms(chain) == memo_views.trading_firms(memo.chain)
    assert memo_views.paths_table(replace(memo, chain=chain)) == memo_views.paths_table(memo)


# The stamp


def test_a_recorded_memo_says_its_number_time_and_preparer_as_the_log_does(ws: Path, tmp_path: Path) -> None:
    args = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)
    document = run_json(*args)
    number = document["record"]
    entry = json.loads(run("audit", "show", number, "-w", ws)[1])
    assert document["prepared"] == {"at": entry["at"], "by": f"{entry['user']}@{entry['host']}"}
    assert entry["document"]["prepared"] == document["prepared"]
    code, _, err = run(*args, "--prepared-by", " Wang  Fang ", "-o", tmp_path / "m.html")
    assert code == 0, err
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert f"No. {number + 1} · " in page and "prepared by Wang Fang" in page and "编制人 Wang Fang" in page
    assert f"memo written to {tmp_path / 'm.html'}" in err
    code, _, err = run(*args, "--prepared-by", " ")
    assert (code, "the name of the preparer is empty" in err) == (2, True)


def test_the_stamp_and_what_a_memo_rests_on(results: dict[str, CheckResult]) -> None:
    result = replace(results["GOOD"], record=12, prepared=BY_HAND)
    assert memo_frame.stamp(result) == (
        "No. 12 · 2025-07-01 01:30 UTC · prepared by analyst@desk",
        "编号 12 · 2025-07-01 01:30 UTC · 编制人 analyst@desk",
    )
    source = ScoreSource(3, "hand/network", "abcd" * 4, "2025-06-30", "d" * 64)
    loan = replace(result.memo, data="d" * 64, scored_by=source)
    facts = {label.en: value.en for label, value in memo_frame.identity(replace(result, memo=loan))}
    assert facts["number in the audit log"] == "12"
    assert facts["model"] == f"hand/network {'abcd' * 4}"
    assert facts["data version"] == "d" * 64
    assert facts["run of scgraph score"] == "3"
    assert facts["policy"].endswith(result.memo.sections.policy.hash)
    assert facts["as of"] == "2025-06-30"
    assert memo_frame.stamp(replace(result, record=None, prepared=None)).en == "not recorded"


def test_a_memo_of_an_earlier_version_is_read(documents: dict[str, dict[str, Any]]) -> None:
    document = json.loads(json.dumps(documents["GOOD"]))
    for key in ("prepared", "scored_by"):
        del document[key]
    del document["rows"][0]["names"], document["rows"][0]["policy"]["currency"]
    result = CheckResult.from_json(document)
    assert (result.prepared, result.memo.model_hash, result.memo.sections.names) == (None, None, {})
    assert "编制时间" in render_memo(result)


def test_the_page_has_space_for_decisions_and_a_head_for_print(results: dict[str, CheckResult]) -> None:
    page = render_memo(replace(results["GOOD"], record=12, prepared=BY_HAND))
    decision = page[page.index('class="decision"') :]
    for label in ("name", "decision", "date", "signature"):
        assert f'<span class="en">{label}</span>' in decision[: decision.index("</section>")]
    assert "counter(page)" in page and "size: A4" in page and "table-header-group" in page
    head = re.search(r'@page \{ @top-left \{ content: "(.*?)"', page)
    assert head is not None and "12" in head[1] and "analyst" in head[1]


def test_a_preparer_cannot_end_the_style_sheet(results: dict[str, CheckResult]) -> None:
    hostile = replace(BY_HAND, by='"}</style><script>alert(1)</script>\\')
    page = render_memo(replace(results["GOOD"], prepared=hostile))
    assert "<script" not in page and page.count("</style>") == 1
    contents = re.findall(r'-(?:left|right) \{ content: "(.*?)"; \}', page)
    assert len(contents) == 4
    # Letters, digits and spaces; everything else is an escape of the stylesheet.
    assert all(re.fullmatch(r"(?:[\w ]|\\[0-9a-f]+ )+", content) for content in contents)


# Queries


def test_sections_refer_to_queries_of_the_appendix_by_number(
    ws: Path, results: dict[str, CheckResult]
) -> None:
    memo = results["RING1"].memo.sections
    numbers = memo_frame.QueryNumbers.of(memo)
    assert len(set(numbers.lines)) == len(numbers.lines) > 8
    # A path is shown by the query of the firm's partners that the memo ran, with all its parameters.
    assert [line for line in numbers.lines if "shop/partners --param firm=RING1" in line] == [
        "scgraph query run shop/partners --param firm=RING1 --param top=1000000"
    ]
    parts = {part: numbers.reference(memo, part) for part in (*memo_frame.PART_QUERIES, "paths")}
    for part, names in memo_frame.PART_QUERIES.items():
        reference = parts[part]
        assert reference is not None, part
        referred = [numbers.lines[int(number) - 1] for number in re.findall(r"\d+", reference.en)]
        assert {line.split()[3] for line in referred} <= set(names)
        assert re.findall(r"\d+", reference.zh) == re.findall(r"\d+", reference.en)
    page = render_memo(results["RING1"])
    # It has neither a shared supplier nor a line nor a debtor, so nothing refers to their queries.
    for part, reference in parts.items():
        assert reference is not None and (reference.zh in page or part in ("common", "lines", "financed"))
    # No command stands outside of the appendix.
    assert "scgraph query run" not in page[: page.index('<ol class="queries">')]


def test_every_query_of_a_memo_is_of_some_part(results: dict[str, CheckResult]) -> None:
    known = {name for names in memo_frame.PART_QUERIES.values() for name in names}
    for result in results.values():
        assert {query.name for query in result.memo.sections.queries} <= known


# Wording


def test_an_expert_memo_names_the_scorecard_and_not_the_network(results: dict[str, CheckResult]) -> None:
    memo = results["RING1"].memo.sections
    # Sentences of findings are stored.
    assert "PD by the network" in memo.conclusion.findings[-1].text
    memo = replace(memo, conclusion=replace(memo.conclusion, findings=()))
    expert = replace(memo, risk=replace(memo.risk, model="hand/expert"))
    assert next(iter(memo_views.paths_table(memo).columns)) == "paths"
    assert next(iter(memo_views.paths_table(expert).columns)) == "paths_expert"
    undisturbed = [memo_views.stress_table(one).texts()[0][0] for one in (memo, expert)]
    assert undisturbed == [memo_label("no_stop"), memo_label("no_stop_expert")]
    result = results["RING1"]
    page = render_memo(replace(result, memo=replace(result.memo, sections=expert)))
    assert "by the expert scorecard" in page and "by the network" not in page


def test_tables_follow_the_section_that_their_record_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from supplyrisk.graph.credit import memo_sections

    records = (
        SectionRecord("early", {"firm": "text"}, lambda _: (), after="conclusion"),
        SectionRecord("late", {"firm": "text"}, lambda _: ()),
        SectionRecord("empty", {"firm": "text"}, lambda _: ()),
    )
    monkeypatch.setattr(memo_sections, "SECTIONS", records)
    tables = [
        TableSection({"firm": "text"}, (("A",),) if key != "empty" else (), key)
        for key in ("early", "late", "empty")
    ]
    assert [
        [table.key for table in tables_after(place, tables)] for place in ("conclusion", "shop", "limit")
    ] == [
        ["early"],
        [],
        ["late"],
    ]


def test_times_are_written_in_utc() -> None:
    assert memo_frame.written_time("2025-07-01T09:30:00+08:00") == "2025-07-01 01:30 UTC"
    assert datetime.fromisoformat(BY_HAND.at).date() == date(2025, 7, 1)
    assert json.loads(to_json(BY_HAND.at)) == BY_HAND.at
