"""`scgraph letter`: a letter to a shop about its score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services, web
from supplyrisk.cli.files import check_file
from supplyrisk.cli.options import AllowSyntheticModel, AsOf, PolicyFile, Use
from supplyrisk.cli.session import Session, with_session
from supplyrisk.cli.talk import show_lines
from supplyrisk.graph import to_json, write_text

EXAMPLE = "scgraph letter F0000042 -o letter.html"


@with_session("model", "device", "lang")
def letter(
    session: Session,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name.")],
    *,
    entry: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Entry of the audit log whose decision the letter is about. Default: the last check of the shop.",
        ),
    ] = None,
    as_of: AsOf = None,
    use: Use = None,
    allow_synthetic_model: AllowSyntheticModel = False,
    policy: PolicyFile = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the letter to .html, .md, .txt or .json."),
    ] = None,
) -> None:
    """Write a letter to a shop: its score, the principal reasons, and what would raise the score.

    It names no other firm and no PD, and states only reasons that the policy permits. What would raise the score is
    rescored by the model, feasible changes only: an estimate, not a promise.
    """
    check_file(output, (".html", ".md", ".txt", ".json"))
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.letter(
            session.workspace,
            shop,
            entry=entry,
            as_of=as_of,
            model=session.model,
            use=use,
            policy=policy,
            grade_bounds=settings.grade_bounds,
            default_definition=settings.default_definition,
            beyond_days=settings.beyond_days,
            device=settings.device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if output:
        write_text(output, _file_text(result, output.suffix.lower(), settings.lang))
        session.talk.say(f"letter written to {output}")
    if not session.prints_json(result) and not output:
        show_lines(web.render_letter_text(result.letter, settings.lang).rstrip("\n"))
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.scores.synthetic)


def _file_text(result: services.LetterResult, ending: str, language: str) -> str:
    if ending == ".json":
        return to_json(result.to_json()) + "\n"
    if ending == ".html":
        return web.render_letter(result.letter, language)
    return web.render_letter_text(result.letter, language, markdown=ending == ".md")
