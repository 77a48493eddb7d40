"""A server's plan of a statement as a table with the columns of the embedded engine's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from supplyrisk.graph.store.result_tables import answer_table

COLUMNS = ("step", "operation", "details", "estimated_rows")


def plan_rows(plan: Mapping[str, Any]) -> pa.Table:
    """Return the steps of a plan in execution order: each step follows those that it reads from."""
    steps = list(_steps(plan))
    values: list[list[object]] = [
        list(range(1, len(steps) + 1)),
        # Neo4j appends the database to each operator: "NodeByLabelScan@neo4j".
        [str(step["operatorType"]).partition("@")[0] for step in steps],
        [_one_line(step["args"].get("Details")) for step in steps],
        [step["args"].get("EstimatedRows") for step in steps],
    ]
    return answer_table(COLUMNS, values)


def _steps(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in plan.get("children", ()):
        yield from _steps(child)
    yield plan


def _one_line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())
