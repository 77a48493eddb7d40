"""`scgraph doctor`: what matters when something is wrong; never a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from supplyrisk import loaders, services
from supplyrisk.cli.session import Session, with_session
from supplyrisk.cli.talk import show_table
from supplyrisk.graph import selecting_variable

if TYPE_CHECKING:
    from supplyrisk import graph

EXAMPLE = "scgraph doctor --json"


@with_session()
def doctor(session: Session) -> None:
    """Show the settings with their origins, versions, the workspace and the machine."""
    result = services.doctor(session.workspace, tuple(_settings_facts(session)))
    if session.prints_json(result):
        return
    rows = [(fact.section, fact.name, fact.value, fact.origin) for fact in result.facts]
    show_table(("section", "name", "value", "from"), rows)


def _settings_facts(session: Session) -> Iterator[services.Fact]:
    for name in session.origins:
        value = getattr(session.settings, name)
        origin = session.origins[name]
        if value is None:
            value, origin = _value_left_open(name, session.workspace)
        if name == "store" and "://" in value:
            value = "an address (not shown)"  # it may hold a password
        yield services.Fact("setting", name, value, origin)


def _value_left_open(name: str, workspace: graph.Workspace) -> tuple[object, str]:
    """The value in force of a setting that has none of its own, and its origin: see `Settings`."""
    if name == "max_bad":
        return loaders.Mapping().max_bad, "default, unless the mapping sets one"
    if name == "store":
        return workspace.store_kind.name, selecting_variable() or "default"
    if name == "calendar":
        return "none", "default"
    raise AssertionError(f"no rule gives the value of {name} where it is not set")
