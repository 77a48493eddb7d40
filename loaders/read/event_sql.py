"""The SQL of an event log: its events, their cases, the steps of each case, and the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supplyrisk.loaders.check.day_forms import instant_sql
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.reshaping import EventLog
from supplyrisk.loaders.read.merged_cells import FIRST, PLACE, day_format, merged_cells, numbers_sql
from supplyrisk.loaders.read.row_texts import RowTexts


@dataclass(frozen=True)
class EventTables:
    """Names of the tables of a log in the database."""

    number: int

    @property
    def events(self) -> str:
        """Events, see `events_sql`."""
        return f"events_{self.number}"

    @property
    def cases(self) -> str:
        """Cases, see `cases_sql`."""
        return f"cases_{self.number}"

    @property
    def refused(self) -> str:
        """Places (src, line) of cases and of events that are faults."""
        return f"refused_{self.number}"

    def step(self, position: int) -> str:
        """One step of all cases, see `step_sql`."""
        return f"step_{self.number}_{position}"


@dataclass(frozen=True)
class LogColumns:
    """A log with its columns resolved.

    Parameters
    ----------
    log: its entry in the mapping.
    case, activity, time: columns.
    attributes: columns of which each case has one cell, with how it is chosen; "" where all events must agree.
    """

    log: EventLog
    case: tuple[str, ...]
    activity: str
    time: str
    attributes: dict[str, str]

    @property
    def steps(self) -> list[str]:
        """Names of the steps."""
        return list(self.log.steps)

    @property
    def keys(self) -> str:
        """The case as SQL."""
        return ", ".join(f"k{i}" for i in range(len(self.case)))

    @property
    def has_case(self) -> str:
        """Whether an event has a case, as SQL."""
        return " AND ".join(f"k{i} IS NOT NULL" for i in range(len(self.case)))


def events_sql(rows: Sequence[RowTexts], log: LogColumns, entry: SourceMap) -> str:
    """Return the SQL of all events: case (k0, ...), moment t with its text, attributes (a0, ...), and by step g<step>:
    1 where it happens, -1 where it is cancelled.
    """
    whole = " UNION ALL ".join(
        f"SELECT src, line, {', '.join(_cells(one, log))} FROM ({one.sql})" for one in rows
    )
    form = day_format(rows[0].parts[log.time].source)
    signs = "".join(f", {_sign(log.log, step)} AS g{i}" for i, step in enumerate(log.steps))
    sql = f"SELECT *, {instant_sql('clock', form)} AS t{signs} FROM ({whole})"
    return numbers_sql(sql, rows[0], log.attributes, entry)


def _cells(rows: RowTexts, log: LogColumns) -> list[str]:
    keys = [f"{rows.filled(name)} AS k{i}" for i, name in enumerate(log.case)]
    cells = [f"{rows.filled(name)} AS a{i}" for i, name in enumerate(log.attributes)]
    return [*keys, f"{rows.column(log.activity)} AS activity", f"{rows.column(log.time)} AS clock", *cells]


def _sign(log: EventLog, step: str) -> str:
    """Return the SQL of whether an event is of a step (1), cancels it (-1), or neither (NULL)."""
    happens = ", ".join(map(text_literal, log.steps[step]))
    cancels = ", ".join(map(text_literal, log.cancelled_by.get(step, ())))
    cancelled = f" WHEN activity IN ({cancels}) THEN -1" if cancels else ""
    return f"CASE WHEN activity IN ({happens}) THEN 1{cancelled} END"


def cases_sql(tables: EventTables, log: LogColumns) -> str:
    """Return the SQL of the cases: the place of their first event, their attributes a<i>, and d<i>, two texts of an
    attribute whose events should agree and do not.
    """
    named = ", ".join([log.keys, FIRST, *merged_cells(log.attributes)])
    return f"SELECT {named} FROM {tables.events} WHERE {log.has_case} GROUP BY {log.keys}"


def step_sql(tables: EventTables, number: int, step: str, log: LogColumns) -> str:
    """Return the SQL of a step by case: the text of its time, and its numbers of events.

    Each cancellation takes away the last event of the step before it that is not yet cancelled. Seen as a path that
    goes up with an event and down with a cancellation, but not below 0, an event remains if the path never again goes
    below the height that it has reached with it.
    """
    sign = f"g{number}"
    window = f"PARTITION BY {log.keys} ORDER BY t, src, line"
    before = f"OVER ({window} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    after = f"OVER ({window} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
    own = f"SELECT *, sum({sign}) {before} AS run FROM {tables.events} WHERE {sign} IS NOT NULL AND {log.has_case}"
    floored = f"SELECT *, least(0, min(run) {before}) AS low FROM ({own})"
    path = f"SELECT *, min(run - low) {after} >= run - low AS remains FROM ({floored})"
    choose = "arg_max" if log.log.take.get(step) == "last" else "arg_min"
    happens = f"{sign} = 1"
    return (
        f"SELECT {log.keys}, {choose}(clock, {PLACE}) FILTER (WHERE {happens} AND remains) AS clock, "
        f"count(*) FILTER (WHERE {happens}) AS happened, "
        f"count(*) FILTER (WHERE {happens} AND remains) AS remaining, -min(low) AS unmatched "
        f"FROM ({path}) GROUP BY {log.keys}"
    )


def rows_sql(tables: EventTables, log: LogColumns, *, is_typed: bool) -> str:
    """Return the SQL of the rows: the case, its attributes, and the time of each step."""
    cells = [*log.keys.split(", "), *(f"a{i}" for i in range(len(log.attributes)))]
    # a stored time of day has no form that could be stated; its day is what counts
    cells += [f"left(r{i}.clock, 10)" if is_typed else f"r{i}.clock" for i in range(len(log.steps))]
    named = ", ".join(f"{cell} AS x{i}" for i, cell in enumerate(cells))
    sql = f"SELECT place.src AS src, place.line AS line, {named} FROM {tables.cases}"
    for i in range(len(log.steps)):
        sql += f" LEFT JOIN {tables.step(i)} r{i} USING ({log.keys})"
    return f"SELECT * FROM ({sql}) ANTI JOIN {tables.refused} USING (src, line)"
