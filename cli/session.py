"""The session of a command: settings in force, messages, and whether JSON is printed."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from supplyrisk import graph
from supplyrisk.cli.settings import resolve
from supplyrisk.cli.talk import Talk
from supplyrisk.graph import Settings
from supplyrisk.graph.schema import defaults


@dataclass(frozen=True)
class Session:
    """Settings in force, messages on stderr, and whether JSON is printed instead of tables."""

    settings: Settings
    talk: Talk
    as_json: bool = False

    @property
    def workspace(self) -> graph.Workspace:
        """The workspace with the store and the memory limit of the settings."""
        settings = self.settings
        return graph.Workspace(settings.workspace, store=settings.store, memory_limit=settings.memory_limit)

    @property
    def model(self) -> str | None:
        """The model of the settings by name or path; None for the default, which `compare --promote` may change."""
        return None if self.settings.model == defaults.MODEL else self.settings.model


def show_help(context: typer.Context) -> None:
    """Show the help of a group that was called without one of its commands."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


def begin(context: typer.Context, as_json: bool = False, **flags: object) -> Session:
    """Begin the session of a command; flags are settings from its options, None where an option is absent."""
    quiet = bool(context.find_root().params.get("quiet"))
    return Session(resolve(flags).settings, Talk(quiet), as_json)
