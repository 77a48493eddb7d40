"""The command to run next, whole: with the options that this one was called with."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

from supplyrisk.cli.session import Session

_REPEATED = {"encoding": "--encoding", "max_bad": "--max-bad", "store": "--store", "workspace": "-w"}
"""Options of settings that the next command needs as well, by setting."""


def next_command(  # noqa: PLR0913 - one argument per option that is repeated
    session: Session,
    verb: str,
    folder: Path | None = None,
    mapping: str | Path | None = None,
    *,
    append: bool = False,
    known_on: date | None = None,
) -> str:
    """Return a command line that can be pasted into a shell.

    Parameters
    ----------
    folder: the data folder; None for a graph that is read from a server.
    mapping: as `--mapping` takes it; None leaves the option out.
    append, known_on: whether the folder is appended, and when its corrections became known.
    """
    words = ["scgraph", verb, str(folder) if folder else "--from-neo4j"]
    if mapping is not None:
        words += ["--mapping", str(mapping)]
    words += ["--append"] if append else []
    words += ["--known-on", known_on.isoformat()] if known_on else []
    for setting, option in _REPEATED.items():
        value = getattr(session.settings, setting)
        # an address may hold a password, which no message repeats
        if session.origins.get(setting) == "flag" and "://" not in str(value):
            words += [option, str(value)]
    return shlex.join(words)
