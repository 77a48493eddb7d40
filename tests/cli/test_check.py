"""scgraph check, portfolio and audit on the hand-made desk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, BASE, caught, memo, open_desk, pd, transmissions
from supplyrisk.graph import write_table
from supplyrisk.graph.credit import shipped_policy
from supplyrisk.graph.workspace.layout import Layout


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def own(ws: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(ws, tmp_path / "own"))


def conclusion(sections: dict[str, Any]) -> tuple[str, list[str]]:
    return sections["conclusion"]["word"], [f["code"] for f in sections["conclusion"]["findings"]]


GOOD = BASE["GOOD"] + sum(caught(s, "GOOD", pd(BASE[s])) for s in ("ALFA", "BETA", "MALL", "HAUL"))
"""GOOD's hazard: its partners receive no contagion themselves."""


# Conclusions


def test_a_sound_shop_is_within_policy(ws: Path) -> None:
    sections = memo(ws, "GOOD")
    assert conclusion(sections) == ("within policy", [])
    assert sections["risk"]["pd"] == pytest.approx(pd(GOOD), rel=1e-9)
    assert sections["risk"]["pd_term"] == pytest.approx(pd(GOOD / 2), rel=1e-9)


def test_a_shop_that_is_weak_by_itself_is_outside_policy(ws: Path) -> None:
    sections = memo(ws, "WEAK")
    assert conclusion(sections) == ("outside policy", ["PD_OUTSIDE", "NO_LIMIT", "STRESS"])
    assert sections["limit"]["binding"] == "GRADE"
    assert sections["risk"]["reasons"][0]["code"] == "OWN_MARGIN"


def test_a_shop_that_hangs_on_a_failed_supplier_is_referred(ws: Path) -> None:
    sections = memo(ws, "HANGS", "--repays", "C1", amount=5_000)
    assert conclusion(sections)[0] == "refer"
    sole = next(f for f in sections["conclusion"]["findings"] if f["code"] == "SOLE")
    assert sole["text"] == "100% of its purchases depend on Dead (DEAD), which is in default"
    assert sections["risk"]["reasons"][0]["code"] == "CAUGHT_SUPPLIER"
    assert sections["chain"]["single_sources"] == ["DEAD", "MALL"]


def test_a_shop_with_thin_data_is_insufficient_evidence(ws: Path) -> None:
    sections = memo(ws, "THIN")
    assert conclusion(sections) == ("insufficient evidence", ["THIN"])
    assert sections["limit"]["amount"] == 0
    assert "activity" in sections["shop"]["missing"]


def test_a_member_of_a_guarantee_ring_is_referred(ws: Path) -> None:
    sections = memo(ws, "RING1", amount=5_000)
    assert conclusion(sections)[0] == "refer"
    assert "RING" in conclusion(sections)[1]
    assert sections["chain"]["rings"] == [{"firms": 3, "circle": ["RING1", "RING2", "RING3"], "failing": 0}]


def test_a_firm_in_default_is_outside_policy_and_has_no_loss_to_expect(ws: Path) -> None:
    sections = memo(ws, "DEAD")
    assert conclusion(sections) == ("outside policy", ["DEFAULTED"])
    assert sections["loss"]["el"] is None
    assert sections["risk"]["pd_term"] is None


# Loss


def test_expected_loss_by_hand(ws: Path) -> None:
    loss = memo(ws, "GOOD", "--product", "credit", amount=20_000)["loss"]
    assert (loss["ead"], loss["lgd"], loss["lgd_from"]) == (15_000.0, 0.45, "the policy")
    assert loss["el"] == pytest.approx(pd(GOOD / 2) * 0.45 * 15_000, rel=1e-9)
    at_lgd = memo(ws, "GOOD", "--lgd", 0.2, amount=20_000)["loss"]
    assert at_lgd["el"] == pytest.approx(pd(GOOD / 2) * 0.2 * 20_000, rel=1e-9)


def test_stresses_stop_supplier_customer_carrier_and_region(ws: Path) -> None:
    loss = memo(ws, "GOOD")["loss"]
    sections = {s["code"]: s for s in loss["stresses"]}
    stopped = {code: s["stopped"] for code, s in sections.items()}
    assert stopped == {"SUPPLIER": ["ALFA"], "CUSTOMER": ["MALL"], "CARRIER": ["HAUL"], "REGION": ["BETA"]}
    for code, source in (("SUPPLIER", "ALFA"), ("CUSTOMER", "MALL"), ("CARRIER", "HAUL"), ("REGION", "BETA")):
        hazard = GOOD - caught(source, "GOOD", pd(BASE[source])) + caught(source, "GOOD", 1.0)
        assert sections[code]["pd"] == pytest.approx(pd(hazard), rel=1e-9)
        assert sections[code]["el"] == pytest.approx(pd(hazard / 2) * 0.45 * 10_000, rel=1e-9)
    # ALFA is 60 % of what GOOD buys; BETA, DEAD stand in for makers as far as their own sales go
    assert 0 < sections["SUPPLIER"]["output"] <= 0.6
    assert sections["CUSTOMER"]["output"] == pytest.approx(1.0)  # MALL is all that GOOD sells to
    assert loss["network_pd"] == pytest.approx(pd(GOOD), rel=1e-9)


def test_a_lender_sees_its_book(ws: Path) -> None:
    book = memo(ws, "RING3", "--lender", "L1")["book"]
    # RING2's revolving line counts with its limit of 100,000, the others with the 70,000 that are drawn.
    assert book["book"]["lent"] == 170_000
    # RING2 has drawn 20,000 of 100,000: EAD 80,000; it stops being itself when RING3 stops
    before = BASE["RING2"] + caught("RING3", "RING2", 0.0)
    assert before == BASE["RING2"]
    (hit,) = book["borrowers"]
    assert hit["firm"] == "RING2"
    assert hit["added_el"] == pytest.approx(book["added_el"])
    assert 0.25 * 0.45 * 80_000 < hit["added_el"] < 0.3 * 0.45 * 80_000
    assert memo(ws, "RING3")["book"] is None


# Requests


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("NOFIRM", "--amount", 1, "--days", 1), "no firm 'NOFIRM' in the graph"),
        (
            ("NO FIRM", "--amount", 1, "--days", 1),
            "scgraph query run shop/named --param 'firm=NO FIRM' finds",
        ),
        (("twin", "--amount", 1, "--days", 1), "2 firms are called twin: RING2 (North), RING3 (North)"),
        (("GOOD", "--amount", 0, "--days", 0), "an amount of 0, expected more than 0; a term of 0 days"),
        (("GOOD", "--amount", 1, "--days", 1, "--lgd", 2), "an LGD of 2, expected a share from 0 to 1"),
        (("GOOD",), "expected SHOP or --facts FILE, --amount MONEY and --days DAYS"),
        (
            ("GOOD", "--amount", "20,000", "--days", 1),
            "'20,000' is not an amount; expected digits without separators",
        ),
        (("GOOD", "--amount", "20,000", "--days", 1), "such as 20000 or 20000.50; write 20000"),
        (("GOOD", "--amount", "much", "--days", 1), "such as 20000 or 20000.50\n"),
        # What can be read in two ways gets no suggestion.
        (("GOOD", "--amount", "1,5", "--days", 1), "such as 20000 or 20000.50\n"),
        (("GOOD", "--amount", "20.000,50", "--days", 1), "such as 20000 or 20000.50\n"),
        (("GOOD", "--amount", "1_000", "--days", 1), "such as 20000 or 20000.50; write 1000"),
        (("GOOD", "--amount", "inf", "--days", 1), "an amount of inf, expected more than 0"),
    ],
)
def test_an_invalid_request_is_a_usage_error(ws: Path, args: tuple[object, ...], message: str) -> None:
    code, out, err = run("check", *args, "-w", ws)
    assert (code, out) == (2, "")
    assert message in err


def test_a_memo_in_a_file_leaves_its_conclusion_on_the_terminal(ws: Path, tmp_path: Path) -> None:
    args = (
        "check",
        "HANGS",
        "--amount",
        5_000,
        "--days",
        90,
        "--repays",
        "C1",
        "--no-record",
        "-w",
        ws,
        "-o",
        tmp_path / "m.html",
    )
    code, out, err = run(*args)
    assert (code, out) == (0, "")
    sections = memo(ws, "HANGS", "--repays", "C1", amount=5_000)
    limit, codes = sections["limit"]["amount"], ", ".join(conclusion(sections)[1])
    first, second = err.splitlines()
    assert first == (
        f"Hangs (HANGS): REFER ({codes}) - Credit limit: {limit:,.0f} - "
        "A person decides; this memo states only the policy's conclusion."
    )
    assert second == f"memo written to {tmp_path / 'm.html'}"
    assert run(*args, "--lang", "zh")[2].startswith("Hangs (HANGS)：转人工审查（")


def test_a_name_will_do(ws: Path) -> None:
    assert memo(ws, "good shop")["shop"]["firm"] == "GOOD"


def test_a_term_beyond_the_horizon_is_said_and_beyond_twice_of_it_refused(ws: Path) -> None:
    sections = memo(ws, "GOOD", days=360)
    assert sections["risk"]["beyond_horizon"] is True
    assert sections["risk"]["pd_term"] == pytest.approx(pd(2 * GOOD), rel=1e-9)
    code, _, err = run("check", "GOOD", "--amount", 1, "--days", 361, "-w", ws)
    assert code == 3
    assert "a term of 361 days; expected at most 360" in err


def test_a_policy_in_another_currency_is_used_only_for_data_without_one(ws: Path, tmp_path: Path) -> None:
    mine = tmp_path / "policy.toml"
    mine.write_text(shipped_policy().replace('"CNY"', '"EUR"').replace("share = 0.30", "share = 0.01"))
    sections = memo(ws, "GOOD", "--policy", mine)
    # The amounts of the data are not called EUR: nobody has said so.
    assert sections["request"]["currency"] is None
    assert sections["policy"]["currency"] == "EUR"
    args = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record", "--policy", mine)
    assert "The data state no currency" in run(*args)[1]
    assert sections["limit"]["binding"] == "TURNOVER"  # 1 % of 600,000 x 90 / 180 = 3,000: below the least
    assert sections["limit"]["amount"] == 0
    assert sections["policy"]["hash"] != memo(ws, "GOOD")["policy"]["hash"]


def test_without_scores_it_says_what_to_run(own: Path) -> None:
    Layout(own).scores_file(AS_OF).unlink()
    code, _, err = run("check", "GOOD", "--amount", 1, "--days", 1, "-w", own)
    assert code == 3
    assert "has no score as of 2025-06-30; run scgraph score" in err


def test_scores_of_other_data_are_refused(own: Path) -> None:
    files = Layout(own).transmission_files(AS_OF)
    for file, table in zip(files, transmissions("other").to_tables(), strict=True):
        write_table(file, table)
    for verb in (("check", "GOOD", "--amount", 1, "--days", 1), ("portfolio", "L1")):
        code, _, err = run(*verb, "-w", own)
        assert code == 3
        assert "the stored scores of 2025-06-30 are of other data" in err


def test_a_graph_with_another_scoring_is_refused(own: Path) -> None:
    path = Layout(own).scores_file(AS_OF)
    table = pq.read_table(path)
    halved = pc.multiply(table["pd"], 0.5)
    write_table(path, table.set_column(table.column_names.index("pd"), "pd", halved))
    code, _, err = run("check", "GOOD", "--amount", 1, "--days", 1, "-w", own)
    assert code == 3
    assert "run scgraph store scores" in err


def test_one_edited_pd_of_a_partner_is_refused_by_name(own: Path) -> None:
    """One SET on a partner in the graph changed the memo."""
    edit = "MATCH (f:Firm {firm_id: 'ALFA'}) SET f.risk_pd = 0.5"
    assert run("query", "run", "--text", edit, "--write", "-w", own)[0] == 0
    code, out, err = run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", own)
    assert (code, out) == (3, "")
    assert "the graph shows a PD of 0.5 for ALFA, the stored scores 0.0" in err
    assert "run scgraph store scores" in err
    assert run("store", "scores", "-w", own)[0] == 0
    assert run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", own)[0] == 0


# The terminal


def test_the_terminal_speaks_chinese_on_request(ws: Path) -> None:
    request = ("HANGS", "--amount", 5e3, "--days", 90, "--repays", "C1")
    args = ("check", *request, "-w", ws, "--no-record", "--lang", "zh")
    code, out, err = run(*args)
    assert code == 0, err
    sentences = ("100% 的采购依赖 Dead (DEAD)，该企业已违约", "Dead (DEAD) - 供应商 > Hangs (HANGS)")
    for words in ("转人工审查", "期限（90 天）内违约概率", "人工设定", "评级限额", *sentences):
        assert words in out


def test_unknown_sources_are_listed_with_what_coverage_counts(ws: Path, tmp_path: Path) -> None:
    # The data have no statements at all: they are unknown for every firm, and count as absent.
    args = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")
    unknown = "no data on: statements (data coverage is the share of what the model uses"
    assert unknown in run(*args)[1]
    assert "数据集中没有的来源按缺失计）" in run(*args, "--lang", "zh")[1]
    run(*args, "-o", tmp_path / "memo.html")
    assert "sources that the data lack count as absent" in (tmp_path / "memo.html").read_text(
        encoding="utf-8"
    )


def test_one_day_is_singular(ws: Path, tmp_path: Path) -> None:
    args = ("check", "GOOD", "--amount", 1e4, "--days", 1, "-w", ws, "--no-record")
    assert "10,000, 1 day, order" in run(*args)[1]
    run(*args, "-o", tmp_path / "memo.html")
    assert "10,000, 1 day, order finance" in (tmp_path / "memo.html").read_text(encoding="utf-8")
    assert "10,000, 2 days, order" in run(*args[:4], "--days", 2, *args[6:])[1]


def test_every_pd_of_a_memo_says_its_period_and_stresses_stand_beside_the_pd_of_the_same(ws: Path) -> None:
    sections = memo(ws, "GOOD", "--lender", "L1")
    loss = sections["loss"]
    assert (loss["horizon_days"], loss["term_days"]) == (180, 90)
    assert (sections["risk"]["horizon_days"], sections["risk"]["term_days"]) == (180, 90)
    assert (sections["chain"]["horizon_days"], sections["book"]["horizon_days"]) == (180, 180)
    # Both over 90 of 180 days.
    assert loss["network_pd_term"] == pytest.approx(pd(GOOD / 2), rel=1e-9)
    assert loss["network_el"] == pytest.approx(pd(GOOD / 2) * 0.45 * 10_000, rel=1e-9)
    assert all(stress["pd_term"] >= loss["network_pd_term"] for stress in loss["stresses"])
    assert all(stress["el"] >= loss["network_el"] for stress in loss["stresses"])
    text = " ".join(run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")[1].split())
    undisturbed = f"no firm stops operating (PD by the network) - {100 * pd(GOOD / 2):.2f}%"
    for said in ("PD over the term of 90 days", "180-day PD", undisturbed):
        assert said in text, said


def test_existing_lines_have_stage_and_category(ws: Path) -> None:
    (line,) = memo(ws, "HANGS")["existing_lines"]
    hazard = BASE["HANGS"] + caught("DEAD", "HANGS", 1.0)
    # No due day: 1,800 of 180 days; the 12-month allowance is over 365 of them.
    assert line["pd_residual"] == pytest.approx(pd(10 * hazard))
    assert line["allowance"] == pytest.approx(pd(hazard * 365 / 180) * 0.45 * 40_000)
    assert (line["loan"], line["ead"], line["past_due"]) == ("L1 C1", 40_000, None)
    assert line["stage"][0] == (
        "1: PD not significantly above that at origination (score at origination unknown, the first stored one of "
        "2025-06-30 used)"
    )
    assert line["category"] == ["unknown: days past due unknown", "未知：逾期天数未知"]
    assert line["residual_term"][0] == "1,800 days, PD extrapolated; no due day is known"
    assert line["allowance_basis"][0] == "PD over 365 days, rate unknown, not discounted"
    (failed,) = memo(ws, "DEAD")["existing_lines"]
    assert (failed["stage"][1], failed["category"][1]) == (
        "第 3 阶段：借款人已违约",
        "次级：已违约或已发生信用减值",
    )
    assert (failed["allowance"], failed["allowance_basis"][0]) == (0.45 * 10_000, "LGD x EAD")
    assert memo(ws, "GOOD")["existing_lines"] == []


# The book


def test_a_book_by_hand(ws: Path) -> None:
    document = run_json("portfolio", "L1", "-w", ws, "--replicas", 2000)
    hangs, weak = BASE["HANGS"] + caught("DEAD", "HANGS", 1.0), BASE["WEAK"]
    by_loan = {row["loan"]: row for row in document["rows"]}
    assert by_loan["C1"]["el"] == pytest.approx(pd(hangs) * 0.45 * 40_000)
    assert by_loan["C2"]["el"] == pytest.approx(pd(weak) * 0.5 * 20_000)
    assert by_loan["C3"]["ead"] == 20_000 + 0.75 * 80_000
    assert by_loan["C4"]["el"] == 0.45 * 10_000  # in default
    assert "C6" not in by_loan  # an order that was repaid cannot be drawn again
    totals = document["totals"]
    assert (totals["lines"], totals["borrowers"], totals["ead"]) == (4, 4, 150_000)
    assert totals["defaulted"] == {"lines": 1, "borrowers": 1, "ead": 10_000, "el": 4_500}
    performing = totals["performing"]
    assert (performing["lines"], performing["borrowers"], performing["ead"]) == (3, 3, 140_000)
    assert performing["el"] == pytest.approx(sum(by_loan[c]["el"] for c in ("C1", "C2", "C3")))
    assert "in default" not in {row["grade"] for row in document["grades"]}
    # Nothing is drawn of the 4,500 that are lost already; without contagion base PDs alone count.
    expected = pd(BASE["HANGS"]) * 18_000 + pd(BASE["WEAK"]) * 10_000 + pd(BASE["RING2"]) * 36_000
    without = document["tail"][1]
    assert abs(without["el"] - expected) < 4 * without["el_error"] < 1_000
    assert document["gap"] == pytest.approx(document["tail"][0]["el"] - performing["el"])
    # Of the performing book: (80,000^2 + 40,000^2 + 20,000^2) / 140,000^2
    assert document["concentration"][0]["hhi"] == pytest.approx(84 / 196)
    assert [(b["code"], b["firm"]) for b in document["breaches"] if b["code"] == "SINGLE_NAME"] == [
        ("SINGLE_NAME", firm) for firm in ("DEAD", "HANGS", "RING2", "WEAK")
    ]
    worst = document["costliest"][0]
    assert worst["firm"] == "RING2"
    assert worst["own_loss"] == pytest.approx(0.45 * 80_000 * (1 - by_loan["C3"]["pd"]))


def test_contagion_adds_to_the_tail_and_the_same_draws_are_used(ws: Path) -> None:
    document = run_json("portfolio", "L1", "-w", ws, "--replicas", 2000)
    with_it, without = document["tail"]
    assert with_it["contagion"] is True
    for figure in ("el", "var", "es"):
        assert with_it[figure] >= without[figure]
    assert document["added_el"] == pytest.approx(with_it["el"] - without["el"])
    assert run_json("portfolio", "L1", "-w", ws, "--replicas", 2000) == document


def test_limits_of_a_book_end_in_exit_code_5(ws: Path) -> None:
    args = ("portfolio", "L1", "-w", ws, "--replicas", 1000)
    assert run(*args)[0] == 0
    code, out, err = run(*args, "--fail-on", "SINGLE_NAME")
    assert code == 5
    assert "L1: 4 lines to 4 borrowers" in out
    assert "limits breached: SINGLE_NAME" in err
    assert run(*args, "--fail-on", "WHATEVER")[0] == 2
    assert run("portfolio", "NOFIRM", "-w", ws)[0] == 3
