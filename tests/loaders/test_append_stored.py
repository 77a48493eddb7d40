"""Appended rows that must not change what is stored without a word: partners, currencies, and rows without a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import Mapping, load

FIRMS = "firm_id,name\nA,Aa\nB,Bb\n"


def write(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def rows(workspace: Path, query: str) -> list[tuple[Any, ...]]:
    with read_workspace(workspace).connect() as con:
        return con.execute(query).fetchall()


@pytest.fixture
def with_partner(tmp_path: Path) -> Path:
    """A workspace with the partner X, which only a trade names."""
    trades = "supplier_id,customer_id,on,amount\nA,B,2024-01-01,10\nA,X,2024-01-02,20\n"
    folder = write(tmp_path / "base", firms=FIRMS, supplies=trades)
    load(folder, tmp_path / "w", Mapping(partners="add"))
    return tmp_path / "w"


def test_a_partner_stays_while_the_rows_that_list_it_are_in_quarantine(
    tmp_path: Path, with_partner: Path
) -> None:
    more = write(tmp_path / "more", firms="firm_id,name\nC,Cc\nX,Xx\nX,Xy\n")
    report = load(more, with_partner, Mapping(partners="add", max_bad=0.9), append=True)
    assert report.table("firms").count.quarantined == 2
    assert rows(with_partner, "SELECT firm_id, name, unlisted FROM firms ORDER BY 1") == [
        ("A", "Aa", None),
        ("B", "Bb", None),
        ("C", "Cc", None),
        ("X", None, True),
    ]
    # one good row lists it
    load(write(tmp_path / "last", firms="firm_id,name\nX,Xx\n"), with_partner, append=True)
    assert rows(with_partner, "SELECT name, unlisted FROM firms WHERE firm_id = 'X'") == [("Xx", None)]


def test_one_good_version_of_its_row_lists_a_partner(tmp_path: Path, with_partner: Path) -> None:
    text = "firm_id,name,known_on\nX,Xx,\nX,Xy,\nX,Xz,2024-02-01\n"
    load(
        write(tmp_path / "more", firms=text),
        with_partner,
        Mapping(partners="add", max_bad=0.9),
        append=True,
    )
    assert rows(with_partner, "SELECT name, unlisted FROM firms WHERE firm_id = 'X'") == [("Xz", None)]


LOANS = "loan_id,lender_id,firm_id,on,drawn\nL,Bank,A,2024-01-01,100\n"
TRADE = "row_id,supplier_id,customer_id,on,amount,currency\n1,A,B,2024-02-01,10,{}\n"


def test_the_currency_of_stored_money_of_any_table_stays(tmp_path: Path) -> None:
    base = write(tmp_path / "base", firms=FIRMS, loans=LOANS)
    load(base, tmp_path / "w", Mapping.model_validate({"currency": "EUR"}))
    more = write(tmp_path / "more", supplies=TRADE.format("USD"))
    for currency in ("USD", {"default": "USD", "rates": {"EUR": 1.1}}):
        other = Mapping.model_validate({"currency": currency})
        with pytest.raises(DataError, match="amounts are in USD in the mapping and in EUR in the data"):
            load(more, tmp_path / "w", other, append=True)
    own = Mapping.model_validate({"currency": {"default": "EUR", "rates": {"USD": 0.5}}})
    load(more, tmp_path / "w", own, append=True)
    assert read_workspace(tmp_path / "w").info.currency == "EUR"
    assert rows(tmp_path / "w", "SELECT amount FROM supplies UNION ALL SELECT drawn FROM loans") == [
        (5.0,),
        (100.0,),
    ]


def test_data_without_a_currency_take_that_of_the_first_trades(tmp_path: Path) -> None:
    load(write(tmp_path / "base", firms=FIRMS), tmp_path / "w")
    mapping = Mapping.model_validate({"currency": "EUR"})
    load(write(tmp_path / "more", supplies=TRADE.format("EUR")), tmp_path / "w", mapping, append=True)
    assert read_workspace(tmp_path / "w").info.currency == "EUR"


def test_equal_rows_without_the_day_of_their_key_are_noted(tmp_path: Path) -> None:
    mapping = Mapping(undated=True)
    head = "firm_id,sales\n"
    load(write(tmp_path / "base", firms=FIRMS, activity=f"{head}A,5\nB,6\n"), tmp_path / "w", mapping)
    more = write(tmp_path / "more", activity=f"{head}A,5\nB,6\nA,8\n")
    report = load(more, tmp_path / "w", mapping, append=True)
    assert report.table("activity").count.loaded == 3
    notes = [note for note in report.notes if "equal to one that the workspace has" in note]
    assert [note.split(" equal")[0] for note in notes] == ["activity: kept 2 rows without firm_id and on"]
    # a row with the whole key is a duplicate, of which no note is needed
    dated = "firm_id,on,sales\nA,2024-01-01,5\n"
    load(write(tmp_path / "dated", activity=dated), tmp_path / "w", mapping, append=True)
    again = write(tmp_path / "again", activity=f"{dated}B,2024-01-01,7\n")
    report = load(again, tmp_path / "w", mapping, append=True)
    assert report.table("activity").count.duplicates == 1
    assert not [note for note in report.notes if "equal to one" in note]
