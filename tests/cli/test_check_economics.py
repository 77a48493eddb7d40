"""Capital, return and security of a loan in the memo of `scgraph check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import run
from desk import BASE, caught, memo, open_data, pd, write_data
from supplyrisk.graph import LANGUAGES
from supplyrisk.graph.credit import AssetClass, irb_capital

COLLATERAL = """collateral_id,firm_id,on,kind,value,loan_id,haircut,insurer_id
HOUSE,GOOD,2025-03-01,real_estate,5000,,,
OLD,GOOD,2024-01-01,cash,5000,,,
GOODS,GOOD,2025-05-01,physical,8000,C6,,
LATER,GOOD,2025-07-01,cash,9000,,,
COVER,GOOD,2025-05-01,insurance,10000,,,PICC
"""
RELATIONS = """P1,WEAK,owns,,2020-01-01
P1,HAUL,owns,,2020-01-01
HAUL,WEAK,guarantees,50000,2024-01-01
BETA,WEAK,guarantees,50000,2024-01-01
P1,WEAK,guarantees,50000,2024-01-01
THIN,WEAK,guarantees,50000,2024-01-01
MALL,GOOD,guarantees,90000,2024-01-01
GOOD,RING2,guarantees,130000,2024-01-01
"""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secured")
    data = write_data(folder / "data")
    (data / "collateral.csv").write_text(COLLATERAL)
    (data / "persons.csv").write_text("person_id\nP1\n")
    with (data / "relations.csv").open("a") as file:
        file.write(RELATIONS)
    return open_data(data, folder / "ws")


GOOD_HAZARD = BASE["GOOD"] + sum(caught(s, "GOOD", pd(BASE[s])) for s in ("ALFA", "BETA", "MALL", "HAUL"))
YEAR = pd(GOOD_HAZARD * 365 / 180)
"""One-year PD of GOOD: the hazard is constant."""


def economics(ws: Path, shop: str, *more: object, amount: float = 10_000, days: int = 90) -> dict[str, Any]:
    return dict(memo(ws, shop, *more, amount=amount, days=days)["economics"])


def refused(section: dict[str, Any], key: str, name: str) -> dict[str, str | None]:
    return {row[name]: row["refused"] for row in section[key]}


def test_an_unsecured_loan(ws: Path) -> None:
    found = economics(ws, "GOOD", "--rate", 0.08)
    k = irb_capital(YEAR, 0.494, AssetClass.RETAIL).k
    assert found["el"] == pytest.approx(YEAR * 0.45 * 10_000)
    assert found["el_term"] == pytest.approx(pd(GOOD_HAZARD / 2) * 0.45 * 10_000)
    assert found["capital"] == pytest.approx(10_000 * k)
    assert found["raroc"] == pytest.approx((300 - found["el"]) / found["capital"])
    assert economics(ws, "GOOD")["raroc"] is None
    # An undrawn line counts at its CCF of .75, like everywhere else.
    line = memo(ws, "GOOD", "--product", "credit")
    assert line["economics"]["ead"] == line["loss"]["ead"] == 7_500.0


def test_collateral_that_the_request_names_lowers_the_lgd(ws: Path) -> None:
    sections = memo(ws, "GOOD", "--collateral", "HOUSE", "--collateral", "OLD")
    # 3,000 at 20 % and 7,000 at 45 %
    assert sections["loss"]["lgd"] == sections["economics"]["lgd"] == pytest.approx(0.375)
    assert sections["loss"]["lgd_from"] == "the policy, with collateral"
    assert refused(sections["economics"], "collateral", "collateral") == {
        "HOUSE": None,
        "OLD": "STALE",
        "COVER": "NOT_NAMED",
    }
    free = economics(ws, "GOOD")
    assert free["lgd"] == 0.45
    # GOODS secures another line, and LATER is not known yet.
    assert refused(free, "collateral", "collateral") == {
        "COVER": "NOT_NAMED",
        "HOUSE": "NOT_NAMED",
        "OLD": "NOT_NAMED",
    }
    assert economics(ws, "GOOD", "--collateral", "GOODS", "--repays", "C6")["lgd"] == pytest.approx(
        0.52 * 0.45 + 0.48 * 0.25
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--collateral", "LATER"), "no collateral LATER is known on that day"),
        (("--collateral", "GOODS"), "collateral GOODS secures loan C6"),
        (("--collateral", "HOUSE", "--lgd", "0.2"), "an LGD and collateral, expected one of them"),
        (("--rate", "8"), "a rate of 8, expected a share in a year"),
    ],
)
def test_requests_that_are_refused(ws: Path, options: tuple[str, ...], said: str) -> None:
    code, _, err = run("check", "GOOD", "--amount", 10_000, "--days", 90, *options, "-w", ws, "--no-record")
    assert code != 0
    assert said in err


def test_guarantors_of_the_group_or_chain_give_no_benefit(ws: Path) -> None:
    found = economics(ws, "WEAK", "--repays", "C2")
    # P1 owns WEAK and HAUL, and persons have no PD. BETA and THIN trade with each other, but not in its two tiers.
    assert refused(found, "protections", "provider") == {
        "BETA": None,
        "HAUL": "GROUP",
        "P1": "NO_PD",
        "THIN": None,
    }
    assert refused(economics(ws, "GOOD"), "protections", "provider") == {"MALL": "CHAIN"}


def test_existing_debt_takes_up_a_guarantee_first(ws: Path) -> None:
    # RING2 has a line of 100,000 of the 130,000 that GOOD guarantees; RING1 is of its ring.
    found = economics(ws, "RING2", amount=40_000)
    assert refused(found, "protections", "provider") == {"GOOD": None, "RING1": "RING"}
    (good,) = (part for part in found["protections"] if part["provider"] == "GOOD")
    assert (good["amount"], good["covered"]) == (30_000.0, 30_000.0)
    expected = 0.45 * (YEAR * 30_000 + found["pd"] * 10_000)
    assert found["el"] == pytest.approx(expected)


def test_the_policy_names_its_insurers(ws: Path, tmp_path: Path) -> None:
    assert refused(economics(ws, "GOOD", "--collateral", "COVER"), "protections", "provider") == {
        "MALL": "CHAIN",
        "PICC": "INSURER",
    }
    policy = tmp_path / "policy.toml"
    code, text, _ = run("check", "--show-policy")
    assert code == 0
    policy.write_text(text.replace("insurers = {}", "insurers = { PICC = 0.001 }"))
    found = economics(ws, "GOOD", "--collateral", "COVER", "--policy", policy)
    (insurance,) = (part for part in found["protections"] if part["provider"] == "PICC")
    assert (insurance["covered"], insurance["refused"]) == (9_000.0, None)
    assert found["el"] == pytest.approx(0.45 * (0.001 * 9_000 + YEAR * 1_000))


def test_a_firm_without_a_pd_has_no_economics(ws: Path) -> None:
    assert memo(ws, "DEAD")["economics"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_section_is_shown(ws: Path, tmp_path: Path, language: str) -> None:
    args = ["check", "GOOD", "--amount", 10_000, "--days", 90, "--rate", 0.08, "--collateral", "HOUSE"]
    args += ["-w", ws, "--no-record", "--lang", language]
    code, out, err = run(*args)
    assert code == 0, err
    page = tmp_path / "memo.html"
    assert run(*args, "-o", page)[0] == 0
    words = {
        "en": (
            "Capital and return",
            "RAROC before tax",
            "of the same supply chain as the firm",
            "real estate",
        ),
        "zh": ("资本占用与收益", "税前风险调整资本收益率", "与借款人处于同一供应链", "不动产"),
    }[language]
    for word in words:
        assert word in out
        assert word in page.read_text(encoding="utf-8")
