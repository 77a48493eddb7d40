"""A fact of a report: section, name, value, and where the value comes from."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.services.documents import Document


@dataclass(frozen=True)
class Fact:
    """A fact; origin None: the value was observed, not set."""

    section: str
    name: str
    value: object
    origin: str | None = None

    def row(self) -> Document:
        """As a row of a JSON document."""
        return {
            "section": self.section,
            "name": self.name,
            "value": self.value,
            "origin": self.origin,
        }
