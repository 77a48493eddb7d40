"""Change files: every kind is read, and all faults of a file are reported at once."""

from __future__ import annotations

import pytest

from supplyrisk.graph import DataError
from supplyrisk.graph.merchant.what_if import CHANGE_KINDS, change_words, parse_change_plan

ONE_OF_EACH = """
[[change]]
do = "sell_more"
amount = 5000
customer = "C"
[[change]]
do = "pay_on_time"
days = 90
[[change]]
do = "hold_more_stock"
share = 0.5
from_cash = false
[[change]]
do = "add_supplier"
supplier = "X"
share = 0.25
[[change]]
do = "lose_customer"
customer = "D"
[[change]]
do = "borrow"
lender = "L1"
amount = 1000.5
term_days = 90
rate = 0.06
[[change]]
do = "repay"
loan = "N1"
[[change]]
do = "publish_statement"
on = 2025-03-31
equity = -5
"""


def test_every_kind_is_read_in_the_order_of_the_file() -> None:
    plan = parse_change_plan(ONE_OF_EACH)
    assert [change.do for change in plan.change] == list(CHANGE_KINDS)
    assert parse_change_plan("").change == ()


def test_each_change_has_a_text_in_both_languages() -> None:
    texts = [change_words(change, "CNY") for change in parse_change_plan(ONE_OF_EACH).change]
    assert texts[0] == ("sell for CNY 5,000 more to C over 60 days", "近 60 天对 C 的销售额增加 CNY 5,000")
    assert texts[2].en == "hold 50.0% more stock over 60 days"
    assert texts[5].en == "borrow CNY 1,000 from L1 for 90 days"
    assert texts[6].zh == "全额偿还贷款 N1"
    assert all(text.en and text.zh and text.en != text.zh for text in texts)


def test_all_faults_of_a_file_are_in_one_error() -> None:
    text = """
    [[change]]
    do = "sell_more"
    share = 0.2
    amount = 5
    days = 0
    [[change]]
    do = "sell_less"
    [[change]]
    do = "add_supplier"
    share = 1.0
    supplyer = "A"
    [[change]]
    share = 1.0
    [[change]]
    do = "publish_statement"
    on = "2025-03-31"
    """
    with pytest.raises(DataError) as caught:
        parse_change_plan(text, "my.toml")
    message = str(caught.value)
    for part in (
        "my.toml",
        "change 1: days is 0, expected a whole number of days from 1 to 3650",
        "change 1: sell_more has share and amount, expected one of share and amount",
        "change 2: do is 'sell_less', expected one of sell_more, pay_on_time",
        "change 3: share is 1.0, expected a share between 0 and 1",
        "unknown key supplyer, did you mean supplier?",
        "change 3: no supplier",
        "change 4: no do, expected one of",
        "change 5: on is '2025-03-31', expected a day such as 2025-06-30, without quotes",
        "publish_statement has no figure",
    ):
        assert part in message, message


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('do = "pay_on_time"\ndays = 4000', "a whole number of days"),
        ('do = "pay_on_time"\nshare = 0.5', "unknown key share"),
        ('do = "hold_more_stock"', "neither share nor amount"),
        ('do = "hold_more_stock"\nshare = 1\nfrom_cash = "no"', "true or false"),
        ('do = "borrow"\nlender = "L"\namount = 0\nterm_days = 9', "a number above 0"),
        ('do = "borrow"\nlender = "L"\namount = 1\nterm_days = 9\nrate = 6', "an annual rate"),
        ('do = "borrow"\nlender = "L"\namount = 1\nterm_days = 9\nproduct = "car"', "one of order, credit"),
        ('do = "repay"\nloan = " N1"', "a firm_id"),
        ('do = "publish_statement"\non = 2025-03-31\nrevenue = -1', "an amount of at least 0"),
        ('do = "publish_statement"\non = 2025-03-31\nequity = "x"', "an amount"),
        ('do = "lose_customer"', "no customer"),
        ('do = "add_supplier"\nsupplier = "A"\nshare = 0.5\nnew = 1', "true or false"),
    ],
)
def test_each_key_refuses_what_does_not_fit(line: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        parse_change_plan(f"[[change]]\n{line}")


def test_a_file_of_another_form_is_refused() -> None:
    with pytest.raises(DataError, match="not valid TOML"):
        parse_change_plan("[[change]")
    with pytest.raises(DataError, match=r"is no table, expected \[\[change\]\] tables"):
        parse_change_plan("change = [1]")
    with pytest.raises(DataError, match="unknown key changes"):
        parse_change_plan("[[changes]]\ndo = 'pay_on_time'")
