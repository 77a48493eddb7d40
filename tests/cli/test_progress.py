"""Progress on stderr: a bar on a terminal, a line per stage in a pipe, nothing with --quiet."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from commands import run, run_json
from supplyrisk import services
from supplyrisk.cli import talk
from supplyrisk.cli.job_position import TimeLeft
from supplyrisk.cli.progress_bar import ProgressBar, time_left_text
from supplyrisk.cli.talk import Talk
from supplyrisk.services import plan_stages

STAGES = ["reading files", "checking rows", "comparing rows"]
CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "data"
    services.synth(folder, firms=200, weeks=20)
    return folder


def test_a_pipe_has_one_line_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with Talk().progress() as progress:
        plan_stages(progress, {"reading": 1.0, "fitting": 2.0})
        progress("reading")
        for done in range(3):
            progress("fitting", done, 3)
        progress("a stage\nthat was not stated")
    assert capsys.readouterr() == (
        "",
        "reading (stage 1 of 2)\nfitting (stage 2 of 2)\na stage that was not stated\n",
    )


def test_quiet_and_quick_jobs_print_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    for context in (Talk(quiet=True).progress(), Talk().progress(quick=True)):
        with context as progress:
            plan_stages(progress, {"reading": 1.0})
            progress("reading")
    assert capsys.readouterr() == ("", "")


def test_a_plain_function_is_progress_too(world: Path) -> None:
    seen: list[str] = []
    services.validate(world, progress=lambda stage, _done=0, _total=0: seen.append(stage))
    assert list(dict.fromkeys(seen)) == STAGES


def test_a_command_in_a_pipe(world: Path, tmp_path: Path) -> None:
    code, out, err = run("validate", world)
    assert code == 0
    lines = [f"{stage} (stage {number} of 3)" for number, stage in enumerate(STAGES, 1)]
    assert err.splitlines()[:3] == lines
    assert not any(stage in out for stage in STAGES)
    assert run("--quiet", "validate", world) == (0, out, "")
    assert "rows" in run_json("validate", world)
    _, _, err = run("load", world, "-w", tmp_path / "ws")
    numbers = re.findall(r"\(stage (\d) of (\d)\)", err)
    assert numbers == [(str(number), "6") for number in range(1, 7)]
    _, _, err = run("load", world, "--no-graph", "-w", tmp_path / "ws")
    assert re.findall(r"\(stage (\d) of (\d)\)", err) == [(str(number), "4") for number in range(1, 5)]


def test_a_bar_shows_stage_steps_and_times() -> None:
    terminal = StringIO()
    console = Console(file=terminal, force_terminal=True, width=100, color_system=None)
    now = 0.0
    bar = ProgressBar(console, lambda: now)
    bar.plan({"computing features": 1.0, "fitting trees": 9.0})
    bar("computing features")
    now = 20.0
    bar("fitting trees", 2, 6)
    bar.stop()
    line = CODES.sub("", terminal.getvalue()).replace("\r", "\n").strip().splitlines()[-1]
    # .1 + 2/6 of .9 = .4 of the job took 20 s: 30 s are left.
    assert re.fullmatch(r"\S 2/2 fitting trees 3 of 6 ━{6}[╸━]? +0:00:20 about 30 s left", line.strip())


def test_a_bar_begins_with_the_first_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that asks before it writes reports nothing until then: a bar would draw over the question."""
    terminal = StringIO()
    console = Console(file=terminal, force_terminal=True, width=80)
    monkeypatch.setattr(talk, "_console", lambda stderr: console)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    before = sys.stderr
    with Talk().progress() as step:
        assert (sys.stderr is before, terminal.getvalue()) == (True, "")
        step("writing", 1, 2)
        assert sys.stderr is not before
        assert "writing" in terminal.getvalue()
    assert sys.stderr is before


def test_a_terminal_that_cannot_draw_gets_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    with Talk().progress() as progress:
        progress("reading", 0, 2)
        progress("reading", 1, 2)
    assert capsys.readouterr() == ("", "reading\n")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "about 5 s"),
        (12.4, "about 10 s"),
        (12.6, "about 15 s"),
        (59.0, "about 60 s"),
        (60.0, "about 1 min"),
        (149.0, "about 2 min"),
        (3569.0, "about 59 min"),
        (3571.0, "about 1 h"),
        (7700.0, "about 2 h 10 min"),
    ],
)
def test_times_left_in_words(seconds: float, words: str) -> None:
    assert time_left_text(TimeLeft(seconds, whole_job=True)) == f"{words} left"
    assert time_left_text(TimeLeft(seconds, whole_job=True, at_least=True)).startswith("at least")
    assert time_left_text(TimeLeft(seconds, whole_job=False)) == f"{words} left in this stage"


def test_a_command_on_a_real_terminal(world: Path) -> None:
    """The bar is on stderr only and is removed in the end; stdout is what a pipe gets."""
    terminal, end = pty.openpty()
    program = "import sys; from supplyrisk.cli import main; sys.argv[0] = 'scgraph'; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "validate", str(world)],
        stdout=subprocess.PIPE,
        stderr=end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        text=True,
    ) as process:
        os.close(end)
        drawn = _read_terminal(terminal)
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(terminal)
    assert process.returncode == 0
    assert out == run("validate", world)[1]
    assert "\x1b" not in out
    text = CODES.sub("", drawn)
    assert any(f"{number}/3 {stage}" in text for number, stage in enumerate(STAGES, 1))
    assert "(stage" not in text
    # What stays on the terminal after the last line was erased are the messages.
    assert "can be loaded" in text.splitlines()[-1]


def _read_terminal(terminal: int) -> str:
    """All that a process writes to its terminal until it ends."""
    parts = []
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux reports the other end's close as an error
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()
