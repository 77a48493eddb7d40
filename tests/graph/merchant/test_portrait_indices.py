"""Percentiles among peers, and the four indices that are made of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import AS_OF, Row, ago, event, firms, tables_of
from supplyrisk.graph.merchant.portrait import (
    INDICATORS,
    INDICES,
    Better,
    Figure,
    IndexPart,
    PeerCells,
    PortraitIndex,
    portrait_table,
)
from supplyrisk.graph.snapshot.peers import LEVELS, MIN_PEERS
from supplyrisk.graph.texts.text_files import LANGUAGES, read_texts

NAN = float("nan")


def cells_of(*groups: tuple[int, str | None, str | None]) -> PeerCells:
    """Groups of so many firms of an industry and a region."""
    rows = [(industry, region) for count, industry, region in groups for _ in range(count)]
    return PeerCells.of(
        pa.table(
            {
                "industry": pa.array([industry for industry, _ in rows], pa.string()),
                "region": pa.array([region for _, region in rows], pa.string()),
                "defaulted": [False] * len(rows),
                "unlisted": pa.nulls(len(rows), pa.bool_()),
            }
        )
    )


def test_the_narrowest_group_with_enough_values_counts() -> None:
    cells = cells_of((30, "shops", "North"), (10, "shops", "South"), (20, "makers", "North"), (1, None, None))
    standing = cells.standing(np.arange(61, dtype=np.float64))
    assert [LEVELS[level] for level in standing.level[[0, 29, 30, 40, 60]]] == [
        "industry x region", "industry x region", "industry", "all", "all",
    ]  # fmt: skip
    assert standing.peers[[0, 30, 40, 60]].tolist() == [30, 40, 61, 61]
    assert standing.percentile[0] == pytest.approx(0.5 / 30, abs=5e-5)
    assert standing.percentile[30] == pytest.approx(30.5 / 40, abs=5e-5)
    assert standing.percentile[60] == pytest.approx(60.5 / 61, abs=5e-5)


def test_only_firms_with_a_value_count_as_peers() -> None:
    values = np.arange(61, dtype=np.float64)
    values[29] = NAN
    standing = cells_of((30, "shops", "North"), (31, "shops", "South")).standing(values)
    assert (LEVELS[standing.level[0]], standing.peers[0]) == ("industry", 60)
    assert (LEVELS[standing.level[60]], standing.peers[60]) == ("industry x region", 31)
    assert np.isnan(standing.percentile[29])


def test_below_thirty_values_there_is_no_percentile() -> None:
    standing = cells_of((MIN_PEERS - 1, "shops", "North")).standing(np.ones(MIN_PEERS - 1))
    assert np.isnan(standing.percentile).all()


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.none() | st.integers(0, 5)), max_size=120
    )
)
def test_percentiles_are_the_share_below_and_half_of_the_ties(
    rows: list[tuple[str, str, int | None]],
) -> None:
    values = np.array([NAN if value is None else float(value) for _, _, value in rows])
    standing = cells_of(*((1, industry, region) for industry, region, _ in rows)).standing(values)
    for row, (industry, region, value) in enumerate(rows):
        groups = [
            [v for i, r, v in rows if v is not None and (i, r) == (industry, region)],
            [v for i, _, v in rows if v is not None and i == industry],
            [v for _, _, v in rows if v is not None],
        ]
        large = next((group for group in groups if len(group) >= MIN_PEERS), None)
        if value is None or large is None:
            assert np.isnan(standing.percentile[row])
            continue
        below = sum(other < value for other in large) + sum(other == value for other in large) / 2
        assert standing.percentile[row] == pytest.approx(below / len(large), abs=5e-5)
        assert standing.peers[row] == len(large)


def test_firms_in_default_have_no_percentile_and_are_nobodys_peers() -> None:
    ids = [f"F{number:02}" for number in range(MIN_PEERS + 1)]
    rows: dict[str, list[Row]] = {
        "firms": firms(*ids),
        "activity": [{"firm_id": firm, "on": ago(3), "sales": float(n)} for n, firm in enumerate(ids)],
        "events": [event("F00", 10, "default")],
    }
    shops = portrait_table(tables_of(**rows), AS_OF).shops
    assert (shops["sales"][0].as_py(), shops["sales.percentile"][0].as_py()) == (0.0, None)
    assert (shops["sales.peers"][1].as_py(), shops["sales.percentile"][1].as_py()) == (MIN_PEERS, 0.0167)
    assert shops["sales.level"][1].as_py() == "all"


# Indices


@pytest.mark.parametrize("key", INDICES)
def test_every_index_has_usable_parts_and_texts(key: str) -> None:
    index = INDICES[key]
    assert 2 <= index.least <= len(index.parts)
    assert len({(part.indicator, part.figure) for part in index.parts}) == len(index.parts)
    for part in index.parts:
        assert INDICATORS[part.indicator].better is not Better.NEITHER, "which side is good must be stated"
        assert part.weight > 0
        assert part.figure is Figure.VALUE or INDICATORS[part.indicator].is_total
    for lang in LANGUAGES:
        assert read_texts("supplyrisk.graph.texts", "portrait", lang)[f"index.{key}"]


def test_an_index_by_hand() -> None:
    # Conversion is better higher, the cost of an order lower: the points of .8 are 80 and 20.
    index = PortraitIndex("hand", (IndexPart("conversion", 3), IndexPart("order_cost", 1)), least=2)
    points = [part.points(np.array([0.8, 0.8, NAN])) for part in index.parts]
    assert [values[0] for values in points] == [pytest.approx(80), pytest.approx(20)]
    value, known = index.value([points[0], np.array([20.0, NAN, NAN])])
    assert value[0] == pytest.approx((3 * 80 + 20) / 4)
    assert np.isnan(value[1:]).all()
    assert known.tolist() == [2, 1, 0]
    value, _ = PortraitIndex("hand", index.parts, least=1).value([points[0], np.array([20.0, NAN, NAN])])
    assert value[1] == pytest.approx(80), "a missing part neither helps nor harms"


def test_the_indices_of_shops_that_differ_in_one_figure() -> None:
    """Forty shops with equal rows, but the more a shop's number, the more orders a visitor and the faster it grows."""
    ids = [f"F{number:02}" for number in range(40)]
    rows: list[Row] = []
    for number, firm in enumerate(ids):
        for days, scale in ((5, 1.0), (20, 1.0), (70, 0.5), (85, 0.5), (370, 0.5), (390, 0.5)):
            grown = 1 + number / 40 if days < 60 else 1.0
            rows.append(
                {
                    "firm_id": firm, "on": ago(days), "sales": 100 * scale * grown, "visitors": 1000,
                    "orders": 10 + number, "ad_spend": 20.0, "customers": 10, "returning_customers": 2,
                }
            )  # fmt: skip
    shops = portrait_table(tables_of(firms=firms(*ids), activity=rows), AS_OF).shops
    marketing, growth = (shops[f"index.{key}"].to_pylist() for key in ("marketing", "growth"))
    assert marketing == sorted(marketing)
    assert growth == sorted(growth)
    # conversion 2, order_cost 2 by rank; visitor_cost 1 and returning_share 1 are equal, so 50 points.
    assert marketing[0] == pytest.approx((4 * 100 * 0.5 / 40 + 2 * 50) / 6, abs=0.06)
    assert marketing[-1] == pytest.approx((4 * 100 * 39.5 / 40 + 2 * 50) / 6, abs=0.06)
    assert shops["index.marketing.parts"].to_pylist() == [4] * 40
    # sales rank by two changes (2 and 1); customers and visitors have not changed; no trade with firms is recorded.
    assert growth[0] == pytest.approx((3 * 100 * 0.5 / 40 + 2 * 50) / 5, abs=0.06)
    assert shops["index.growth.parts"].to_pylist() == [4] * 40
    assert shops["index.capital"].null_count == 40
