"""A grower's yields beside its own past and other growers, by hand, and as they were known on a day."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from commands import run
from cooperative import GROWERS, write_exports
from supplyrisk.graph import Workspace
from supplyrisk.graph.credit.farming.crop_figures import crop_figures
from supplyrisk.graph.credit.farming.harvest import Harvest, read_harvests


def grown(
    firm: str, year: int, tonnes: float | None, *, crop: str = "rice", area: float | None = 2.0
) -> Harvest:
    """A harvest; a standing crop with expected tonnes in 2025."""
    planted = date(year, 4, 20)
    if year == 2025:
        return Harvest(firm, crop, planted, area, expected_tonnes=tonnes)
    return Harvest(firm, crop, planted, area, harvested_on=date(year, 9, 25), tonnes=tonnes)


OWN = [grown("F1", 2023, 12), grown("F1", 2024, 14), grown("F1", 2025, 13)]
OTHERS = [grown(f"G{n}", 2024, 8.0 + n) for n in range(1, 6)]


def test_beside_its_own_past_and_the_median_of_five_others() -> None:
    standing, last = crop_figures("F1", [*OWN, *OTHERS])
    # 6.5 t/ha expected; 6 and 7 before, and 4.5 to 6.5 of others, whose median is 5.5.
    assert [figures.harvest.planted_on.year for figures in (standing, last)] == [2025, 2024]
    assert (standing.own_past, standing.peers) == (1.0, pytest.approx(6.5 / 5.5))
    assert (last.own_past, last.peers) == (pytest.approx(7 / 6), pytest.approx(7 / 5.5))


def test_a_harvest_is_beside_others_of_its_own_season() -> None:
    later = [grown(f"G{n}", 2026, 100.0) for n in range(1, 6)]
    earlier = [grown(f"H{n}", 2023, 1.0) for n in range(1, 6)]
    _, last = crop_figures("F1", [*OWN, *OTHERS, *later, *earlier])
    assert last.peers == pytest.approx(7 / 5.5)
    # What nobody else harvested in its season is beside nobody.
    assert crop_figures("F1", [*OWN, *later, *earlier])[1].peers is None


def test_what_is_missing_is_not_zero() -> None:
    assert crop_figures("F1", [*OWN, *OTHERS[:4]])[0].peers is None
    first = crop_figures("F1", [grown("F1", 2025, 13), *OTHERS])
    assert (len(first), first[0].own_past) == (1, None)
    no_area = crop_figures("F1", [*OWN[:2], grown("F1", 2025, 13, area=None), *OTHERS])[0]
    assert (no_area.own_past, no_area.peers) == (None, None)
    other_crop = [grown(f"H{n}", 2024, 1.0, crop="maize") for n in range(9)]
    assert crop_figures("F1", [*OWN, *OTHERS, *other_crop]) == crop_figures("F1", [*OWN, *OTHERS])
    assert crop_figures("F9", OWN) == ()


def test_insured_share_of_the_expected_value() -> None:
    crop = Harvest("F1", "rice", date(2025, 4, 20), 2.0, 10.0, price=3000.0, insured_amount=15_000.0)
    assert crop_figures("F1", [crop])[0].insured_share == 0.5


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("cooperative")
    mapping = write_exports(folder / "data")
    code, _, err = run("load", folder / "data", "--mapping", mapping, "-w", folder / "ws", "--no-graph")
    assert code == 0, err
    return Workspace(folder / "ws")


def test_the_mapping_reads_areas_in_mu_and_joins_the_insurance(workspace: Workspace) -> None:
    rows = read_harvests(workspace.tables(), date(2025, 6, 30), "F01")
    assert len(rows) == 3 * len(GROWERS)
    (crop,) = [row for row in rows if row.firm_id == "F01" and row.is_standing]
    assert crop.area_ha == pytest.approx(2.0)
    assert (crop.insured_amount, crop.insurer_id, crop.beneficiary_id) == (30_000, "PICC", "L1")
    assert (crop.expected_value, crop.yield_per_ha) == (39_000, pytest.approx(6.5))
    assert read_harvests(workspace.tables(), date(2025, 6, 30), "MILL") == ()


def test_nothing_of_the_future_is_known(workspace: Workspace) -> None:
    (before,) = [
        row for row in read_harvests(workspace.tables(), date(2023, 9, 24), "F01") if row.firm_id == "F01"
    ]
    assert (before.harvested_on, before.tonnes, before.is_standing) == (None, None, True)
    (after,) = [
        row for row in read_harvests(workspace.tables(), date(2023, 9, 25), "F01") if row.firm_id == "F01"
    ]
    assert (after.harvested_on, after.tonnes) == (date(2023, 9, 25), 12)
    last = read_harvests(workspace.tables(), date(2025, 5, 31), "F01")[2]
    assert (last.buyer_id, last.confirmed_on) == ("MILL", None)
    assert read_harvests(workspace.tables(), date(2023, 4, 19), "F01") == ()


def test_a_data_set_without_the_table_has_no_crops() -> None:
    tables = SimpleNamespace(sources={})
    assert read_harvests(tables, date(2025, 6, 30), "F01") == ()  # type: ignore[arg-type]
