"""Notes on files: one per pattern, however many files show it."""

from __future__ import annotations

from pathlib import Path

from supplyrisk.loaders import validate

TRADE = "supplier_id,customer_id,on,amount{}\nA,B,2024-01-01,5{}\n"


def write(folder: Path, columns: list[list[str]]) -> Path:
    """Write two firms, and a file of trades with further columns per list of them."""
    (folder / "firms.csv").write_text("firm_id\nA\nB\n")
    for number, names in enumerate(columns):
        text = TRADE.format("".join(f",{name}" for name in names), ",x" * len(names))
        (folder / f"supplies-{number}.csv").write_text(text)
    return folder


def test_files_with_many_lists_of_columns_left_out_have_one_note(tmp_path: Path) -> None:
    lists = [["memo"], ["memo", "a"], ["memo", "b"], ["c"], []]
    notes = [note for note in validate(write(tmp_path, lists)).notes if "left out" in note]
    assert notes == ["supplies-0.csv and 3 more: left out, by number of files, memo 3, a 1, b 1, c 1"]


def test_files_with_few_lists_have_a_note_for_each(tmp_path: Path) -> None:
    lists = [["memo"], ["memo", "a"], ["memo"]]
    notes = [note for note in validate(write(tmp_path, lists)).notes if "left out" in note]
    assert notes == ["supplies-0.csv and 1 more: left out memo", "supplies-1.csv: left out memo, a"]


def test_of_many_ignored_files_some_are_named_and_likely_typos_first(tmp_path: Path) -> None:
    write(tmp_path, [])
    names = [f"letter-{number:02}.txt" for number in range(25)]
    for name in [*names, "suplies.csv"]:
        (tmp_path / name).write_text("x")
    (note,) = validate(tmp_path).notes
    first = ", ".join(names[:19])
    assert note == f"ignored files: suplies.csv (did you mean supplies?), {first} and 6 more"


def test_files_of_which_all_rows_are_dropped_have_one_note(tmp_path: Path) -> None:
    write(tmp_path, [["state"], ["state"], ["state"]])
    source = '[[source]]\nfile = "supplies-*.csv"\ntable = "supplies"\nwhere = { state = "paid" }\n'
    (tmp_path / "map.toml").write_text(source)
    notes = [note for note in validate(tmp_path, tmp_path / "map.toml").notes if "drop all" in note]
    assert notes == ["supplies-0.csv and 2 more: where and where_not of the mapping drop all 3 rows"]
