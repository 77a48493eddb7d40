"""The exceptions that a user can meet.

    SupplyRiskError          base class; the message states the problem, what was expected and what to do
    ├── RequestError         an argument or setting cannot be used, or names a firm that does not exist
    ├── DataError            the input violates the table contract
    ├── StoreError           the graph store cannot be reached or rejected a statement
    │   └── CypherError      the statement itself is wrong (a typo, a missing parameter, a timeout)
    ├── WorkspaceError       the workspace is missing, damaged or of another version
    └── ModelError           a model is missing, damaged or does not fit the data

Bugs in this package raise ordinary exceptions, which are never caught to hide them.
"""

from __future__ import annotations


class SupplyRiskError(Exception):
    """Base class of the user-facing errors; the message is one line.

    Parameters
    ----------
    problem: what is wrong, with the place where it occurred.
    expected: what would have been accepted; None where `problem` says it already.
    remedy: what the user can do about it; None where there is nothing to add.
    """

    def __init__(self, problem: str, expected: str | None = None, remedy: str | None = None) -> None:
        self.problem = problem
        self.expected = expected
        self.remedy = remedy
        parts = [problem]
        if expected:
            parts.append(f"expected {expected}")
        if remedy:
            parts.append(remedy)
        super().__init__("; ".join(parts))


class RequestError(SupplyRiskError):
    """An argument or setting cannot be used, or names something that is not there."""


class DataError(SupplyRiskError):
    """The input violates the table contract."""


class StoreError(SupplyRiskError):
    """The graph store cannot be reached, or rejected a statement."""


class CypherError(StoreError):
    """The Cypher statement itself is wrong."""


class WorkspaceError(SupplyRiskError):
    """The workspace is missing, damaged or of another version."""


class ModelError(SupplyRiskError):
    """A model is missing, damaged or does not fit the data."""
