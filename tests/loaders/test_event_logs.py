"""Event logs: the events of a case become one row with the time of each step."""

from __future__ import annotations

import re
from collections import abc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.graph.schema.strict_toml import parse_toml
from supplyrisk.loaders import LoadReport, Mapping, load, validate
from supplyrisk.loaders.read.reshaped_counts import EventCounts, StepCounts

FIRMS = "firm_id\nV1\nV2\nC\n"
HEADER = "item,vendor,activity,at,amount\n"
# item 1: ordered and received twice, the first receipt cancelled; item 2: ordered, deleted and ordered again
LOG = HEADER + (
    "1,V1,order,2024-01-01,10\n"
    "2,V2,order,2024-01-02,20\n"
    "1,V1,receive,2024-01-05,10\n"
    "1,V1,cancel receipt,2024-01-06,10\n"
    "2,V2,delete,2024-01-07,20\n"
    "1,V1,receive,2024-01-09,12\n"
    "1,V1,talk,2024-01-10,12\n"
    "1,V1,pay,2024-02-01,12\n"
)
STEPS = {"on": "order", "delivered_on": "receive", "paid_on": ["pay"], "deleted": "delete"}
EVENTS: dict[str, object] = {
    "case": "item",
    "activity": "activity",
    "time": "at",
    "steps": STEPS,
    "cancelled_by": {"delivered_on": ["cancel receipt"]},
    "take": {"amount": "last"},
}
COLUMNS = {"supplier_id": "vendor", "row_id": "item"}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in ({"firms.csv": FIRMS} | files).items():
        (folder / name).write_text(text)
    return folder


def mapped(events: abc.Mapping[str, object] | None = None, **keys: object) -> Mapping:
    source = {"file": "log.csv", "table": "supplies", "columns": COLUMNS, "constants": {"customer_id": "C"}}
    return Mapping.model_validate({"source": [source | {"event_log": {**EVENTS, **(events or {})}} | keys]})


def rows(folder: Path, mapping: Mapping) -> dict[str, tuple[object, ...]]:
    """Load a folder and return its trades by their id: supplier, day, delivery, payment, amount."""
    load(folder, folder / "ws", mapping)
    stored = pq.read_table(read_workspace(folder / "ws").sources["supplies"]).to_pylist()
    names = ("supplier_id", "on", "delivered_on", "paid_on", "amount")
    return {
        row["row_id"]: tuple(str(row[n]) if row[n] is not None else None for n in names) for row in stored
    }


def counted(report: LoadReport) -> tuple[int, int, int, int]:
    count = report.table("supplies").count
    return count.rows, count.loaded, count.quarantined, count.dropped


def event_counts(report: LoadReport) -> EventCounts:
    (counts,) = [s.merged for s in report.sources if isinstance(s.merged, EventCounts)]
    return counts


def places(report: LoadReport) -> list[tuple[str, int, str, str]]:
    return [(f["file"], f["line"], f["value"], f["rule"]) for f in report.faults.to_pylist()]


def test_a_case_is_a_row_with_the_time_of_each_step(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG})
    assert rows(tmp_path, mapped()) == {
        "1": ("V1", "2024-01-01", "2024-01-09", "2024-02-01", "12.0"),
        "2": ("V2", "2024-01-02", None, None, "20.0"),
    }


def test_all_events_are_counted(tmp_path: Path) -> None:
    report = validate(write(tmp_path, {"log.csv": LOG}), mapped())
    assert counted(report) == (2, 2, 0, 0)
    counts = event_counts(report)
    assert (counts.events, counts.named, counts.other, counts.without_case, counts.cases) == (8, 7, 1, 0, 2)
    assert counts.steps == (
        StepCounts("on", events=2, cancelled=0, unmatched=0, cases=2),
        StepCounts("delivered_on", events=2, cancelled=1, unmatched=0, cases=1),
        StepCounts("paid_on", events=1, cancelled=0, unmatched=0, cases=1),
        StepCounts("deleted", events=1, cancelled=0, unmatched=0, cases=1),
    )
    assert counts.combinations == {"on+deleted": 1, "on+delivered_on+paid_on": 1}
    note = "log.csv: 8 events are 2 cases: 7 of activities that the mapping names, 1 of other activities"
    assert note in report.notes
    assert report.to_json()["sources"][1]["events"] == counts.to_json()  # type: ignore[index]


def test_cancelled_cases_are_dropped_by_a_rule(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG})
    assert counted(validate(tmp_path, mapped(where={"deleted": ""}))) == (2, 1, 0, 1)
    assert [*rows(tmp_path, mapped(where={"deleted": ""}))] == ["1"]
    again = LOG + "2,V2,restore,2024-01-08,20\n"
    write(tmp_path, {"log.csv": again})
    restored = {"cancelled_by": {"deleted": "restore"}}
    assert counted(validate(tmp_path, mapped(restored, where={"deleted": ""}))) == (2, 2, 0, 0)


def test_a_step_has_the_first_of_its_events_or_the_last(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG})
    both: dict[str, object] = {"cancelled_by": {}}
    assert rows(tmp_path, mapped(both))["1"][2] == "2024-01-05"
    last = both | {"take": {"amount": "first", "delivered_on": "last"}}
    assert rows(tmp_path, mapped(last))["1"][2:] == ("2024-01-09", "2024-02-01", "10.0")


def test_each_cancellation_takes_the_last_event_before_it(tmp_path: Path) -> None:
    days = ["receive", "receive", "cancel receipt", "receive", "cancel receipt", "cancel receipt"]
    log = HEADER + "1,V1,order,2024-01-01,10\n"
    log += "".join(f"1,V1,{activity},2024-01-{day:02},10\n" for day, activity in enumerate(days, 2))
    write(tmp_path, {"log.csv": log})
    assert rows(tmp_path, mapped())["1"][2] is None
    # two cancellations more have nothing to cancel, and do not take away what comes later
    log += "1,V1,cancel receipt,2024-01-08,10\n" * 2 + "1,V1,receive,2024-01-20,10\n"
    write(tmp_path, {"log.csv": log})
    assert rows(tmp_path, mapped())["1"][2] == "2024-01-20"
    step = event_counts(validate(tmp_path, mapped())).steps[1]
    assert step == StepCounts("delivered_on", events=4, cancelled=3, unmatched=2, cases=1)


def test_events_are_sorted_by_time_and_equal_times_by_line(tmp_path: Path) -> None:
    header, *lines = LOG.splitlines()
    write(tmp_path, {"log.csv": "\n".join([header, *reversed(lines)])})
    assert rows(tmp_path, mapped())["1"] == ("V1", "2024-01-01", "2024-01-09", "2024-02-01", "12.0")
    same_day = re.sub("2024-..-..", "2024-01-01", LOG)
    write(tmp_path, {"log.csv": same_day})
    assert rows(tmp_path, mapped())["1"][4] == "12.0"
    assert event_counts(validate(tmp_path, mapped())).steps[1].cancelled == 1
    header, *lines = same_day.splitlines()
    write(tmp_path, {"log.csv": "\n".join([header, *reversed(lines)])})
    # now the second receipt stands before the cancellation
    assert rows(tmp_path, mapped())["1"][4] == "10.0"


def test_times_are_instants_and_their_days_are_local(tmp_path: Path) -> None:
    log = HEADER + (
        "1,V1,order,2024-01-01T23:30:00+00:00,10\n"
        "1,V1,receive,2024-01-02T09:30:00+09:00,11\n"
        "1,V1,pay,2024-01-01T23:00:00-05:00,12\n"
    )
    write(tmp_path, {"log.csv": log})
    # by the texts, the payment would be first and the receipt last
    forms: dict[str, object] = {"dates": ["%Y-%m-%dT%H:%M:%S%z"], "timezone": "Asia/Shanghai"}
    assert rows(tmp_path, mapped(None, **forms)) == {
        "1": ("V1", "2024-01-02", "2024-01-02", "2024-01-02", "12.0")
    }
    american = forms | {"timezone": "America/New_York"}
    assert rows(tmp_path, mapped(None, **american)) == {
        "1": ("V1", "2024-01-01", "2024-01-01", "2024-01-01", "12.0")
    }


@pytest.mark.parametrize(
    ("form", "times"),
    [
        ("%d.%m.%Y %H:%M", ("1.10.2024 9:00", "2.9.2024 10:00")),
        ("%d/%m/%Y", ("01/10/2024", "02/09/2024")),
        ("excel", ("45566.4", "45537.9")),
        ("unix", ("1727770000", "1725270000")),
        ("%I:%M %p %d-%b-%Y", ("09:00 AM 01-Oct-2024", "10:00 PM 02-Sep-2024")),
    ],
)
def test_times_are_sorted_in_their_form(tmp_path: Path, form: str, times: tuple[str, str]) -> None:
    late, early = times
    log = f"{HEADER}1,V1,receive,{late},5\n1,V1,order,{early},6\n"
    write(tmp_path, {"log.csv": log})
    assert rows(tmp_path, mapped(dates=[form], timezone="UTC"))["1"] == (
        "V1", "2024-09-02", "2024-10-01", None, "5.0",
    )  # fmt: skip


def test_cells_are_first_last_summed_or_equal(tmp_path: Path) -> None:
    log = HEADER + (
        '1,V1,order,2024-01-01,"1.000,50"\n'
        "1,V1,receive,2024-01-02,\n"
        '1,V1,pay,2024-01-03,"0,1"\n'
        '1,V1,pay,2024-01-04,"0,2"\n'
    )
    write(tmp_path, {"log.csv": log})
    for how, amount in (("first", "1000.5"), ("last", "0.2"), ("sum", "1000.8")):
        events = {"take": {"amount": how}}
        assert rows(tmp_path, mapped(events, decimal=",", thousands="."))["1"][4] == amount
    report = validate(tmp_path, mapped({"take": {}}, decimal=",", thousands="."))
    assert places(report) == [("log.csv", 2, "0,1, 1.000,50", "differs")]
    assert "take" in report.faults.to_pylist()[0]["remedy"]


def test_a_sum_with_a_cell_that_is_no_number_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG.replace("2024-02-01,12", "2024-02-01,x")})
    report = validate(tmp_path, mapped({"take": {"amount": "sum"}}))
    assert places(report) == [("log.csv", 2, "x", "number")]
    assert report.faults.to_pylist()[0]["column"] == "amount"


def test_columns_that_nothing_reads_may_differ(tmp_path: Path) -> None:
    header, *lines = LOG.splitlines()
    log = "\n".join([f"{header},user", *(f"{line},u{i}" for i, line in enumerate(lines))])
    write(tmp_path, {"log.csv": log})
    report = validate(tmp_path, mapped())
    assert counted(report) == (2, 2, 0, 0)
    assert "log.csv: left out user" in report.notes
    report = validate(tmp_path, mapped(ignore=["user"]))
    assert not [note for note in report.notes if "left out" in note]
    report = validate(tmp_path, mapped(columns=COLUMNS | {"category": "user"}))
    assert [place[:2] for place in places(report)] == [("log.csv", 2), ("log.csv", 3)]
    assert counted(report) == (2, 0, 2, 0)


def test_steps_and_taken_columns_are_named_by_the_mapping(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG})
    named_only = mapped(ignore=["*"])
    assert rows(tmp_path, named_only) == rows(tmp_path, mapped())
    assert not [note for note in validate(tmp_path, named_only).notes if "left out" in note]


def test_events_without_a_case_or_a_time_are_faults(tmp_path: Path) -> None:
    log = LOG + ",V1,pay,2024-01-01,1\n2,V2,receive,soon,20\n2,V2,talk,,20\n3,V1,order,2024-01-01,1\n"
    write(tmp_path, {"log.csv": log})
    report = validate(tmp_path, mapped())
    assert places(report) == [
        ("log.csv", 10, "", "required"),
        ("log.csv", 11, "soon", "time"),
        ("log.csv", 12, "", "time"),
    ]
    # cases 1 and 3 are loaded, case 2 and the event without a case are not
    assert counted(report) == (4, 2, 2, 0)
    assert event_counts(report).without_case == 1
    # where no cell depends on their order, times of other activities are not needed
    report = validate(tmp_path, mapped({"take": {"amount": "sum"}}))
    assert [place[1] for place in places(report)] == [10, 11]


def test_a_case_has_several_columns(tmp_path: Path) -> None:
    log = (
        "order,line,vendor,activity,at,amount\n"
        "1,1,V1,order,2024-01-01,5\n1,2,V2,order,2024-01-02,6\n1,1,V1,pay,2024-01-03,5\n"
    )
    write(tmp_path, {"log.csv": log})
    columns = {"supplier_id": "vendor", "row_id": {"join": ["order", "line"], "with": "-"}}
    found = rows(tmp_path, mapped({"case": ["order", "line"]}, columns=columns))
    assert found == {
        "1-1": ("V1", "2024-01-01", None, "2024-01-03", "5.0"),
        "1-2": ("V2", "2024-01-02", None, None, "6.0"),
    }


def test_a_case_may_go_on_in_the_next_file(tmp_path: Path) -> None:
    lines = LOG.splitlines()
    parts = {"log-1.csv": lines[1:4], "log-2.csv": lines[4:]}
    write(tmp_path, {name: "\n".join([lines[0], *part]) for name, part in parts.items()})
    mapping = mapped(file="log-*.csv")
    assert rows(tmp_path, mapping)["1"] == ("V1", "2024-01-01", "2024-01-09", "2024-02-01", "12.0")
    report = validate(tmp_path, mapping)
    # each case belongs to the file with its first event
    assert [s.count.rows for s in report.sources if s.table == "supplies"] == [2, 0]
    assert event_counts(report).events == 8
    write(tmp_path, {"log-2.csv": LOG.replace("vendor", "seller")})
    with pytest.raises(DataError, match=r"log-2.csv: has other columns than log-1.csv"):
        validate(tmp_path, mapping)


def test_events_may_have_columns_of_a_joined_file(tmp_path: Path) -> None:
    header, *lines = LOG.splitlines()
    log = "\n".join([header.replace("vendor,", ""), *(re.sub(",V.", "", line) for line in lines)])
    write(tmp_path, {"log.csv": log, "items.csv": "id,vendor\n1,V1\n2,V2\n"})
    mapping = mapped(join={"file": "items.csv", "on": {"item": "id"}})
    assert rows(tmp_path, mapping)["2"] == ("V2", "2024-01-02", None, None, "20.0")
    assert [join.used for source in validate(tmp_path, mapping).sources for join in source.joins] == [2]


def test_stored_times_become_days(tmp_path: Path) -> None:
    header, *lines = (line.split(",") for line in LOG.splitlines())
    table = pa.table({name: [line[i] for line in lines] for i, name in enumerate(header)})
    times = pa.array([f"{text} 10:30:00" for text in table["at"].to_pylist()]).cast(pa.timestamp("ms"))
    table = table.set_column(3, "at", times).set_column(4, "amount", table["amount"].cast(pa.int64()))
    write(tmp_path, {})
    pq.write_table(table, tmp_path / "log.parquet")
    mapping = mapped(file="log.parquet")
    assert rows(tmp_path, mapping)["1"] == ("V1", "2024-01-01", "2024-01-09", "2024-02-01", "12.0")


def test_an_activity_that_no_event_has_is_noted(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG})
    report = validate(tmp_path, mapped({"steps": STEPS | {"paid_on": ["pay", "Pay"]}}))
    assert "log.csv: no event has the activity Pay; correct it in the mapping" in report.notes


def test_activities_and_times_are_used_as_steps_alone(tmp_path: Path) -> None:
    write(tmp_path, {"log.csv": LOG})
    message = "log.csv: the mapping uses the column {} beside case and steps, expected a step in its place"
    with pytest.raises(DataError, match=message.format("activity")):
        validate(tmp_path, mapped(where={"activity": "order"}))
    with pytest.raises(DataError, match=message.format("at")):
        validate(
            tmp_path,
            mapped({"steps": {"paid_on": "pay"}, "cancelled_by": {}}, columns=COLUMNS | {"on": "at"}),
        )


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            {"case": "order"},
            "log.csv: the event log of the mapping names column order, which the file does not have",
        ),
        ({"take": {"price": "last"}}, "names column price"),
        ({"steps": STEPS | {"vendor": "talk"}}, "the step vendor has the name of a column"),
    ],
)
def test_a_log_that_does_not_fit_the_file_is_an_error(
    tmp_path: Path, events: dict[str, object], message: str
) -> None:
    write(tmp_path, {"log.csv": LOG})
    with pytest.raises(DataError, match=message):
        validate(tmp_path, mapped(events))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("steps = {}", "expected a table of steps"),
        ("", "no event_log.steps, expected a table of steps with their activities"),
        (
            "steps = {on = 'a'}\ncancelled_by = {paid = 'b'}",
            "cancelled_by names paid, expected one of the steps on",
        ),
        ("steps = {on = 'a'}\ncancelled_by = {on = ['b', 'a']}", "a is in steps.on and in cancelled_by.on"),
        ("steps = {on = 'a'}\ntake = {on = 'sum'}", "take has the sum of the step on"),
        ("steps = {on = 'a'}\ntake = {at = 'last'}", "take names at"),
        ("steps = {on = 'a'}\ntake = {x = 'mean'}", "expected first, last or sum"),
    ],
)
def test_a_log_that_is_wrong_in_itself_is_an_error(keys: str, message: str) -> None:
    source = "[[source]]\nfile = 'x.csv'\ntable = 'supplies'\n[source.event_log]\n"
    with pytest.raises(DataError, match=message):
        parse_toml(f"{source}case = 'item'\nactivity = 'activity'\ntime = 'at'\n{keys}", Mapping, "mapping")
