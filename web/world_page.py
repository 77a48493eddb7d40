"""A synthetic world's shape in one HTML page, beside what the literature reports of firm networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from supplyrisk.loaders.synthetic import TailFit, WorldFacts
from supplyrisk.web.world_figures import SOURCES, figures, number, percent

WIDE, HIGH, EDGE = 420, 250, 42
COLOURS = ("#1b6ca8", "#c8553d", "#588b8b", "#8a6fb0", "#b08d2e")
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
section{margin:2rem 0}svg{background:#fafafa;border:1px solid #ddd}.said{color:#555}
table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #ddd}
.warn{background:#fff3cd;padding:.6rem 1rem}"""


def render_world(facts: WorldFacts) -> str:
    """The page, complete in itself: no script, nothing fetched."""
    parts = [_head(facts), _compared(facts), _tails(facts), _churn(facts), _season(facts), _clusters(facts)]
    title = f"{facts.name}: a synthetic world"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{''.join(parts)}</html>\n"
    )


def _head(facts: WorldFacts) -> str:
    rows = "".join(f"<tr><th>{escape(k)}<td>{escape(str(v))}" for k, v in facts.parameters.items())
    rate = f"<p>Defaults: {facts.yearly_default_rate:.2%} of firms a year.</p>"
    warn = "Synthetic: made up, seeded, fitted to no real economy. The literature is here to compare shapes with."
    return f'<p class="warn">{warn}</p><table>{rows}</table>{rate}'


def _compared(facts: WorldFacts) -> str:
    """Every figure beside what is reported of it, and by whom."""
    shown = figures(facts)
    used = [name for name in SOURCES if any(name in figure.sources for figure in shown)]
    rows = []
    for figure in shown:
        marks = ", ".join(str(used.index(name) + 1) for name in figure.sources)
        said = figure.reported if figure.number else f"<i>{escape(figure.reported)}</i>"
        told = escape(said) if figure.number else said
        rows.append(f"<tr><th>{escape(figure.name)}<td>{escape(figure.world)}<td>{told}<td>{marks}")
    listed = "".join(f"<li>{escape(SOURCES[name])}" for name in used)
    return (
        "<section><h2>Against the literature</h2><p>In italics where no number is given: only a sign or an order, "
        "from the sources or, where none is named, from general knowledge.</p><table><tr><th>figure<th>this world"
        f'<th>reported<th>source{"".join(rows)}</table><ol class="said">{listed}</ol></section>'
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
    years = ", ".join(f"{share:.0%}" for share in facts.churn) or "not to be seen in less than a year"
    text = f"Of links between firms that both stay, the share that is gone a year later: {years}, by year."
    return _section("Churn of links", text, "")


def _season(facts: WorldFacts) -> str:
    text = (
        "Mean sales of shops by week of the year, over their mean, by line of goods: a dip at the spring "
        "festival, a peak around Double 11 (11 November), each line with a height of its own. By construction."
    )
    lines = list(facts.season.items())
    return _section("Seasons", text, _figure(lines, ("week of the year", "sales over mean"), log=False))


def _clusters(facts: WorldFacts) -> str:
    counts = [(float(i), float(n)) for i, (_, n) in enumerate(facts.by_month)]
    hit, usual = facts.after
    text = (
        f"Defaults per month; variance over mean {number(facts.dispersion)} (1 if independent at one rate). Of "
        f"customers of a failed supplier of essential goods, {percent(hit)} a year fail in the half-year after "
        f"it; of all firms {percent(usual)} a year. Likeness alone makes the first number larger than the second, "
        "too: only a world's truth tells how much is contagion."
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
    """A line chart as SVG; log: both axes logarithmic (points at or below 0 are left out)."""
    drawn = [(name, [p for p in points if not log or min(p) > 0]) for name, points in lines]
    across = [x for _, points in drawn for x, _ in points]
    up = [y for _, points in drawn for _, y in points]
    if not across:
        return "<p>Nothing to show.</p>"
    x, y = _Scale(across, EDGE, WIDE - 10, log), _Scale([*up, *([] if log else [0.0])], HIGH - EDGE, 10, log)
    marks = "".join(
        f'<polyline fill="none" stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="2" points="'
        + " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        + '"/>'
        for i, (_, points) in enumerate(drawn)
    )
    ends = [
        (EDGE, HIGH - EDGE + 15, "start", min(across)),
        (WIDE - 10, HIGH - EDGE + 15, "end", max(across)),
        (EDGE - 4, HIGH - EDGE, "end", min(up) if log else 0.0),
        (EDGE - 4, 18, "end", max(up)),
    ]
    labels = "".join(_text(px, py, anchor, f"{value:.3g}") for px, py, anchor, value in ends)
    names = _text(WIDE / 2, HIGH - 6, "middle", axes[0]) + _text(EDGE + 4, 20, "start", axes[1])
    legend = "".join(
        _text(WIDE - 14, 36 + 15 * i, "end", name, COLOURS[i % len(COLOURS)])
        for i, (name, _) in enumerate(drawn)
    )
    return (
        f'<svg width="{WIDE}" height="{HIGH}" role="img" aria-label="{escape(axes[1])} by {escape(axes[0])}">'
        f"{marks}{labels}{names}{legend}</svg>"
    )


class _Scale:
    """From values to places on the page."""

    def __init__(self, values: Iterable[float], low: float, high: float, log: bool) -> None:
        places = [np.log(v) if log else v for v in values]
        self.first, self.span = min(places), (max(places) - min(places)) or 1.0
        self.low, self.high, self.log = low, high, log

    def __call__(self, value: float) -> float:
        place = np.log(value) if self.log else value
        return float(self.low + (self.high - self.low) * (place - self.first) / self.span)


def _text(x: float, y: float, anchor: str, text: str, colour: str = "#444") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
