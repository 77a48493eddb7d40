"""`scgraph doctor`: what matters when something is wrong; never a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import typer

from supplyrisk import loaders, services
from supplyrisk.cli.files import print_json
from supplyrisk.cli.options import Json, Workspace
from supplyrisk.cli.session import begin
from supplyrisk.cli.settings import resolve
from supplyrisk.cli.talk import show_table
from supplyrisk.graph import selecting_variable

if TYPE_CHECKING:
    from supplyrisk import graph

EXAMPLE = "scgraph doctor --json"


def doctor(context: typer.Context, *, as_json: Json = False, workspace: Workspace = None) -> None:
    """Show the settings with their origins, versions, the workspace and the machine."""
    session = begin(context, as_json, workspace=workspace)
    settings = tuple(_settings_facts({"workspace": workspace}, session.workspace))
    result = services.doctor(session.workspace, settings)
    if as_json:
        print_json(result.to_json())
        return
    rows = [(fact.section, fact.name, fact.value, fact.origin) for fact in result.facts]
    show_table(("section", "name", "value", "from"), rows)


def _settings_facts(flags: Mapping[str, object], workspace: graph.Workspace) -> Iterator[services.Fact]:
    resolved = resolve(flags)
    for name in resolved.origins:
        value = getattr(resolved.settings, name)
        origin = resolved.origins[name]
        if value is None:
            value, origin = _value_left_open(name, workspace)
        if name == "store" and "://" in value:
            value = "an address (not shown)"  # it may hold a password
        yield services.Fact("setting", name, value, origin)


def _value_left_open(name: str, workspace: graph.Workspace) -> tuple[object, str]:
    """The value in force of a setting that has none of its own, and its origin: see `Settings`."""
    if name == "max_bad":
        return loaders.Mapping().max_bad, "default, unless the mapping sets one"
    if name == "store":
        return workspace.store_kind.name, selecting_variable() or "default"
    raise AssertionError(f"no rule gives the value of {name} where it is not set")
