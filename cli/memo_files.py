"""A memo as a file: a page, a PDF or JSON, by the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk import web
from supplyrisk.cli.files import check_file
from supplyrisk.graph import replacing, to_json, write_text

if TYPE_CHECKING:
    from supplyrisk.services import CheckResult

ENDINGS = (".html", ".pdf", ".json")


def check_memo_file(path: Path | None) -> None:
    """Check that a memo can be written to a path, before the work begins and before a check is recorded.

    Raises
    ------
    RequestError: as of `check_file`; the extra for PDF files is not installed.
    """
    check_file(path, ENDINGS)
    if path and path.suffix.lower() == ".pdf":
        web.require_pdf()


def write_memo(path: Path, result: CheckResult, language: str) -> list[str]:
    """Write a memo, and return what a reader has to know about the file."""
    ending = path.suffix.lower()
    if ending == ".json":
        write_text(path, to_json(result.to_json()) + "\n")
    elif ending == ".html":
        write_text(path, web.render_memo(result, language))
    else:
        file = web.render_memo_pdf(result, language)
        with replacing(path) as out:
            out.write(file.data)
        if file.missing:
            shown = " ".join(f"{character} (U+{ord(character):04X})" for character in file.missing)
            return [f"the font of PDF files lacks {shown}: the code points stand in their place"]
    return []
