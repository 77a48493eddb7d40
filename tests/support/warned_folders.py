"""Folders of small tables, and the warnings that a check of them raises."""

from __future__ import annotations

from pathlib import Path

from supplyrisk.loaders import validate
from supplyrisk.loaders.check.data_warnings.data_warning import DataWarning

FIRMS = "firm_id\nA\nB\nC\n"


def warned(folder: Path, files: dict[str, str], mapping: str = "") -> dict[str, DataWarning]:
    """Write files, and return the warnings of a check by their codes."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "map.toml"
    path.write_text(mapping, encoding="utf-8")
    report = validate(folder, path if mapping else None, max_bad=1.0)
    codes = [w.code for w in report.warnings]
    assert len(codes) == len(set(codes))
    assert report.to_json()["warnings"] == [w.to_json() for w in report.warnings]
    assert set(map(str, report.warnings)) <= set(report.notes)
    return {w.code: w for w in report.warnings}


def firms(*rows: str, columns: str = "firm_id,name") -> dict[str, str]:
    return {"firms.csv": "\n".join([columns, *rows, ""])}
