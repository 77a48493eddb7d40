"""What a load says besides its counts: names that nobody knows, and rows that will not count as one may think."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import duckdb

from supplyrisk.graph.schema.contract import DEFAULT_KINDS, TABLES
from supplyrisk.graph.snapshot.outcome import OBSERVATION_TABLES
from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.loaders.check.load_report import SourceReport, TableReport
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import count_of
from supplyrisk.loaders.read.source_files import stem_of

_WORD = {"DOUBLE": "number", "VARCHAR": "text"}
_KINDS = 10
"""Kinds of relations or events that a note names."""
_ALIKE = 0.8
"""Names this alike (difflib's ratio) are taken for a slip: defautl and default are .86, sales and scale .6."""
_ALONE = 190
"""Days after all other rows from which on the last day stands alone; half-yearly rows do not."""
EVENT_KINDS = (*DEFAULT_KINDS, "closure", "suspension", "lawsuit", "sanction")
"""The kinds of events that the contract names; others are welcome too."""


def file_notes(sources: list[SourceReport], tables: list[TableReport], ignored: list[str]) -> list[str]:
    """Columns that are left out or kept, equal rows, and files that nothing reads; each with what was meant."""
    notes = [
        f"{s.file}: left out {_listed(s.left_out, TABLES[s.table].names)}" for s in sources if s.left_out
    ]
    for t in tables:
        if t.extra:
            words = {n: f"{n} ({_WORD[k]})" for n, k in t.extra.items()}
            notes.append(f"{t.table}: kept {_listed(words, TABLES[t.table].names, words)}")
    notes += [
        f"{t.table}: {t.repeated:,} rows equal an earlier one and are kept" for t in tables if t.repeated
    ]
    if ignored:
        files = ", ".join(name + did_you_mean(stem_of(name), TABLES) for name in ignored)
        notes.append(f"ignored files: {files}")
    return notes


def row_notes(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], info: DatasetInfo) -> list[str]:
    """Relations that no snapshot shows, kinds of events, and shipments between firms without a trade."""
    dated = [] if info.undated else [*_alone(con, works), *_events(con, works)]
    return [*_timeless(con, works, info), *dated, *_unrecorded(con, works)]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` where a name is nearly one that is known, else nothing."""
    close = get_close_matches(name.casefold(), list(known), n=1, cutoff=_ALIKE)
    return f" (did you mean {close[0]}?)" if close and close[0] != name else ""


def _listed(names: Iterable[str], known: Iterable[str], words: Mapping[str, str] | None = None) -> str:
    known = list(known)
    return ", ".join((words[n] if words else n) + did_you_mean(n, known) for n in names)


def _alone(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """That the last day lies far after all others: a slip in one year would move the day that is scored."""
    days = [
        f"SELECT {works[name].field(TABLES[name].day or 'on').sql} AS day, '{name}' AS name "
        f"FROM ({loaded_rows(works[name])})"
        for name in OBSERVATION_TABLES
        if name in works
    ]
    if not days:
        return []
    last = con.execute(
        f"SELECT day, min(name), count(*) FROM ({' UNION ALL '.join(days)}) WHERE day IS NOT NULL GROUP BY day "
        "ORDER BY day DESC LIMIT 2"
    ).fetchall()
    if len(last) < 2 or (gap := (last[0][0] - last[1][0]).days) <= _ALONE:
        return []
    (day, name, count), rows = last[0], "row" if last[0][2] == 1 else "rows"
    return [
        f"{name}: {count:,} {rows} on {day}, {gap:,} days after all others; the last day of the data is what is scored "
        "unless --as-of names another: mend it if it is a slip"
    ]


def _events(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """How many events count as defaults, and the other kinds: a misspelt one would make its firms sound."""
    work = works.get("events")
    if work is None:
        return []
    query = (
        f"SELECT {work.field('kind').sql} AS kind, count(*) AS rows FROM ({loaded_rows(work)}) "
        "GROUP BY 1 ORDER BY rows DESC, kind"
    )
    rows = dict(con.execute(query).fetchall())
    failed = sum(rows.get(kind, 0) for kind in DEFAULT_KINDS)
    # A likely slip is named before the others: among many kinds it would be cut off.
    others = sorted(
        (k for k in rows if k not in DEFAULT_KINDS), key=lambda k: not did_you_mean(k, EVENT_KINDS)
    )
    words = [f"{k} {rows[k]:,}{did_you_mean(k, EVENT_KINDS)}" for k in others[:_KINDS]]
    tail = ["..."] if len(others) > _KINDS else []
    note = f"events: {failed:,} of kind {' or '.join(DEFAULT_KINDS)}, which count as defaults unless set otherwise"
    return [note + (f"; others: {', '.join(words + tail)}" if words else "")]


def _timeless(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], info: DatasetInfo) -> list[str]:
    """That dated data hold relations which no snapshot shows: without `since`, and of a kind not in standing."""
    work = works.get("relations")
    if work is None or info.undated or "*" in info.standing:
        return []
    kind, since = work.field("kind").sql, work.field("since").sql
    query = (
        f"SELECT {kind}, count(*) FROM ({loaded_rows(work)}) "
        f"WHERE {since} IS NULL AND NOT list_contains($standing, {kind}) GROUP BY 1 ORDER BY 1"
    )
    found = con.execute(query, {"standing": list(info.standing)}).fetchall()
    if not found:
        return []
    kinds = ", ".join(kind for kind, _ in found[:_KINDS]) + (", ..." if len(found) > _KINDS else "")
    return [
        f"relations: {sum(rows for _, rows in found):,} rows without since are left out of every snapshot; "
        f"list their kinds ({kinds}) in standing if they hold at all times"
    ]


def _unrecorded(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """That carriers went between firms of whose trade there is no row: the one sign of links that are missing."""
    shipments, supplies = works.get("shipments"), works.get("supplies")
    if shipments is None or supplies is None:
        return []
    ends = [
        f"SELECT DISTINCT {work.field(one).sql} AS one, {work.field(other).sql} AS other FROM ({loaded_rows(work)})"
        for work, one, other in (
            (shipments, "shipper_id", "receiver_id"),
            (supplies, "supplier_id", "customer_id"),
        )
    ]
    shipped = f"({ends[0]}) WHERE one IS NOT NULL AND other IS NOT NULL AND one <> other"
    pairs = count_of(con, f"SELECT count(*) FROM {shipped}")
    bare = count_of(con, f"SELECT count(*) FROM (FROM {shipped}) ANTI JOIN ({ends[1]}) USING (one, other)")
    if not bare:
        return []
    return [
        f"shipments: {bare:,} of {pairs:,} pairs of shipper and receiver have no row in supplies; "
        "links may be missing there"
    ]
