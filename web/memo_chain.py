"""A shop's supply chain as a drawing: two tiers of suppliers above it, two tiers of customers below it."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import Any

from supplyrisk.graph.texts.figures import percent

Row = dict[str, Any]
Point = tuple[float, float]
WIDTH = 380
ROW_HEIGHT = 84
TOP_MARGIN = 28
NODE_RADIUS = 9
MAX_PER_ROW = 5
"""Firms drawn in a tier; the rest are counted at its end."""
MAX_ID_LENGTH = 12
SHOP_ROW = 2
"""Rows from the top: suppliers of suppliers, suppliers, the shop, customers, customers of customers."""
STYLE = (
    "text{font:10px system-ui;fill:#222;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    "text.m{text-anchor:end;fill:#666}"
)
LINK_COLOUR = "#9aa"
PATH_COLOUR = "#c8553d"
"""Links on the main paths of contagion to the shop."""
PD_COLOURS = ((0.01, "#2e7d32"), (0.05, "#9e9d24"), (0.15, "#ef8f00"), (1.01, "#c62828"))
"""Upper PDs and the colours below them."""
DEFAULT_COLOUR = "#111"
NO_PD_COLOUR = "#9e9e9e"


def chain_svg(memo: Row) -> str:
    """The supply chain of a memo as SVG; a tier without firms takes no row."""
    chain = memo["chain"]
    shop_id = memo["shop"]["firm"]
    shop = {
        "other": shop_id,
        "pd": memo["risk"]["pd"],
        "defaulted": memo["risk"]["state"] == "defaulted",
    }
    rows = [
        _second_tier(chain, "supplier"),
        chain["suppliers"],
        [shop],
        chain["customers"],
        _second_tier(chain, "customer"),
    ]
    centres: dict[tuple[int, str], Point] = {}
    nodes = ""
    drawn_rows = [number for number, row in enumerate(rows) if row]
    for line, number in enumerate(drawn_rows):
        row = rows[number]
        drawn = row[:MAX_PER_ROW]
        for place, node in enumerate(drawn):
            centre = (WIDTH * (place + 1) / (len(drawn) + 1), TOP_MARGIN + ROW_HEIGHT * line)
            centres[number, node["other"]] = centre
            nodes += _node(node, centre, is_shop=number == SHOP_ROW)
        if len(row) > MAX_PER_ROW:
            omitted = len(row) - MAX_PER_ROW
            nodes += f'<text x="{WIDTH - 4}" y="{12 + ROW_HEIGHT * line}" class="m">+{omitted}</text>'
    links = _links(chain, shop_id, centres)
    height = 2 * TOP_MARGIN + ROW_HEIGHT * (len(drawn_rows) - 1)
    title = f"<title>{escape(shop_id)}: suppliers above, customers below</title>"
    # Links come first, so that nodes are drawn over their ends.
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{title}<style>{STYLE}</style>{links}{nodes}</svg>'


def _second_tier(chain: Row, side: str) -> list[Row]:
    """Firms of the second tier on one side, each once, with its largest link."""
    rows = sorted(
        (row for row in chain["second_tier"] if row["side"] == side),
        key=lambda row: (-row["share"], row["other"]),
    )
    # Of a firm's links the last one in a dict wins, so the largest has to come last.
    return list({row["other"]: row for row in reversed(rows)}.values())[::-1]


def _links(chain: Row, shop_id: str, centres: dict[tuple[int, str], Point]) -> str:
    """Lines between the drawn firms, as wide as their share of the trade."""
    links = [((1, partner["other"]), (2, shop_id), partner) for partner in chain["suppliers"]]
    links += [((2, shop_id), (3, partner["other"]), partner) for partner in chain["customers"]]
    for row in chain["second_tier"]:
        if row["side"] == "supplier":
            links.append(((0, row["other"]), (1, row["via"]), row))
        else:
            links.append(((3, row["via"]), (4, row["other"]), row))
    path_links = {frozenset(ends) for path in chain["paths"] for ends in pairwise(path["chain"])}
    lines = ""
    for upper, lower, row in links:
        if upper in centres and lower in centres:
            x1, y1 = centres[upper]
            x2, y2 = centres[lower]
            colour = PATH_COLOUR if {upper[1], lower[1]} in path_links else LINK_COLOUR
            lines += (
                f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="{colour}" '
                f'stroke-width="{1 + 5 * row["share"]:.1f}"><title>{percent(row["share"], 0)}</title></line>'
            )
    return lines


def _node(node: Row, centre: Point, *, is_shop: bool) -> str:
    """A firm as a circle with its id below; the tooltip shows its name too."""
    x, y = centre
    tooltip = f"{node['other']} {node.get('name') or ''}".strip()
    radius = NODE_RADIUS + 3 if is_shop else NODE_RADIUS
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius}" fill="{_colour(node)}"><title>{escape(tooltip)}</title>'
        f'</circle><text x="{x:.0f}" y="{y + radius + 11:.0f}">{escape(_short_id(node["other"]))}</text>'
    )


def _short_id(firm_id: str) -> str:
    return firm_id if len(firm_id) <= MAX_ID_LENGTH else firm_id[: MAX_ID_LENGTH - 1] + "…"


def _colour(node: Row) -> str:
    if node["defaulted"]:
        return DEFAULT_COLOUR
    if node["pd"] is None:
        return NO_PD_COLOUR
    return next(colour for bound, colour in PD_COLOURS if node["pd"] < bound)
