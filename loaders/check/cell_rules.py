"""The rules for one cell, as SQL over its text: the same for every format.

A rule is a condition under which the cell is bad; the first that holds is the one reported. Where none holds,
the cell's value is its text in the column's type.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from supplyrisk.graph.schema.contract import SQL_TYPES, ColumnKind, ColumnSchema
from supplyrisk.loaders.mappings.mapping_file import CURRENCY
from supplyrisk.loaders.read.column_binding import is_required
from supplyrisk.loaders.read.read_json import WRONG_TYPE

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
NOT_FINITE = r"(?i)[+-]?(nan|inf|infinity)"
LARGEST_COUNT = 2**53
_LEAST_YEAR, _MOST_YEAR = 1800, 2199
# letters that a reader cannot see would make two ids of one
_UNTIDY = r"^[\s\p{Z}]|[\s\p{Z}]$|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]"
_MARK = f"chr({ord(WRONG_TYPE)})"


@dataclass(frozen=True)
class CellRule:
    """One rule: its name, the SQL condition of a breach, what would be accepted, and what to do."""

    name: str
    breach: str
    accepted: str
    remedy: str = "mend the cell in the file"
    implied: bool = False
    """Another rule is broken too wherever this one is: it only gives the better name."""


@dataclass(frozen=True)
class TableField:
    """A column at work: at its position among the table's columns and, behind them, the data set's own."""

    position: int
    name: str
    kind: ColumnKind
    column: ColumnSchema | None = None

    @property
    def sql(self) -> str:
        """Its name inside the database, safe whatever the data set calls it."""
        return f"v{self.position}"

    @property
    def parsed(self) -> str:
        """The name of its text as a number or day."""
        return f"p{self.position}"


@dataclass(frozen=True)
class Currency:
    """What amounts are converted to (None: nobody said), and the worth of other currencies in it."""

    default: str | None
    rates: dict[str, float]

    @property
    def accepted(self) -> tuple[str, ...]:
        """Codes that can be converted."""
        return tuple(dict.fromkeys((*([self.default] if self.default else []), *self.rates)))


def text_literal(text: str) -> str:
    """A text as SQL; only for what the mapping and the contract say, never for cells."""
    return "'" + text.replace("'", "''") + "'"


def rules_of(field: TableField, undated: bool, currency: Currency) -> list[CellRule]:
    """The rules of a column, in the order in which they are tried.

    They are about its text v<position> and its text as read, p<position> (see `parsed`).
    """
    t, column = field.sql, field.column
    first = []
    if column is not None and is_required(column, undated):
        first.append(CellRule("required", f"{t} IS NULL", "a value", "fill the cell in the file"))
    text = field.kind in (ColumnKind.ID, ColumnKind.TEXT)  # what others take, the mark is not among
    rules = [CellRule("type", f"starts_with({t}, {_MARK})", _json_type(field.kind), implied=not text)]
    rules += [_currency(t, currency)] if field.name == "currency" and column else _by_kind(field)
    return first + [replace(r, breach=f"{t} IS NOT NULL AND ({r.breach})") for r in rules]


def parsed_sql(field: TableField) -> str:
    """SQL of a text as number or day, NULL where it is none; other kinds are read as they are."""
    match field.kind:
        case ColumnKind.MONEY | ColumnKind.NUMBER | ColumnKind.COUNT:
            return (
                f"TRY_CAST({field.sql} AS DOUBLE) + 0.0"  # -0.0 becomes 0.0: equal values must be equal bytes
            )
        case ColumnKind.DAY:
            return f"TRY_CAST({field.sql} AS DATE)"
        case _:
            return field.sql


def value_of(field: TableField) -> str:
    """SQL of the typed value of a cell that breaks no rule."""
    p = field.parsed
    match field.kind:
        case ColumnKind.COUNT:
            return f"TRY_CAST({p} AS BIGINT)"
        case ColumnKind.FLAG:
            return f"lower({p}) IN ('1', 'true')"
        case ColumnKind.CHOICES:
            return f"array_to_string(list_sort(list_distinct(string_split({p}, '|'))), '|')"
        case _:
            return p


def first_breach(rules: list[CellRule]) -> str:
    """SQL of the name of the first rule broken, NULL where all hold."""
    return "CASE " + " ".join(f"WHEN {r.breach} THEN {text_literal(r.name)}" for r in rules) + " END"


def any_breach(rules: list[CellRule]) -> str:
    """SQL of whether a rule is broken: true or false, never NULL."""
    return "coalesce(" + " OR ".join(f"({r.breach})" for r in rules if not r.implied) + ", false)"


def _json_type(kind: ColumnKind) -> str:
    if kind in (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT):
        return "a number"
    return {ColumnKind.DAY: "a day as text", ColumnKind.FLAG: "0, 1, true or false"}.get(
        kind, "text in quotes: ids and words are text"
    )


def _by_kind(field: TableField) -> list[CellRule]:
    t, column = field.sql, field.column
    match field.kind:
        case ColumnKind.ID:
            return [_tidy(t, "an id")]
        case ColumnKind.TEXT:
            word = column is not None and column.required  # a kind: an open list of words, but words
            return [
                _tidy(t, "a word")
                if word
                else CellRule("text", f"contains({t}, {_MARK})", "text without NUL")
            ]
        case ColumnKind.CHOICE | ColumnKind.CHOICES:
            return [_choice(field)]
        case ColumnKind.DAY:
            return [_day(field)]
        case ColumnKind.FLAG:
            return [CellRule("flag", f"lower({t}) NOT IN ('0', '1', 'true', 'false')", "0 or 1")]
        case _:
            return _number(field)


def _tidy(t: str, what: str) -> CellRule:
    accepted = f"{what} without white space around it and without invisible characters"
    return CellRule(
        "id" if what == "an id" else "word", f"regexp_matches({t}, {text_literal(_UNTIDY)})", accepted
    )


def _choice(field: TableField) -> CellRule:
    choices = field.column.choices if field.column else ()
    listed = "[" + ", ".join(text_literal(c) for c in choices) + "]"
    if field.kind is ColumnKind.CHOICE:
        return CellRule("choice", f"NOT list_contains({listed}, {field.sql})", f"one of {', '.join(choices)}")
    breach = f"NOT list_has_all({listed}, string_split({field.sql}, '|'))"
    return CellRule("choice", breach, f"one or several of {', '.join(choices)}, joined by |")


def _day(field: TableField) -> CellRule:
    t, p = field.sql, field.parsed
    breach = (
        f"{p} IS NULL OR CAST({p} AS VARCHAR) <> {t} "  # other spellings are read as days too
        f"OR year({p}) NOT BETWEEN {_LEAST_YEAR} AND {_MOST_YEAR}"
    )
    accepted = f"a day such as 2024-03-31, from {_LEAST_YEAR} to {_MOST_YEAR}"
    return CellRule("day", breach, accepted, "write it as year-month-day, or name a date_format in a mapping")


def _number(field: TableField) -> list[CellRule]:
    t, value, column = field.sql, field.parsed, field.column
    unread = f"NOT regexp_full_match({t}, {text_literal(NUMBER)}) OR {value} IS NULL"
    rules = [
        CellRule(
            "finite",
            f"regexp_full_match({t}, {text_literal(NOT_FINITE)})",
            "a finite number",
            "leave the cell empty if it is missing",
            implied=True,  # such a word is no number
        ),
        CellRule(
            "number", unread, "a number such as 1234.5, without separators, signs of currency or white space"
        ),
        CellRule("finite", f"NOT isfinite({value})", "a finite number"),
    ]
    if field.kind is ColumnKind.COUNT:
        rules.append(
            CellRule(
                "whole",
                f"{value} <> floor({value}) OR abs({value}) > {LARGEST_COUNT}",
                f"a whole number up to {LARGEST_COUNT}",
            )
        )
    if column is not None and column.minimum is not None:
        rules.append(CellRule("least", f"{value} < {column.minimum}", f"at least {column.minimum:g}"))
    if column is not None and column.maximum is not None:
        rules.append(CellRule("most", f"{value} > {column.maximum}", f"at most {column.maximum:g}"))
    return rules


def _currency(t: str, currency: Currency) -> CellRule:
    listed: Collection[str] = currency.accepted
    if not listed:
        return CellRule(
            "currency",
            f"NOT regexp_full_match({t}, {text_literal(CURRENCY.pattern)})",
            "an ISO code such as CNY",
        )
    breach = f"{t} NOT IN ({', '.join(text_literal(c) for c in listed)})"
    return CellRule(
        "currency", breach, f"one of {', '.join(listed)}", "give its rate under [currency] in a mapping"
    )


def sql_type(kind: ColumnKind) -> str:
    """The type in which a kind is stored."""
    return SQL_TYPES[kind]


def looks_numeric(t: str) -> str:
    """SQL of whether a text is a number, or a word for one that is not finite (a bad value, but no text)."""
    either = f"{NUMBER}|{NOT_FINITE}"
    return f"regexp_full_match({t}, {text_literal(either)})"
