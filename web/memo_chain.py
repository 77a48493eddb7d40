"""A shop's chain as a drawing: two tiers up above it, two tiers down below it, links by share, nodes by risk."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import Any

Row = dict[str, Any]
WIDE, STEP, RADIUS, MOST = 380, 84, 9, 5
STYLE = (
    "text{font:10px system-ui;fill:#222;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    "text.m{text-anchor:end;fill:#666}"
)
PLAIN, CARRIES = "#9aa", "#c8553d"
"""Links, and those on the paths over which the shop catches most."""
SCALE = ((0.01, "#2e7d32"), (0.05, "#9e9d24"), (0.15, "#ef8f00"), (1.01, "#c62828"))
"""Upper PDs and colours of nodes; firms in default are black, those without a PD grey."""


def drawing(memo: Row) -> str:
    """The chain as SVG: per tier the five largest, what is left out counted at its end; no row for an empty tier."""
    chain, shop = memo["chain"], memo["shop"]
    rows = [
        _second(chain, "supplier"),
        chain["suppliers"],
        [
            {
                "other": shop["firm"],
                "pd": memo["risk"]["pd"],
                "defaulted": memo["risk"]["state"] == "defaulted",
            }
        ],
        chain["customers"],
        _second(chain, "customer"),
    ]
    places: dict[tuple[int, str], tuple[float, float]] = {}
    nodes = ""
    drawn = [level for level, row in enumerate(rows) if row]
    for height, level in enumerate(drawn):
        row = rows[level]
        shown = row[:MOST]
        for i, node in enumerate(shown):
            at = (WIDE * (i + 1) / (len(shown) + 1), 28 + STEP * height)
            places[level, node["other"]] = at
            nodes += _node(node, at, middle=level == 2)
        if len(row) > MOST:
            nodes += f'<text x="{WIDE - 4}" y="{12 + STEP * height}" class="m">+{len(row) - MOST}</text>'
    lines = _lines(chain, shop["firm"], places)
    style = f"<style>{STYLE}</style>"
    title = f"<title>{escape(shop['firm'])}: suppliers above, customers below</title>"
    return f'<svg viewBox="0 0 {WIDE} {56 + STEP * (len(drawn) - 1)}" role="img">{title}{style}{lines}{nodes}</svg>'


def _second(chain: Row, side: str) -> list[Row]:
    """Firms of the second tier on one side, each once, the largest link first."""
    rows = sorted(
        (r for r in chain["second_tier"] if r["side"] == side), key=lambda r: (-r["share"], r["other"])
    )
    return list({row["other"]: row for row in reversed(rows)}.values())[::-1]


def _lines(chain: Row, firm: str, places: dict[tuple[int, str], tuple[float, float]]) -> str:
    links = [((1, p["other"]), (2, firm), p) for p in chain["suppliers"]]
    links += [((2, firm), (3, p["other"]), p) for p in chain["customers"]]
    for row in chain["second_tier"]:
        far, via = row["other"], row["via"]
        links.append(((0, far), (1, via), row) if row["side"] == "supplier" else ((3, via), (4, far), row))
    carrying = {frozenset(ends) for path in chain["paths"] for ends in pairwise(path["chain"])}
    out = ""
    for a, b, row in links:
        if a in places and b in places:
            (x, y), (u, v) = places[a], places[b]
            width = 1 + 5 * row["share"]
            colour = CARRIES if {a[1], b[1]} in carrying else PLAIN
            out += (
                f'<line x1="{x:.0f}" y1="{y:.0f}" x2="{u:.0f}" y2="{v:.0f}" stroke="{colour}" '
                f'stroke-width="{width:.1f}">'
                f"<title>{row['share']:.0%}</title></line>"
            )
    return out


def _node(node: Row, at: tuple[float, float], *, middle: bool) -> str:
    x, y = at
    said = f"{node['other']} {node.get('name') or ''}".strip()
    radius = RADIUS + 3 if middle else RADIUS
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius}" fill="{_colour(node)}"><title>{escape(said)}</title></circle>'
        f'<text x="{x:.0f}" y="{y + radius + 11:.0f}">{escape(_short(node["other"]))}</text>'
    )


def _short(firm: str) -> str:
    return firm if len(firm) <= 12 else firm[:11] + "…"


def _colour(node: Row) -> str:
    if node["defaulted"]:
        return "#111"
    if node["pd"] is None:
        return "#9e9e9e"
    return next(colour for bound, colour in SCALE if node["pd"] < bound)
