"""What a memo says of a grower: its crops with yields and insurance, and the closed loops that it is part of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supplyrisk.graph.credit.farming.closed_loop import JudgedLoop
from supplyrisk.graph.credit.farming.crop_cover import CropCover
from supplyrisk.graph.credit.farming.crop_figures import CropFigures
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.memo_table import Cell
from supplyrisk.graph.credit.shop_facts import Partner
from supplyrisk.graph.texts.figures import number
from supplyrisk.graph.texts.text_files import Words

CROP_COLUMNS = {
    "crop": "text",
    "area_ha": "text",
    "harvest": "text",
    "yield_past": "percent",
    "yield_peers": "percent",
    "insured": "money",
    "insured_share": "percent",
    "counted": "money",
    "crop_insurance": "text",
}
"""Columns of the section on crops with their forms, see `MemoTable`."""
LOOP_COLUMNS = {
    "input_supplier": "text",
    "input_share": "percent",
    "harvest_buyer": "text",
    "harvest_share": "percent",
    "loop": "text",
}
"""Columns of the section on closed loops."""


@dataclass(frozen=True)
class FarmFacts:
    """A grower's crops, what their insurance covers of the loan by label of the crop, and its closed loops."""

    crops: tuple[CropFigures, ...]
    covers: tuple[CropCover, ...] = ()
    loops: tuple[JudgedLoop, ...] = ()

    def depends_in_loop(self, partners: Sequence[Partner]) -> bool:
        """Return whether every largest counterparty is in a closed loop that its buyer has confirmed."""
        largest = max((partner.share for partner in partners), default=0.0)
        members = {
            firm for judged in self.loops if judged.code == "CONFIRMED" for firm in judged.loop.members
        }
        dominant = {partner.other for partner in partners if partner.share == largest}
        return bool(dominant) and dominant <= members

    def crop_rows(self) -> Iterable[tuple[Cell, ...]]:
        """Yield a row per crop, one cell per column of CROP_COLUMNS."""
        covers = {cover.label: cover for cover in self.covers}
        for figures in self.crops:
            crop = figures.harvest
            cover = covers.get(crop.label)
            yield (
                crop.label,
                number(crop.area_ha),
                _harvest_words(figures),
                figures.own_past,
                figures.peers,
                crop.insured_amount if crop.is_standing else None,
                figures.insured_share if crop.is_standing else None,
                None if cover is None else cover.counted,
                None if cover is None else memo_words(f"crop.{cover.code}", day=crop.insured_until),
            )

    def loop_rows(self) -> Iterable[tuple[Cell, ...]]:
        """Yield a row per closed loop, one cell per column of LOOP_COLUMNS."""
        for judged in self.loops:
            loop = judged.loop
            yield (
                _firm(loop.supplier, loop.supplier_name),
                loop.input_share,
                _firm(loop.buyer, loop.buyer_name),
                loop.harvest_share,
                memo_words(f"loop.{judged.code}"),
            )


def _firm(firm: str, name: str | None) -> str:
    return f"{name} ({firm})" if name else firm


def _harvest_words(figures: CropFigures) -> Words | None:
    crop = figures.harvest
    if crop.harvested_on is not None:
        return memo_words("crop.harvested", tonnes=crop.tonnes, day=crop.harvested_on)
    if crop.expected_on is None and crop.expected_tonnes is None:
        return None
    return memo_words("crop.expected", tonnes=crop.expected_tonnes, day=crop.expected_on)
