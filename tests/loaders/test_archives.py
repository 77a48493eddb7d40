"""Zip archives, tab-separated files, and files that match a table and cannot be read."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import LoadReport, SourceMap, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping

FIRMS = b"firm_id,name\nF1,a\nF2,b\n"
SUPPLIES = b"supplier_id\tcustomer_id\ton\tamount\nF1\tF2\t2024-01-01\t5\nF1\tF9\t2024-01-01\tx\n"


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def folder_of(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def mapped(*entries: dict[str, object]) -> Mapping:
    sources = tuple(SourceMap.model_validate(entry) for entry in entries)
    return Mapping(source=sources)  # type: ignore[call-arg]


def loaded(report: LoadReport) -> dict[str, int]:
    return {t.table: t.count.loaded for t in report.tables}


def test_tabs_separate_the_cells_of_tsv(tmp_path: Path) -> None:
    files = {"firms.tsv": FIRMS.replace(b",", b"\t"), "supplies.tsv.gz": gzip.compress(SUPPLIES)}
    report = validate(folder_of(tmp_path, files), max_bad=1.0)
    assert loaded(report) == {"firms": 2, "supplies": 1}
    first = report.faults.to_pylist()[0]
    assert (first["file"], first["line"], first["value"]) == ("supplies.tsv.gz", 3, "F9")


def test_a_mapping_may_state_another_delimiter_of_tsv(tmp_path: Path) -> None:
    folder_of(tmp_path, {"firms.tsv": FIRMS})
    with pytest.raises(DataError, match="no column firm_id"):
        validate(tmp_path)
    report = validate(tmp_path, mapped({"file": "firms.tsv", "table": "firms", "delimiter": ","}))
    assert loaded(report) == {"firms": 2}


def test_members_of_an_archive_of_a_table_are_its_parts(tmp_path: Path) -> None:
    members = {
        "a.csv": FIRMS,
        "sub/b.csv.gz": gzip.compress(b"firm_id,name\nF3,c\n"),
        "c.jsonl": b'{"firm_id": "F4"}',
    }
    archive = packed(members | {"readme.txt": b"x", "__MACOSX/._a.csv": b"x", ".hidden.csv": b"x"})
    report = validate(folder_of(tmp_path, {"firms.zip": archive}))
    assert loaded(report) == {"firms": 4}
    assert [s.file for s in report.sources] == [
        "firms.zip/a.csv",
        "firms.zip/c.jsonl",
        "firms.zip/sub/b.csv.gz",
    ]
    assert report.ignored == ("firms.zip/readme.txt",)


def test_a_mapping_names_archives_or_their_members(tmp_path: Path) -> None:
    archive = packed({"k.csv": FIRMS, "u.tsv": SUPPLIES, "notes.md": b"x"})
    folder_of(tmp_path, {"export.zip": archive, "more.zip": packed({"k.csv": b"firm_id,name\nF9,z\n"})})
    with pytest.raises(DataError, match="no file for the table firms"):
        validate(tmp_path)
    entries = [{"file": "*.zip/k.csv", "table": "firms"}, {"file": "export.zip/u.tsv", "table": "supplies"}]
    report = validate(tmp_path, mapped(*entries), max_bad=1.0)
    assert loaded(report) == {"firms": 3, "supplies": 1}
    assert report.faults.to_pylist()[0]["file"] == "export.zip/u.tsv"
    report = validate(tmp_path, mapped({"file": "more.zip", "table": "firms"}))
    assert loaded(report) == {"firms": 1}
    assert set(report.ignored) == {"export.zip/k.csv", "export.zip/notes.md", "export.zip/u.tsv"}


def test_an_archive_gives_the_same_bytes_as_its_files(tmp_path: Path) -> None:
    plain = folder_of(tmp_path / "plain", {"firms.csv": FIRMS})
    zipped = folder_of(tmp_path / "zipped", {"firms.zip": packed({"firms.csv": FIRMS})})
    hashes = {load(folder, tmp_path / f"ws-{folder.name}").content_hash for folder in (plain, zipped)}
    assert len(hashes) == 1


def test_an_unpacked_member_is_removed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from supplyrisk.loaders.read import ingest

    written: list[Path] = []
    extract = ingest.extracted

    def remember(file: Path, member: str, target: Path) -> None:
        extract(file, member, target)
        written.append(target)

    monkeypatch.setattr(ingest, "extracted", remember)
    folder_of(tmp_path, {"firms.zip": packed({"a.csv": FIRMS, "b.csv": b""})})
    with pytest.raises(DataError, match=r"firms.zip/b.csv: is empty"):
        validate(tmp_path)
    assert len(written) == 2
    assert not any(path.exists() for path in written)


def test_archives_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = packed({"a.csv": FIRMS * 100})
    folder_of(tmp_path, {"firms.zip": good[:-30]})
    with pytest.raises(DataError, match=r"firms.zip: cannot be read as a zip archive"):
        validate(tmp_path)
    folder_of(tmp_path, {"firms.zip": good[:60] + b"\0\0\0\0" + good[64:]})
    with pytest.raises(DataError, match=r"firms.zip/a.csv: cannot be unpacked"):
        validate(tmp_path)
    encrypted = good.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0")
    folder_of(tmp_path, {"firms.zip": encrypted})
    with pytest.raises(DataError, match=r"firms.zip/a.csv: is protected by a password"):
        validate(tmp_path)
    folder_of(tmp_path, {"firms.zip": packed({f"{i}.csv": FIRMS for i in range(3)})})
    monkeypatch.setattr("supplyrisk.loaders.read.folder_files.MAX_MEMBERS", 2)
    with pytest.raises(DataError, match="has 3 files in it, expected at most 2"):
        validate(tmp_path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    # 80 MiB of zeros in 80 KiB
    folder_of(tmp_path, {"firms.zip": packed({"a.csv": bytes(80 << 20)})})
    with pytest.raises(DataError, match=r"firms.zip/a.csv: has 83,886,080 bytes when unpacked from"):
        validate(tmp_path)


def test_a_member_never_leaves_the_archive(tmp_path: Path) -> None:
    folder_of(tmp_path, {"data/firms.zip": packed({"../../out.csv": FIRMS})})
    with pytest.raises(DataError, match="has a name outside its archive"):
        validate(tmp_path / "data")


def test_links_to_nothing_are_errors_where_they_match_a_table(tmp_path: Path) -> None:
    folder_of(tmp_path, {"firms.csv": FIRMS})
    (tmp_path / "notes.csv").symlink_to("nowhere.csv")
    assert validate(tmp_path).ignored == ("notes.csv",)
    (tmp_path / "supplies.csv").symlink_to("nowhere.csv")
    with pytest.raises(DataError, match=r"supplies.csv: is a link to nowhere.csv, which cannot be read"):
        validate(tmp_path)
    (tmp_path / "supplies.csv").unlink()
    os.mkfifo(tmp_path / "supplies.csv")
    with pytest.raises(DataError, match=r"supplies.csv: is no regular file"):
        validate(tmp_path)


def test_a_mapped_link_to_nothing_is_an_error(tmp_path: Path) -> None:
    (folder_of(tmp_path, {"firms.csv": FIRMS}) / "x.csv").symlink_to("nowhere.csv")
    entry = {"file": "x.csv", "table": "labels", "optional": True}
    with pytest.raises(DataError, match=r"x.csv: is a link to nowhere.csv"):
        validate(tmp_path, mapped(entry))


@pytest.mark.parametrize("name", ["supplies.xls", "supplies-2024.txt", "supplies/2024.ods"])
def test_a_file_of_a_table_in_no_format_is_an_error(tmp_path: Path, name: str) -> None:
    folder_of(tmp_path, {"firms.csv": FIRMS, name: b"x"})
    with pytest.raises(
        DataError, match=f"{name}: is named like the table supplies, expected a name that ends in .csv"
    ):
        validate(tmp_path)


def test_an_archive_of_another_name_than_a_table_is_read_where_a_mapping_names_it(tmp_path: Path) -> None:
    folder_of(tmp_path, {"export.zip": packed({"firms.csv": FIRMS})})
    hint = "files of an archive with another name are read where a mapping names them"
    with pytest.raises(DataError, match=hint):
        validate(tmp_path)
    assert loaded(validate(tmp_path, mapped({"file": "export.zip", "table": "firms"}))) == {"firms": 2}
    # without an archive there is nothing to say about one
    (tmp_path / "export.zip").rename(tmp_path / "export.txt")
    with pytest.raises(DataError, match="no file for the table firms") as raised:
        validate(tmp_path)
    assert hint not in str(raised.value)
