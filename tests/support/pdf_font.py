"""Makes the font of PDF files, web/fonts/NotoSansSC-Regular.ttf, from Noto Sans SC (SIL Open Font License 1.1).

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3       # holds Google's NotoSansSC_400Regular.ttf, version 2.004-H2
    python tests/support/pdf_font.py NotoSansSC_400Regular.ttf 通用规范汉字表.txt

It keeps the characters of GB 2312, of the Table of General Standard Chinese Characters (8,105, which names must be made
of; the list is from github.com/kitty-panics/cn-tables at 3a140fb), Latin letters with accents, and common signs. Layout
features, hints and vertical metrics are left out. "Source" is the only reserved name: a subset may be called Noto.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONT = Path(__file__).resolve().parents[2] / "web" / "fonts" / "NotoSansSC-Regular.ttf"
SIGNS = "€™№←↑→↓−≤≥≈×√"
LEFT_OUT = ["vhea", "vmtx", "GDEF", "GSUB", "GPOS", "BASE", "STAT"]
NAMES = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
"""Records of the name table that stay: copyright, family, style, id, full name, version, trademark and licence."""


def gb2312() -> set[int]:
    """The characters of GB 2312."""
    pairs = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(text) for pair in pairs if (text := pair.decode("gb2312", errors="ignore"))}


def kept_characters(standard: Path) -> set[int]:
    """All characters that the font has; standard: lines such as "U+4E00<tab>一"."""
    listed = re.findall(r"U\+([0-9A-F]{4,5})", standard.read_text(encoding="utf-8"))
    latin = {*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2040)}
    return gb2312() | {int(code, 16) for code in listed} | latin | {ord(sign) for sign in SIGNS}


def main() -> None:
    """Write the font."""
    source, standard = map(Path, sys.argv[1:])
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=NAMES, recalc_timestamp=False
    )
    options.drop_tables += LEFT_OUT
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=kept_characters(standard))
    subsetter.subset(font)
    font.save(FONT)


if __name__ == "__main__":
    main()
