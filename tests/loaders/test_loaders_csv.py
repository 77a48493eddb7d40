"""CSV: the fast and the slow reader give the same, and lines, quotes and encodings are reported exactly."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.loaders import validate
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read import read_csv as reader
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import MAX_LINE_CHARACTERS, scan_text

UTF8 = "utf-8-sig"
Read = tuple[list[tuple[int, tuple[str, ...]]], list[reader.BadLine]]


def source(folder: Path, data: bytes, name: str = "firms.csv") -> SourceFile:
    path = folder / name
    path.write_bytes(data)
    return SourceFile(path, name, "csv", SourceMap(file=name, table="firms"))


def rows_of(batches: object) -> Read:
    """All rows with their lines, and all bad lines in order."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    bad: list[reader.BadLine] = []
    for batch in batches:  # type: ignore[attr-defined]
        cells = zip(*(c.to_pylist() for c in batch.columns.values()), strict=True) if batch.columns else []
        rows += zip(batch.lines.to_pylist(), cells, strict=True)
        bad += batch.bad
    return rows, sorted(bad, key=lambda b: b.line)


def read(file: SourceFile) -> Read:
    found = scan_text(file, UTF8)
    return rows_of(reader.read_csv(reader.csv_table(file, UTF8), found))


cell = st.text(st.characters(blacklist_characters='\0"\r\n,', blacklist_categories=["Cs"]), max_size=4)
line = st.lists(cell, min_size=1, max_size=4).map(",".join)
ends = st.sampled_from(["\n", "\r\n", "\r"])


@settings(deadline=None)
@given(st.lists(line.filter(bool), max_size=12), ends, st.booleans())
def test_fast_and_slow_agree_on_text_without_quotes(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, ended: bool
) -> None:
    text = end.join(["a,b,c", *lines]) + (end if ended or not lines else "")
    file = source(tmp_path_factory.mktemp("csv"), text.encode())
    assert scan_text(file, UTF8).plain
    table = reader.csv_table(file, UTF8)
    assert rows_of(reader._fast(table, quoted=False)) == rows_of(reader._slow(table))


quoted_cell = st.builds(
    lambda text, quote: f'"{text}"' if quote or "," in text else text,
    st.text(st.characters(blacklist_characters='\0"\r\n', blacklist_categories=["Cs"]), max_size=4),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(st.lists(quoted_cell, min_size=2, max_size=4).map(",".join), min_size=1, max_size=10), ends)
def test_cells_in_quotes_are_read_fast_and_as_slow_reading_has_them(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str
) -> None:
    file = source(tmp_path_factory.mktemp("csv"), end.join(['"a","b",c', *lines]).encode())
    found = scan_text(file, UTF8)
    assert found.plain and found.quoted
    table = reader.csv_table(file, UTF8)
    assert rows_of(reader._fast(table, quoted=True)) == rows_of(reader._slow(table))


# Most texts are not plain; those that are, are what this is about.
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.text(st.sampled_from('",\na'), max_size=14))
def test_what_the_scan_calls_plain_reads_the_same_both_ways(
    tmp_path_factory: pytest.TempPathFactory, body: str
) -> None:
    file = source(tmp_path_factory.mktemp("csv"), ("a,b\n" + body).encode())
    found = scan_text(file, UTF8)
    assume(found.plain)
    table = reader.csv_table(file, UTF8)
    assert rows_of(reader._fast(table, quoted=found.quoted)) == rows_of(reader._slow(table))


def test_a_doubled_quote_or_one_inside_a_cell_is_not_plain(tmp_path: Path) -> None:
    for body in ('"a""b",1', 'a"b",1', '"a\nb",1', '"a" ,1', '"a', '""",1'):
        assert not scan_text(source(tmp_path, f"a,b\n{body}\n".encode()), UTF8).plain, body


any_cell = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=5)


@settings(deadline=None)
@given(st.lists(st.lists(any_cell, min_size=3, max_size=3), max_size=8))
def test_whatever_a_csv_writer_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    got, bad = read(source(tmp_path_factory.mktemp("csv"), out.getvalue().encode()))
    assert [list(cells) for _, cells in got] == rows
    assert bad == []


def test_many_blocks_keep_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_BLOCK", 256)
    lines = [
        f"F{n},x" if n % 7 else f"F{n}" for n in range(2, 400)
    ]  # line n holds Fn; every seventh lacks a cell
    rows, bad = read(source(tmp_path, ("firm_id,name\n" + "\n".join(lines)).encode()))
    assert [number for number, _ in rows] == [n for n in range(2, 400) if n % 7]
    assert all(cells[0] == f"F{number}" for number, cells in rows)
    assert [(b.line, b.value) for b in bad] == [(n, f"F{n}") for n in range(2, 400) if not n % 7]


@pytest.mark.parametrize(
    ("text", "lines", "bad"),
    [
        ("a,b\n1,2\n\n3,4\n", [2, 4], []),  # a blank line is no row
        ("a,b\r\n1,2\r\n\r\n3,4", [2, 4], []),
        ("a,b\n,\n3,4\n", [2, 3], []),  # two empty cells are one
        ("\n\na,b\n1,2\n", [4], []),
        ('a,b\n"1\n1",2\n3,4\n', [2, 4], []),  # a record's line is where it starts
        ('a,b\n"1\n1"\n3,4\n', [4], [2]),
        ('a,b\n1,2,3\n3,"4"\n', [3], [2]),
        ('"a","b"\n1,2\n3\n', [2], [3]),
        ("a,b\n1,2\n\n\n", [2], []),
        ("\ufeffa,b\n1,2\n3,4,5", [2], [3]),
        ("a,b", [], []),
    ],
)
def test_lines(tmp_path: Path, text: str, lines: list[int], bad: list[int]) -> None:
    rows, wrong = read(source(tmp_path, text.encode()))
    assert [number for number, _ in rows] == lines
    assert [b.line for b in wrong] == bad


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 3),  # never closed
        ('a,b\n1,2\n"3"x,4\n', 3),  # text after a closing quote
        ('a,b\n"1\n1",2\n"3" ,4\n', 4),
        ('a,"b\n1,2\n', 1),
    ],
)
def test_broken_quotes_are_refused_with_their_line(tmp_path: Path, text: str, start: int) -> None:
    with pytest.raises(FileFault, match=f"record that starts on line {start} has broken quotes"):
        read(source(tmp_path, text.encode()))


@pytest.mark.parametrize("zipped", [False, True])
def test_a_byte_that_is_no_text_is_named_with_line_and_remedy(tmp_path: Path, zipped: bool) -> None:
    def fault(data: bytes) -> str:
        name = "firms.csv.gz" if zipped else "firms.csv"
        with pytest.raises(FileFault) as caught:
            scan_text(source(tmp_path, gzip.compress(data) if zipped else data, name), UTF8)
        return str(caught.value)

    assert "line 3 has the byte 0xff" in fault(b"a\n1\n\xff\n")
    assert "line 3 has the byte 0xc5" in fault(
        "a\n1\nÅ 名称\n".encode("latin-1", "ignore").replace(b"\xc5 ", b"\xc5")
    )
    assert "try --encoding gb18030" in fault("firm_id\n名称\n".encode("gb18030"))
    assert "try --encoding utf-16" in fault("firm_id\nF1\n".encode("utf-16"))
    assert "line 2 has a NUL" in fault(b"a\n1\x00\n")
    assert "line 2 has the byte" in fault(b"a\n" + "名".encode()[:2])  # cut within a letter


def test_the_line_of_a_bad_byte_holds_over_many_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supplyrisk.loaders.read.text_scan._BLOCK", 7)
    for end in (b"\n", b"\r\n", b"\r"):
        data = end.join([b"a", *[b"%d" % n for n in range(2, 100)], b"x\xffy"])
        with pytest.raises(FileFault, match="line 100 has the byte 0xff"):
            scan_text(source(tmp_path, data), UTF8)


def test_gb18030_and_utf16_are_read_when_named(tmp_path: Path) -> None:
    for encoding in ("gb18030", "utf-16", "utf-8"):
        source(tmp_path, "firm_id,industry\nF1,批发业\n".encode(encoding))
        assert validate(tmp_path, encoding=encoding).total.loaded == 1


@pytest.mark.parametrize("encoding", ["no-such", "hex", "rot13", ""])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    source(tmp_path, b"firm_id\nF1\n")
    with pytest.raises(DataError, match="text encoding"):
        validate(tmp_path, encoding=encoding)


@pytest.mark.parametrize(("length", "fits"), [(MAX_LINE_CHARACTERS, True), (MAX_LINE_CHARACTERS + 1, False)])
@pytest.mark.parametrize("before", [0, 1, 1_048_570])
def test_the_longest_line(tmp_path: Path, length: int, fits: bool, before: int) -> None:
    padding = "F1\n" * (before // 3)
    file = source(tmp_path, ("firm_id\n" + padding + "x" * length + "\nF2\n").encode())
    if fits:
        rows, _ = read(file)
        assert len(rows) == before // 3 + 2
    else:
        with pytest.raises(FileFault, match="line of more than 4,194,304 characters"):
            scan_text(file, UTF8)


@pytest.mark.parametrize("cut", [1, 20, -9, -4])
def test_a_damaged_gzip_is_refused(tmp_path: Path, cut: int) -> None:
    data = gzip.compress(b"firm_id\n" + b"".join(b"F%d\n" % n for n in range(500)))
    source(tmp_path, data[:cut], "firms.csv.gz")
    with pytest.raises(DataError, match=r"firms.csv.gz: cannot be read .* copy it again"):
        validate(tmp_path)
