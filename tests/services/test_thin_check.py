"""Checks of shops that are not in the data: on the hand-made desk, without a workspace, and by the command."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json
from desk import open_desk
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.credit import shipped_policy
from supplyrisk.services.thin_check import ranked_among
from supplyrisk.web import render_memo

GOOD = """
name = "New Shop"
as_of = 2025-06-30
currency = "CNY"
industry = "shops"
region = "North"
founded = 2015-01-01
monthly_sales = 100_000.0
cash = 400_000.0
late_payment_share = 0.0
average_days_late = -2.0
refund_share = 0.0
largest_customer_share = 0.1
largest_supplier_share = 0.1
statement_on = 2024-12-31
revenue = 1_200_000.0
margin = 0.15
equity = 900_000.0
liquid_assets = 800_000.0
short_term_debt = 50_000.0
debts = []
"""
ASKED: dict[str, Any] = {"amount": 10_000.0, "days": 90, "product": "credit"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def own(ws: Path, tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(ws, tmp_path / "own")))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "facts.toml"
    path.write_text(GOOD)
    return path


def codes(result: services.CheckResult) -> list[str]:
    return [finding.code for finding in result.memo.sections.conclusion.findings]


def test_the_best_facts_are_referred_never_within_policy(tmp_path: Path, good: Path) -> None:
    result = services.check_facts(Workspace(tmp_path / "none"), good, **ASKED)
    sections = result.memo.sections
    assert (sections.conclusion.word, codes(result)) == ("refer", ["THIN_FILE"])
    assert sections.limit.amount >= ASKED["amount"]
    # .5 x .15 x 300,000 by 90 days, without debt
    affordability = sections.limit.rule("AFFORDABILITY")
    assert affordability is not None and affordability.amount == pytest.approx(22_500.0)
    assert result.memo.model == "thin file/expert"
    assert result.record is None
    assert not (tmp_path / "none").exists()


def test_without_a_workspace_the_shipped_table_is_named(tmp_path: Path, good: Path) -> None:
    memo = services.check_facts(Workspace(tmp_path / "none"), good, **ASKED).memo
    thin = memo.sections.thin_file
    assert thin is not None
    assert "synthetic world" in thin.reference and thin.group == "all"
    assert memo.synthetic_model
    assert "synthetic world" in thin.text and "synthetic world" in thin.text_zh


def test_a_workspace_is_what_the_shop_is_ranked_among(own: Workspace, good: Path) -> None:
    reference = ranked_among(own)
    # Eleven firms of the desk are not in default; the base rate is the mean of their stored PDs.
    pds = [pd for pd in own.scores()["pd"].to_pylist() if pd is not None]
    assert reference.firms.firms == 11
    assert reference.firms.base_rate == pytest.approx(sum(pds) / 11)
    memo = services.check_facts(own, good, **ASKED).memo
    thin = memo.sections.thin_file
    assert thin is not None and "as of 2025-06-30" in thin.reference
    assert (memo.data, memo.synthetic_model) == (own.info().content_hash, False)


def test_a_check_is_recorded_with_its_facts_and_can_be_decided(own: Workspace, good: Path) -> None:
    result = services.check_facts(own, good, **ASKED)
    assert result.record == 1
    entry = own.audit_log().recorded(1)
    assert entry["facts"] == GOOD
    assert services.verify_audit(own).intact
    assert services.decide(own, 1, "decline", reason="unverified").shop == "New Shop"
    read = services.CheckResult.from_json(entry["document"])
    assert read.memo.sections.thin_file == result.memo.sections.thin_file
    # Replayed among the firms of that day, whatever is scored later.
    shutil.rmtree(own.layout.scores)
    assert services.replay(own, 1).identical


def test_unknown_debt_and_orders_are_referred_without_a_limit(tmp_path: Path, good: Path) -> None:
    good.write_text(GOOD.replace("debts = []\n", ""))
    nowhere = Workspace(tmp_path / "none")
    unknown = services.check_facts(nowhere, good, **ASKED)
    assert codes(unknown) == ["THIN_FILE", "EXPOSURE_UNKNOWN"]
    assert unknown.memo.sections.limit.amount == 0
    stated = services.check_facts(nowhere, good, **ASKED, other_debt=0.0)
    assert codes(stated) == ["THIN_FILE"]
    orders = services.check_facts(nowhere, good, amount=1e4, days=90, other_debt=0.0)
    assert codes(orders) == ["THIN_FILE", "BACKING"]
    assert orders.memo.sections.limit.amount == 0


def test_with_few_facts_the_evidence_is_insufficient(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text('name = "S"\nas_of = 2025-06-30\ncurrency = "CNY"\nmonthly_sales = 1e6\ndebts = []\n')
    result = services.check_facts(Workspace(tmp_path / "none"), path, **ASKED)
    assert (result.memo.sections.conclusion.word, codes(result)) == ("insufficient evidence", ["THIN"])
    assert result.memo.sections.limit.amount == 0


def test_bad_requests_and_files_are_refused(tmp_path: Path, good: Path) -> None:
    nowhere = Workspace(tmp_path / "none")
    with pytest.raises(RequestError, match="expected more than 0"):
        services.check_facts(nowhere, good, amount=0, days=90)
    with pytest.raises(DataError, match="check --show-facts prints an example"):
        services.check_facts(nowhere, tmp_path / "missing.toml", amount=1, days=90)
    good.write_text(GOOD.replace('"CNY"', '"EUR"'))
    with pytest.raises(DataError, match="the facts are in EUR, the policy is in CNY"):
        services.check_facts(nowhere, good, amount=1, days=90)


def test_every_output_is_marked(tmp_path: Path, good: Path) -> None:
    result = services.check_facts(Workspace(tmp_path / "none"), good, **ASKED)
    page = render_memo(result)
    assert "Thin file: the shop is not in the data" in page and "薄档案" in page
    for heading in ("Supply chain", "Queries that reproduce"):
        assert heading not in page
    args: tuple[Any, ...] = ("check", "--facts", good, "--amount", 1e4, "--days", 90, "--product", "credit")
    code, out, err = run(*args, "-w", tmp_path / "none")
    assert code == 0, err
    assert "Thin file: the shop is not in the data" in out
    assert "not recorded: the workspace has no data" in err
    (memo,) = run_json(*args, "-w", tmp_path / "none")["rows"]
    assert memo["thin_file"]["text"].startswith("Thin file")


def test_the_command_takes_a_shop_or_facts(tmp_path: Path, good: Path) -> None:
    code, out, err = run("check", "GOOD", "--facts", good, "--lender", "L1", "--amount", 1, "--days", 1)
    assert (code, out) == (2, "")
    assert "expected no SHOP, --lender beside it" in err
    code, out, _ = run("check", "--show-facts")
    assert code == 0 and "monthly_sales" in out


def test_scenarios_of_the_policy_hold_for_it_too(tmp_path: Path, good: Path) -> None:
    path = tmp_path / "policy.toml"
    tables = '[[scenario]]\nname = "dyes"\nwhen = { goods = ["dyes"] }\nset = { turnover_share = 0.1 }\n'
    path.write_text(shipped_policy() + tables)
    sections = services.check_facts(Workspace(tmp_path / "none"), good, policy=path, **ASKED).memo.sections
    # What it trades in is unknown, so the stricter keys count.
    (table,) = [table for table in sections.tables if table.key == "scenarios"]
    assert [row[1] for row in table.rows] == ["STRICTER"]
    turnover = sections.limit.rule("TURNOVER")
    assert turnover is not None and turnover.total == pytest.approx(0.1 * 300_000)
