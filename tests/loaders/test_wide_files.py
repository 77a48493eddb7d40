"""Files with very many columns, and very long cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import SourceMap, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping
from supplyrisk.loaders.read.column_binding import MAX_EXTRA_COLUMNS
from supplyrisk.loaders.read.text_scan import MAX_LINE_CHARACTERS


def test_too_many_columns_are_refused_before_rows_are_read(tmp_path: Path) -> None:
    names = [f"m{i}" for i in range(10_000)]
    lines = [",".join(["firm_id", *names]), *(",".join([f"F{i}", *("1" for _ in names)]) for i in range(400))]
    # a broken row at the end, which only reading would find
    (tmp_path / "firms.csv").write_text("\n".join([*lines, '"broken']))
    with pytest.raises(
        DataError, match=r"has 10,000 columns beyond the contract, expected at most .* under keep"
    ) as caught:
        validate(tmp_path)
    assert "broken" not in str(caught.value)


def test_columns_to_keep_make_a_wide_file_readable(tmp_path: Path) -> None:
    names = [f"m{i}" for i in range(MAX_EXTRA_COLUMNS + 1)]
    lines = [",".join(["firm_id", *names]), ",".join(["F1", *("7" for _ in names)])]
    (tmp_path / "firms.csv").write_text("\n".join(lines))
    entry = SourceMap(file="firms.csv", table="firms", keep=("m3",))
    report = validate(tmp_path, Mapping(source=(entry,)))  # type: ignore[call-arg]
    assert report.tables[0].extra == {"m3": "DOUBLE"}


def test_a_long_quoted_cell_is_a_cell(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    text = 'a "b",\n' * 40_000
    quoted = text.replace('"', '""')
    (tmp_path / "firms.csv").write_text(f'firm_id,name\nF1,"{quoted}"\nF2,{"x" * 200_000}\n')
    load(tmp_path, tmp_path / "ws")
    firms = pq.read_table(next((tmp_path / "ws" / "data").glob("*/firms.parquet"))).to_pylist()
    assert [f["name"] for f in firms] == [text, "x" * 200_000]


def test_a_cell_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    lines = "x\n" * (MAX_LINE_CHARACTERS // 2 + 1)
    (tmp_path / "firms.csv").write_text(f'firm_id,name\nF1,"{lines}"\n')
    with pytest.raises(
        DataError, match=r"the record that starts on line 2 has broken quotes .field larger than"
    ):
        validate(tmp_path)
