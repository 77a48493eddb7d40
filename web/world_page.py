"""A page on the shape of a synthetic world, beside what the literature reports on firm networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from supplyrisk.graph.texts.figures import number, percent
from supplyrisk.loaders.synthetic import TailFit, WorldFacts
from supplyrisk.web.world_figures import SOURCES, figures

CHART_WIDTH = 420
CHART_HEIGHT = 250
MARGIN = 42
"""Pixels of a chart, and between its frame and its axes."""
COLOURS = ("#1b6ca8", "#c8553d", "#588b8b", "#8a6fb0", "#b08d2e")
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
section{margin:2rem 0}svg{background:#fafafa;border:1px solid #ddd;max-width:100%;height:auto}.sources{color:#555}
table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #ddd}
.warn{background:#fff3cd;padding:.6rem 1rem}
@media(max-width:480px){td,th{padding:.2rem .3rem;font-size:.8rem;overflow-wrap:anywhere}}"""


def render_world(facts: WorldFacts) -> str:
    """The page as self-contained HTML: no script, nothing is fetched."""
    parts = [_head(facts), _compared(facts), _tails(facts), _churn(facts), _season(facts), _clusters(facts)]
    title = f"{facts.name}: a synthetic world"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{''.join(parts)}</html>\n"
    )


def _head(facts: WorldFacts) -> str:
    rows = "".join(f"<tr><th>{escape(k)}<td>{escape(str(v))}" for k, v in facts.parameters.items())
    rate = f"<p>Defaults: {percent(facts.yearly_default_rate)} of firms a year.</p>"
    warning = (
        "Synthetic: made up from a seed, and not fitted to a real economy. The literature's figures are shown to "
        "compare shapes."
    )
    return f'<p class="warn">{warning}</p><table>{rows}</table>{rate}'


def _compared(facts: WorldFacts) -> str:
    """Every figure beside the reported one and its sources."""
    compared = figures(facts)
    used = [name for name in SOURCES if any(name in figure.sources for figure in compared)]
    rows = []
    for figure in compared:
        marks = ", ".join(str(used.index(name) + 1) for name in figure.sources)
        reported = escape(figure.reported)
        reported = reported if figure.number else f"<i>{reported}</i>"
        rows.append(f"<tr><th>{escape(figure.name)}<td>{escape(figure.world)}<td>{reported}<td>{marks}")
    listed = "".join(f"<li>{escape(SOURCES[name])}" for name in used)
    return (
        "<section><h2>Against the literature</h2><p>In italics where the sources give no number but a sign or an "
        "order of magnitude; where no source is named, it is general knowledge.</p><table><tr><th>figure<th>this world"
        f'<th>reported<th>source{"".join(rows)}</table><ol class="sources">{listed}</ol></section>'
    )


def _tails(facts: WorldFacts) -> str:
    sizes = _figure(
        [("yearly revenue", _points(facts.size))], ("revenue (CNY)", "share of firms at least as large")
    )
    degrees = _figure(
        [("customers", _points(facts.customers)), ("suppliers", _points(facts.suppliers))],
        ("links in the last year", "share of firms with at least as many"),
    )
    text = (
        f"Exponents of the largest 5 % (Hill): revenue {number(facts.size.exponent)}, customers "
        f"{number(facts.customers.exponent)}, suppliers {number(facts.suppliers.exponent)}. Rank correlation of "
        f"degree with revenue {facts.degree_size:.2f}, with age {facts.degree_age:.2f}."
    )
    return _section("Sizes and degrees", text, sizes + degrees)


def _churn(facts: WorldFacts) -> str:
    years = ", ".join(percent(share, 0) for share in facts.churn) or "unknown with less than a year of data"
    text = f"Share of links between surviving firms that have ended a year later: {years}, by year."
    return _section("Churn of links", text, "")


def _season(facts: WorldFacts) -> str:
    text = (
        "Mean sales of shops by week of the year, relative to their mean, by line of goods. By construction there is "
        "a dip at the spring festival and a peak around Double 11 (11 November), of a different height in each line."
    )
    lines = list(facts.season.items())
    return _section("Seasons", text, _figure(lines, ("week of the year", "sales over mean"), log=False))


def _clusters(facts: WorldFacts) -> str:
    counts = [(float(i), float(n)) for i, (_, n) in enumerate(facts.by_month)]
    after_supplier, of_all = facts.after
    text = (
        f"Defaults per month; variance over mean {number(facts.dispersion)} (1 if independent at one rate). Of "
        f"customers of a failed supplier of essential goods, {percent(after_supplier, 1)} a year default in the "
        f"half-year after it; of all firms {percent(of_all, 1)} a year. Homophily alone also makes the first number "
        "larger than the second: only the world's truth shows how much is contagion."
    )
    figure = _figure([("defaults", counts)], ("month", "defaults"), log=False)
    return _section("Clusters of defaults", text, figure)


def _section(title: str, text: str, figures: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p>{escape(text)}</p>{figures}</section>"


def _points(tail: TailFit) -> list[tuple[float, float]]:
    """At most 200 points of a distribution, evenly over its logarithm."""
    at = np.unique(np.geomspace(1, max(len(tail.value), 1), 200).astype(int) - 1)
    return [(float(tail.value[i]), float(tail.share[i])) for i in at if i < len(tail.value)]


def _figure(
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]], axes: tuple[str, str], *, log: bool = True
) -> str:
    """A line chart as SVG; log: both axes are logarithmic, and points at or below 0 are left out."""
    drawn = [(name, [p for p in points if not log or min(p) > 0]) for name, points in lines]
    across = [x for _, points in drawn for x, _ in points]
    up = [y for _, points in drawn for _, y in points]
    if not across:
        return "<p>Nothing to show.</p>"
    x = _Scale(across, MARGIN, CHART_WIDTH - 10, log)
    y = _Scale([*up, *([] if log else [0.0])], CHART_HEIGHT - MARGIN, 10, log)
    marks = "".join(
        f'<polyline fill="none" stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="2" points="'
        + " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        + '"/>'
        for i, (_, points) in enumerate(drawn)
    )
    ends = [
        (MARGIN, CHART_HEIGHT - MARGIN + 15, "start", min(across)),
        (CHART_WIDTH - 10, CHART_HEIGHT - MARGIN + 15, "end", max(across)),
        (MARGIN - 4, CHART_HEIGHT - MARGIN, "end", min(up) if log else 0.0),
        (MARGIN - 4, 18, "end", max(up)),
    ]
    labels = "".join(_text(px, py, anchor, f"{value:.3g}") for px, py, anchor, value in ends)
    names = _text(CHART_WIDTH / 2, CHART_HEIGHT - 6, "middle", axes[0]) + _text(
        MARGIN + 4, 20, "start", axes[1]
    )
    legend = "".join(
        _text(CHART_WIDTH - 14, 36 + 15 * i, "end", name, COLOURS[i % len(COLOURS)])
        for i, (name, _) in enumerate(drawn)
    )
    title = f"{escape(axes[1])} by {escape(axes[0])}"
    return (
        f'<svg viewBox="0 0 {CHART_WIDTH} {CHART_HEIGHT}" width="{CHART_WIDTH}" role="img" aria-label="{title}">'
        f"{marks}{labels}{names}{legend}</svg>"
    )


class _Scale:
    """Maps values to pixels, linearly or by their logarithm."""

    def __init__(self, values: Iterable[float], low: float, high: float, log: bool) -> None:
        places = [np.log(v) if log else v for v in values]
        self.first = min(places)
        self.span = (max(places) - min(places)) or 1.0  # one single value must not divide by 0
        self.low = low
        self.high = high
        self.log = log

    def __call__(self, value: float) -> float:
        place = np.log(value) if self.log else value
        return float(self.low + (self.high - self.low) * (place - self.first) / self.span)


def _text(x: float, y: float, anchor: str, text: str, colour: str = "#444") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
