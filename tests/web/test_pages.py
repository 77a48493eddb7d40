"""Templates: values are escaped, a missing name is an error, texts are shown in both languages."""

from __future__ import annotations

import re
from importlib.resources import files

import jinja2
import pytest

from supplyrisk.web import charts, pages

HOSTILE = "<script>alert('1')</script>"
PAGE = """{% extends "base.html" %}{% from "macros.html" import both, definitions, section, table, warning %}
{% block content %}{{ warning(value) }}{{ both((value, value ~ "2")) }}{{ definitions([(value, value)]) }}
{% call section(value, value) %}{{ table([value], [[value, none, 0.5]], best=value) }}{% endcall %}{% endblock %}"""


def _render(template: str, **content: object) -> str:
    return pages._environment().from_string(template).render(language="en", title=HOSTILE, **content)


def test_values_are_escaped_in_the_frame_and_in_every_macro() -> None:
    page = _render(PAGE, value=HOSTILE)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 10
    assert '<tr class="best"><th scope="row">' in page and "<td>-</td><td>0.500</td>" in page


def test_a_name_that_a_template_does_not_get_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="title"):
        pages.render_page("base.html")
    with pytest.raises(jinja2.UndefinedError, match="value"):
        _render(PAGE)


def test_the_stylesheet_defines_every_colour_in_light_and_in_dark() -> None:
    style = files("supplyrisk.web").joinpath("templates/style.css").read_text("utf-8")
    light, dark = style.split("@media screen", 1)
    defined = set(re.findall(r"--([a-z0-9-]+):", light))
    assert set(charts.COLOURS) <= defined
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", style)) <= defined
    # White text is on badges in both modes, so their colours stay.
    assert defined - set(re.findall(r"--([a-z0-9-]+):", dark)) == {"good", "caution", "bad", "unknown"}


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_texts_have_enough_contrast_in_light_and_in_dark() -> None:
    style = files("supplyrisk.web").joinpath("templates/style.css").read_text("utf-8")
    root, dark_root = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    light = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", root))
    dark = light | dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", dark_root))
    for colours in (light, dark):
        pairs = [(colours[text], colours[on]) for text in ("text", "muted") for on in ("background", "panel")]
        pairs += [(colours[series], colours["panel"]) for series in charts.SERIES]
        pairs += [(colours["warning-text"], colours["warning"])]
        pairs += [("#ffffff", colours[badge]) for badge in ("good", "caution", "bad", "unknown")]
        assert min(_contrast(*pair) for pair in pairs) >= 4.5
        graphics = [*charts.GRADES[:1], *charts.GRADES[3:], "link", "defaulted"]
        assert min(_contrast(colours[colour], colours["panel"]) for colour in graphics) >= 3
