"""The session of a command: settings in force, messages, and whether JSON is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, Protocol

import typer

from supplyrisk import graph
from supplyrisk.cli import options
from supplyrisk.cli.files import print_json
from supplyrisk.cli.group import COMMAND_LINE, WORKSPACE
from supplyrisk.cli.resolved_settings import resolve
from supplyrisk.cli.talk import Talk
from supplyrisk.graph import Settings
from supplyrisk.graph.schema import defaults

if TYPE_CHECKING:
    from supplyrisk.services import DaySettings


class HasDocument(Protocol):
    """A result that has a JSON document."""

    @property
    def to_json(self) -> Callable[..., object]:
        """The function that returns the document."""


@dataclass(frozen=True)
class Session:
    """Settings in force with their origins, messages on stderr, and whether JSON is printed instead of tables.

    command_line: the whole command as text.
    """

    settings: Settings
    talk: Talk
    as_json: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)
    command_line: str = ""

    @property
    def workspace(self) -> graph.Workspace:
        """The workspace with the store and the memory limit of the settings."""
        settings = self.settings
        return graph.Workspace(settings.workspace, store=settings.store, memory_limit=settings.memory_limit)

    @property
    def day_settings(self) -> DaySettings:
        """The settings of reading a day."""
        settings = self.settings
        return {
            "horizon_days": settings.horizon_days,
            "default_definition": settings.default_definition,
            "beyond_days": settings.beyond_days,
        }

    @property
    def model(self) -> str | None:
        """The model of the settings by name or path; None for the default, which `compare --promote` may change."""
        return None if self.settings.model == defaults.MODEL else self.settings.model

    def prints_json(self, result: HasDocument, *arguments: object) -> bool:
        """Print the document of a result if --json was given; return whether it was. arguments: of `to_json`."""
        if self.as_json:
            print_json(result.to_json(*arguments))
        return self.as_json


def show_help(context: typer.Context) -> None:
    """Show the help of a group that was called without one of its commands."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


_OPTIONS: Mapping[str, object] = {
    "model": options.Model,
    "store": options.StoreOption,
    "members": options.Members,
    "seed": options.Seed,
    "device": options.Device,
    "lang": options.Lang,
    "encoding": options.Encoding,
    "max_bad": options.MaxBad,
    "workspace": options.Workspace,
}
"""The options of settings, by setting."""


def with_session(
    *settings: str, **own_options: object
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command its session in place of `context`, and the options of settings, --json and --workspace.

    Parameters
    ----------
    settings: keys of the settings that have the usual option.
    own_options: options of the command's own, by the setting that they set.
    """
    flags = own_options | {name: _OPTIONS[name] for name in (*settings, "workspace")}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def run(context: typer.Context, as_json: bool, **arguments: Any) -> None:
            chosen = {name: arguments.pop(name) for name in flags}
            # What remains are the parameters of the command itself.
            command(begin(context, as_json, **chosen), **arguments)

        def parameter(name: str, option: object, default: object = None) -> Parameter:
            return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=option)

        # Typer makes the options from the signature; the session, which comes first, is not one of them.
        of_command = list(signature(command, eval_str=True).parameters.values())[1:]
        context = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        of_settings = [parameter(name, option) for name, option in flags.items()]
        of_settings.insert(-1, parameter("as_json", options.Json, default=False))
        run.__signature__ = Signature([context, *of_command, *of_settings])  # type: ignore[attr-defined]
        run.__name__ = command.__name__
        run.__doc__ = command.__doc__
        return run

    return decorate


def begin(context: typer.Context, as_json: bool = False, **flags: object) -> Session:
    """Begin the session of a command; flags are settings from its options, None where an option is absent."""
    quiet = bool(context.find_root().params.get("quiet"))
    named = flags.get("workspace")
    workspace = None if named is None else str(named)
    context.meta[WORKSPACE] = workspace
    resolved = resolve(flags)
    line = str(context.meta.get(COMMAND_LINE, ""))
    return Session(resolved.settings, Talk(quiet, workspace), as_json, resolved.origins, line)
