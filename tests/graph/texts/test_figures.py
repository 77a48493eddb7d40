"""Figures as text: hand-worked cases, and what holds for every number."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import supplyrisk.graph
from supplyrisk.graph.texts import figures

FINITE = st.floats(-1e12, 1e12)
DECIMALS = st.integers(0, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (figures.number(1234.5), "1,234.50"),
        (figures.number(0.12345, 3, signed=True), "+0.123"),
        (figures.number(-0.004), "0.00"),
        (figures.number(-0.004, signed=True), "+0.00"),
        (figures.number(None), "-"),
        (figures.number(math.nan), "-"),
        (figures.count(1234567), "1,234,567"),
        (figures.money(1234.5, "CNY"), "CNY 1,234"),
        (figures.money(-0.4), "0"),
        (figures.money(0.4), "<1"),
        (figures.money(0.4, "CNY"), "CNY <1"),
        (figures.money(0.0, "CNY"), "CNY 0"),
        (figures.percent(0.00004), "<0.01%"),
        (figures.percent(0.00006), "0.01%"),
        (figures.percent(0.004, 0), "<1%"),
        (figures.percent(0.0), "0%"),
        (figures.percent(0.00004, signed=True), "+0.00%"),
        (figures.money(None), "-"),
        (figures.percent(0.125), "12.50%"),
        (figures.percent(0.125, 0), "12%"),
        (figures.percent(-0.001, 0), "0%"),
        (figures.percent(None), "-"),
        (figures.percent(math.nan), "-"),
        (figures.per_hundred(0.0125, 3), "1.250"),
        (figures.per_hundred(-0.0125, 1, signed=True), "-1.2"),
        (figures.significant(0.0123456), "0.01235"),
        (figures.significant(999.94), "999.9"),
        (figures.significant(999.96), "1,000"),
        (figures.significant(12345.6), "12,346"),
        (figures.significant(-0.0), "0"),
        (figures.significant(None), "-"),
    ],
)
def test_figures_by_hand(text: str, expected: str) -> None:
    assert text == expected


def test_the_unit_of_what_is_written_as_1_is_singular() -> None:
    assert [figures.is_one(value) for value in (1, 0.99996, 0.4, 2)] == [True, True, False, False]


def test_templates_name_the_function_and_the_decimals() -> None:
    template = "{name}: {pd:percent} or {pd:percent.0} of {amount:money}, {n:count}, {x:significant}, {x:.1f}"
    text = figures.fill(template, name="F1", pd=0.0251, amount=1e6, n=2.0, x=0.25)
    assert text == "F1: 2.51% or 3% of 1,000,000, 2, 0.25, 0.2"
    with pytest.raises(KeyError):
        figures.fill("{missing:percent}")


def parsed(text: str) -> float:
    return float(text.replace(",", "").removesuffix("%").removeprefix("<"))


@given(FINITE, DECIMALS)
def test_a_number_is_read_back_to_half_of_its_last_digit(value: float, decimals: int) -> None:
    half = 0.5 * 10.0**-decimals
    assert parsed(figures.number(value, decimals)) == pytest.approx(value, abs=half * 1.001, rel=1e-15)


@given(st.floats(-100, 100), DECIMALS)
def test_a_share_is_read_back_in_percent(share: float, decimals: int) -> None:
    text = figures.percent(share, decimals)
    if text.startswith("<"):
        assert 0 < 100 * share < parsed(text) == 10.0**-decimals
    else:
        assert parsed(text) == pytest.approx(100 * share, abs=0.501 * 10.0**-decimals)


@given(FINITE)
def test_four_significant_digits_are_read_back(value: float) -> None:
    assert parsed(figures.significant(value)) == pytest.approx(value, rel=5.01e-4)


@pytest.mark.parametrize(
    "write", [figures.number, figures.count, figures.money, figures.percent, figures.significant]
)
@given(one=FINITE, other=FINITE)
def test_a_larger_number_never_reads_as_a_smaller_one(write, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert parsed(write(low)) <= parsed(write(high))


@given(st.floats(-2, 2), DECIMALS, st.booleans())
def test_zero_has_no_minus(value: float, decimals: int, signed: bool) -> None:
    texts = (
        figures.number(value, decimals, signed=signed),
        figures.percent(value, decimals, signed=signed),
        figures.significant(value),
    )
    for text in texts:
        assert parsed(text) or not text.startswith("-")


def test_no_other_module_formats_percent_or_money() -> None:
    root = Path(supplyrisk.graph.__file__).parents[1]
    specification = re.compile(r":\+?(\.\d%|,\.0f)\}|\{100 \* [^{}]*:[+]?\.[1-9]f")
    folders = ("graph", "loaders", "gnn", "services", "web", "cli")
    paths = [path for folder in folders for path in (root / folder).rglob("*.*")]
    sources = [path for path in paths if path.suffix in (".py", ".toml", ".html")]
    assert len(sources) > 300
    assert [str(path) for path in sources if specification.search(path.read_text("utf-8"))] == []
