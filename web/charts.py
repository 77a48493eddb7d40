"""Charts as inline SVG for pages: lines, bars and tiers of firms, drawn by matplotlib without a browser.

Texts stay text, in the font of the page, and colours are variables of the stylesheet, so that a chart follows dark mode
and print. The same input gives the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from types import MappingProxyType
from typing import Any, cast
from unicodedata import east_asian_width
from xml.etree import ElementTree

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

SERIES = tuple(f"series-{number}" for number in range(1, 6))
GRADES = tuple(f"grade-{number}" for number in range(1, 5))
COLOURS = ("text", "muted", "rule", "panel", "link", "defaulted", "no-grade", *SERIES, *GRADES)
"""Variables of the stylesheet that charts use."""
WIDTH = 380
HEIGHT = 240
SQUARE_WIDTH = 280
"""Size of a chart in points, in which its texts are as large as on the page; pages draw it as wide as there is room."""
MAX_SCALE = 1.4
MAX_TICKS = 6
LONG_SPAN = timedelta(days=300)
"""Span of days from which ticks name years and months."""
MIN_END = 0.01
"""Both axes of an interval chart reach at least this, so that the PDs of safe firms are not stretched out."""
TIER_WIDTH = 380
TIER_HEIGHT = 92
TIER_MARGIN = 32
NODE_RADIUS = 9
NODE_FONT = 8
"""Size of the texts of a node, points: five names in a row have room in it."""
LETTER_WIDTH = 4.4
"""Width of a Latin letter of such a text, points; a Chinese character is as wide as two."""
MAX_BESIDE = 3
"""Firms in a tier up to which their texts stand beside them, where few links cross them; else they stand below."""

_POINTS_PER_INCH = 72  # so that a unit of the view box is a point
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_FONT_FAMILY = re.compile(r"font-family:[^;]*(;\s*|$)")
_PLACEHOLDER = re.compile(r"#0000([0-9a-f]{2})")


@dataclass(frozen=True)
class Line:
    """A line of a chart; label: in the legend, which a chart of one line does not have. x: numbers, or days."""

    label: str
    x: Sequence[float] | Sequence[date]
    y: Sequence[float]


@dataclass(frozen=True)
class IntervalPoint:
    """A point of a chart with the interval of its y."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class TierNode:
    """A firm in a drawing of tiers.

    Parameters
    ----------
    firm: its id, which is its label, below its name.
    colour: one of COLOURS.
    tooltip: shown beside the pointer.
    name: its name, None (default) where it has none.
    large: whether it is the firm that the drawing is about.
    """

    firm: str
    colour: str
    tooltip: str
    name: str | None = None
    large: bool = False

    @property
    def texts(self) -> list[str]:
        """The lines below it: its name, if it has one, and its id."""
        return [self.name, self.firm] if self.name and self.name != self.firm else [self.firm]


@dataclass(frozen=True)
class Tier:
    """A row of firms, and the number of firms that have no room in it."""

    nodes: Sequence[TierNode]
    omitted: int = 0


@dataclass(frozen=True)
class TierLink:
    """A link between a firm in a tier and one in the next tier below.

    Parameters
    ----------
    tier: number of the upper firm's tier, from 0 at the top.
    upper, lower: the ids of the firms.
    share: its share of the trade, from 0 to 1, which is its width.
    tooltip: shown beside the pointer.
    highlighted: whether it lies on a path that the drawing shows.
    """

    tier: int
    upper: str
    lower: str
    share: float
    tooltip: str
    highlighted: bool = False


def line_chart(name: str, lines: Sequence[Line], *, x_label: str, y_label: str, log: bool = False) -> Markup:
    """Return a chart of lines; empty without a point to draw.

    Parameters
    ----------
    name: unique on the page; the ids of the chart begin with it.
    log: whether both axes are logarithmic; points at or below 0 are left out. Else y begins at 0, but not where x are
        days and all y lie within a factor of two.
    """
    drawn = [_positive(line) for line in lines] if log else lines
    if not any(len(line.x) for line in drawn):
        return Markup()
    days = [x for line in drawn for x in line.x if isinstance(x, date)]
    with _style(name):
        figure, axes = _axes(x_label, y_label, WIDTH)
        for line, colour in zip(drawn, cycle(SERIES), strict=False):
            axes.plot(cast("Any", line.x), line.y, color=_placeholder(colour), label=_printable(line.label))
        if log:
            axes.set(xscale="log", yscale="log")
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(LogLocator(numticks=MAX_TICKS))
                axis.set_minor_formatter(NullFormatter())
        elif not days or axes.dataLim.ymin < axes.dataLim.ymax / 2:
            axes.set_ylim(bottom=0)
        _write_ticks(axes)
        if days:
            axes.xaxis.set_major_locator(AutoDateLocator(maxticks=MAX_TICKS))  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_formatter(DateFormatter(_day_format(days)))  # type: ignore[no-untyped-call]
        if len(drawn) > 1:
            axes.legend(frameon=False, labelcolor="linecolor")
        return _svg(figure, name, f"{y_label} by {x_label}")


def interval_chart(name: str, points: Sequence[IntervalPoint], *, x_label: str, y_label: str) -> Markup:
    """Return a chart of points with their intervals, beside the diagonal where y equals x; empty without points."""
    if not points:
        return Markup()
    x = [point.x for point in points]
    colour = _placeholder(SERIES[0])
    with _style(name):
        figure, axes = _axes(x_label, y_label, SQUARE_WIDTH)
        end = max([MIN_END, *(max(point.x, point.y, point.high) for point in points)])
        axes.plot([0, end], [0, end], color=_placeholder("link"), linewidth=1)
        axes.vlines(x, [point.low for point in points], [point.high for point in points], color=colour)
        axes.plot(x, [point.y for point in points], color=colour, marker="o", linestyle="none", clip_on=False)
        axes.set(aspect="equal", xlim=(0, None), ylim=(0, None))
        _write_ticks(axes)
        return _svg(figure, name, f"{y_label} by {x_label}")


def bar_chart(
    name: str, labels: Sequence[str], values: Sequence[float], *, x_label: str, y_label: str
) -> Markup:
    """Return a chart with a bar per label, of which as many are written as have room; empty without values."""
    if not values:
        return Markup()
    with _style(name):
        figure, axes = _axes(x_label, y_label, WIDTH)
        axes.bar(range(len(values)), values, width=0.9, color=_placeholder(SERIES[0]))
        axes.yaxis.set_major_locator(MaxNLocator(MAX_TICKS, integer=True))
        step = -(-len(labels) // MAX_TICKS)
        axes.set_xticks(range(0, len(labels), step), [_printable(label) for label in labels[::step]])
        return _svg(figure, name, f"{y_label} by {x_label}")


def tiers_chart(
    name: str, tiers: Sequence[Tier], links: Sequence[TierLink], *, title: str, description: str = ""
) -> Markup:
    """Return a drawing of firms in rows, the first at the top, with the links between them.

    Links of firms that are not drawn are left out.
    """
    height = 2 * TIER_MARGIN + TIER_HEIGHT * (len(tiers) - 1)
    centres = {
        (number, node.firm): (
            TIER_WIDTH * (place + 1) / (len(tier.nodes) + 1),
            TIER_MARGIN + TIER_HEIGHT * number,
        )
        for number, tier in enumerate(tiers)
        for place, node in enumerate(tier.nodes)
    }
    tooltips: dict[str, str] = {}
    with _style(name):
        figure = Figure(figsize=(TIER_WIDTH / _POINTS_PER_INCH, height / _POINTS_PER_INCH))
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, TIER_WIDTH), ylim=(height, 0))
        axes.set_axis_off()
        for number, link in enumerate(links):
            ends = [centres.get((link.tier, link.upper)), centres.get((link.tier + 1, link.lower))]
            if None in ends:
                continue
            tooltips[f"link-{number}"] = link.tooltip
            axes.plot(
                *zip(*ends, strict=True),
                color=_placeholder("series-2" if link.highlighted else "link"),
                linewidth=1 + 5 * link.share,
                solid_capstyle="butt",
                gid=f"link-{number}",
            )
        for number, tier in enumerate(tiers):
            for place, node in enumerate(tier.nodes):
                x, y = centres[number, node.firm]
                radius = NODE_RADIUS + 3 if node.large else NODE_RADIUS
                gid = f"node-{number}-{place}"
                tooltips[gid] = node.tooltip
                # Above the lines, whose order is 2: nodes are drawn over the ends of links.
                axes.add_patch(Circle((x, y), radius, color=_placeholder(node.colour), zorder=3, gid=gid))
                _write_node(axes, node, (x, y), radius, len(tier.nodes))
            if tier.omitted:
                y = TIER_MARGIN + TIER_HEIGHT * number - 16
                axes.text(TIER_WIDTH - 4, y, f"+{tier.omitted}", ha="right", color=_placeholder("muted"))
        return _svg(figure, name, title, description, tooltips)


def _write_node(
    axes: Axes, node: TierNode, centre: tuple[float, float], radius: float, firms_in_tier: int
) -> None:
    """Write name and id of a node, beside it if its tier has few firms, else below it."""
    x, y = centre
    room = TIER_WIDTH / (firms_in_tier + 1)
    beside = firms_in_tier <= MAX_BESIDE
    letters = int((room - (radius + 8 if beside else 0)) / LETTER_WIDTH)
    for line, text in enumerate(node.texts):
        if beside:
            place = (x + radius + 5, y + NODE_FONT * (1.2 * line + 0.4 - 0.6 * (len(node.texts) - 1)))
        else:
            place = (x, y + radius + NODE_FONT * (1 + 1.2 * line))
        align = "left" if beside else "center"
        axes.text(*place, _short(text, letters), ha=align, fontsize=NODE_FONT)


def _write_ticks(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_tick))


def _day_format(days: Sequence[date]) -> str:
    """Return how ticks are written: month and day, or year and month where they span most of a year."""
    return "%Y-%m" if max(days) - min(days) > LONG_SPAN else "%m-%d"


def _axes(x_label: str, y_label: str, width: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width / _POINTS_PER_INCH, HEIGHT / _POINTS_PER_INCH), layout="constrained")
    axes = figure.add_subplot(xlabel=x_label)
    axes.set_title(y_label, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


@contextmanager
def _style(salt: str) -> Iterator[None]:
    """Draw with the defaults of matplotlib, whatever the user's own are, and with colours of the stylesheet."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A text is measured with a font that has no Chinese; the page draws it with one that has.
        missing = "Glyph .* missing from font|Matplotlib currently does not support"
        warnings.filterwarnings("ignore", message=missing, category=UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": salt,
                "text.parse_math": False,
                "text.color": _placeholder("text"),
                "axes.labelcolor": _placeholder("text"),
                "axes.titlecolor": _placeholder("text"),
                "axes.edgecolor": _placeholder("link"),
                "xtick.color": _placeholder("muted"),
                "ytick.color": _placeholder("muted"),
                "figure.facecolor": "none",
                "axes.facecolor": "none",
                "savefig.facecolor": "none",
                "font.size": 11,
                "axes.titlesize": 11,
            }
        )
        yield


def _svg(
    figure: Figure,
    name: str,
    title: str,
    description: str = "",
    tooltips: Mapping[str, str] = MappingProxyType({}),
) -> Markup:
    """Return a figure as SVG for a page: ids of its own, the page's fonts and colours, nothing of other addresses."""
    stream = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing)
    root = ElementTree.fromstring(stream.getvalue())  # noqa: S314 - the text is matplotlib's own
    # The first definitions are a style, which would apply to all charts of the page.
    root.remove(root[0])
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        gid = element.attrib.pop("id", "")
        # Groups have ids, too, which nothing refers to.
        if gid and element.tag in ("path", "clipPath"):
            element.set("id", f"{name}-{gid}")
        if gid in tooltips:
            tooltip = ElementTree.Element("title")
            tooltip.text = _printable(tooltips[gid])
            element.insert(0, tooltip)
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF).replace("#", f"#{name}-"))
        if "d" in element.attrib:
            element.set("d", " ".join(element.attrib["d"].split()))
        if "clip-path" in element.attrib:
            element.set("clip-path", element.attrib["clip-path"].replace("#", f"#{name}-"))
        if "style" in element.attrib:
            style = _FONT_FAMILY.sub("", element.attrib["style"])
            element.set(
                "style", _PLACEHOLDER.sub(lambda found: f"var(--{COLOURS[int(found[1], 16) - 1]})", style)
            )
        element.text = (element.text or "").strip()
        element.tail = None
    max_width = f"max-width: {MAX_SCALE * figure.get_figwidth() * _POINTS_PER_INCH:.0f}px"
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "style": max_width,
        "role": "img",
        "aria-labelledby": f"{name}-title",
    }
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        if text:
            about = ElementTree.Element(tag, id=f"{name}-{tag}")
            about.text = _printable(text)
            root.insert(place, about)
    svg = ElementTree.tostring(root, encoding="unicode")
    return Markup(f"<figure>{svg}</figure>")  # noqa: S704 - texts were escaped by the writer of XML


def _positive(line: Line) -> Line:
    numbers = zip(cast("Sequence[float]", line.x), line.y, strict=True)
    points = [(x, y) for x, y in numbers if x > 0 and y > 0]
    return Line(line.label, [x for x, _ in points], [y for _, y in points])


def _placeholder(colour: str) -> str:
    """Return a colour that stands for a variable of the stylesheet until the SVG is written."""
    return f"#0000{COLOURS.index(colour) + 1:02x}"


def _tick(value: float, _position: int | None = None) -> str:
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _short(text: str, letters: int) -> str:
    """Return a text cut to the width of so many Latin letters."""
    label = _printable(text)
    if _width(label) <= letters:
        return label
    while _width(label) > letters - 1:
        label = label[:-1]
    return f"{label.rstrip()}…"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _printable(text: str) -> str:
    """Return a text without control characters, which no XML may contain."""
    return "".join(character for character in text if character.isprintable())
