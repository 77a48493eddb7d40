"""Many small files are checked together: the result is that of one file, and faults name the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaded_sources import counts, loaded
from supplyrisk.loaders import validate
from supplyrisk.loaders.check import gathered_cells

MAPPING = """
[[source]]
file = "firms.csv"
table = "firms"
[[source]]
file = "trades/*.csv"
table = "supplies"
columns = { supplier_id = "seller", customer_id = { first = ["other", "buyer"] }, on = "day" }
decimal = ","
negative = "return"
optional_columns = ["other"]
"""


def _write(folder: Path, files: dict[str, str]) -> None:
    (folder / "trades").mkdir(parents=True, exist_ok=True)
    (folder / "firms.csv").write_text("firm_id\nF1\nF2\n")
    for name, text in files.items():
        (folder / "trades" / f"{name}.csv").write_text(text)
    (folder / "map.toml").write_text(MAPPING)


def _rows(first: int, last: int, header: str = "seller,buyer,day,amount") -> str:
    lines = [f'F1,F2,2024-01-{day:02},"{-day if day % 5 == 0 else day},5"' for day in range(first, last + 1)]
    return "\n".join([header, *lines, ""])


def test_parts_are_the_whole(tmp_path: Path) -> None:
    _write(tmp_path / "whole", {"all": _rows(1, 28)})
    _write(tmp_path / "parts", {f"{n}": _rows(4 * n + 1, 4 * n + 4) for n in range(7)})
    whole, _ = loaded(tmp_path / "whole", str(tmp_path / "whole" / "map.toml"), tmp_path / "a")
    parts, tables = loaded(tmp_path / "parts", str(tmp_path / "parts" / "map.toml"), tmp_path / "b")
    assert parts.content_hash == whole.content_hash
    assert [source.count.loaded for source in parts.sources] == [2, *[4] * 7]
    assert sum(row["amount"] == 0 for row in tables["supplies"]) == 5


def test_faults_name_their_file_and_line(tmp_path: Path) -> None:
    files = {f"{n}": _rows(4 * n + 1, 4 * n + 4) for n in range(6)}
    files["3"] += "F1,F9,2024-02-30,x\n"
    # another order of the columns, and another column
    files["7"] = 'amount,day,buyer,seller\n"1,5",2024-01-01,F2,F1\ny,2024-01-01,F2,F1\n'
    files["8"] = 'seller,buyer,day,amount,other\nF1,F9,2024-01-01,"2,5",F2\nF1,F9,2024-01-01,"2,5",\n'
    _write(tmp_path, files)
    report = validate(tmp_path, tmp_path / "map.toml", max_bad=1.0)
    faults = sorted((f["file"], f["line"], f["column"], f["value"]) for f in report.faults.to_pylist())
    assert faults == [
        ("trades/3.csv", 6, "amount", "x"),
        ("trades/3.csv", 6, "buyer", "F9"),
        ("trades/3.csv", 6, "day", "2024-02-30"),
        ("trades/7.csv", 3, "amount", "y"),
        ("trades/8.csv", 3, "other+buyer", "F9"),
    ]
    assert counts(report, "supplies") == (29, 26, 3, 0, 0)


@pytest.mark.parametrize("limit", [1, 10])
def test_large_files_are_not_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(gathered_cells, "MAX_ROWS", limit)
    tables: list[str] = []
    found = gathered_cells.CellTable.__init__

    def counted(self: gathered_cells.CellTable, name: str, number: str, source: object) -> None:
        tables.append(name)
        found(self, name, number, source)  # type: ignore[arg-type]

    monkeypatch.setattr(gathered_cells.CellTable, "__init__", counted)
    _write(tmp_path, {f"{n}": _rows(4 * n + 1, 4 * n + 4) for n in range(5)})
    validate(tmp_path, tmp_path / "map.toml")
    assert tables == ["raw_0", *(["gathered_1"] if limit == 10 else [f"raw_{n}" for n in range(1, 6)])]


def test_one_note_for_files_of_which_nothing_is_left(tmp_path: Path) -> None:
    _write(tmp_path, {f"{n}": _rows(4 * n + 1, 4 * n + 4) for n in range(5)})
    (tmp_path / "map.toml").write_text(MAPPING + 'where = { buyer = "F7" }\n')
    report = validate(tmp_path, tmp_path / "map.toml", max_bad=1.0)
    assert [note for note in report.notes if "drop all" in note] == [
        "trades/0.csv and 4 more: where and where_not of the mapping drop all 20 rows"
    ]
