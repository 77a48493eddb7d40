"""Queries of a desk on a graph that cannot answer them."""

from __future__ import annotations

from typing import NoReturn

import pytest

from supplyrisk.graph.credit.shop_facts import RecordedLibrary
from supplyrisk.graph.errors import CypherError, StoreError


class Refusing:
    """A store that answers every statement with one fault."""

    def __init__(self, fault: CypherError) -> None:
        self.fault = fault

    def run(self, *_: object, **__: object) -> NoReturn:
        raise self.fault


def test_a_graph_of_an_earlier_version_is_named_with_what_to_do() -> None:
    library = RecordedLibrary(
        Refusing(CypherError("unknown property confirmed of SUPPLIES", "one of amount"))
    )
    with pytest.raises(StoreError, match="run scgraph store load") as fault:
        library.table("shop/profile", firm="F1")
    assert "unknown property confirmed of SUPPLIES" in str(fault.value)
    assert "one of amount" not in str(fault.value)


def test_missing_scores_keep_their_own_remedy() -> None:
    fault = CypherError("the store holds no scores", None, "run scgraph score")
    with pytest.raises(CypherError, match="run scgraph score"):
        RecordedLibrary(Refusing(fault)).table("shop/profile", firm="F1")
