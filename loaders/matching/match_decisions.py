"""Decisions of people on pairs of firms: what follows from them, what contradicts them, and where they are stored."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from supplyrisk.graph.errors import WorkspaceError
from supplyrisk.graph.workspace.tables import write_json_atomically

SAME = "same"
DIFFERENT = "different"
DECISIONS = (SAME, DIFFERENT)
_SCHEMA = "scgraph.matches/1"


@dataclass(frozen=True)
class MatchDecision:
    """A decision on a pair of firms.

    Parameters
    ----------
    firm_id_a, firm_id_b: the firms as their sources list them, the smaller id first.
    decision: SAME or DIFFERENT.
    decided_by, decided_at: who recorded it, and when (UTC).
    name_a, name_b: their names then; empty where they have none.
    """

    firm_id_a: str
    firm_id_b: str
    decision: str
    decided_by: str
    decided_at: str
    name_a: str = ""
    name_b: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """The ids of both."""
        return self.firm_id_a, self.firm_id_b


def read_decisions(path: Path) -> tuple[MatchDecision, ...]:
    """Return the decisions that a workspace stores, sorted by pair; none where there is no file.

    Raises
    ------
    WorkspaceError: the file is damaged, or of another version.
    """
    if not path.is_file():
        return ()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != _SCHEMA:
            raise ValueError(f"its schema is {content['schema']}")
        return tuple(MatchDecision(**entry) for entry in content["decisions"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise WorkspaceError(
            f"{path} cannot be read ({fault})",
            f"decisions of schema {_SCHEMA}",
            "restore the file, or remove it and accept the decisions again",
        ) from fault


def write_decisions(path: Path, decisions: Iterable[MatchDecision]) -> None:
    """Store decisions atomically, sorted by pair."""
    ordered = sorted(decisions, key=lambda decision: decision.pair)
    write_json_atomically(path, {"schema": _SCHEMA, "decisions": [asdict(d) for d in ordered]})


def same_firms(decisions: Iterable[MatchDecision]) -> list[tuple[str, ...]]:
    """Return the groups of listed firms that are one firm each: ids sorted, groups by their first id."""
    neighbours = _neighbours(decisions)
    groups: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for firm in sorted(neighbours):
        if firm not in seen:
            group = set(_steps_from(firm, neighbours))
            seen |= group
            groups.append(tuple(sorted(group)))
    return groups


def contradictions(decisions: Iterable[MatchDecision]) -> list[str]:
    """Return in words every pair that is decided to be different, and follows from others to be one firm."""
    decisions = list(decisions)
    neighbours = _neighbours(decisions)
    faults = []
    for decision in sorted(decisions, key=lambda d: d.pair):
        if decision.decision == DIFFERENT and decision.firm_id_a in neighbours:
            steps = _steps_from(decision.firm_id_a, neighbours)
            if decision.firm_id_b in steps:
                path = [decision.firm_id_b]
                while path[-1] != decision.firm_id_a:
                    path.append(steps[path[-1]])
                chain = " = ".join(reversed(path))
                faults.append(f"{decision.firm_id_a} and {decision.firm_id_b} are different, but {chain}")
    return faults


def _neighbours(decisions: Iterable[MatchDecision]) -> dict[str, list[str]]:
    """Return, by firm, those that are the same by a decision, sorted."""
    neighbours: dict[str, set[str]] = {}
    for decision in decisions:
        if decision.decision == SAME:
            neighbours.setdefault(decision.firm_id_a, set()).add(decision.firm_id_b)
            neighbours.setdefault(decision.firm_id_b, set()).add(decision.firm_id_a)
    return {firm: sorted(others) for firm, others in neighbours.items()}


def _steps_from(firm: str, neighbours: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return every firm that is the same as one, each with the firm before it on a shortest way from there."""
    steps = {firm: firm}
    queue = deque([firm])
    while queue:
        current = queue.popleft()
        for other in neighbours[current]:
            if other not in steps:
                steps[other] = current
                queue.append(other)
    return steps
