"""Charts: one valid SVG whose texts are texts, with ids of its own and the page's colours, the same every time."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib
import pytest
from markupsafe import Markup

from supplyrisk.web import charts

HOSTILE = "</title><script>alert(1)</script> $x$ 供应商"


def _charts(name: str) -> dict[str, Markup]:
    axes = {"x_label": HOSTILE, "y_label": "share"}
    nodes = [charts.TierNode(firm, "grade-1", f"{HOSTILE}\x0b") for firm in ("S1", "S\x0b\n2")]
    shop = charts.TierNode("<b>", "defaulted", HOSTILE, large=True)
    links = [charts.TierLink(0, "S1", "<b>", 0.5, "50%", True), charts.TierLink(0, "S9", "<b>", 0.1, "10%")]
    return {
        "lines": charts.line_chart(
            name, [charts.Line(f"{HOSTILE}\x00", [1, 2], [3, 4]), charts.Line("b", [1], [2])], **axes
        ),
        "logarithmic": charts.line_chart(
            name, [charts.Line("a", [0, 1, 1e7], [1, 0.5, 1e-4])], log=True, **axes
        ),
        "intervals": charts.interval_chart(name, [charts.IntervalPoint(0.1, 0.0, 0.01, 0.3)], **axes),
        "bars": charts.bar_chart(name, [HOSTILE, *"abcdefg"], [1, 0, 2, 3, 1, 1, 1, 9], **axes),
        "tiers": charts.tiers_chart(
            name, [charts.Tier(nodes, 3), charts.Tier([shop])], links, title=HOSTILE, description=HOSTILE
        ),
    }


@pytest.mark.parametrize("kind", ["lines", "logarithmic", "intervals", "bars", "tiers"])
def test_a_chart_is_valid_and_complete_in_itself(kind: str) -> None:
    text = _charts("one")[kind]
    root = ElementTree.fromstring(text)  # noqa: S314 - our own
    assert not list(root.iter("script")) and not list(root.iter("style"))
    assert "http" not in text and "DejaVu" not in text and "<metadata" not in text
    # The only colours are variables of the stylesheet.
    assert not re.search(r"(fill|stroke): #", text)
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", text)) <= set(charts.COLOURS)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert all(name.startswith("one-") for name in ids)
    references = {name for pair in re.findall(r'href="#([^"]+)|url\(#([^)]+)', text) for name in pair if name}
    assert references <= ids
    written = " ".join(element.text or "" for element in root.iter())
    assert HOSTILE in written
    assert text == _charts("one")[kind]


def test_ids_of_two_charts_of_a_page_differ() -> None:
    ids = [
        re.findall(r' id="([^"]+)"', chart) for name in ("one", "two") for chart in [_charts(name)["bars"]]
    ]
    assert ids[0] and not set(ids[0]) & set(ids[1])


def test_settings_of_the_user_do_not_change_a_chart() -> None:
    chart = _charts("one")["lines"]
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.grid": True}):
        assert _charts("one")["lines"] == chart


def test_every_line_is_drawn_where_there_are_more_than_colours() -> None:
    lines = [charts.Line(f"line {number}", [1, 2], [number, 1]) for number in range(7)]
    chart = charts.line_chart("one", lines, x_label="x", y_label="y")
    assert all(f">line {number}<" in chart for number in range(7))


def test_there_is_no_chart_without_a_point() -> None:
    line = charts.Line("a", [0.0, -1.0], [1.0, 2.0])
    assert charts.line_chart("a", [line], x_label="x", y_label="y", log=True) == ""
    assert charts.bar_chart("a", [], [], x_label="x", y_label="y") == ""
    assert charts.interval_chart("a", [], x_label="x", y_label="y") == ""


def test_tiers_draw_every_firm_once_and_only_links_between_drawn_firms() -> None:
    root = ElementTree.fromstring(_charts("one")["tiers"])  # noqa: S314 - our own
    tooltips = [title.text for title in root.iter("title")]
    assert tooltips.count("50%") == 1 and "10%" not in tooltips
    assert [text.text for text in root.iter("text")] == ["S1", "S2", "+3", "<b>"]
