"""A grower's crops beside its own past and other growers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from supplyrisk.graph.credit.farming.harvest import Harvest

LEAST_PEERS = 5
"""Other growers of a crop in a season from which their median is shown: fewer may be known by name."""


@dataclass(frozen=True)
class CropFigures:
    """A crop of a grower with its yield beside others.

    Parameters
    ----------
    harvest: the crop.
    own_past: yield per hectare relative to the mean of its earlier harvests of the crop; None without any.
    peers: yield relative to the median of other growers, harvests of the same crop planted in the same year, or, for a
        standing crop, their last ones before; None with fewer than LEAST_PEERS.
    insured_share: sum insured / value of the expected harvest; None where unknown.
    """

    harvest: Harvest
    own_past: float | None
    peers: float | None
    insured_share: float | None


def crop_figures(firm_id: str, known: Sequence[Harvest]) -> tuple[CropFigures, ...]:
    """Return the crops of a grower: those that stand and the last harvest of each crop, the latest planting first.

    known: crops of all growers.
    """
    own = [row for row in known if row.firm_id == firm_id]
    shown = [row for row in own if row.is_standing or row is _last_of(own, row.crop)]
    shown.sort(key=lambda row: (row.planted_on, row.crop), reverse=True)
    return tuple(_figures(row, known) for row in shown)


def _last_of(own: Sequence[Harvest], crop: str) -> Harvest | None:
    harvested = [row for row in own if row.crop == crop and not row.is_standing]
    return max(harvested, key=lambda row: row.planted_on, default=None)


def _figures(row: Harvest, known: Sequence[Harvest]) -> CropFigures:
    past = [
        other
        for other in known
        if not other.is_standing and other.crop == row.crop and other.planted_on < row.planted_on
    ]
    own = [other.yield_per_ha for other in past if other.firm_id == row.firm_id]
    peers = _peer_yields(row, known)
    value = row.expected_value
    share = None if row.insured_amount is None or not value else row.insured_amount / value
    return CropFigures(
        row,
        own_past=_ratio(row.yield_per_ha, mean(_known(own)) if _known(own) else None),
        peers=_ratio(row.yield_per_ha, median(peers) if len(peers) >= LEAST_PEERS else None),
        insured_share=share,
    )


def _peer_yields(row: Harvest, known: Sequence[Harvest]) -> list[float]:
    """Return the yields of other growers, one each."""
    by_firm: dict[str, Harvest] = {}
    for other in known:
        if other.firm_id == row.firm_id or other.crop != row.crop or other.is_standing:
            continue
        in_season = other.planted_on.year == row.planted_on.year
        if in_season or (row.is_standing and other.planted_on < row.planted_on):
            # Sorted by day of planting: the last one stays.
            by_firm[other.firm_id] = other
    return _known([other.yield_per_ha for other in by_firm.values()])


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _ratio(value: float | None, base: float | None) -> float | None:
    return None if value is None or not base else value / base
