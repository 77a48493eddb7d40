"""`ocds_awards`: awards of public contracts, from release packages and from compiled releases by line."""

from __future__ import annotations

from pathlib import Path

from loaded_sources import FIXTURES, counts, loaded

FOLDER = FIXTURES / "ocds_awards"
CITY = {"customer_id": "XM-DAC-1", "currency": "EUR"}


def test_awards(tmp_path: Path) -> None:
    report, tables = loaded(FOLDER, "ocds_awards", tmp_path / "ws")
    assert tables["firms"] == [
        {"firm_id": "XI-REG-100", "name": "Alpha Group Ltd", "region": "Atlantis"},
        {"firm_id": "XI-REG-200", "name": "Beta Ltd"},
        {"firm_id": "XI-REG-300", "name": "Gamma Ltd", "region": "Atlantis"},
        # a supplier that its release does not have under parties
        {"firm_id": "XI-REG-400", "unlisted": True},
        {"firm_id": "XM-DAC-1", "name": "City of X", "region": "Atlantis"},
    ]
    assert tables["supplies"] == [
        # the value of the later release, and the day in UTC
        {"supplier_id": "XI-REG-100", "on": "2024-03-02", "amount": 11500000.5, "row_id": "ocds-213czf-001/1"} | CITY,
        # no day of its own: that of the release
        {"supplier_id": "XI-REG-300", "on": "2024-04-07", "amount": 70, "row_id": "ocds-213czf-002/3"} | CITY,
        {"supplier_id": "XI-REG-400", "on": "2024-05-09", "amount": 25, "row_id": "ocds-213czf-004/1"} | CITY,
    ]  # fmt: skip
    # an award to two suppliers, and one without a value
    assert tables["relations"] == [
        {"from_id": "XI-REG-200", "to_id": "XM-DAC-1", "kind": "awarded", "since": "2024-04-06"},
        {"from_id": "XI-REG-300", "to_id": "XM-DAC-1", "kind": "awarded", "since": "2024-04-06"},
        {"from_id": "XI-REG-300", "to_id": "XM-DAC-1", "kind": "awarded", "since": "2024-05-08"},
    ]
    # five awards in the package, one of which is corrected, and two in the lines
    assert counts(report, "supplies") == (7, 3, 0, 1, 3)
    # their eight suppliers, and the seven awards again
    assert counts(report, "relations") == (15, 3, 0, 0, 12)
    assert not report.fault_count
