"""Typed documents as JSON: the fields' names, their order, other stored keys, unknown values."""

import json
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import document_json
from supplyrisk.graph.workspace.documents import stored_as


class Side(StrEnum):
    SUPPLIER = "supplier"


@dataclass(frozen=True)
class Partner:
    firm: str
    side: Side
    share: float | None = None


@dataclass(frozen=True)
class Sheet:
    day: date
    partners: tuple[Partner, ...]
    by_side: OrderedDict[str, Partner]
    code: str = stored_as("what", default="")


def test_a_document_has_the_fields_in_their_order() -> None:
    partner = Partner("F1", Side.SUPPLIER, math.nan)
    sheet = Sheet(
        date(2025, 6, 30), (partner, Partner("F2", Side.SUPPLIER, 0.5)), OrderedDict(a=partner), "LOST"
    )
    document = document_json(sheet)
    unknown = {"firm": "F1", "side": "supplier", "share": None}
    assert document == {
        "day": date(2025, 6, 30),
        "partners": [unknown, {"firm": "F2", "side": "supplier", "share": 0.5}],
        "by_side": {"a": unknown},
        "what": "LOST",
    }
    assert list(document) == ["day", "partners", "by_side", "what"]
    assert type(document["partners"][0]["side"]) is str


def test_a_class_is_not_a_document() -> None:
    assert document_json(Partner) is Partner
    assert document_json(None) is None


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain)
def test_plain_json_is_unchanged(value) -> None:
    assert document_json(value) == value
    assert json.dumps(document_json(value)) == json.dumps(value)
