"""The errors that a user can meet, as a tree.

    SupplyRiskError          something is wrong; the message says what was got, what was expected, what to do
    ├── DataError            the input breaks the contract of the tables
    ├── StoreError           the graph store cannot be reached or refused a statement
    │   └── CypherError      the statement itself is at fault (a typo, a missing parameter, a deadline)
    ├── WorkspaceError       the workspace is missing, damaged or of another version
    └── ModelError           a model is missing, damaged or does not fit the data

Faults in our own code are ordinary exceptions: they are never caught to be hidden.
"""

from __future__ import annotations


class SupplyRiskError(Exception):
    """What was got, what was expected and what to do, in one line.

    Parameters
    ----------
    got: what was found, with the place where it was found.
    expected: what would have been accepted; left out where `got` says it already.
    remedy: what the user can do about it.
    """

    def __init__(self, got: str, expected: str | None = None, remedy: str | None = None) -> None:
        self.got, self.expected, self.remedy = got, expected, remedy
        parts = [got]
        if expected:
            parts.append(f"expected {expected}")
        if remedy:
            parts.append(remedy)
        super().__init__("; ".join(parts))


class DataError(SupplyRiskError):
    """The input breaks the contract of the tables."""


class StoreError(SupplyRiskError):
    """The graph store cannot be reached, or refused a statement."""


class CypherError(StoreError):
    """The statement itself is at fault."""


class WorkspaceError(SupplyRiskError):
    """The workspace is missing, damaged or of another version."""


class ModelError(SupplyRiskError):
    """A model is missing, damaged or does not fit the data."""
