"""A table that is split into header and lines, or written as events, and read by its mapping is the table again."""

from __future__ import annotations

import csv
import random
import tempfile
from collections import abc
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplyrisk.graph import read_workspace
from supplyrisk.loaders import LoadReport, Mapping, load
from supplyrisk.loaders.read.reshaped_counts import EventCounts

FIRMS = [f"F{i}" for i in range(5)]
START = date(2024, 1, 1)
MIDNIGHT = datetime(2024, 1, 1, tzinfo=UTC)
# keys that a careless comparison would take for one another
IDS = st.text(alphabet="aA0 ,;'\"é\u00e9e\u0301-", min_size=1, max_size=4).filter(
    lambda text: text.strip() == text
)
RUN = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
Row = dict[str, object]


def write(path: Path, rows: abc.Sequence[Row], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def loaded(folder: Path, source: Row) -> tuple[LoadReport, list[Row]]:
    write(folder / "firms.csv", [{"firm_id": firm} for firm in FIRMS])
    report = load(folder, folder / "ws", Mapping.model_validate({"source": [source | {"table": "supplies"}]}))
    return report, pq.read_table(read_workspace(folder / "ws").sources["supplies"]).to_pylist()


def sorted_rows(rows: abc.Iterable[Row], names: abc.Sequence[str]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[name]) for name in names) for row in rows)


ORDER = st.fixed_dictionaries(
    {"customer_id": st.sampled_from(FIRMS), "on": st.dates(START, date(2025, 1, 1)), "category": IDS}
)
LINE = st.fixed_dictionaries({"supplier_id": st.sampled_from(FIRMS), "amount": st.integers(0, 999)})


@RUN
@given(
    orders=st.dictionaries(IDS, st.tuples(ORDER, st.lists(LINE, max_size=3)), min_size=1, max_size=8),
    parts=st.integers(1, 3),
    prefix=st.sampled_from(["", "h"]),
    seed=st.integers(0, 99),
)
def test_header_and_lines_are_the_table(
    orders: dict[str, tuple[Row, list[Row]]], parts: int, prefix: str, seed: int
) -> None:
    lines = [{"order": key, **line} for key, (_, own) in orders.items() for line in own]
    if not lines:
        return
    headers = [{"id": key, **order} for key, (order, _) in orders.items()]
    # equal rows of the header count once
    headers += headers[: seed % 2]
    chance = random.Random(seed)
    chance.shuffle(lines)
    chance.shuffle(headers)
    table = [line | orders[str(line["order"])][0] for line in lines]
    columns = {name: f"{prefix}.{name}" for name in ("customer_id", "on", "category")} if prefix else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = -(-len(headers) // parts)
        for i in range(0, len(headers), size):
            write(folder / f"headers-{i}.csv", headers[i : i + size], ";")
        write(folder / "lines.csv", lines)
        join = {"file": "headers-*.csv", "on": {"order": "id"}, "delimiter": ";"}
        source: Row = {
            "file": "lines.csv",
            "join": join | ({"as": prefix} if prefix else {}),
            "columns": columns,
        }
        report, rows = loaded(folder, source)
    assert sorted_rows(rows, [*table[0]][1:]) == sorted_rows(
        [row | {"amount": float(str(row["amount"]))} for row in table], [*table[0]][1:]
    )
    (counts,) = (join for source in report.sources for join in source.joins)
    assert counts.rows == len(headers) == counts.used + counts.unused + counts.repeated
    assert counts.used == len({line["order"] for line in lines})


STEPS = ("on", "delivered_on", "paid_on")
EVENT = st.tuples(st.integers(0, 400_000), st.sampled_from([*STEPS, "no on", "no delivered_on", "note"]))


def remaining(events: abc.Iterable[tuple[int, str]], step: str) -> list[int]:
    """Net a step the plain way: each cancellation takes the last event that is left."""
    left: list[int] = []
    for time, activity in events:
        if activity == step:
            left.append(time)
        elif activity == f"no {step}" and left:
            left.pop()
    return left


@RUN
@given(
    cases=st.dictionaries(
        IDS, st.lists(EVENT, max_size=12, unique_by=lambda event: event[0]), min_size=1, max_size=6
    ),
    zone=st.integers(-11, 13),
    takes=st.fixed_dictionaries({"delivered_on": st.sampled_from(["first", "last"])}),
    seed=st.integers(0, 99),
)
def test_events_in_any_order_are_the_table(
    cases: dict[str, list[tuple[int, str]]], zone: int, takes: dict[str, str], seed: int
) -> None:
    chance = random.Random(seed)
    events: list[Row] = []
    table: list[Row] = []
    for case, own in cases.items():
        # each case is ordered first, and not cancelled below that
        ordered = [(-1, "on"), *sorted(own)]
        firms = {"supplier_id": chance.choice(FIRMS), "customer_id": chance.choice(FIRMS)}
        amounts = {time: chance.randrange(1000) for time, _ in ordered}
        for time, activity in ordered:
            offset = timezone(timedelta(hours=chance.choice([0, zone])))
            at = (MIDNIGHT + timedelta(minutes=time)).astimezone(offset).isoformat()
            events.append({"case": case, **firms, "what": activity, "at": at, "amount": amounts[time]})
        days: Row = {}
        for step in STEPS:
            left = remaining(ordered, step)
            chosen = left[-1 if takes.get(step) == "last" else 0] if left else None
            days[step] = None if chosen is None else (MIDNIGHT + timedelta(minutes=chosen)).date()
        table.append({"row_id": case, **firms, **days, "amount": float(amounts[ordered[-1][0]])})
    chance.shuffle(events)
    log = {
        "case": "case",
        "activity": "what",
        "time": "at",
        "steps": {step: step for step in STEPS},
        "cancelled_by": {"on": "no on", "delivered_on": ["no delivered_on"]},
        "take": takes | {"amount": "last"},
    }
    form = {"dates": ["%Y-%m-%dT%H:%M:%S%z"], "timezone": "UTC"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half = 1 + len(events) // 2
        write(folder / "log-1.csv", events[:half])
        if events[half:]:
            write(folder / "log-2.csv", events[half:])
        source: Row = {
            "file": "log-*.csv",
            "columns": {"row_id": "case"},
            "event_log": log,
            "where_not": {"on": ""},
        }
        report, rows = loaded(folder, source | form)
    names = ["row_id", "supplier_id", "customer_id", *STEPS, "amount"]
    kept = [row for row in table if row["on"] is not None]
    assert sorted_rows(rows, names) == sorted_rows(kept, names)
    (counts,) = (s.merged for s in report.sources if isinstance(s.merged, EventCounts))
    assert counts.events == counts.named + counts.other
    assert counts.cases == len(cases) == report.table("supplies").count.rows
    assert report.table("supplies").count.dropped == len(table) - len(kept)
    for counted in counts.steps:
        assert counted.events - counted.cancelled == sum(
            len(remaining([(-1, "on"), *sorted(own)], counted.step)) for own in cases.values()
        )


PAYMENT = st.tuples(st.sampled_from(FIRMS), st.integers(0, 4000), st.integers(-10_000, 10_000))


@RUN
@given(payments=st.lists(PAYMENT, min_size=1, max_size=30), parts=st.integers(1, 3), comma=st.booleans())
def test_payments_in_any_order_are_the_table_of_days(
    payments: list[tuple[str, int, int]], parts: int, comma: bool
) -> None:
    zone = timezone(timedelta(hours=8))
    totals: dict[tuple[str, str], list[int]] = {}
    rows: list[Row] = []
    for firm, minutes, cents in payments:
        local = (MIDNIGHT + timedelta(minutes=minutes)).astimezone(zone)
        amount = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
        rows.append(
            {"who": firm, "at": f"{MIDNIGHT + timedelta(minutes=minutes):%Y%m%d%H%M}", "cash": amount}
        )
        totals.setdefault((firm, str(local.date())), []).append(cents)
    if comma:
        rows = [row | {"cash": str(row["cash"]).replace(".", ",")} for row in rows]
    form: Row = {"dates": ["%Y%m%d%H%M"], "timezone": "Asia/Shanghai", "times_in": "UTC"}
    group = {"by": ["who"], "day": "at", "take": {"cash": "sum"}, "count": "orders"}
    source: Row = {"file": "pay-*.csv", "columns": {"firm_id": "who", "on": "at"}, "group": group}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "firms.csv", [{"firm_id": firm} for firm in FIRMS])
        for i in range(min(parts, len(rows))):
            write(folder / f"pay-{i}.csv", rows[i::parts], ";")
        keys = {"table": "activity", "delimiter": ";", "decimal": "," if comma else "."}
        load(folder, folder / "ws", Mapping.model_validate({"source": [source | form | keys]}))
        stored = pq.read_table(read_workspace(folder / "ws").sources["activity"]).to_pylist()
    assert sorted((row["firm_id"], str(row["on"]), row["cash"], row["orders"]) for row in stored) == sorted(
        (firm, day, sum(cents) / 100, len(cents)) for (firm, day), cents in totals.items()
    )
