"""Appending to the data of a workspace: new rows, duplicates, corrections, and what is refused."""

from __future__ import annotations

import fcntl
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, WorkspaceError, read_workspace
from supplyrisk.graph.workspace.tables import data_hash, manifest_of
from supplyrisk.loaders import LoadReport, Mapping, load, validate
from supplyrisk.loaders import workspace_writer as writer

FIRMS = "firm_id,name\nF1,one\nF2,two\n"
TRADES = "row_id,supplier_id,customer_id,on,amount\nr1,F1,F2,2024-01-10,10\nr2,F1,F2,2024-01-20,5\n"
HEAD = "row_id,supplier_id,customer_id,on,amount\n"


def write(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name.replace('_', '-')}.csv").write_text(text)
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A workspace with two firms and two trades."""
    load(write(tmp_path / "base", firms=FIRMS, supplies=TRADES), tmp_path / "w")
    return tmp_path / "w"


def files_of(workspace: Path) -> dict[str, bytes]:
    pointer = json.loads((workspace / "workspace.json").read_text())
    return {path.name: path.read_bytes() for path in sorted((workspace / "data" / pointer["data"]).iterdir())}


def append(workspace: Path, known_on: date | None = None, **tables: str) -> LoadReport:
    number = sum(1 for _ in workspace.parent.iterdir())
    return load(
        write(workspace.parent / f"more-{number}", **tables), workspace, append=True, known_on=known_on
    )


def rows(workspace: Path, query: str) -> list[tuple[Any, ...]]:
    with read_workspace(workspace).connect() as con:
        return con.execute(query).fetchall()


def counts(report: LoadReport, table: str) -> tuple[int, int, int]:
    """Loaded rows, duplicates, and corrections among the loaded rows."""
    part = report.table(table)
    return part.count.loaded, part.count.duplicates, part.corrections


VERSIONS = (
    "SELECT row_id, amount, known_on, known_until, void FROM supplies_versions "
    "ORDER BY row_id, known_on NULLS FIRST"
)
LAST = "SELECT row_id, amount FROM supplies ORDER BY row_id"


def test_new_rows_duplicates_and_corrections(base: Path) -> None:
    more = f"{HEAD}r1,F1,F2,2024-01-10,12\nr2,F1,F2,2024-01-20,5\nr3,F3,F2,2024-02-05,7\n"
    report = append(base, firms="firm_id,name\nF3,three\n", supplies=more)
    assert (counts(report, "firms"), counts(report, "supplies")) == ((1, 0, 0), (2, 1, 1))
    day = date(2024, 2, 5)  # the last day of the folder
    assert rows(base, VERSIONS) == [
        ("r1", 10.0, None, day, None),
        ("r1", 12.0, day, None, None),
        ("r2", 5.0, None, None, None),
        ("r3", 7.0, None, None, None),
    ]
    assert rows(base, LAST) == [("r1", 12.0), ("r2", 5.0), ("r3", 7.0)]
    assert read_workspace(base).info.versioned == ("supplies",)
    assert len(list((base / "data").iterdir())) == 1, "the data before are removed"
    assert any("1 correction without a day of its own: known on 2024-02-05" in note for note in report.notes)


def test_data_without_corrections_are_stored_as_before(base: Path) -> None:
    report = append(base, supplies=f"{HEAD}r3,F1,F2,2024-02-05,7\n")
    assert counts(report, "supplies") == (1, 0, 0)
    manifest = json.loads(files_of(base)["manifest.json"])
    assert "versioned" not in manifest["info"]
    assert rows(base, "SELECT count(*) FROM supplies") == [(3,)]
    whole = write(base.parent / "whole", firms=FIRMS, supplies=TRADES + "r3,F1,F2,2024-02-05,7\n")
    load(whole, base.parent / "other")
    assert files_of(base.parent / "other") == files_of(base)


def test_known_on_of_a_file_is_kept_and_void_rows_end(base: Path) -> None:
    head = "row_id,supplier_id,customer_id,on,amount,known_on,void\n"
    more = f"{head}r1,F1,F2,2024-01-10,12,2024-03-01,0\nr1,F1,F2,2024-01-10,12,2024-04-01,1\n"
    append(base, supplies=more)
    assert rows(base, VERSIONS)[:3] == [
        ("r1", 10.0, None, date(2024, 3, 1), None),
        ("r1", 12.0, date(2024, 3, 1), date(2024, 4, 1), None),
        ("r1", 12.0, date(2024, 4, 1), None, True),
    ]
    assert rows(base, LAST) == [("r2", 5.0)]


def test_corrections_may_come_in_any_order(base: Path) -> None:
    later = f"{HEAD}r1,F1,F2,2024-01-10,14\n"
    earlier = f"{HEAD}r1,F1,F2,2024-01-10,12\n"
    append(base, date(2024, 4, 1), supplies=later)
    append(base, date(2024, 3, 1), supplies=earlier)
    assert [(amount, str(known)) for _, amount, known, *_ in rows(base, VERSIONS)[:3]] == [
        (10.0, "None"),
        (12.0, "2024-03-01"),
        (14.0, "2024-04-01"),
    ]
    # back to what it was first: a correction, too
    append(base, date(2024, 5, 1), supplies=f"{HEAD}r1,F1,F2,2024-01-10,10\n")
    assert rows(base, LAST) == [("r1", 10.0), ("r2", 5.0)]


def test_the_same_append_twice_changes_nothing(base: Path) -> None:
    more = f"{HEAD}r1,F1,F2,2024-01-10,12\nr3,F1,F2,2024-02-05,7\n,F1,F2,2024-02-05,8\n,F1,F2,2024-02-05,8\n"
    append(base, supplies=more)
    before = files_of(base)
    report = append(base, supplies=more)
    assert counts(report, "supplies") == (0, 4, 0)
    assert files_of(base) == before
    assert any("loaded before, byte for byte" in note for note in report.notes)


def test_a_growing_folder_is_appended_again_and_again(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "data", firms=FIRMS, supplies_1="supplier_id,customer_id,on,amount\nF1,F2,2024-01-01,1\n"
    )
    load(folder, tmp_path / "w")
    (folder / "supplies-2.csv").write_text("supplier_id,customer_id,on,amount\nF1,F2,2024-01-02,2\n")
    report = load(folder, tmp_path / "w", append=True)
    assert counts(report, "supplies") == (1, 1, 0)
    assert rows(tmp_path / "w", "SELECT amount FROM supplies ORDER BY 1") == [(1.0,), (2.0,)]


def test_earlier_files_of_a_growing_folder_do_not_undo_the_corrections_of_later_ones(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", firms=FIRMS, supplies_1=f"{HEAD}1,F1,F2,2024-01-01,10\n")
    workspace = tmp_path / "w"
    load(folder, workspace)
    (folder / "supplies-2.csv").write_text(f"{HEAD}1,F1,F2,2024-01-01,12\n2,F1,F2,2024-02-01,5\n")
    load(folder, workspace, append=True)
    (folder / "supplies-3.csv").write_text(f"{HEAD}3,F1,F2,2024-03-01,6\n")
    assert counts(load(folder, workspace, append=True), "supplies") == (1, 3, 0)
    assert rows(workspace, LAST) == [("1", 12.0), ("2", 5.0), ("3", 6.0)]
    # without a later day no correction has one; a file of its own corrects back
    assert counts(load(folder, workspace, append=True), "supplies") == (0, 4, 0)
    (folder / "supplies-4.csv").write_text(f"{HEAD}1,F1,F2,2024-01-01,10\n4,F1,F2,2024-04-01,7\n")
    assert counts(load(folder, workspace, append=True), "supplies") == (2, 4, 1)
    assert rows(workspace, LAST)[0] == ("1", 10.0)
    # the first and the last version have the same cells
    before = files_of(workspace)
    assert counts(load(folder, workspace, append=True), "supplies") == (0, 6, 0)
    assert files_of(workspace) == before


def test_earlier_files_of_a_growing_folder_do_not_bring_back_void_rows(tmp_path: Path) -> None:
    relations = "from_id,to_id,kind\nF1,F2,owns\n"
    folder = write(
        tmp_path / "data",
        firms=FIRMS,
        relations_1=relations,
        supplies_1=f"{HEAD}1,F1,F2,2024-01-01,10\n",
    )
    workspace = tmp_path / "w"
    load(folder, workspace)
    void = HEAD.replace("\n", ",void\n")
    (folder / "supplies-2.csv").write_text(f"{void}1,F1,F2,2024-01-01,10,1\n2,F1,F2,2024-02-01,5,\n")
    (folder / "relations-2.csv").write_text("from_id,to_id,kind,void\nF1,F2,owns,1\n")
    load(folder, workspace, append=True)
    (folder / "supplies-3.csv").write_text(f"{HEAD}3,F1,F2,2024-03-01,6\n")
    report = load(folder, workspace, append=True)
    assert (counts(report, "supplies"), counts(report, "relations")) == ((1, 3, 0), (0, 2, 0))
    assert rows(workspace, LAST) == [("2", 5.0), ("3", 6.0)]
    assert rows(workspace, "SELECT count(*) FROM relations") == [(0,)]


def test_rows_that_were_in_quarantine_are_loaded_by_a_later_append_of_their_file(tmp_path: Path) -> None:
    trades = "supplier_id,customer_id,on,amount\nF1,F2,2024-01-01,1\nF1,F2,2024-01-01,1\nF1,F9,2024-01-02,2\n"
    folder = write(tmp_path / "data", firms=FIRMS, supplies=trades)
    workspace = tmp_path / "w"
    load(folder, workspace, max_bad=0.5)
    report = load(folder, workspace, max_bad=0.5, append=True)
    assert counts(report, "supplies") == (0, 2, 0), "the loaded rows are duplicates"
    (folder / "firms-2.csv").write_text("firm_id,name\nF9,nine\n")
    report = load(folder, workspace, append=True)
    assert counts(report, "supplies") == (1, 2, 0)
    assert any("rows without row_id that were not in quarantine then" in note for note in report.notes)
    assert rows(workspace, "SELECT amount FROM supplies ORDER BY 1") == [(1.0,), (1.0,), (2.0,)]
    assert counts(load(folder, workspace, append=True), "supplies") == (0, 3, 0)


def test_rows_of_a_file_that_was_all_in_quarantine_are_loaded_later(tmp_path: Path) -> None:
    head = "supplier_id,customer_id,on,amount,currency\n"
    trades = write(tmp_path / "trades", supplies=f"{head}F1,F9,2024-01-02,2,CNY\nF1,F2,2024-01-02,3,USD\n")
    workspace = tmp_path / "w"
    load(write(tmp_path / "firms", firms=FIRMS), workspace)
    mappings = [
        Mapping.model_validate({"currency": {"default": "CNY", "rates": rates}, "partners": partners})
        for rates, partners in (({"EUR": 8.0}, None), ({"EUR": 8.0, "USD": 7.0}, "add"))
    ]
    report = load(trades, workspace, mappings[0], append=True, max_bad=1)
    assert counts(report, "supplies") == (0, 0, 0)
    assert counts(load(trades, workspace, mappings[1], append=True), "supplies") == (2, 0, 0)
    assert rows(workspace, "SELECT amount FROM supplies ORDER BY 1") == [(2.0,), (21.0,)]


def test_equal_rows_without_a_key_are_kept_and_noted(tmp_path: Path) -> None:
    head = "supplier_id,customer_id,on,amount\n"
    load(write(tmp_path / "a", firms=FIRMS, supplies=f"{head}F1,F2,2024-01-01,1\n"), tmp_path / "w")
    report = append(tmp_path / "w", supplies=f"{head}F1,F2,2024-01-01,1\nF1,F2,2024-02-01,2\n")
    assert rows(tmp_path / "w", "SELECT count(*) FROM supplies") == [(3,)]
    assert any(
        "kept 1 row without row_id equal to one that the workspace has" in note for note in report.notes
    )
    assert any("1 new row on days up to 2024-01-01" in note for note in report.notes)


def test_a_correction_of_its_own_day_must_say_when_it_became_known(base: Path) -> None:
    more = f"{HEAD}r2,F1,F2,2024-01-20,6\n"
    before = files_of(base)
    with pytest.raises(DataError, match="--known-on"):
        append(base, supplies=more)
    # the folder's last day is not after that of the data: it says nothing about when the correction became known
    with pytest.raises(DataError, match="--known-on"):
        append(base, supplies=f"{HEAD}r1,F1,F2,2024-01-10,12\nr2,F1,F2,2024-01-20,5\n")
    assert files_of(base) == before
    append(base, date(2024, 1, 21), supplies=more)
    assert rows(base, LAST) == [("r1", 10.0), ("r2", 6.0)]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (
            "supplies",
            "row_id,supplier_id,customer_id,on,amount,known_on\nr1,F1,F2,2024-01-10,12,2024-01-09\n",
        ),
        ("financials", "firm_id,on,published_on,revenue,known_on\nF1,2023-12-31,2024-04-01,1,2024-03-31\n"),
        ("financials", "firm_id,on,revenue,known_on\nF1,2023-12-31,1,2023-12-30\n"),
    ],
)
def test_nothing_is_known_before_its_own_day(base: Path, table: str, text: str) -> None:
    with pytest.raises(DataError, match="a day that is not before the row's own"):
        append(base, None, **{table: text})


def test_a_void_row_needs_a_key(base: Path) -> None:
    head = "supplier_id,customer_id,on,amount,void\n"
    with pytest.raises(DataError, match="a row with row_id"):
        append(base, supplies=f"{head}F1,F2,2024-01-10,10,1\n")
    append(base, supplies=f"{head}F1,F2,2024-02-10,10,0\n")


def test_a_correction_is_the_whole_row(tmp_path: Path) -> None:
    text = "firm_id,name,industry\nF1,one,steel\nF2,two,\n"
    load(write(tmp_path / "a", firms=text), tmp_path / "w")
    with pytest.raises(DataError, match="the whole row: the workspace has its industry"):
        append(tmp_path / "w", date(2024, 1, 1), firms="firm_id,name\nF1,other\n")
    # a firm without an industry, and a new one, lose nothing
    report = append(tmp_path / "w", date(2024, 1, 1), firms="firm_id,name\nF2,other\nF3,three\n")
    assert counts(report, "firms") == (2, 0, 1)
    # one that is void need not be whole
    append(tmp_path / "w", date(2024, 2, 1), firms="firm_id,void\nF1,1\n")
    assert rows(tmp_path / "w", "SELECT firm_id FROM firms ORDER BY 1") == [("F2",), ("F3",)]


def test_references_are_looked_up_in_old_and_new_firms(base: Path) -> None:
    with pytest.raises(DataError, match="F9"):
        append(base, supplies=f"{HEAD}r3,F1,F9,2024-02-05,7\n")
    append(base, firms="firm_id,name\nF9,nine\n", supplies=f"{HEAD}r3,F1,F9,2024-02-05,7\n")
    with pytest.raises(DataError, match="not also in firms"):
        append(base, persons="person_id\nF1\n")
    append(base, persons="person_id\nP1\n")
    with pytest.raises(DataError, match="persons of the workspace"):
        append(base, firms="firm_id\nP1\n")


def test_a_partner_that_is_listed_later_is_listed_from_the_start(tmp_path: Path) -> None:
    mapping = Mapping(partners="add")
    first = write(tmp_path / "a", firms=FIRMS, supplies=f"{HEAD}r1,F1,X,2024-01-10,10\n")
    second = write(tmp_path / "b", firms="firm_id,name\nX,listed\n")
    load(first, tmp_path / "w", mapping)
    assert rows(tmp_path / "w", "SELECT firm_id FROM firms WHERE unlisted") == [("X",)]
    load(second, tmp_path / "w", mapping, append=True)
    assert rows(tmp_path / "w", "SELECT firm_id, name, unlisted FROM firms ORDER BY 1")[2] == (
        "X",
        "listed",
        None,
    )
    assert read_workspace(tmp_path / "w").info.versioned == ()
    both = write(tmp_path / "c", firms=FIRMS + "X,listed\n", supplies=f"{HEAD}r1,F1,X,2024-01-10,10\n")
    load(both, tmp_path / "other", mapping)
    assert files_of(tmp_path / "other") == files_of(tmp_path / "w")


def test_the_two_files_of_a_trade_must_be_loaded_together(tmp_path: Path) -> None:
    """Each file knows the other firm by an id of its own, which is no correction."""
    entries = [
        {"file": "sold.csv", "table": "supplies", "firms_from": "supplier_id"},
        {"file": "bought.csv", "table": "supplies", "firms_from": "customer_id"},
    ]
    mapping = Mapping.model_validate({"partners": "add", "source": entries})
    row = "r1,{},{},2024-01-10,10\nr2,{},{},2024-02-{},10\n"
    sold = HEAD + row.format("F1", "buyer 7", "F1", "buyer 7", "01")
    bought = HEAD + row.format("seller 1", "F2", "seller 3", "F2", "02").replace("r2", "r3")
    both = write(tmp_path / "both", sold=sold, bought=bought)
    load(both, tmp_path / "both-w", mapping)
    assert ("F1", "F2") in rows(tmp_path / "both-w", "SELECT supplier_id, customer_id FROM supplies")
    parts = [write(tmp_path / "a", sold=sold), write(tmp_path / "b", bought=bought)]
    optional = Mapping.model_validate(
        {"partners": "add", "source": [{**entry, "optional": True} for entry in entries]}
    )
    load(parts[0], tmp_path / "w", optional)
    with pytest.raises(DataError, match="r1"):
        load(parts[1], tmp_path / "w", optional, append=True)


def test_columns_of_the_data_set_itself(tmp_path: Path) -> None:
    load(write(tmp_path / "a", firms="firm_id,score,empty\nF1,1.50,\n"), tmp_path / "w")
    append(tmp_path / "w", firms="firm_id,score,empty,more\nF2,2,word,7\n")
    assert read_workspace(tmp_path / "w").info.extra == {
        "firms": {"empty": "VARCHAR", "more": "DOUBLE", "score": "DOUBLE"}
    }
    assert rows(tmp_path / "w", "SELECT score, empty, more FROM firms ORDER BY firm_id") == [
        (1.5, None, None),
        (2.0, "word", 7.0),
    ]
    # numbers that are stored cannot become the texts that they were
    with pytest.raises(DataError, match="a number"):
        append(tmp_path / "w", firms="firm_id,score\nF3,high\n")


def test_data_of_another_kind_are_refused(base: Path, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "more",
        supplies="row_id,supplier_id,customer_id,on,amount,currency\nr3,F1,F2,2024-02-05,7,EUR\n",
    )
    with pytest.raises(WorkspaceError, match="holds no data to append to"):
        load(folder, tmp_path / "empty", append=True)
    assert not (tmp_path / "empty").exists()
    for mapping, fault in (
        (Mapping(undated=True), "undated is true in the mapping and false in the data"),
        (Mapping(synthetic=True), "synthetic is true in the mapping and false in the data"),
        (Mapping(standing=("owns",)), "standing is"),
        (Mapping.model_validate({"labels": {"as_of": date(2024, 1, 1)}}), "labels are as of 2024-01-01"),
        (Mapping.model_validate({"currency": "EUR"}), "amounts are in EUR in the mapping and in no currency"),
        (Mapping(), "supplies are in EUR"),
    ):
        with pytest.raises(DataError, match=fault):
            load(folder, base, mapping, append=True)
    with pytest.raises(DataError, match="known_on beside append only"):
        load(folder, base, known_on=date(2024, 1, 1))


def test_rates_convert_appended_amounts(tmp_path: Path) -> None:
    mapping = Mapping.model_validate({"currency": {"default": "CNY", "rates": {"USD": 7.0}}})
    head = "row_id,supplier_id,customer_id,on,amount,currency\n"
    load(write(tmp_path / "a", firms=FIRMS, supplies=f"{head}r1,F1,F2,2024-01-10,10,CNY\n"), tmp_path / "w")
    load(
        write(tmp_path / "b", supplies=f"{head}r2,F1,F2,2024-02-10,10,USD\n"),
        tmp_path / "w",
        mapping,
        append=True,
    )
    assert rows(tmp_path / "w", "SELECT amount, currency FROM supplies ORDER BY 1") == [
        (10.0, "CNY"),
        (70.0, "CNY"),
    ]


def test_another_load_and_damaged_data_are_refused(base: Path) -> None:
    with (base / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WorkspaceError, match="another load is writing"):
            append(base, firms="firm_id\nF3\n")
    path = next((base / "data").glob("*/firms.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WorkspaceError, match=r"not those that were loaded|cannot be read"):
        append(base, firms="firm_id\nF3\n")


def test_columns_that_versions_have_are_not_appended_to(tmp_path: Path) -> None:
    """An earlier version kept known_on as a column of the data set itself."""
    load(write(tmp_path / "a", firms="firm_id,score\nF1,2024\n"), tmp_path / "w")
    info = read_workspace(tmp_path / "w").info
    old = replace(info, extra={"firms": {"void": "DOUBLE"}})
    folder = next((tmp_path / "w" / "data").iterdir())
    table = pq.read_table(folder / "firms.parquet")
    pq.write_table(
        table.rename_columns([n.replace("score", "void") for n in table.column_names]),
        folder / "firms.parquet",
    )
    old = replace(old, content_hash=data_hash({"firms": folder / "firms.parquet"}, old))
    (folder / "manifest.json").write_text(json.dumps(manifest_of(old, {"firms": 1})))
    with pytest.raises(WorkspaceError, match="with void as columns of the data set itself"):
        append(tmp_path / "w", firms="firm_id\nF2\n")


def test_a_killed_append_leaves_the_data_and_can_be_repeated(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(base)
    more = f"{HEAD}r3,F1,F2,2024-02-05,7\n"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writer, "publish", killed)
        patched.setattr("supplyrisk.loaders.folder_load.publish", killed)
        with pytest.raises(KeyboardInterrupt):
            append(base, supplies=more)
    assert files_of(base) == before
    assert counts(append(base, supplies=more), "supplies") == (1, 0, 0)


def test_validate_compares_with_the_workspace_and_writes_nothing(base: Path) -> None:
    before = files_of(base)
    folder = write(base.parent / "more", supplies=f"{HEAD}r1,F1,F2,2024-01-10,12\nr3,F1,F2,2024-02-05,7\n")
    assert counts(validate(folder, append_to=base), "supplies") == (2, 0, 1)
    assert files_of(base) == before


def test_rows_that_differ_are_versions_only_if_they_say_when_they_became_known(tmp_path: Path) -> None:
    both = "firm_id,name\nF1,one\nF1,other\n"
    with pytest.raises(DataError, match="state in known_on when each became known"):
        load(write(tmp_path / "a", firms=both), tmp_path / "w")
    dated = "firm_id,name,known_on\nF1,one,\nF1,other,2024-03-01\nF1,other,2024-03-01\n"
    report = load(write(tmp_path / "b", firms=dated), tmp_path / "w")
    assert counts(report, "firms") == (2, 1, 1)
    same_day = "firm_id,name,known_on\nF1,one,2024-03-01\nF1,other,2024-03-01\n"
    with pytest.raises(DataError, match="one row per firm_id and known_on"):
        load(write(tmp_path / "c", firms=same_day), tmp_path / "w")


def test_the_last_of_several_rows_corrects_where_the_mapping_says_so(base: Path, tmp_path: Path) -> None:
    mapping = Mapping.model_validate(
        {"source": [{"file": "supplies.csv", "table": "supplies", "on_conflict": "last"}]}
    )
    more = f"{HEAD}r1,F1,F2,2024-01-10,12\nr1,F1,F2,2024-01-10,13\nr3,F1,F2,2024-02-05,7\n"
    report = load(write(tmp_path / "more", supplies=more), base, mapping, append=True)
    assert counts(report, "supplies") == (2, 1, 1)
    assert rows(base, LAST) == [("r1", 13.0), ("r2", 5.0), ("r3", 7.0)]


def test_files_that_the_mapping_names_may_be_absent_from_an_appended_folder(
    base: Path, tmp_path: Path
) -> None:
    sources = [{"file": f"{table}.csv", "table": table} for table in ("firms", "supplies")]
    mapping = Mapping.model_validate({"source": sources})
    load(write(tmp_path / "more", firms="firm_id\nF3\n"), base, mapping, append=True)
    with pytest.raises(DataError, match="no file for any table"):
        load(write(tmp_path / "none"), base, mapping, append=True)


def test_undated_data_grow_too(tmp_path: Path) -> None:
    mapping = Mapping(undated=True)
    labels = "firm_id,defaulted\nF1,1\n"
    load(write(tmp_path / "a", firms=FIRMS, labels=labels), tmp_path / "w", mapping)
    more = write(tmp_path / "b", labels="firm_id,defaulted\nF1,0\nF2,0\n")
    with pytest.raises(DataError, match="--known-on"):
        load(more, tmp_path / "w", mapping, append=True)
    load(more, tmp_path / "w", mapping, append=True, known_on=date(2024, 1, 1))
    assert rows(tmp_path / "w", "SELECT * FROM labels ORDER BY 1") == [("F1", False), ("F2", False)]
