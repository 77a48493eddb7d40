"""The portable subset of Cypher: what a query of the library may not use, and why; docs/cypher.md is made from it.

The rules read a statement's text, without its comments and quoted texts. Each was seen in one of the two stores
(kglite 0.21, Neo4j 5.26) or keeps a promise of the library: equal rows in equal order, values as parameters, an end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from supplyrisk.queries.runner import Query

_UNREAD = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_ORDER = re.compile(r"\nORDER BY (?P<columns>[^\n]+)\nLIMIT \$top$")
_RETURN = re.compile(r"\bRETURN\b(?!.*\bRETURN\b)", re.DOTALL)
_LONG = re.compile(r"\[[^\]\[]*\*(?P<bounds>[^\]\s{]*)")
_CLAUSE = re.compile(r"\b(?:MATCH|WITH|UNWIND|WHERE|RETURN|ORDER BY|LIMIT)\b")
LONGEST = 5
"""Links that a pattern of variable length may have at most."""


@dataclass(frozen=True)
class LintRule:
    """One rule: what it asks for, why, and what finds its breaches in a query (the words at fault)."""

    name: str
    asks: str
    reason: str
    find: Callable[[Query], list[str]]


def without_comments(cypher: str) -> str:
    """A statement without comments, and with every quoted text empty."""
    return _UNREAD.sub(lambda found: "''" if found.group()[0] in "'\"" else "", cypher)


def _words(pattern: str, flags: int = re.IGNORECASE) -> Callable[[Query], list[str]]:
    """A rule that is broken by what a pattern finds."""
    compiled = re.compile(pattern, flags)
    return lambda query: [
        found.group().strip() for found in compiled.finditer(without_comments(query.cypher))
    ]


def _unbounded(query: Query) -> list[str]:
    found = []
    for match in _LONG.finditer(without_comments(query.cypher)):
        last = match["bounds"].rpartition("..")[2]
        if not last.isdigit() or int(last) > LONGEST:
            found.append(match.group())
    return found


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
    found = _RETURN.search(query.cypher)
    returned = query.cypher[found.end() :].partition("\nORDER BY")[0] if found else ""
    names = [part.rpartition(" AS ")[2].strip() for part in _parts(returned)]
    return [] if names == [name for name, _ in query.columns] else names


def _parts(text: str) -> list[str]:
    """What commas outside brackets divide."""
    parts, depth = [""], 0
    for letter in " ".join(text.split()):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _params_differ(query: Query) -> list[str]:
    used = set(re.findall(r"\$(\w+)", without_comments(query.cypher)))
    return sorted(used ^ {param.name for param in query.params})


def _pasted(query: Query) -> list[str]:
    """Quoted texts that are no word of the contract: values of a user's data."""
    texts = re.findall(r"'((?:\\.|[^'\\])*)'", re.sub(r"//[^\n]*", "", query.cypher))
    return [text for text in texts if not re.fullmatch(r"[a-z_ ,-]*", text)]


def _numbers(query: Query) -> list[str]:
    """Numbers beyond the small ones that arithmetic, places and digits need."""
    found = re.findall(r"(?<![\w.*$])\d+(?:\.\d+)?(?![\w.])", without_comments(query.cypher))
    return [number for number in found if float(number) > 9]


def _unsorted_lists(query: Query) -> list[str]:
    """A collect whose rows were not ordered by the clause before."""
    clauses = _clauses(without_comments(query.cypher))
    found = []
    for before, (word, text) in zip([("", ""), *clauses], clauses, strict=False):
        gathers = re.search(r"\bcollect\s*\(", text) and word in ("WITH", "RETURN")
        if gathers and before[0] != "ORDER BY" and not _only_a_set(query, text):
            found.append(" ".join(text.split())[:60])
    return found


def _only_a_set(query: Query, text: str) -> bool:
    """Whether no list that is gathered here comes back as a list: then its order shows nowhere."""
    names = re.findall(r"collect\s*\((?:[^()]|\([^()]*\))*\)(?:\[[^\]]*\])?\s+AS\s+(\w+)", text)
    return bool(names) and not {name for name, _ in query.columns} & set(names)


def _clauses(text: str) -> list[tuple[str, str]]:
    starts = [*_CLAUSE.finditer(text)]
    ends = [found.start() for found in starts[1:]] + [len(text)]
    return [(found.group(), text[found.end() : end]) for found, end in zip(starts, ends, strict=True)]


def _unrounded(query: Query) -> list[str]:
    """The first sum or product of a statement that never rounds; counts by CASE are whole, and least values exact."""
    text = without_comments(query.cypher)
    found = re.findall(r"\b(?:sum|avg)\s*\((?!\s*CASE\b)[^()]*|\breduce\s*\([^|]*\|(?!\s*CASE\b)[^()]*", text)
    return found[:1] if found and not re.search(r"\bround\s*\(", text) else []


def _unsaid(query: Query) -> list[str]:
    fields = {"title": query.title, "term": query.term, "read": query.reading, "cost": query.cost}
    lacking = [name for name, text in {**fields, "pattern": "".join(query.pattern)}.items() if not text]
    return lacking + (["a full stop after the title"] if query.title.endswith(".") else [])


RULES: tuple[LintRule, ...] = (
    LintRule(
        "one statement that reads",
        "MATCH, OPTIONAL MATCH, UNWIND, WITH and RETURN; no CREATE, MERGE, SET, DELETE, REMOVE, no semicolon",
        "A query of the library changes nothing, and the stores refuse a statement that writes.",
        _words(r"\b(?:CREATE|MERGE|SET|DETACH|DELETE|REMOVE|FOREACH|LOAD\s+CSV|DROP)\b|;"),
    ),
    LintRule(
        "no procedures",
        "no CALL name(), no apoc., no gds.; use COUNT { } and EXISTS { } instead of subqueries",
        "Procedures belong to one engine and its plugins; the embedded store has none.",
        _words(r"\bCALL\b|\bapoc\.\w*|\bgds\.\w*"),
    ),
    LintRule(
        "no quantified paths",
        "write [:TYPE*1..3], not ->{1,3} or (( )-->( ))+",
        "kglite does not support them.",
        _words(r"(?:->|<-|-)\s*(?:\{\s*\d*\s*(?:,\s*\d*)?\s*\}|[+*](?=\s*\())|\)\s*(?:\{\s*\d*\s*,|\+\s*\()"),
    ),
    LintRule(
        "bounded length",
        f"every * has an upper bound of at most {LONGEST}",
        "The number of paths multiplies at each step: without a bound a single hub makes a query run for hours.",
        _unbounded,
    ),
    LintRule(
        "no SHORTEST, no shortestPath",
        "match a bounded length and order by it",
        "kglite does not support SHORTEST k; if several paths are shortest, shortestPath returns an arbitrary one.",
        _words(r"\b(?:ALL\s+)?SHORTEST\b|\b(?:allShortestPaths|shortestPath)\s*\("),
    ),
    LintRule(
        "no percentiles",
        "no percentileCont, percentileDisc, stDev",
        "kglite has no percentileCont, and a standard deviation depends visibly on the order of summation.",
        _words(r"\b(?:percentile\w*|stdevp?)\b"),
    ),
    LintRule(
        "no internal ids, no whole nodes",
        "no id(), elementId(), properties(), keys(), no RETURN of a node; return firm_id or another key instead",
        "Internal ids change with every load, and the properties of a node differ between the stores.",
        _words(r"\b(?:elementId|id|properties|keys)\s*\("),
    ),
    LintRule(
        "no random, no today",
        "no rand(), no date(), datetime() or timestamp() without an argument",
        "The same graph must give the same rows tomorrow: days come from the data or from parameters.",
        _words(r"\brand\s*\(|\b(?:date|datetime|localdatetime|time|timestamp|randomUUID)\s*\(\s*\)"),
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
        _pasted,
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
        _words(r"(?<![*.] )\b(?:count|size|length)\s*\([^()]*\)\s*/"),
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
        _unsaid,
    ),
)
"""All rules."""


def check_query(query: Query) -> list[str]:
    """Every breach of a rule, as `rule: the words at fault`; empty for a query that keeps to the subset."""
    return [f"{rule.name}: {words}" for rule in RULES for words in rule.find(query)]
