"""The rules for one cell, as SQL over its text: the same for every file format.

A rule is a condition under which the cell is bad; of several, the first one is reported. Where none holds, the cell's
value is its text in the column's type.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from supplyrisk.graph.schema.contract import DEFAULT_KINDS, SQL_TYPES, TABLES, ColumnKind, ColumnSchema
from supplyrisk.loaders.check.cell_remedies import Remedies, day_remedies, number_remedies
from supplyrisk.loaders.check.currency_names import values_key, written_as
from supplyrisk.loaders.check.folded_text import SEPARATORS, folded_sql
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.mapping import CURRENCY, Currency
from supplyrisk.loaders.read.column_binding import UNDATED_DEFAULTS
from supplyrisk.loaders.read.read_json import WRONG_TYPE

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
NOT_FINITE = r"(?i)[+-]?(nan|inf|infinity)"
LARGEST_COUNT = 2**53
"""Largest whole number up to which a double holds all of them exactly."""
_MIN_YEAR = 1800
_MAX_YEAR = 2199
# white space at the ends, and characters that a reader cannot see: they would split one id into two
_UNTIDY = r"^[\s\p{Z}]|[\s\p{Z}]$|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]"
_NEGATIVE_TRADE = 'correct the cell, or set negative = "return" in the mapping if it is a credit note'
_MARK = f"chr({ord(WRONG_TYPE)})"
BLANKED_INSTEAD = ', or set on_bad_cell = "blank" in column_format to leave such cells empty'
"""Second way to treat faults of columns that may be empty."""


@dataclass(frozen=True)
class CellRule:
    """One rule.

    Parameters
    ----------
    name: code of the rule.
    breach: SQL condition under which the cell breaks it.
    accepted: what would be accepted.
    remedy: what to do.
    remedies: SQL conditions on the cell under which something else is to be done; see `cell_remedies`.
    implied: whether another rule is always broken, too; this one only gives the fault a better name.
    """

    name: str
    breach: str
    accepted: str
    remedy: str = "correct the cell in the file"
    implied: bool = False
    remedies: Remedies = ()

    def remedy_sql(self, second_way: str) -> str:
        """Return the SQL of what to do about a cell that breaks the rule.

        Parameters
        ----------
        second_way: SQL of a text to add where no key of the mapping reads the cell's form.
        """
        cases = " ".join(f"WHEN {condition} THEN {text_literal(text)}" for condition, text in self.remedies)
        default = f"{text_literal(self.remedy)} || {second_way}"
        return f"CASE {cases} ELSE {default} END" if cases else default


@dataclass(frozen=True)
class TableField:
    """A column in the working database.

    Parameters
    ----------
    position: among the table's columns; the data set's own columns come behind those of the contract.
    name, kind: of the column.
    column: the contract's column; None for one of the data set's own.
    """

    position: int
    name: str
    kind: ColumnKind
    column: ColumnSchema | None = None

    @property
    def sql(self) -> str:
        """Name inside the database, safe whatever the data set calls the column."""
        return f"v{self.position}"

    @property
    def parsed(self) -> str:
        """Name inside the database of the text as a number or day."""
        return f"p{self.position}"


def required_value(field: TableField) -> CellRule:
    """Return the rule that a column is filled."""
    return CellRule("required", f"{field.sql} IS NULL", "a value", "fill in the cell in the file")


def required_day(on: TableField, kind: TableField, undated_kinds: Collection[str]) -> CellRule:
    """Return the rule that an event has a day, unless it is of a kind whose day may be unknown.

    Parameters
    ----------
    on, kind: columns of the event's day and kind.
    undated_kinds: those kinds; none where every event needs a day.
    """
    rule = required_value(on)
    if not undated_kinds:
        is_default = f"{kind.sql} IN ({_texts(DEFAULT_KINDS)})"
        return replace(rule, remedies=((is_default, f"{rule.remedy}; {UNDATED_DEFAULTS}"),))
    breach = f"{rule.breach} AND coalesce({kind.sql} NOT IN ({_texts(undated_kinds)}), true)"
    return replace(
        rule, breach=breach, accepted=f"a day, but for events of kind {' or '.join(undated_kinds)}"
    )


def _texts(values: Collection[str]) -> str:
    return ", ".join(text_literal(value) for value in values)


def rules_of(field: TableField, currency: Currency) -> list[CellRule]:
    """Return the rules of a column's values, in the order in which they are tried.

    They are conditions on its text, v<position>, and on its text as a number or day, p<position>.
    """
    text = field.sql
    column = field.column
    # the mark of a wrong JSON type breaks the rules of all other kinds anyway
    takes_any_text = field.kind in (ColumnKind.ID, ColumnKind.TEXT)
    wrong_type = f"starts_with({text}, {_MARK})"
    rules = [CellRule("type", wrong_type, _json_type(field.kind), implied=not takes_any_text)]
    rules += [_currency(text, currency)] if field.name == "currency" and column else _by_kind(field)
    # they are about cells that have a value
    return [replace(rule, breach=f"{text} IS NOT NULL AND ({rule.breach})") for rule in rules]


def parsed_sql(field: TableField) -> str:
    """Return the SQL of a text as a number or day, NULL where it is neither; other kinds stay texts."""
    match field.kind:
        case ColumnKind.MONEY | ColumnKind.NUMBER | ColumnKind.COUNT:
            # -0.0 becomes 0.0: equal values must be equal bytes
            return f"TRY_CAST({field.sql} AS DOUBLE) + 0.0"
        case ColumnKind.DAY:
            return f"TRY_CAST({field.sql} AS DATE)"
        case _:
            return field.sql


def typed_value_sql(field: TableField) -> str:
    """Return the SQL of the typed value of a cell that breaks no rule."""
    parsed = field.parsed
    match field.kind:
        case ColumnKind.COUNT:
            return f"TRY_CAST({parsed} AS BIGINT)"
        case ColumnKind.FLAG:
            return f"lower({parsed}) IN ('1', 'true')"
        case ColumnKind.CHOICES:
            # sorted, so that the order in which a file lists choices makes no difference
            return f"array_to_string(list_sort(list_distinct(string_split({parsed}, '|'))), '|')"
        case _:
            return parsed


def first_breach_sql(rules: list[CellRule]) -> str:
    """Return the SQL of the name of the first rule that is broken, NULL where none is."""
    return "CASE " + " ".join(f"WHEN {r.breach} THEN {text_literal(r.name)}" for r in rules) + " END"


def any_breach_sql(rules: list[CellRule]) -> str:
    """Return the SQL of whether any rule is broken: true or false, never NULL."""
    return "coalesce(" + " OR ".join(f"({r.breach})" for r in rules if not r.implied) + ", false)"


def _json_type(kind: ColumnKind) -> str:
    """Return the JSON values that a column of this kind accepts."""
    if kind in (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT):
        return "a number"
    return {ColumnKind.DAY: "a day as text", ColumnKind.FLAG: "0, 1, true or false"}.get(
        kind, "text: ids and words are text, in JSON in quotes"
    )


def _by_kind(field: TableField) -> list[CellRule]:
    """Return the rules of a column's kind."""
    text = field.sql
    column = field.column
    match field.kind:
        case ColumnKind.ID:
            return [_tidy(text, "id", "an id")]
        case ColumnKind.TEXT:
            # a required text names a kind: an open list of words, compared letter by letter
            is_word = column is not None and column.required
            free_text = CellRule("text", f"contains({text}, {_MARK})", "text without NUL characters")
            return [_tidy(text, "word", "a word") if is_word else free_text]
        case ColumnKind.CHOICE | ColumnKind.CHOICES:
            return [_choice(field)]
        case ColumnKind.DAY:
            return [_day(field)]
        case ColumnKind.FLAG:
            breach = f"lower({text}) NOT IN ('0', '1', 'true', 'false')"
            remedy = "correct the cell, or list its word under true_words or false_words in the mapping"
            return [CellRule("flag", breach, "0 or 1", remedy)]
        case _:
            return _number(field)


def _tidy(text: str, rule: str, expected: str) -> CellRule:
    """Return the rule that a text has no white space around it and no invisible characters."""
    accepted = f"{expected} without surrounding white space and without invisible characters"
    trimmed = rf"regexp_replace({text}, '^[\s\p{{Z}}]+|[\s\p{{Z}}]+$', '', 'g')"
    is_tidy_inside = f"NOT regexp_matches({trimmed}, {text_literal(_UNTIDY)})"
    remedies = ((is_tidy_inside, "set trim = true in the mapping"),)
    return CellRule(rule, f"regexp_matches({text}, {text_literal(_UNTIDY)})", accepted, remedies=remedies)


def _choice(field: TableField) -> CellRule:
    choices = field.column.choices if field.column else ()
    listed = "[" + ", ".join(text_literal(c) for c in choices) + "]"
    if field.kind is ColumnKind.CHOICE:
        remedy = "correct the cell, or replace its word under values in the mapping"
        breach = f"NOT list_contains({listed}, {field.sql})"
        folded = folded_sql(field.sql, SEPARATORS)
        remedies = tuple(
            (
                f"{folded} = {text_literal(c.replace('_', ''))}",
                f"replace it by {c} under values in the mapping",
            )
            for c in choices
        )
        return CellRule("choice", breach, f"one of {', '.join(choices)}", remedy, remedies=remedies)
    breach = f"NOT list_has_all({listed}, string_split({field.sql}, '|'))"
    remedy = "correct the cell, set list_separator, or replace its words under values in the mapping"
    return CellRule("choice", breach, f"one or several of {', '.join(choices)}, joined by |", remedy)


def _day(field: TableField) -> CellRule:
    text = field.sql
    day = field.parsed
    # DuckDB reads other spellings as days, too: only the ISO one equals the day written back as text
    breach = (
        # infinity is a day for DuckDB, and has no year
        f"{day} IS NULL OR NOT isfinite({day}) OR CAST({day} AS VARCHAR) <> {text} "
        f"OR year({day}) NOT BETWEEN {_MIN_YEAR} AND {_MAX_YEAR}"
    )
    accepted = f"a day such as 2024-03-31, from {_MIN_YEAR} to {_MAX_YEAR}"
    remedy = "write it as year-month-day, or add its form to dates in the mapping"
    return CellRule("day", breach, accepted, remedy, remedies=day_remedies(text, field.name))


def _number(field: TableField) -> list[CellRule]:
    text = field.sql
    value = field.parsed
    column = field.column
    unread = f"NOT regexp_full_match({text}, {text_literal(NUMBER)}) OR {value} IS NULL"
    rules = [
        CellRule(
            "finite",
            f"regexp_full_match({text}, {text_literal(NOT_FINITE)})",
            "a finite number",
            "leave the cell empty if the value is missing",
            # words such as nan break the rule below as well
            implied=True,
        ),
        CellRule(
            "number",
            unread,
            "a number such as 1234.5, without separators, currency signs or white space",
            remedies=number_remedies(text),
        ),
        # 1e400 is written as a number and is infinite
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
        is_trade = column is TABLES["supplies"].column("amount")
        remedy = _NEGATIVE_TRADE if is_trade else "correct the cell in the file"
        rules.append(CellRule("least", f"{value} < {column.minimum}", f"at least {column.minimum:g}", remedy))
    if column is not None and column.maximum is not None:
        rules.append(CellRule("most", f"{value} > {column.maximum}", f"at most {column.maximum:g}"))
    return rules


def _currency(text: str, currency: Currency) -> CellRule:
    """Return the rule of a currency: one that can be converted, or any code where none is named."""
    codes: Collection[str] = currency.accepted
    if not codes:
        malformed = f"NOT regexp_full_match({text}, {text_literal(CURRENCY.pattern)})"
        remedy = f"replace it by its code under values in the mapping, such as {values_key({'¥': 'CNY'})}"
        return CellRule("currency", malformed, "an ISO code such as CNY", remedy)
    remedies = tuple(
        (f"{text} = {text_literal(word)}", f"if it is {code}, set {values_key({word: code})} in the mapping")
        for code in codes
        for word in written_as(code)
    )
    return CellRule(
        "currency",
        f"{text} NOT IN ({', '.join(text_literal(code) for code in codes)})",
        f"one of {', '.join(codes)}",
        "add its rate under [currency] in a mapping",
        remedies=remedies,
    )


def sql_type(kind: ColumnKind) -> str:
    """Return the SQL type in which a kind is stored."""
    return SQL_TYPES[kind]


def looks_numeric_sql(text: str) -> str:
    """Return the SQL of whether a text is a number, or a word for one that is not finite (a bad value, but no text)."""
    pattern = f"{NUMBER}|{NOT_FINITE}"
    return f"regexp_full_match({text}, {text_literal(pattern)})"
