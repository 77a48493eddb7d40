"""Notes on a load: names that are unknown, and rows that may not count in the way that a user expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from supplyrisk.graph.schema.contract import DEFAULT_KINDS, TABLES
from supplyrisk.graph.schema.default_definition import DAYS_PAST_DUE
from supplyrisk.graph.snapshot.outcome import OBSERVATION_TABLES
from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.loaders.check.load_report import SourceReport, TableReport
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.row_versions import last_versions
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import scalar_count
from supplyrisk.loaders.read.source_files import stem_of
from supplyrisk.queries import did_you_mean, first_names

_WORD = {"DOUBLE": "number", "VARCHAR": "text"}
_FILES = 20
"""Files that a note lists at most."""
_LISTS = 3
"""Lists of columns left out of a table's files up to which each has a note of its own."""
_COLUMNS = 50
"""Columns that a note on many files lists at most."""
_KINDS = 10
"""Kinds of relations or events that a note lists at most."""
_TYPO_SIMILARITY = 0.8
"""Similarity (difflib's ratio) above which a name is taken for a typo: defautl and default .86, sales and scale .6."""
_OUTLYING_DAYS = 190
"""A last day more than this after all others is likely to be a typo; half-yearly data have shorter gaps."""
EVENT_KINDS = (*DEFAULT_KINDS, "closure", "suspension", "lawsuit", "sanction")
"""Kinds of events that the contract names; other kinds are accepted, too."""


def file_notes(sources: list[SourceReport], tables: list[TableReport], ignored: list[str]) -> list[str]:
    """Return notes on columns left out or kept, equal rows, and ignored files, with the likely intended names."""
    notes = _left_out(sources)
    emptied = [s for s in sources if s.count.rows and s.count.dropped == s.count.rows]
    if emptied:
        rows = sum(s.count.rows for s in emptied)
        names = several([s.file for s in emptied])
        notes.append(f"{names}: where and where_not of the mapping drop all {rows:,} rows")
    for t in tables:
        if t.extra:
            typed_names = {name: f"{name} ({_WORD[kind]})" for name, kind in t.extra.items()}
            notes.append(f"{t.table}: kept {_with_hints(typed_names, TABLES[t.table].names, typed_names)}")
    notes += [
        f"{t.table}: {t.repeated:,} rows equal an earlier one and are kept" for t in tables if t.repeated
    ]
    if ignored:
        hints = {name: _typo_hint(stem_of(name), TABLES) for name in ignored}
        # among many files likely typos would be cut off
        listed = sorted(ignored, key=lambda name: not hints[name]) if len(ignored) > _FILES else ignored
        notes.append(f"ignored files: {first_names([name + hints[name] for name in listed], _FILES)}")
    return notes


def several(files: Sequence[str]) -> str:
    """Return the name of the first file, and how many more there are."""
    return f"{files[0]} and {len(files) - 1:,} more" if len(files) > 1 else files[0]


def _left_out(sources: list[SourceReport]) -> list[str]:
    """Return a note per table and list of columns left out; one per table where its files have many such lists."""
    files: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for source in sources:
        if source.left_out:
            files.setdefault(source.table, {}).setdefault(source.left_out, []).append(source.file)
    notes = []
    for table, names_by_columns in files.items():
        if len(names_by_columns) <= _LISTS:
            notes += [
                f"{several(names)}: left out {_with_hints(columns, TABLES[table].names)}"
                for columns, names in names_by_columns.items()
            ]
            continue
        counts = Counter(
            column for columns, names in names_by_columns.items() for column in columns for _ in names
        )
        texts = {column: f"{column} {number:,}" for column, number in counts.most_common()}
        all_names = [name for names in names_by_columns.values() for name in names]
        hinted = [texts[column] + _typo_hint(column, TABLES[table].names) for column in texts]
        notes.append(f"{several(all_names)}: left out, by number of files, {first_names(hinted, _COLUMNS)}")
    return notes


def row_notes(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], info: DatasetInfo) -> list[str]:
    """Return notes on relations in no snapshot, an outlying last day, defaults, and trades not recorded."""
    dated = (
        []
        if info.undated
        else [
            *_outlying_last_day(con, works),
            *_event_kinds(con, works),
            *_loan_defaults(con, works),
        ]
    )
    return [
        *_undated_relations(con, works, info),
        *dated,
        *_unrecorded_trades(con, works),
        *_returns(con, works),
    ]


def _typo_hint(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` where a name is nearly a known one, else an empty text."""
    known = list(known)
    hint = None if name in known else did_you_mean(name, known, _TYPO_SIMILARITY)
    return f" ({hint})" if hint else ""


def _with_hints(names: Iterable[str], known: Iterable[str], texts: Mapping[str, str] | None = None) -> str:
    """Return names (or their texts), each with the known name that it nearly is."""
    known = list(known)
    return ", ".join((texts[name] if texts else name) + _typo_hint(name, known) for name in names)


def _outlying_last_day(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """Note that the last day lies far after all others: a typo in one year would move the day that is scored."""
    days = [
        f"SELECT {works[name].field(TABLES[name].day or 'on').sql} AS day, '{name}' AS name "
        f"FROM ({loaded_rows(works[name])})"
        for name in OBSERVATION_TABLES
        if name in works
    ]
    if not days:
        return []
    # only the last two days matter
    last_days = con.execute(
        f"SELECT day, min(name), count(*) FROM ({' UNION ALL '.join(days)}) WHERE day IS NOT NULL GROUP BY day "
        "ORDER BY day DESC LIMIT 2"
    ).fetchall()
    if len(last_days) < 2:
        return []
    day, name, count = last_days[0]
    gap = (day - last_days[1][0]).days
    if gap <= _OUTLYING_DAYS:
        return []
    rows = "row" if count == 1 else "rows"
    return [
        f"{name}: {count:,} {rows} on {day}, {gap:,} days after all others; the last day of the data is the day that "
        "is scored unless --as-of names another: correct it if it is a typo"
    ]


def _event_kinds(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """Note how many events count as defaults, and the other kinds: a misspelt one would make its firms sound."""
    work = works.get("events")
    if work is None:
        return []
    query = (
        f"SELECT {work.field('kind').sql} AS kind, count(*) AS rows FROM ({loaded_rows(work)}) "
        "GROUP BY 1 ORDER BY rows DESC, kind"
    )
    rows = dict(con.execute(query).fetchall())
    defaults = sum(rows.get(kind, 0) for kind in DEFAULT_KINDS)
    # likely typos come first: among many kinds they would be cut off
    other_kinds = sorted(
        (kind for kind in rows if kind not in DEFAULT_KINDS),
        key=lambda kind: not _typo_hint(kind, EVENT_KINDS),
    )
    listed = [f"{kind} {rows[kind]:,}{_typo_hint(kind, EVENT_KINDS)}" for kind in other_kinds[:_KINDS]]
    if len(other_kinds) > _KINDS:
        listed.append("...")
    kinds = " or ".join(DEFAULT_KINDS)
    note = f"events: {defaults:,} of kind {kinds}, which count as defaults unless configured otherwise"
    return [note + (f"; other kinds: {', '.join(listed)}" if listed else "")]


def _loan_defaults(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """Note how many firms default by the states of their loans, where these show it."""
    work = works.get("loans")
    if work is None:
        return []
    past_due = work.field("days_past_due").sql
    written_off = work.field("written_off").sql
    query = (
        f"SELECT count({past_due}) + count({written_off}), count(DISTINCT {work.field('firm_id').sql}) "
        f"FILTER (WHERE {past_due} >= {DAYS_PAST_DUE} OR {written_off} > 0) FROM ({loaded_rows(work)})"
    )
    ((stated, failed),) = con.execute(query).fetchall()
    if not stated:
        return []
    firms = "1 firm has" if failed == 1 else f"{failed:,} firms have"
    return [
        f"loans: {firms} a loan {DAYS_PAST_DUE} days past due or written off, which counts as default unless "
        "configured otherwise"
    ]


def _undated_relations(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], info: DatasetInfo
) -> list[str]:
    """Note relations that are in no snapshot: dated data, no `since`, and a kind that is not in standing."""
    work = works.get("relations")
    # undated data have one snapshot, in which all relations hold
    if work is None or info.undated or "*" in info.standing:
        return []
    kind = work.field("kind").sql
    since = work.field("since").sql
    query = (
        f"SELECT {kind}, count(*) FROM ({loaded_rows(work)}) "
        f"WHERE {since} IS NULL AND NOT list_contains($standing, {kind}) GROUP BY 1 ORDER BY 1"
    )
    counts = con.execute(query, {"standing": list(info.standing)}).fetchall()
    if not counts:
        return []
    kinds = ", ".join(kind for kind, _ in counts[:_KINDS]) + (", ..." if len(counts) > _KINDS else "")
    return [
        f"relations: {sum(rows for _, rows in counts):,} rows without since are left out of every snapshot; "
        f"list their kinds ({kinds}) under standing in a mapping if they hold at all times"
    ]


def _unrecorded_trades(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """Note shipments between firms without a recorded trade: the only sign of missing links."""
    shipments = works.get("shipments")
    supplies = works.get("supplies")
    if shipments is None or supplies is None:
        return []
    # goods that a firm sends to itself are no trade
    shipped = (
        f"({_pairs(shipments, 'shipper_id', 'receiver_id')}) "
        "WHERE sender IS NOT NULL AND receiver IS NOT NULL AND sender <> receiver"
    )
    traded = _pairs(supplies, "supplier_id", "customer_id")
    pairs = scalar_count(con, f"SELECT count(*) FROM {shipped}")
    unrecorded = scalar_count(
        con, f"SELECT count(*) FROM (FROM {shipped}) ANTI JOIN ({traded}) USING (sender, receiver)"
    )
    if not unrecorded:
        return []
    return [
        f"shipments: {unrecorded:,} of {pairs:,} pairs of shipper and receiver have no row in supplies; "
        "links may be missing there"
    ]


def _returns(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[str]:
    """Note how many negative trades the mapping books as returns."""
    work = works.get("supplies")
    sources = [s.number for s in work.sources if s.source.map.negative] if work else []
    if work is None or not sources:
        return []
    amount = work.field("amount").sql
    returned = work.field("returned_amount").sql
    rows = f"SELECT count(*) FROM ({loaded_rows(work)}) WHERE list_contains({sources}, src)"
    count = scalar_count(con, f"{rows} AND {amount} = 0 AND {returned} > 0")
    return [f"supplies: {count:,} negative trades are booked as returns on their day"] if count else []


def _pairs(work: TableWork, sender: str, receiver: str) -> str:
    """Return the SQL of the distinct pairs of two columns, in all rows that the workspace will hold."""
    return (
        f"SELECT DISTINCT {work.field(sender).sql} AS sender, {work.field(receiver).sql} AS receiver "
        f"FROM ({last_versions(work)})"
    )
