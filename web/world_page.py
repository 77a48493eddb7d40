"""A page on the shape of a synthetic world, beside what the literature reports on firm networks."""

from __future__ import annotations

import numpy as np

from supplyrisk.loaders.synthetic import TailFit, WorldFacts
from supplyrisk.web.charts import Line, bar_chart, line_chart
from supplyrisk.web.pages import render_page

MAX_POINTS = 200
"""Points of a distribution that are drawn."""


def render_world(facts: WorldFacts) -> str:
    """Return the page of a world as HTML."""
    share = "share of firms with at least as many"
    sizes = [_tail("yearly revenue", facts.size)]
    degrees = [_tail("customers", facts.customers), _tail("suppliers", facts.suppliers)]
    seasons = [Line(goods, *zip(*weeks, strict=True)) for goods, weeks in facts.season.items()]
    months, counts = zip(*facts.by_month, strict=True) if facts.by_month else ((), ())
    return render_page(
        "world.html",
        title=f"{facts.name}: a synthetic world",
        facts=facts,
        sizes=line_chart(
            "sizes", sizes, x_label="revenue (CNY)", y_label="share of firms at least as large", log=True
        ),
        degrees=line_chart("degrees", degrees, x_label="links in the last year", y_label=share, log=True),
        seasons=line_chart("seasons", seasons, x_label="week of the year", y_label="sales over mean"),
        defaults=bar_chart("defaults", months, counts, x_label="month", y_label="defaults"),
    )


def _tail(label: str, tail: TailFit) -> Line:
    """Return points of a distribution, evenly over its logarithm."""
    size = len(tail.value)
    places = np.unique(np.geomspace(1, max(size, 1), MAX_POINTS).astype(int) - 1)[:size]
    return Line(label, tail.value[places].tolist(), tail.share[places].tolist())
