"""Pairs of firms that are probably one: what decides, what is never enough, and what changes nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from dirty_firms import DirtyFirms, ListedFirm, dirty_firms
from supplyrisk.graph import DataError, RequestError
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables
from supplyrisk.loaders import FirmMatches, FirmPair, match_firms
from supplyrisk.loaders.matching import matching_extra, pair_blocks
from supplyrisk.loaders.matching.pair_evidence import CONTRADICTION, NAME_ONLY, PROBABLE

CODE, OTHER_CODE = "91110000600037341L", "91330000609120272T"
LEI = "213800KUD8LAJWSQ9D15"


def firm(firm_id: str, name: str | None, **more: Any) -> ListedFirm:
    return ListedFirm(firm_id, 0, False, "", "", "", "", name=name or "", **more)


def matches(*firms: ListedFirm, at_least: float = 0.0) -> FirmMatches:
    """Matches of firms among fifty others, so that agreeing by chance is as rare as in a real list."""
    others = [replace(f, firm_id=f"other{f.firm_id}", persons=()) for f in dirty_firms(50, 9).firms[:50]]
    return match_firms(tables([*firms, *others]), at_least)


def tables(firms: list[ListedFirm]) -> Tables:
    return Tables(DatasetInfo(), DirtyFirms(firms).tables())


def pair(found: FirmMatches, a: str, b: str) -> FirmPair | None:
    return next((p for p in found.pairs if (p.firm_id_a, p.firm_id_b) == (a, b)), None)


def probability(found: FirmMatches, a: str, b: str) -> float:
    one = pair(found, a, b)
    assert one is not None
    assert one.probability is not None
    return one.probability


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ({"credit_code": CODE}, {"credit_code": CODE.lower()}),
        ({"lei": LEI}, {"lei": "2138 00KU D8LA JWSQ 9D15"}),
        ({"vat_number": "DE136695976"}, {"vat_number": "DE 136 695 976"}),
        (
            {"register": "Amtsgericht München", "company_number": "HRB 123"},
            {"register": "Amtsgericht Muenchen", "company_number": "HRB0123"},
        ),
    ],
)
def test_an_equal_key_decides_against_another_name(key: dict[str, str], value: dict[str, str]) -> None:
    found = matches(firm("A", "Alpha Handel GmbH", **key), firm("B", "Omega Technik AG", **value))
    assert probability(found, "A", "B") > 0.99


def test_a_firm_id_that_is_a_key_counts_as_one() -> None:
    found = matches(firm(CODE, "华盛贸易"), firm("B", None, credit_code=CODE))
    assert probability(found, CODE, "B") > 0.99


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"credit_code": CODE}, {"credit_code": OTHER_CODE}),
        ({"register": "A", "company_number": "1"}, {"register": "A", "company_number": "2"}),
    ],
)
def test_another_key_decides_against_all_else(left: dict[str, str], right: dict[str, str]) -> None:
    alike = {"address": "世纪大道100号", "founded_on": date(2010, 1, 1), "persons": ("P1",)}
    found = matches(firm("A", "上海华盛贸易", **alike, **left), firm("B", "上海华盛贸易", **alike, **right))
    keyless = matches(firm("A", "上海华盛贸易", **alike), firm("B", "上海华盛贸易", **alike))
    assert probability(found, "A", "B") < 0.5
    assert probability(keyless, "A", "B") > 0.99


def test_numbers_of_other_registers_and_states_say_nothing() -> None:
    alike = {"address": "Hauptstraße 1, Berlin", "founded_on": date(2010, 1, 1)}
    left = {"register": "Berlin", "company_number": "1", "vat_number": "DE136695976"}
    right = {"register": "Hamburg", "company_number": "2", "vat_number": "FR40303265045"}
    found = matches(firm("A", "Alpha Handel", **alike, **left), firm("B", "Alpha Handel", **alike, **right))
    one = pair(found, "A", "B")
    assert one is not None
    assert "number" not in one.evidence_against


def test_keys_that_contradict_each_other_are_shown_as_such() -> None:
    found = matches(
        firm("A", "x", credit_code=CODE, lei=LEI), firm("B", "y", credit_code=OTHER_CODE, lei=LEI)
    )
    one = pair(found, "A", "B")
    assert one is not None
    assert one.kind == CONTRADICTION
    assert one.evidence_for == f"same LEI, but other credit code {CODE} and {OTHER_CODE}"


def test_a_name_alone_has_no_probability() -> None:
    found = matches(
        firm("A", "上海华盛贸易有限公司", region="上海"), firm("B", "上海市華盛貿易", region="上海")
    )
    one = pair(found, "A", "B")
    assert one == FirmPair(
        "A", "上海华盛贸易有限公司", "B", "上海市華盛貿易", NAME_ONLY, None,
        "same brand; same place in the name; same trade in the name", "",
    )  # fmt: skip
    # behind all pairs that have a probability
    assert [p.kind == NAME_ONLY for p in found.pairs] == sorted(p.kind == NAME_ONLY for p in found.pairs)


@pytest.mark.parametrize(
    "more", [{"address": "世纪大道100号"}, {"founded_on": date(2010, 1, 1)}, {"persons": ("P1",)}]
)
def test_a_name_and_something_else_is_evidence(more: dict[str, Any]) -> None:
    found = matches(firm("A", "上海华盛贸易有限公司", **more), firm("B", "上海市華盛貿易", **more))
    one = pair(found, "A", "B")
    assert one is not None
    assert one.kind == PROBABLE
    assert one.probability is not None
    assert one.probability > 0.4


@pytest.mark.parametrize(
    "other",
    [
        "北京华盛贸易有限公司",
        "上海华盛科技有限公司",
        "上海华盛贸易有限公司第一分公司",
        "上海宏达贸易有限公司",
    ],
)
def test_firms_of_one_group_are_not_one(other: str) -> None:
    shared = {"address": "世纪大道100号", "persons": ("P1",)}
    one = pair(matches(firm("A", "上海华盛贸易有限公司", **shared), firm("B", other, **shared)), "A", "B")
    assert one is not None
    assert one.probability is not None
    assert one.probability < 0.9


def test_an_agent_behind_many_firms_is_no_evidence() -> None:
    crowd = [firm(f"C{n:02}", f"Firm{n} Handel", persons=("P1",)) for n in range(20)]
    found = matches(
        firm("A", "Alpha Handel", persons=("P1",)), firm("B", "Alpha Handel", persons=("P1",)), *crowd
    )
    one = pair(found, "A", "B")
    assert one is not None
    assert one.kind == NAME_ONLY


WORLD = dirty_firms(250, 4)


def test_the_order_of_rows_changes_nothing() -> None:
    found = match_firms(tables(list(WORLD.firms)))
    shuffled = list(WORLD.firms)
    random.Random(1).shuffle(shuffled)
    assert match_firms(tables(shuffled)) == found
    assert len(found.pairs) > 30


def test_pairs_are_symmetric() -> None:
    """Ids in the reverse order give the same probabilities: neither side of a pair is special."""
    mirrored = {
        f.firm_id: f"{10**8 - n:09}" for n, f in enumerate(sorted(WORLD.firms, key=lambda f: f.firm_id))
    }

    def probabilities(found: FirmMatches, ids: dict[str, str]) -> dict[frozenset[str], float | None]:
        return {frozenset((ids[p.firm_id_a], ids[p.firm_id_b])): p.probability for p in found.pairs}

    plain = match_firms(tables(list(WORLD.firms)))
    other = match_firms(tables([replace(f, firm_id=mirrored[f.firm_id]) for f in WORLD.firms]))
    same_ids = {new: new for new in mirrored.values()}
    assert probabilities(plain, mirrored) == probabilities(other, same_ids)


def test_a_dirty_world_is_matched() -> None:
    found = {
        (p.firm_id_a, p.firm_id_b) for p in match_firms(tables(list(WORLD.firms)), 0.9).pairs if p.probability
    }
    right = found & WORLD.pairs
    assert len(right) / len(found) > 0.9
    assert len(right) / len(WORLD.pairs) > 0.6


def test_values_that_too_many_firms_share_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_blocks, "MOST_FIRMS_OF_A_BLOCK", 2)
    crowd = [firm(f"C{n}", f"Alpha Handel {'ABC'[n]}", address="Markt 1") for n in range(3)]
    found = match_firms(tables(crowd), 0)
    assert found.compared == 0
    assert any("share bring no pairs together" in note for note in found.notes)


def test_keys_in_a_wrong_form_are_counted() -> None:
    found = matches(firm("A", "x", credit_code="91110000600037341M"), firm("B", "y", lei=LEI))
    assert any(note.startswith("credit_code: 1 of ") for note in found.notes)
    assert not any(note.startswith("lei") for note in found.notes)


def test_firms_without_name_and_key_are_an_error() -> None:
    with pytest.raises(DataError, match="no firm has a name or a valid key"):
        match_firms(Tables(DatasetInfo(), {"firms": pa.table({"firm_id": ["A", "B"]})}))


def test_one_firm_has_no_pairs() -> None:
    assert match_firms(tables([firm("A", "Alpha")])).pairs == ()


def test_a_missing_extra_is_one_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(matching_extra.importlib, "import_module", fail)
    with pytest.raises(RequestError, match=r'pip install "supplyrisk\[matching\]"'):
        match_firms(tables([firm("A", "Alpha")]))
