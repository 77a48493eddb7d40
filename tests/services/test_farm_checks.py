"""The whole path of a made-up cooperative: exports, mapping, graph, and the memo of each grower."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json
from cooperative import GROWERS, open_cooperative
from supplyrisk.graph import Workspace, to_json
from supplyrisk.graph.credit import LoanDesk, LoanRequest, read_policy, shipped_policy
from supplyrisk.services.check import checked

EL = 20_000 * (1 - 0.98 ** (200 / 180))
"""EAD x PD over 200 days, of a PD of .02 over 180: EL is this x LGD."""

ASKED = ("check", "F01", "--amount", 20_000, "--days", 200, "--product", "other", "--lender", "L1")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_cooperative(tmp_path_factory.mktemp("cooperative"))


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    text = shipped_policy().replace("insurers = {}", "insurers = { PICC = 0.0005 }")
    path.write_text(text.replace("[book] ", "left_in_loop = 0.9\n\n[book] "), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def desk(ws: Path) -> Iterator[LoanDesk]:
    """The graph stays open, since opening it takes most of the time of a check."""
    workspace = Workspace(ws)
    with workspace.open_graph() as store:
        yield LoanDesk(workspace, store)


def sections(
    desk: LoanDesk,
    firm: str,
    *,
    lender: str | None = None,
    policy: Path | None = None,
    lgd: float | None = None,
) -> dict[str, Any]:
    """The memo of 20,000 over 200 days, as `check --json` prints it."""
    request = LoanRequest(20_000, 200, "other", lgd, lender)
    document = json.loads(to_json(checked(desk, firm, request, read_policy(policy)).to_json()))
    (row,) = document["rows"]
    return dict(row)


def standing(memo: dict[str, Any]) -> tuple[float, str] | None:
    """What counts of the insurance of the standing crop, and the first words of why."""
    found = [(row["counted"], row["crop_insurance"][0]) for row in memo["crops"] if row["crop_insurance"]]
    return found[0] if found else None


def total_of(memo: dict[str, Any], code: str) -> float:
    return float(next(rule["total"] for rule in memo["limit"]["rules"] if rule["code"] == code))


LGDS = {
    # (.2 x 18,000 + .45 x 2,000) / 20,000; F06 owes the lender 10,000, which leaves 8,000.
    "F01": (0.225, "lowers the LGD: assigned to the lender"),
    "F02": (0.45, "not counted: not assigned to the lender"),
    "F03": (0.45, "not counted: assigned to another lender"),
    "F04": (0.45, "not counted: the policy does not list this insurer"),
    "F05": (0.45, "not counted: the insurance ends before the harvest"),
    "F06": (0.35, "lowers the LGD"),
    "F07": (0.45, "not insured"),
    "F08": (0.45, "not counted: expected harvest or price is unknown"),
    "F09": (0.45, ""),
    "F10": (0.45, "not counted: the loan is due too long after"),
    "F11": (0.225, "lowers the LGD"),
    "F12": (0.225, "lowers the LGD"),
}


@pytest.mark.parametrize("firm", GROWERS)
def test_insurance_lowers_the_lgd_and_the_el_of_a_loan(desk: LoanDesk, policy: Path, firm: str) -> None:
    memo = sections(desk, firm, lender="L1", policy=policy)
    lgd, why = LGDS[firm]
    assert memo["loss"]["lgd"] == pytest.approx(lgd)
    assert memo["loss"]["el"] == pytest.approx(EL * lgd)
    assert memo["economics"]["lgd"] == pytest.approx(lgd)
    assert memo["economics"]["el_term"] == pytest.approx(EL * lgd)
    # Capital is that of an unsecured loan: .45 + .08 x .55.
    assert memo["economics"]["capital_lgd"] == pytest.approx(0.494)
    cover = standing(memo)
    assert (cover is None) == (firm == "F09")
    assert cover is None or cover[1].startswith(why)


def test_without_an_accepted_insurer_lender_or_with_an_own_lgd_nothing_changes(
    desk: LoanDesk, policy: Path
) -> None:
    assert sections(desk, "F01", lender="L1")["loss"]["lgd"] == 0.45
    assert sections(desk, "F01", policy=policy)["loss"]["lgd"] == 0.45
    stated = sections(desk, "F01", lender="L1", policy=policy, lgd=0.4)
    assert (stated["loss"]["lgd"], stated["economics"]["lgd"]) == (0.4, 0.4)


def test_yields_beside_the_own_past_and_the_others(desk: LoanDesk, policy: Path) -> None:
    memo = sections(desk, "F02", policy=policy)
    rows = [(row["crop"], row["yield_past"], row["yield_peers"]) for row in memo["crops"]]
    # 18 t expected of 2 ha where 10 were harvested; the others' median of 2024 is 13.
    assert rows == [
        ("水稻 2025-04-20", pytest.approx(1.8), pytest.approx(18 / 13)),
        ("水稻 2024-04-20", pytest.approx(1.0), pytest.approx(10 / 13)),
    ]


@pytest.mark.parametrize(
    ("firm", "loop", "total"),
    [
        # .9 of the cap of 120,000 of grade D in a confirmed loop, of two firms or of one; else .4.
        ("F01", ("Agro (AGRO)", "Mill (MILL)", "closed loop: the same group"), 108_000),
        ("F02", ("Coop (COOP)", "Coop (COOP)", "closed loop: the same group"), 108_000),
        ("F11", None, 48_000),
        ("F12", ("Agro (AGRO)", "Mill (MILL)", "closed loop: the same group"), 48_000),
    ],
)
def test_a_confirmed_loop_leaves_more_of_the_cap(
    desk: LoanDesk, policy: Path, firm: str, loop: tuple[str, ...] | None, total: float
) -> None:
    memo = sections(desk, firm, policy=policy)
    rows = [(row["input_supplier"], row["harvest_buyer"], row["loop"][0]) for row in memo["closed_loops"]]
    assert [(*row[:2], row[2][:27]) for row in rows] == ([loop] if loop else [])
    assert ("has confirmed nothing" in str(rows)) == (firm == "F12")
    assert total_of(memo, "DEPENDENCE") == pytest.approx(total)
    # The shipped policy has no such relief.
    assert total_of(sections(desk, firm), "DEPENDENCE") == pytest.approx(48_000)


def test_firms_without_crops_have_the_memo_that_they_had(desk: LoanDesk) -> None:
    memo = sections(desk, "MILL")
    assert "crops" not in memo and "closed_loops" not in memo
    assert not [query for query in memo["queries"] if query["name"] == "shop/closed-loop"]


def test_the_memo_reads_in_both_languages(ws: Path, policy: Path, tmp_path: Path) -> None:
    args = (*ASKED, "--policy", policy)
    code, out, _ = run(*args, "-w", ws, "--no-record", "--lang", "zh")
    assert code == 0
    assert "种植与农业保险" in out and "农资与农产品闭环" in out and "保险权益已转让贷款机构" in out
    page = tmp_path / "memo.html"
    assert run(*args, "-w", ws, "--no-record", "-o", page)[0] == 0
    assert "Crops and crop insurance" in page.read_text(encoding="utf-8")


def test_a_recorded_check_is_replayed_with_its_crops(ws: Path, policy: Path) -> None:
    args = (*ASKED, "--policy", policy)
    entry = run_json(*args, "-w", ws)["record"]
    assert run("audit", "replay", entry, "-w", ws)[1].startswith("identical")
