"""The examples of docs/what-if.md: each kind has one, each key is named, and each example runs on the small shop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from small_shop import AS_OF, small_tables
from supplyrisk.graph.merchant.what_if import CHANGE_KINDS, ShopRows, parse_change_plan, row_stages

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "what-if.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
PLACES = {"CUSTOMER": "C", "LENDER": "L1", "LOAN": "N1"}
"""Ids of the page, and those of the small shop."""


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_runs(example: str) -> None:
    for place, name in PLACES.items():
        example = example.replace(f'"{place}"', f'"{name}"')
    plan = parse_change_plan(example)
    [stage] = row_stages(ShopRows.of(small_tables(), "S", AS_OF), plan.change, AS_OF)
    assert stage.count > 0


def test_each_kind_has_a_section_with_an_example_that_names_all_its_keys() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", PAGE, flags=re.DOTALL | re.MULTILINE))
    assert list(sections) == list(CHANGE_KINDS)
    for kind, model in CHANGE_KINDS.items():
        assert f'do = "{kind}"' in sections[kind]
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", sections[kind]), f"{kind}: {key}"
