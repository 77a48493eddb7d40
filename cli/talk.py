"""Messages and progress, which go to stderr, and tables, which go to stdout."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplyrisk.cli.error_reports import one_line, with_workspace
from supplyrisk.cli.job_position import JobPosition
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE, scored_by_expert
from supplyrisk.graph.texts.figures import MISSING, significant
from supplyrisk.services import SYNTHETIC_MODEL, JobProgress, StagePlan, silent

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 100_000
"""Columns of a pipe: lines are never wrapped there."""
_NUMBER = re.compile(r"[-+]?[\d,.]+(e[-+]?\d+)?( ?%)?|-")


@dataclass(frozen=True)
class Talk:
    """Messages beside the data; with quiet there are none.

    workspace: as the command line names it, for the commands that messages tell to run.
    """

    quiet: bool = False
    workspace: str | None = None

    def say(self, *texts: str) -> None:
        """Print each text as one line to stderr."""
        for text in texts if not self.quiet else ():
            print(with_workspace(one_line(text), self.workspace), file=sys.stderr)

    def say_synthetic(self, synthetic: bool, synthetic_model: bool = False) -> None:
        """Print a notice where the data are synthetic, or where a model of synthetic data scored real ones."""
        if synthetic:
            self.say("synthetic: these data are made up and show nothing about real firms")
        elif synthetic_model:
            self.say(SYNTHETIC_MODEL)

    def say_expert(self, model: str) -> None:
        """Print a notice where the model of the scores, "NAME/candidate", is the expert scorecard."""
        if scored_by_expert(model):
            self.say(EXPERT_NOTE)

    @contextmanager
    def progress(self, *, quick: bool = False) -> Iterator[JobProgress]:
        """Progress on stderr: a bar on a terminal, which is removed at the end, and elsewhere a line per stage.

        quick: the job takes a second or two, so lines would only be in the way.
        """
        if self.quiet:
            yield silent
        elif _can_draw():
            with _progress_bar() as bar:
                yield bar
        else:
            yield silent if quick else StageLines(self)


class StageLines:
    """Progress for a pipe or a log: one line when a stage begins, none for its steps."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._position = JobPosition()

    def plan(self, stages: StagePlan, /) -> None:
        """Take the stages of the job that begins."""
        self._position.plan(stages)

    def __call__(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Print a line where a stage begins."""
        if not self._position.report(stage, done, total):
            return
        number = self._position.number
        place = "" if number is None else f" (stage {number.number} of {number.count})"
        self._talk.say(f"{stage}{place}")


def _can_draw() -> bool:
    """Whether stderr is a terminal on which a line can be drawn again."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


@contextmanager
def _progress_bar() -> Iterator[JobProgress]:
    from supplyrisk.cli.progress_bar import ProgressBar  # noqa: PLC0415 - rich takes long to import

    bar = ProgressBar(_console(stderr=True))
    try:
        yield bar
    finally:
        bar.stop()


def _console(stderr: bool = False) -> Console:
    """Rich without markup, since names may hold brackets; lines to a pipe are not wrapped."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table to stdout: numbers right-aligned, a dash for missing values; a pipe gets no rules and no title."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = _console()
    fancy = console.is_terminal
    table = Table(title=title if fancy else None, title_justify="left", box=SIMPLE_HEAD if fancy else None)
    table.pad_edge = table.show_edge = False
    texts = [[cell(value) for value in row] for row in rows]
    for number, name in enumerate(columns):
        numeric = all(_NUMBER.fullmatch(row[number]) for row in texts)
        table.add_column(one_line(name), justify="right" if numeric else "left", overflow="fold")
    for row in texts:
        table.add_row(*row)
    if fancy:
        console.print(table)
        return
    with console.capture() as plain:
        console.print(table)
    print("\n".join(line.rstrip() for line in plain.get().splitlines()))


def show_section(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None
) -> None:
    """Print an empty line and a table, see `show_table`."""
    show_text("")
    show_table(columns, rows, title=title)


def show_text(text: str) -> None:
    """Lines on stdout."""
    print(text)


def show_lines(text: str) -> None:
    """Lines on stdout without control characters, which a name in the data may hold; indents stay."""
    lines = text.split("\n")
    show_text("\n".join(" " * (len(line) - len(line.lstrip())) + one_line(line) for line in lines))


def cell(value: object) -> str:
    """A value as a table shows it."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return one_line(str(value))
