"""The README keeps up with the command line."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from supplyrisk.cli import app

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_readme_has_a_heading_for_every_verb_and_for_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    headings = set(re.findall(r"^### `scgraph ([a-z0-9-]+)`", text, flags=re.MULTILINE))
    verbs = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert headings == verbs
    assert re.search(r"^## Commands$", text, flags=re.MULTILINE)
