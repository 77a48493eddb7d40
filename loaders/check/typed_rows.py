"""From text cells to typed rows: one pass of SQL per table, with the same rules for every file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from supplyrisk.graph.schema.contract import (
    TABLES,
    ColumnKind,
    TableSchema,
)
from supplyrisk.graph.schema.version_columns import KNOWN_ON, VERSION_COLUMNS, VOID, identity_of
from supplyrisk.loaders.append.stored_data import StoredTable, stored_kinds
from supplyrisk.loaders.check.booked_returns import booked_returns_sql
from supplyrisk.loaders.check.cell_forms import Stage, staged_sql
from supplyrisk.loaders.check.cell_rules import (
    BLANKED_INSTEAD,
    CellRule,
    TableField,
    any_breach_sql,
    first_breach_sql,
    looks_numeric_sql,
    parsed_sql,
    required_day,
    required_value,
    rules_of,
    sql_type,
    typed_value_sql,
)
from supplyrisk.loaders.check.gathered_cells import CellTable, cell_tables
from supplyrisk.loaders.check.mapped_cells import mapped_stages
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.check.version_rules import known_on_rules, unidentified_rule
from supplyrisk.loaders.mappings.mapping import CURRENCY, Currency
from supplyrisk.loaders.mappings.source_faults import may_be_blanked
from supplyrisk.loaders.read.column_binding import ColumnOrigin, RequiredDays, is_required
from supplyrisk.loaders.read.ingest import FAULTS, IngestedSource, scalar_count

_SPACE = " \t\n\r\x0b\x0c\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""White space of Unicode; a cell that consists of it is empty."""


@dataclass(frozen=True)
class TableWork:
    """A table in the working database.

    In the database: text_<name> (view of src, line, v0, v1, ... as texts after the mapping), shown_<name> (view of the
    same columns with the file's own texts), and typed_<name> (table of the same columns typed, whether a row is bad,
    and whether it has bad cells that are left empty).

    Parameters
    ----------
    table: the contract's table.
    number: its number in the contract.
    fields: its columns, the contract's first.
    sources: the sources that feed it.
    stored: the rows of the workspace that those of the sources are appended to.
    versioned: whether the workspace will hold versions of its rows; known after all checks.
    """

    table: TableSchema
    number: int
    fields: tuple[TableField, ...]
    sources: tuple[IngestedSource, ...]
    stored: StoredTable | None = None
    versioned: bool = False

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.table.name

    @property
    def columns(self) -> str:
        """All columns as SQL."""
        return ", ".join(f.sql for f in self.fields)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns of its files that are read but not loaded; they distinguish rows of a table without a key."""
        bindings = [s.binding for s in self.sources]
        return tuple(sorted({n for b in bindings for n in b.left_out if n in b.header}))

    @property
    def facts(self) -> tuple[TableField, ...]:
        """Columns without those of versions."""
        return tuple(f for f in self.fields if f.column not in VERSION_COLUMNS)

    @property
    def known_on(self) -> TableField | None:
        """The day on which a version became known; None where no row has versions."""
        return next((f for f in self.fields if f.column is KNOWN_ON), None)

    @property
    def void(self) -> TableField | None:
        """Whether a version says that there is no such row; None where no row has versions."""
        return next((f for f in self.fields if f.column is VOID), None)

    @property
    def identity(self) -> tuple[TableField, ...]:
        """Columns that rows share which are versions of each other."""
        return tuple(self.field(name) for name in identity_of(self.table))

    def field(self, name: str) -> TableField:
        """Return the field of a name."""
        return next(f for f in self.fields if f.name == name)

    def blanking(self, field: TableField) -> list[int]:
        """Return the numbers of the sources that leave bad cells of a column empty."""
        return [s.number for s in self.sources if field.column and s.source.map.blanks(field.name)]


def text_views(
    con: duckdb.DuckDBPyConnection,
    table: TableSchema,
    sources: Sequence[IngestedSource],
    stored: StoredTable | None = None,
    *,
    has_versions: bool = False,
) -> TableWork:
    """Create the text views of a table over all its sources, and find out what its unknown columns hold.

    Parameters
    ----------
    stored: the rows that the sources are appended to.
    has_versions: whether the table gets the columns of versions although no source has them.
    """
    fields = table_fields(table, sources, stored, has_versions=has_versions)
    work = TableWork(table, list(TABLES).index(table.name), fields, tuple(sources), stored)
    tables = cell_tables(con, sources)
    _create_view(con, work, tables, "shown", is_mapped=False)
    if any(source.source.map.rewrites_numbers for source in sources):
        # unknown columns may be numbers in the stated form, or texts that must stay to the letter
        _create_view(con, _with_extras(work, ColumnKind.NUMBER), tables, "text", is_mapped=True)
        work = _with_kinds(con, work)
        _create_view(con, work, tables, "text", is_mapped=True)
        return work
    _create_view(con, work, tables, "text", is_mapped=True)
    return _with_kinds(con, work)


def table_fields(
    table: TableSchema,
    sources: Sequence[IngestedSource],
    stored: StoredTable | None,
    *,
    has_versions: bool,
) -> tuple[TableField, ...]:
    """Return the columns of a table; parameters as in `text_views`. Unknown ones are texts unless they are stored."""
    extras = {name: ColumnKind.TEXT for s in sources for name in s.binding.extras}
    for name, stored_type in (stored.extra if stored else {}).items():
        extras[name] = ColumnKind.TEXT if stored_type == sql_type(ColumnKind.TEXT) else ColumnKind.NUMBER
    fields = [TableField(i, c.name, c.kind, c) for i, c in enumerate(table.columns)]
    fields += [
        TableField(len(fields) + i, name, kind) for i, (name, kind) in enumerate(sorted(extras.items()))
    ]
    # behind all others, so that rows are in the same order with and without them
    if has_versions or any(c.name in s.binding.origins for s in sources for c in VERSION_COLUMNS):
        fields += [TableField(len(fields) + i, c.name, c.kind, c) for i, c in enumerate(VERSION_COLUMNS)]
    return tuple(fields)


def _create_view(
    con: duckdb.DuckDBPyConnection,
    work: TableWork,
    tables: Sequence[CellTable],
    view: str,
    *,
    is_mapped: bool,
) -> None:
    """Create a view of a table's texts over all its sources, after the mapping or as the files have them."""
    selects = " UNION ALL ".join(_select(work, table, is_mapped) for table in tables)
    con.execute(f"CREATE OR REPLACE VIEW {view}_{work.name} AS {selects}")


def _with_extras(work: TableWork, kind: ColumnKind) -> TableWork:
    """Return a table with all columns beyond the contract of one kind."""
    return replace(work, fields=tuple(f if f.column else replace(f, kind=kind) for f in work.fields))


def _with_kinds(con: duckdb.DuckDBPyConnection, work: TableWork) -> TableWork:
    """Return a table with the kinds of its columns beyond the contract, as their texts show them."""
    kinds = _inferred_kinds(con, work, [f for f in work.fields if not f.column])
    if work.stored:
        kinds |= stored_kinds(con, work.stored, kinds)
    return replace(work, fields=tuple(replace(f, kind=kinds.get(f.name, f.kind)) for f in work.fields))


def currencies(con: duckdb.DuckDBPyConnection, work: TableWork) -> dict[str, int]:
    """Return the well-formed currencies that the rows of a table name, with the numbers of these rows."""
    text = work.field("currency").sql
    counted = f"SELECT {text}, count(*) FROM text_{work.name} GROUP BY 1"
    query = f"{counted} HAVING regexp_full_match({text}, $code) ORDER BY 1"
    return dict(con.execute(query, {"code": CURRENCY.pattern}).fetchall())


def check_cells(
    con: duckdb.DuckDBPyConnection, work: TableWork, days: RequiredDays, currency: Currency
) -> None:
    """Create typed_<name>, and record every fault of every cell."""
    rules = {f: _cell_rules(work, f, days, currency) for f in work.fields}
    # nested queries, so that each text is parsed once and each rule tried once:
    # texts, then texts as numbers and days (p<position>), then breaches (b<position>), then values
    read = (
        f"SELECT *, {', '.join(f'{parsed_sql(f)} AS {f.parsed}' for f in work.fields)} FROM text_{work.name}"
    )
    breaches = ", ".join(f"{any_breach_sql(rules[f])} AS b{f.position}" for f in work.fields)
    tried = f"SELECT *, {breaches} FROM ({read})"
    values = ", ".join(f"{_typed(work, f, currency)} AS {f.sql}" for f in work.fields)
    blanking = {f: work.blanking(f) for f in work.fields}
    bad = " OR ".join(f"b{f.position}{_outside(blanking[f])}" for f in work.fields)
    blanked = " OR ".join(f"b{f.position} AND {_among(s)}" for f, s in blanking.items() if s) or "false"
    typed = f"SELECT src, line, {values}, {bad} AS bad, {blanked} AS blanked FROM ({tried})"
    con.execute(f"CREATE TABLE typed_{work.name} AS {typed}")
    # names of rules are found only for rows with a breach: they are few
    if scalar_count(con, f"SELECT count(*) FROM typed_{work.name} WHERE bad OR blanked"):
        own_texts = ", ".join(f"s.{f.sql} AS shown_{f.position}" for f in work.fields)
        con.execute(
            f"CREATE TABLE bad_{work.name} AS SELECT t.*, {own_texts} FROM ({read}) t "
            f"JOIN typed_{work.name} y USING (src, line) "
            f"JOIN shown_{work.name} s USING (src, line) WHERE y.bad OR y.blanked"
        )
        for field in work.fields:
            _record(con, work, field, rules[field])


def _among(sources: Sequence[int]) -> str:
    return f"list_contains({list(sources)}, src)"


def _outside(sources: Sequence[int]) -> str:
    return f" AND NOT {_among(sources)}" if sources else ""


def second_way(work: TableWork, field: TableField) -> str:
    """Return the SQL of the second way to treat faults of a column: to leave such cells empty, where that may be.

    It is an empty text for rows of sources that do so.
    """
    if field.column is None or not may_be_blanked(work.table, field.name):
        return "''"
    text = text_literal(BLANKED_INSTEAD)
    sources = work.blanking(field)
    return f"CASE WHEN {_among(sources)} THEN '' ELSE {text} END" if sources else text


def _record(
    con: duckdb.DuckDBPyConnection, work: TableWork, field: TableField, rules: list[CellRule]
) -> None:
    """Record the first breach of each cell of a column."""
    accepted = " ".join(f"WHEN {text_literal(r.name)} THEN {text_literal(r.accepted)}" for r in rules)
    also = second_way(work, field)
    remedy = " ".join(f"WHEN {text_literal(r.name)} THEN {r.remedy_sql(also)}" for r in rules)
    # all columns of the row: a remedy may depend on another one
    cells = f"*, shown_{field.position} AS shown, {first_breach_sql(rules)} AS rule"
    con.execute(
        f"INSERT INTO {FAULTS} SELECT {work.number}, src, line, {field.position}, rule, shown, "
        f"CASE rule {accepted} END, CASE rule {remedy} END "
        f"FROM (SELECT {cells} FROM bad_{work.name}) WHERE rule IS NOT NULL"
    )


def _inferred_kinds(
    con: duckdb.DuckDBPyConnection, work: TableWork, fields: Sequence[TableField]
) -> dict[str, ColumnKind]:
    """Return the kinds of columns beyond the contract: numbers if all values of a column are, else text."""
    if not fields:
        return {}
    # one query for all columns: planning one costs time that grows with the columns of the view
    has_texts = ", ".join(
        f"bool_or({f.sql} IS NOT NULL AND NOT {looks_numeric_sql(f.sql)}) AS {f.sql}" for f in fields
    )
    row = con.execute(f"SELECT {has_texts} FROM text_{work.name}").fetchall()[0]
    return {
        field.name: ColumnKind.TEXT if has_text else ColumnKind.NUMBER
        for field, has_text in zip(fields, row, strict=True)
    }


def _select(work: TableWork, table: CellTable, is_mapped: bool) -> str:
    """Return the SQL of rows of cells as a table's texts, after the mapping or as the files have them."""
    source = table.source
    cells = []
    stages: dict[str, list[Stage]] = {}
    for field in work.fields:
        origin = source.binding.origins.get(field.name) if field.column else _own_column(source, field)
        missing = source.source.map.format_of(field.name).missing if is_mapped else ()
        text = "CAST(NULL AS VARCHAR)" if origin is None else _text(source, origin, missing)
        cells.append(f"{text} AS {field.sql}")
        stages[field.sql] = mapped_stages(source, field, origin) if is_mapped and origin else []
    rows = f"SELECT {table.number} AS src, line, {', '.join(cells)} FROM {table.name}"
    rows = staged_sql(rows, stages)
    if is_mapped and source.source.map.negative:
        rows = booked_returns_sql(rows, {field.name: field.sql for field in work.fields})
    return rows


def _own_column(source: IngestedSource, field: TableField) -> ColumnOrigin | None:
    return ColumnOrigin((field.name,)) if field.name in source.binding.extras else None


def _text(source: IngestedSource, origin: ColumnOrigin, missing: Sequence[str]) -> str:
    """Return the SQL of a column's text in the file, NULL where it is empty.

    missing: texts that count as empty where several columns are read.
    """
    if origin.constant is not None:
        return _filled(text_literal(origin.constant))
    cells = [_filled(source.column(name)) for name in origin.columns]
    if len(cells) == 1:
        return cells[0]
    words = ", ".join(map(text_literal, missing))
    if words:
        cells = [f"CASE WHEN {cell} NOT IN ({words}) THEN {cell} END" for cell in cells]
    if origin.takes_first:
        return f"coalesce({', '.join(cells)})"
    return f"nullif(concat_ws({text_literal(origin.separator)}, {', '.join(cells)}), '')"


def _filled(text: str) -> str:
    """Return the SQL of a text, NULL where it is empty or white space; all others stay to the letter."""
    # nearly all cells are plain ASCII or empty; the search for white space costs a hundred times as much
    plain = f"{text} >= '!' AND {text} < chr(127)"
    blank = f"trim({text}, {text_literal(_SPACE)}) = ''"
    return f"CASE WHEN {plain} THEN {text} WHEN {text} = '' THEN NULL WHEN {blank} THEN NULL ELSE {text} END"


def _cell_rules(work: TableWork, field: TableField, days: RequiredDays, currency: Currency) -> list[CellRule]:
    """Return the rules of a column, including those that depend on the rest of the row."""
    required = _required(work, field, days)
    rules = [*required, *rules_of(field, currency)]
    rate = _rate(work, field, currency)
    if rate:
        # 1e308 of one currency may be infinite in another
        worth = f"TRY_CAST({field.sql} AS DOUBLE) * {rate}"
        rules.append(
            CellRule(
                "finite", f"NOT isfinite({worth})", "an amount that is finite in the data set's currency"
            )
        )
    if field.column is KNOWN_ON:
        rules += known_on_rules(field, {f.name: f for f in work.fields}, work.table)
    if field.column is VOID and not work.table.key and not work.table.whole_row:
        rules.append(unidentified_rule(field, work.identity))
    return rules


def _required(work: TableWork, field: TableField, days: RequiredDays) -> list[CellRule]:
    """Return the rule that a cell must have a value, in a list; an empty one where it need not."""
    column = field.column
    if column is None or not column.required:
        return []
    if work.name == "events" and field.name == work.table.day and not days.undated:
        return [required_day(field, work.field("kind"), days.undated_kinds)]
    return [required_value(field)] if is_required(work.table, column, days) else []


def _typed(work: TableWork, field: TableField, currency: Currency) -> str:
    """Return the SQL of the typed value, NULL where a rule is broken; money of trades in the data set's currency."""
    rate = _rate(work, field, currency)
    if field.name == "currency" and field.column and currency.default:
        return text_literal(currency.default)
    value = f"CASE WHEN {field.sql} IS NULL OR b{field.position} THEN NULL ELSE {typed_value_sql(field)} END"
    if field.column is VOID:
        # 0 and an empty cell say the same
        value = f"nullif({value}, false)"
    return f"CAST({value} AS {sql_type(field.kind)}){f' * {rate}' if rate else ''}"


def _rate(work: TableWork, field: TableField, currency: Currency) -> str | None:
    """Return the SQL of the value of one unit of the row's currency; None where nothing is to be converted."""
    if field.kind is not ColumnKind.MONEY or not currency.rates or "currency" not in work.table.names:
        return None
    cases = " ".join(
        f"WHEN {text_literal(code)} THEN {rate!r}::DOUBLE"
        for code, rate in currency.rates.items()
        if code != currency.default
    )
    return f"(CASE {work.field('currency').sql} {cases} ELSE 1.0::DOUBLE END)" if cases else None
