"""A printed document as a PDF file: set by typst with the shipped font, without a browser or fonts of the system."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from types import ModuleType
from typing import Any

from matplotlib.ft2font import FT2Font

from supplyrisk.graph import RequestError, document_json
from supplyrisk.web.print_blocks import PrintedDocument

FONT_FAMILY = "Noto Sans SC"
FONT_FILE = "NotoSansSC-Regular.ttf"
STANDARD = "a-2u"
"""PDF/A-2u: complete in itself for archives, and its text can be searched and copied."""
TEMPLATE = "memo.typ"
NARROW_SIGNS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})
"""In the font these signs are as wide as Chinese characters, which tears English texts apart."""
_VARIABLE = re.compile(r"(--[\w-]+):\s*(#[0-9a-f]{6})")
_USED = re.compile(r"var\((--[\w-]+)\)")
_VIEW_BOX = re.compile(r'viewBox="0 0 [\d.]+ ([\d.]+)"')


@dataclass(frozen=True)
class PdfFile:
    """A PDF file, and the characters of its texts that the font lacks: their code points stand in their place."""

    data: bytes
    missing: tuple[str, ...]


def require_pdf() -> ModuleType:
    """Return the library that makes PDF files.

    Raises
    ------
    RequestError: it is not installed.
    """
    try:
        return importlib.import_module("typst")
    except ImportError as fault:
        raise RequestError(
            "PDF files need typst, which is not installed", remedy="pip install 'supplyrisk[pdf]'"
        ) from fault


def pdf_of(document: PrintedDocument, at: datetime) -> PdfFile:
    """Return a document as PDF.

    at: its time of creation; the same document and time give the same bytes.

    Raises
    ------
    RequestError: the extra for PDF files is not installed.
    """
    typst = require_pdf()
    missing: set[str] = set()
    content = document_json(document) | {
        "blocks": [document_json(block) | _layout(block) for block in document.blocks],
        "font": FONT_FAMILY,
    }
    signs = NARROW_SIGNS if document.language == "en" else {}
    content = _printable(content, signs, missing)
    template = files("supplyrisk.web").joinpath("templates", TEMPLATE).read_bytes()
    with as_file(files("supplyrisk.web").joinpath("fonts")) as folder:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
        )
        compiler = typst.Compiler(
            input=template,
            root=str(folder),
            font_paths=fonts,
            sys_inputs={"document": json.dumps(content, ensure_ascii=False)},
        )
        data = compiler.compile(format="pdf", timestamp=at.astimezone(UTC), pdf_standards=STANDARD)
    return PdfFile(data, tuple(sorted(missing)))


def _layout(block: object) -> dict[str, Any]:
    """Return what the template needs of a block beside its fields."""
    layout = {name: getattr(block, name) for name in ("widths", "share") if hasattr(block, name)}
    svg = getattr(block, "svg", None)
    return layout if svg is None else layout | {"svg": _plain_svg(svg), "height": _height(svg)}


def _plain_svg(figure: str) -> str:
    """Return the drawing of a page as an SVG file: with colours in place of variables of the stylesheet."""
    svg = figure[figure.index("<svg") : figure.index("</svg>") + len("</svg>")]
    colours = _light_colours()
    svg = _USED.sub(lambda used: colours[used[1]], svg)
    namespace = 'xmlns="http://www.w3.org/2000/svg"'
    svg = svg.replace("<svg", f'<svg {namespace} font-family="{FONT_FAMILY}"', 1)
    # As on pages, an edge in the colour of the paper keeps names readable that are drawn over links; a thin one, since
    # the edge of each letter is drawn over the letter before it.
    edge = "<style>text { paint-order: stroke; stroke: #ffffff; stroke-width: 1px; }</style>"
    return svg.replace(">", f">{edge}", 1)


def _height(svg: str) -> float:
    """Return the height of a drawing in points."""
    size = _VIEW_BOX.search(svg)
    if size is None:
        raise ValueError("a drawing without a size")
    return float(size[1])


@cache
def _light_colours() -> Mapping[str, str]:
    """Return the colours of the stylesheet in light mode, which is its first block."""
    style = files("supplyrisk.web").joinpath("templates", "style.css").read_text(encoding="utf-8")
    return dict(_VARIABLE.findall(style[: style.index("@media")]))


def _printable(value: Any, changes: Mapping[int, str], missing: set[str]) -> Any:
    """Return a JSON value whose texts have only characters of the font.

    changes: characters that are replaced. missing: collects the characters that the font lacks.
    """
    if isinstance(value, str):
        return _shown(value.translate(changes), missing)
    if isinstance(value, dict):
        return {key: _printable(entry, changes, missing) for key, entry in value.items()}
    if isinstance(value, list):
        return [_printable(entry, changes, missing) for entry in value]
    return value


def _shown(text: str, missing: set[str]) -> str:
    shown = []
    for character in text:
        if character in "\n\t" or ord(character) in _characters():
            shown.append(character)
        elif character.isprintable():
            missing.add(character)
            shown.append(f"[U+{ord(character):04X}]")
    return "".join(shown)


@cache
def _characters() -> frozenset[int]:
    """Return the characters of the font."""
    with as_file(files("supplyrisk.web").joinpath("fonts", FONT_FILE)) as path:
        return frozenset(FT2Font(Path(path)).get_charmap())
