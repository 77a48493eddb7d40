"""The calibration curve of a model card as inline SVG: share that failed by mean PD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SIDE = 320
"""Width and height of the figure in pixels."""
EDGE = 40
"""Margin on the left and below, where the labels stand."""
_GAP = 10
"""Margin on the right and above."""
_LEAST_RANGE = 0.01
"""The axes reach at least this PD, so that a book of safe firms is not stretched out."""


def calibration_figure(curve: Sequence[Mapping[str, float]]) -> str:
    """The figure of a calibration curve: per bin mean_pd and failed_share with its interval low to high."""
    upper_bounds = [bin_["high"] for bin_ in curve]
    mean_pds = [bin_["mean_pd"] for bin_ in curve]
    axis_end = max([_LEAST_RANGE, *upper_bounds, *mean_pds])

    def position(pd: float, share: float) -> tuple[float, float]:
        """Pixels from the left and from above."""
        span = SIDE - EDGE - _GAP
        return EDGE + span * pd / axis_end, SIDE - EDGE - span * share / axis_end

    left, bottom = position(0, 0)
    right, top = position(axis_end, axis_end)
    # The diagonal is where a calibrated model's bins lie.
    shapes = [f'<line x1="{left:.1f}" y1="{bottom:.1f}" x2="{right:.1f}" y2="{top:.1f}" stroke="#bbb"/>']
    for bin_ in curve:
        x, low = position(bin_["mean_pd"], bin_["low"])
        _, high = position(bin_["mean_pd"], bin_["high"])
        _, y = position(bin_["mean_pd"], bin_["failed_share"])
        shapes.append(f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="#1b6ca8"/>')
        shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#1b6ca8"/>')
    labels = (
        (SIDE / 2, SIDE - 8, "middle", "mean PD"),
        (EDGE, 14, "start", "share that failed"),
        (right, bottom + 15, "end", f"{axis_end:.3g}"),
        (left - 4, top + 12, "end", f"{axis_end:.3g}"),
    )
    shapes += [
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" text-anchor="{anchor}" fill="#444">{text}</text>'
        for x, y, anchor, text in labels
    ]
    description = 'role="img" aria-label="share that failed by mean PD"'
    return f'<svg width="{SIDE}" height="{SIDE}" {description}>{"".join(shapes)}</svg>'
