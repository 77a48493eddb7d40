"""A person's decision on a recorded check, and whether it overrides the policy's conclusion."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk import services
from supplyrisk.graph import Workspace


@pytest.mark.parametrize(
    ("conclusion", "overriding"),
    [
        ("within policy", {"decline"}),
        ("refer", set()),
        ("outside policy", {"approve"}),
        ("insufficient evidence", {"approve"}),
    ],
)
def test_a_decision_overrides_what_it_goes_against(
    tmp_path: Path, conclusion: str, overriding: set[str]
) -> None:
    workspace = Workspace(tmp_path)
    memo = {"shop": {"firm": "F1"}, "conclusion": {"word": conclusion}}
    workspace.audit_log().append("check", {"document": {"rows": [memo]}})
    decided = [services.decide(workspace, 1, decision, reason="why") for decision in services.DECISIONS]
    assert {result.decision for result in decided if result.overrides} == overriding
    assert [result.record for result in decided] == [2, 3, 4]
