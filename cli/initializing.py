"""`scgraph init`: the commented templates of settings and mapping."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from supplyrisk.cli.files import envelope, print_json, write_atomically
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_text

TEMPLATES = ("scgraph.toml", "mapping.toml")


def template(name: str) -> str:
    """The text of a template."""
    return (files("supplyrisk.cli") / "templates" / name).read_text(encoding="utf-8")


def write_templates(session: Session, folder: Path, force: bool) -> None:
    """Write both templates into a folder (made if need be); none, where one is there already."""
    targets = [folder / name for name in TEMPLATES]
    there = [str(path) for path in targets if path.exists()]
    if there and not force:
        verb = "exists" if len(there) == 1 else "exist"
        raise FileExistsError(
            f"{' and '.join(there)} {verb} already; name another folder, or replace with --force"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path in targets:
        text = template(path.name).encode()
        write_atomically(path, lambda out, text=text: out.write(text))  # type: ignore[misc]
    if session.as_json:
        print_json(envelope("init", [{"file": str(path)} for path in targets]))
        return
    for path in targets:
        show_text(str(path))
    session.talk.say("next: scgraph validate DIR --mapping mapping.toml")
