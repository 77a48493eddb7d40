"""When and by whom a memo was prepared."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from supplyrisk.graph import RequestError
from supplyrisk.graph.credit import current_user


@dataclass(frozen=True)
class Preparation:
    """When and by whom a memo was prepared: ISO time in UTC, which its entry in the audit log has too, and a name."""

    at: str
    by: str

    @classmethod
    def now(cls, by: str | None = None) -> Preparation:
        """Return the preparation of a memo at this moment.

        by: who prepares it; None (default): user and host of this process, as the audit log has them.

        Raises
        ------
        RequestError: the name is empty.
        """
        if by is not None and not by.strip():
            raise RequestError("the name of the preparer is empty", "a name")
        name = f"{current_user()}@{socket.gethostname()}" if by is None else " ".join(by.split())
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), name)

    @property
    def time(self) -> datetime:
        """The time with its time zone."""
        return datetime.fromisoformat(self.at)
