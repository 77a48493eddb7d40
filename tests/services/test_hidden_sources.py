"""A shop of the desk whose sales are old, or whose trade or debt is hidden or higher, with its PD held."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import AS_OF, memo, open_data, write_data

RANK = {"within policy": 0, "refer": 1, "outside policy": 2, "insufficient evidence": 2}
OLD = (AS_OF - timedelta(days=90)).isoformat()
Rows = list[dict[str, str]]


def rewrite(file: Path, change: Callable[[Rows], Rows]) -> None:
    """Change the rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as source:
        rows = change(list(csv.DictReader(source)))
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def checked(place: Path, file: str = "firms", change: Callable[[Rows], Rows] = list) -> dict[str, Any]:
    """The memo of a shop where the rows of a table are changed; the scores are those of the desk."""
    data = write_data(place / "data")
    rewrite(data / f"{file}.csv", change)
    return memo(open_data(data, place / "ws"), "GOOD")


def codes(sections: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in sections["conclusion"]["findings"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The memo on all data."""
    sections = checked(tmp_path_factory.mktemp("whole"))
    assert sections["conclusion"]["word"] == "within policy"
    assert sections["limit"]["amount"] > 0
    assert sections["shop"]["turnover"] == 600_000
    return sections


def assert_no_better(sections: dict[str, Any], whole: dict[str, Any]) -> None:
    assert sections["risk"]["pd"] == whole["risk"]["pd"]
    assert sections["limit"]["amount"] <= whole["limit"]["amount"]
    assert RANK[sections["conclusion"]["word"]] >= RANK[whole["conclusion"]["word"]]


def test_sales_that_are_too_old_are_missing_and_the_memo_says_so(
    whole: dict[str, Any], tmp_path: Path
) -> None:
    old = checked(
        tmp_path, "activity", lambda rows: [r for r in rows if r["firm_id"] != "GOOD" or r["on"] <= OLD]
    )
    assert_no_better(old, whole)
    assert old["shop"]["turnover"] is None
    assert "current sales (the last are 90 days old)" in old["shop"]["missing"]
    assert codes(old) == {"TURNOVER_UNKNOWN"}
    assert "the last sales are 90 days old, so no limit is stated" in old["conclusion"]["findings"][0]["text"]
    assert old["limit"]["amount"] == 0


def test_a_merchant_without_activity_has_no_turnover_of_0(whole: dict[str, Any], tmp_path: Path) -> None:
    none = checked(tmp_path, "activity", lambda rows: [r for r in rows if r["firm_id"] != "GOOD"])
    assert_no_better(none, whole)
    assert none["shop"]["turnover"] is None
    (rule,) = [rule for rule in none["limit"]["rules"] if rule["code"] == "TURNOVER"]
    assert (rule["amount"], rule["total"]) == (0.0, None)
    assert rule["why"] == "turnover is unknown, or the last sales are too old"


def test_a_shop_that_hides_its_trade_is_referred_without_a_limit(
    whole: dict[str, Any], tmp_path: Path
) -> None:
    ends = ("supplier_id", "customer_id")
    hidden = checked(
        tmp_path, "supplies", lambda rows: [r for r in rows if "GOOD" not in (r[end] for end in ends)]
    )
    assert_no_better(hidden, whole)
    assert "TRADE_UNKNOWN" in codes(hidden)
    assert (hidden["limit"]["amount"], hidden["conclusion"]["word"]) == (0, "refer")


def test_a_shop_with_more_debt_gets_no_more(whole: dict[str, Any], tmp_path: Path) -> None:
    def borrow(rows: Rows) -> Rows:
        last = {**rows[0], "loan_id": "C99", "firm_id": "GOOD", "limit": "150000", "drawn": "150000"}
        return [*rows, last]

    assert_no_better(checked(tmp_path, "loans", borrow), whole)
