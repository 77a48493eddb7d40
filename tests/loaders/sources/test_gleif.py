"""`gleif`: legal entities (level 1) and who owns whom (level 2) from the golden copy."""

from __future__ import annotations

import zipfile
from pathlib import Path

from loaded_sources import FIXTURES, counts, loaded

FOLDER = FIXTURES / "gleif"
PARENT = "MADEUPPARENT00000001"
CHILD = "MADEUPCHILD000000002"
BRANCH = "MADEUPBRANCH00000003"
GONE = "MADEUPGONE0000000004"
FOREIGN = "MADEUPFOREIGN0000007"
MERGED = "MADEUPMERGED00000005"


def test_entities_and_relationships(tmp_path: Path) -> None:
    report, tables = loaded(FOLDER, "gleif", tmp_path / "ws")
    assert tables["firms"] == [
        {"firm_id": BRANCH, "name": "Parent plc, Zweigniederlassung", "region": "DE"},
        {"firm_id": CHILD, "name": 'Child, "The" GmbH', "region": "DE", "founded_on": "2001-07-02"},
        # an owner that level 1 does not have here
        {"firm_id": FOREIGN, "unlisted": True},
        {"firm_id": GONE, "name": "Gone SA", "region": "FR"},
        {"firm_id": MERGED, "name": "Merged AG", "region": "DE"},
        {"firm_id": PARENT, "name": "Parent plc", "region": "GB", "founded_on": "1998-01-01"},
    ]
    # a merger is no closure
    assert tables["events"] == [{"firm_id": GONE, "on": "2020-12-31", "kind": "closure", "source": "GLEIF"}]
    # the periods of the relationships, not the accounting periods beside them
    assert sorted(tables["relations"], key=lambda row: str(row["since"])) == [
        {"from_id": FOREIGN, "to_id": CHILD, "kind": "owns", "since": "2003-01-01", "until": "2007-06-04"},
        {"from_id": PARENT, "to_id": CHILD, "kind": "owns", "since": "2007-06-05"},
        {"from_id": CHILD, "to_id": GONE, "kind": "owns", "since": "2009-01-01", "until": "2020-12-31"},
        {"from_id": PARENT, "to_id": BRANCH, "kind": "branch", "since": "2010-03-01"},
    ]  # fmt: skip
    # the duplicate is dropped; each of six entries reads the eight relationships, and four are left
    assert counts(report, "firms") == (6, 5, 0, 0, 1)
    assert counts(report, "relations") == (48, 4, 0, 0, 44)
    assert not report.fault_count


def test_packed_as_it_is_downloaded(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path in FOLDER.iterdir():
        with zipfile.ZipFile(data / f"{path.name}.zip", "w") as archive:
            archive.write(path, path.name)
    packed, _ = loaded(data, "gleif", tmp_path / "packed")
    plain, _ = loaded(FOLDER, "gleif", tmp_path / "plain")
    assert packed.content_hash == plain.content_hash
