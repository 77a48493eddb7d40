"""The rules of portable Cypher that library queries must follow, with reasons; docs/cypher.md is generated from them.

The rules examine a statement's text without its comments and string literals. Each rule avoids a difference that was
observed between the two stores (kglite 0.21, Neo4j 5.26), or ensures a guarantee of the library: equal rows in equal
order, values as parameters, and queries that end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from supplyrisk.queries import Query

# Comments and string literals, which the rules do not examine.
_UNREAD = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_ORDER = re.compile(r"\nORDER BY (?P<columns>[^\n]+)\nLIMIT \$top$")
# The last RETURN of a statement: subqueries have one too.
_RETURN = re.compile(r"\bRETURN\b(?!.*\bRETURN\b)", re.DOTALL)
# A variable length with its bounds: "1..3" in [:SUPPLIES*1..3].
_LONG = re.compile(r"\[[^\]\[]*\*(?P<bounds>[^\]\s{]*)")
_CLAUSE = re.compile(r"\b(?:MATCH|WITH|UNWIND|WHERE|RETURN|ORDER BY|LIMIT)\b")
MAX_LINKS = 5
"""Largest number of links in a pattern of variable length."""


@dataclass(frozen=True)
class LintRule:
    """One rule.

    Parameters
    ----------
    name: the rule's name.
    requirement: what a query must do.
    reason: why.
    find: returns the violations in a query, as the offending words.
    """

    name: str
    requirement: str
    reason: str
    find: Callable[[Query], list[str]]


def without_comments(cypher: str) -> str:
    """Return a statement without comments and with empty string literals."""
    return _UNREAD.sub(lambda match: "''" if match.group()[0] in "'\"" else "", cypher)


def _matches(pattern: str, flags: int = re.IGNORECASE) -> Callable[[Query], list[str]]:
    """Return a check that reports every match of a regular expression."""
    compiled = re.compile(pattern, flags)
    return lambda query: [
        match.group().strip() for match in compiled.finditer(without_comments(query.cypher))
    ]


def _unbounded(query: Query) -> list[str]:
    breaches = []
    for match in _LONG.finditer(without_comments(query.cypher)):
        # "*3" is exactly three links, "*..3" at most three; "*" and "*1.." have no upper bound.
        last = match["bounds"].rpartition("..")[2]
        if not last.isdigit() or int(last) > MAX_LINKS:
            breaches.append(match.group())
    return breaches


def _no_order(query: Query) -> list[str]:
    match = _ORDER.search(query.cypher)
    if match is None:
        return ["the end"]
    names = {name for name, _ in query.columns}
    ordered = [
        part.removesuffix(" DESC").removesuffix(" IS NULL").strip() for part in match["columns"].split(",")
    ]
    return [part for part in ordered if part not in names]


def _columns_differ(query: Query) -> list[str]:
    match = _RETURN.search(query.cypher)
    returned = query.cypher[match.end() :].partition("\nORDER BY")[0] if match else ""
    names = [part.rpartition(" AS ")[2].strip() for part in _parts(returned)]
    return [] if names == [name for name, _ in query.columns] else names


def _parts(text: str) -> list[str]:
    """Return the parts of a text that are separated by commas outside brackets."""
    parts = [""]
    depth = 0
    for letter in " ".join(text.split()):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _params_differ(query: Query) -> list[str]:
    # Both directions: parameters without a header line, and header lines without a use.
    used = set(re.findall(r"\$(\w+)", without_comments(query.cypher)))
    return sorted(used ^ {param.name for param in query.params})


def _pasted_values(query: Query) -> list[str]:
    """Return string literals that are no words of the contract, and so look like values of a user's data."""
    # Words of the contract are in lower case; names, ids and days of a data set are not.
    texts = re.findall(r"'((?:\\.|[^'\\])*)'", re.sub(r"//[^\n]*", "", query.cypher))
    return [text for text in texts if not re.fullmatch(r"[a-z_ ,-]*", text)]


def _numbers(query: Query) -> list[str]:
    """Return numbers above 9; smaller ones are needed for arithmetic, positions and digits."""
    numbers = re.findall(r"(?<![\w.*$])\d+(?:\.\d+)?(?![\w.])", without_comments(query.cypher))
    return [number for number in numbers if float(number) > 9]


def _unsorted_lists(query: Query) -> list[str]:
    """Return clauses with a collect whose rows were not ordered by the clause before."""
    # Pairs of a clause and the one before it; the first clause has an empty one before it.
    clauses = _clauses(without_comments(query.cypher))
    breaches = []
    for before, (word, text) in zip([("", ""), *clauses], clauses, strict=False):
        gathers = re.search(r"\bcollect\s*\(", text) and word in ("WITH", "RETURN")
        if gathers and before[0] != "ORDER BY" and not _only_a_set(query, text):
            breaches.append(" ".join(text.split())[:60])
    return breaches


def _only_a_set(query: Query, text: str) -> bool:
    """Return whether none of the lists collected here is returned as a list; their order does not matter then."""
    names = re.findall(r"collect\s*\((?:[^()]|\([^()]*\))*\)(?:\[[^\]]*\])?\s+AS\s+(\w+)", text)
    return bool(names) and not {name for name, _ in query.columns} & set(names)


def _clauses(text: str) -> list[tuple[str, str]]:
    """Return the clauses of a statement as (keyword, text)."""
    starts = [*_CLAUSE.finditer(text)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [(start.group(), text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]


def _unrounded(query: Query) -> list[str]:
    """Return the first sum or product of a statement that never rounds."""
    # sum(CASE ...) counts rows and is an integer; a reduce with CASE picks a minimum, which is exact.
    text = without_comments(query.cypher)
    sums = re.findall(r"\b(?:sum|avg)\s*\((?!\s*CASE\b)[^()]*|\breduce\s*\([^|]*\|(?!\s*CASE\b)[^()]*", text)
    return sums[:1] if sums and not re.search(r"\bround\s*\(", text) else []


def _missing_header_fields(query: Query) -> list[str]:
    fields = {"title": query.title, "term": query.term, "read": query.reading, "cost": query.cost}
    lacking = [name for name, text in {**fields, "pattern": "".join(query.pattern)}.items() if not text]
    return lacking + (["a full stop after the title"] if query.title.endswith(".") else [])


RULES: tuple[LintRule, ...] = (
    LintRule(
        "one statement that reads",
        "MATCH, OPTIONAL MATCH, UNWIND, WITH and RETURN; no CREATE, MERGE, SET, DELETE, REMOVE, no semicolon",
        "A query of the library changes nothing, and the stores refuse a statement that writes.",
        _matches(r"\b(?:CREATE|MERGE|SET|DETACH|DELETE|REMOVE|FOREACH|LOAD\s+CSV|DROP)\b|;"),
    ),
    LintRule(
        "no procedures",
        "no CALL name(), no apoc., no gds.; use COUNT { } and EXISTS { } instead of subqueries",
        "Procedures belong to one engine and its plugins; the embedded store has none.",
        _matches(r"\bCALL\b|\bapoc\.\w*|\bgds\.\w*"),
    ),
    LintRule(
        "no quantified paths",
        "write [:TYPE*1..3], not ->{1,3} or (( )-->( ))+",
        "kglite does not support them.",
        _matches(
            r"(?:->|<-|-)\s*(?:\{\s*\d*\s*(?:,\s*\d*)?\s*\}|[+*](?=\s*\())|\)\s*(?:\{\s*\d*\s*,|\+\s*\()"
        ),
    ),
    LintRule(
        "bounded length",
        f"every * has an upper bound of at most {MAX_LINKS}",
        "The number of paths multiplies at each step: without a bound a single hub makes a query run for hours.",
        _unbounded,
    ),
    LintRule(
        "no SHORTEST, no shortestPath",
        "match a bounded length and order by it",
        "kglite does not support SHORTEST k; if several paths are shortest, shortestPath returns an arbitrary one.",
        _matches(r"\b(?:ALL\s+)?SHORTEST\b|\b(?:allShortestPaths|shortestPath)\s*\("),
    ),
    LintRule(
        "no percentiles",
        "no percentileCont, percentileDisc, stDev",
        "kglite has no percentileCont, and a standard deviation depends visibly on the order of summation.",
        _matches(r"\b(?:percentile\w*|stdevp?)\b"),
    ),
    LintRule(
        "no internal ids, no whole nodes",
        "no id(), elementId(), properties(), keys(), no RETURN of a node; return firm_id or another key instead",
        "Internal ids change with every load, and the properties of a node differ between the stores.",
        _matches(r"\b(?:elementId|id|properties|keys)\s*\("),
    ),
    LintRule(
        "no random, no today",
        "no rand(), no date(), datetime() or timestamp() without an argument",
        "The same graph must give the same rows tomorrow: days come from the data or from parameters.",
        _matches(r"\brand\s*\(|\b(?:date|datetime|localdatetime|time|timestamp|randomUUID)\s*\(\s*\)"),
    ),
    LintRule(
        "a total order, then LIMIT $top",
        "ends with ORDER BY over returned columns that leaves no ties, then LIMIT $top",
        "Without it the order of rows depends on the engine. Null sorts last in both stores, and first with DESC.",
        _no_order,
    ),
    LintRule(
        "columns as in the header",
        "RETURN gives the columns of the header, by name and in the same order",
        "Programs read the columns by name; the engines return maps and nodes in different shapes.",
        _columns_differ,
    ),
    LintRule(
        "parameters as in the header",
        "every $name is a param of the header, and every param is used",
        "Parameters are checked against the header before the run.",
        _params_differ,
    ),
    LintRule(
        "no values pasted",
        "quoted texts are words of the contract (lower case); names, places, days and amounts are parameters",
        "A value inside a query is hard to find and to change, and every new value requires a new query plan.",
        _pasted_values,
    ),
    LintRule(
        "no large numbers",
        "numbers above 9 are parameters with a default",
        "A reader must be able to see a threshold, and to change it.",
        _numbers,
    ),
    LintRule(
        "lists in order",
        "collect follows WITH ... ORDER BY, unless the list itself is not returned",
        "The order of a list is that of the rows it was collected from, which engines do not guarantee.",
        _unsorted_lists,
    ),
    LintRule(
        "no counts divided",
        "1.0 * count(x) / n, never count(x) / n",
        "Integer division drops the remainder in both stores, without a warning. An integer divided by 0 is an error; "
        "another number divided by 0 is null.",
        _matches(r"(?<![*.] )\b(?:count|size|length)\s*\([^()]*\)\s*/"),
    ),
    LintRule(
        "sums of money and shares are rounded",
        "a column that is a sum or product of such numbers is rounded by round(x, 6), or round(x, 2) for money",
        "The last digits of a sum depend on the order of its terms: without rounding, the values of equal rows, and "
        "with them their order, would differ between the stores.",
        _unrounded,
    ),
    LintRule(
        "plain ASCII",
        "only ASCII characters in the statement",
        "Editors and shells may damage other characters.",
        lambda query: [letter for letter in query.cypher if not letter.isascii()],
    ),
    LintRule(
        "a whole header",
        "title (without a full stop), term, read, pattern and cost are present",
        "Users need to know how to read the result, and what a query costs before they run it.",
        _missing_header_fields,
    ),
)
"""All rules, in the order of docs/cypher.md."""


def check_query(query: Query) -> list[str]:
    """Return all violations in a query as "rule: offending words"; empty for a portable query."""
    return [f"{rule.name}: {words}" for rule in RULES for words in rule.find(query)]
