"""`followthemoney`: entities and links as JSON lines."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from loaded_sources import FIXTURES, counts, loaded
from supplyrisk.loaders import validate

FILE = FIXTURES / "followthemoney" / "entities.ftm.json"


def test_entities_and_links(tmp_path: Path) -> None:
    report, tables = loaded(FILE.parent, "followthemoney", tmp_path / "ws")
    assert tables["firms"] == [
        {"firm_id": "NK-a", "name": "Mill Ltd", "industry": "milling", "region": "gb", "founded_on": "1998-12-31"},
        {"firm_id": "NK-b", "name": "Friends of Mill", "region": "de", "founded_on": "2009-02-28"},
        {"firm_id": "NK-c", "name": "Shell Co"},
        {"firm_id": "NK-d", "name": "Port Authority", "region": "nl"},
    ]  # fmt: skip
    assert tables["persons"] == [{"person_id": "NK-p"}]
    assert tables["events"] == [
        {"firm_id": "NK-b", "on": "2021-03-31", "kind": "closure", "source": "FollowTheMoney"}
    ]
    assert tables["relations"] == [
        {"from_id": "NK-a", "to_id": "NK-c", "kind": "owns", "since": "2016-03-01"},
        {"from_id": "NK-c", "to_id": "NK-d", "kind": "owns"},
        {"from_id": "NK-c", "to_id": "NK-p", "kind": "linked"},
        {"from_id": "NK-p", "to_id": "NK-a", "kind": "owns", "since": "2009-12-31", "until": "2015-06-30"},
        {"from_id": "NK-p", "to_id": "NK-b", "kind": "manages", "since": "2010-02-03", "until": "2020-12-31"},
    ]  # fmt: skip
    # six of fourteen entities are links; the ownership of a vessel is no relation of firms and persons
    assert counts(report, "relations") == (3 * 14, 5, 1, 0, 3 * 14 - 6)
    assert [f["value"] for f in report.faults.to_pylist()] == ["NK-v"]


def test_a_link_with_two_owners_is_a_fault(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(FILE.parent, data)
    with (data / FILE.name).open("a") as file:
        link = {
            "id": "own-9",
            "schema": "Ownership",
            "properties": {"owner": ["NK-a", "NK-b"], "asset": ["NK-c"]},
        }
        file.write(json.dumps(link) + "\n")
    report = validate(data, "followthemoney", max_bad=1.0)
    assert counts(report, "relations") == (3 * 15, 5, 2, 0, 3 * 15 - 7)
    assert any("properties/owner is nested" in fault["accepted"] for fault in report.faults.to_pylist())


def test_a_file_without_links(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "targets.ftm.json").write_text('{"id": "NK-a", "schema": "Company", "properties": {}}\n')
    report, tables = loaded(data, "followthemoney", tmp_path / "ws")
    assert tables["firms"] == [{"firm_id": "NK-a"}]
    assert not report.fault_count
