"""Commands as a user gives them, and settings under which training takes seconds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from typer.testing import CliRunner

from supplyrisk.cli import app

KINDS = "default,bankruptcy,lawsuit,suspension"
"""So few firms have too few defaults to learn from; what counts as one is a setting."""


def run(*args: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    result = CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def without_stages(err: str) -> str:
    """Stderr without the lines of progress."""
    return re.sub(r"^.* \(stage \d+ of \d+\)\n", "", err, flags=re.MULTILINE)


def stage_numbers(err: str) -> tuple[list[int], int]:
    """The numbers of the stages that a job reported on stderr, and of all that it stated."""
    found = re.findall(r"^.* \(stage (\d+) of (\d+)\)$", err, flags=re.MULTILINE)
    counts = {int(count) for _, count in found}
    assert len(counts) == 1, "a job states its stages once"
    return [int(number) for number, _ in found], counts.pop()


def run_json(*args: object) -> dict[str, Any]:
    """The document that --json prints."""
    return run_json_with_stderr(*args)[0]


def run_json_with_stderr(*args: object) -> tuple[dict[str, Any], str]:
    """The document that --json prints, and stderr."""
    code, out, err = run(*args, "--json")
    assert code == 0, err
    document = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert list(document)[:5] == ["schema", "as_of", "model", "degraded", "synthetic"]
    assert isinstance(document["rows"], list)
    return document, err


@contextmanager
def small_training() -> Iterator[None]:
    """Few members, dates and draws, and enough defaults."""
    from supplyrisk import gnn

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCGRAPH_DEFAULT_KINDS", KINDS)
        patch.setenv("SCGRAPH_MEMBERS", "2")
        patch.delenv("NEO4J_URI", raising=False)
        quick = partial(
            gnn.TrainingSettings, bootstrap=20, step_days=120, least_step_days=120, contexts=("lean",)
        )
        patch.setattr(gnn, "TrainingSettings", quick)
        yield
