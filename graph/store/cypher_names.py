"""Checks the names in a Cypher statement against the names that the graph has.

Engines answer a mistyped label or property with no rows or with nulls, which look like a result. This module reads a
statement's tokens without parsing its grammar, and accepts whatever it is not sure of: it must never reject a correct
statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.property_names import (
    CONTAGION_NAMES,
    EXPOSED_TO,
    PORTRAIT_PREFIX,
    Vocabulary,
    holds_scores,
)
from supplyrisk.queries import did_you_mean

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<quoted>`(?:``|[^`])*`)
    |(?P<param>\$(?:\w+|`[^`]*`))|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*)|(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
# A parenthesis after one of these words opens a pattern or an expression; after any other word it is a function call.
_OPENS_PATTERN = re.compile("MATCH|MERGE|CREATE|INSERT|WHERE|AND|X?OR|NOT|RETURN|WITH|BY|THEN|ELSE|WHEN|IN")
_MAX_LISTED = 20
_SCORES = "run scgraph score first, or scgraph store scores where the workspace keeps them"
_CONTAGION = "run scgraph contagion, then scgraph store contagion"
_PORTRAITS = "run scgraph store portraits"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else ""

    @property
    def is_name(self) -> bool:
        return self.kind in ("word", "quoted")


_END = _Token("end", "")


def quoted(name: str) -> str:
    """Return a name in backticks, escaped; every name that is put into a statement goes through this function."""
    return "`" + name.replace("`", "``") + "`"


def _tokens(cypher: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(cypher):
        kind = match.lastgroup or ""
        text = match.group()
        if kind == "quoted":
            text = text[1:-1].replace("``", "`")
        if kind != "space":
            tokens.append(_Token(kind, text))
    return tokens


@dataclass
class _Frame:
    """An open bracket of the statement.

    Parameters
    ----------
    kind: "node" or "rel" (a pattern), "map" (the property map of a pattern), "brace" or "other".
    variable: the pattern's variable.
    names: the pattern's labels or types.
    head: whether the variable, labels or types of the pattern are still being read.
    """

    kind: str
    variable: str = ""
    names: set[str] = field(default_factory=set)
    head: bool = False


@dataclass
class UsedNames:
    """Names that a statement uses.

    Parameters
    ----------
    labels, types: node labels and relationship types.
    properties: pairs of (variable, property).
    bound: labels or types by pattern variable.
    rebound: names that are assigned by AS or IN; their properties cannot be checked.
    """

    labels: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    properties: set[tuple[str, str]] = field(default_factory=set)
    bound: dict[str, set[str]] = field(default_factory=dict)
    rebound: set[str] = field(default_factory=set)


def used_names(cypher: str) -> UsedNames:
    """Return the names that a statement uses, as far as its tokens show."""
    # Two end tokens on each side, so that every token has two neighbours on each side.
    tokens = [_END, _END, *_tokens(cypher), _END, _END]
    used = UsedNames()
    stack = [_Frame("other")]
    for i in range(2, len(tokens) - 2):
        before = tokens[i - 1]
        token = tokens[i]
        after = tokens[i + 1]
        if token.kind == "sign" and token.text in "([{":
            stack.append(_opened(token.text, before, stack[-1], i))
        elif token.kind == "sign" and token.text in ")]}" and len(stack) > 1:
            _close(stack.pop(), used)
        elif stack[-1].head:
            _read_pattern_head(stack[-1], before, token, after)
        elif token.is_name:
            _read_name(stack[-1], _Context(tokens[i - 2], before, token, after, tokens[i + 2]), used)
    for (first, second), third in zip(pairwise(tokens), tokens[2:], strict=False):
        if first.upper == "AS" and second.is_name:
            used.rebound.add(second.text)
        if first.is_name and second.upper == "IN" and third is not _END:
            used.rebound.add(first.text)
    return used


@dataclass(frozen=True)
class _Context:
    """A token with its two neighbours on each side."""

    before_previous: _Token
    previous: _Token
    token: _Token
    next: _Token
    after_next: _Token


def _opened(sign: str, before: _Token, outer: _Frame, place: int) -> _Frame:
    """Return the frame of a bracket that opens after a token, inside another frame; place: the token's number."""
    if sign == "(" and (not before.is_name or _OPENS_PATTERN.fullmatch(before.upper)):
        return _Frame("node", head=True)
    if sign == "[" and before.text == "-":
        return _Frame("rel", head=True)
    if sign == "{" and outer.kind in ("node", "rel") and outer.head:
        # The map ends the head: a name after it is no label. A pattern without a variable gets one that cannot occur
        # in a statement (it starts with a blank), so that its properties can be recorded.
        outer.head = False
        outer.variable = outer.variable or f" {place:06d}"
        return _Frame("map", outer.variable, outer.names)
    return _Frame("other" if sign != "{" else "brace")


def _read_pattern_head(frame: _Frame, before: _Token, token: _Token, after: _Token) -> None:
    """Read a token at the head of a pattern: the variable, then labels or types; any other token ends the head."""
    opening = before.kind == "sign" and before.text in ("(", "[")
    if opening and token.is_name and (after.text in (":", ")", "]", "{", "*") or after.upper == "WHERE"):
        frame.variable = token.text
    elif token.is_name and before.kind == "sign" and before.text in tuple(":|&!%"):
        frame.names.add(token.text)
    elif token.text not in tuple(":|&!%") and not (token.kind == "param" and before.text == ":"):
        frame.head = False
        if opening and token.upper != "WHERE" and token.text != "*":
            frame.kind = "other"


def _close(frame: _Frame, used: UsedNames) -> None:
    if frame.kind in ("node", "rel"):
        (used.labels if frame.kind == "node" else used.types).update(frame.names)
        if frame.variable:
            used.bound.setdefault(frame.variable, set()).update(frame.names)


def _read_name(frame: _Frame, context: _Context, used: UsedNames) -> None:
    """Read a name beyond a pattern's head: a property after a dot, a key of a pattern's map, a label predicate."""
    previous = context.previous.text
    name = context.token.text
    following = context.next.text
    if previous == "." and context.before_previous.is_name and following != "(":
        used.properties.add((context.before_previous.text, name))
    elif frame.kind == "map" and previous in ("{", ",") and following == ":":
        used.properties.add((frame.variable, name))
        used.bound.setdefault(frame.variable, set()).update(frame.names)
    elif (
        frame.kind in ("other", "node", "rel")
        and following == ":"
        and context.after_next.is_name
        and previous != "."
    ):
        used.labels.add(context.after_next.text)


def check_names(cypher: str, known: Vocabulary, scores: Iterable[str] = ()) -> None:
    """Reject a statement with names that the graph does not have.

    Parameters
    ----------
    known: the names that the graph has.
    scores: properties of results that a statement may name even where no firm has them.

    Raises
    ------
    CypherError: an unknown label, relationship type or property, with the nearest known name.
    """
    used = used_names(cypher)
    written = frozenset(scores)
    _check_known(used.labels, known.labels, "label")
    _check_known(used.types, known.types, "relationship type")
    by_name = {**known.labels, **known.types}
    everything = frozenset().union(*by_name.values())
    for variable, name in sorted(used.properties):
        # The variable may hold something other than a node or link of the pattern: its properties are not checked.
        if variable in used.rebound or variable not in used.bound:
            continue
        owners = used.bound[variable]
        # A variable without a label may be any node or link.
        allowed = frozenset().union(*(by_name[o] for o in owners)) if owners else everything
        if name not in allowed and name not in written:
            raise unknown_property(name, owners, allowed, written)


def refuse_load_csv(cypher: str) -> None:
    """Reject LOAD CSV: an engine in a process of the user could read any file that the user can.

    Raises
    ------
    CypherError: the statement contains LOAD CSV.
    """
    if ("LOAD", "CSV") in pairwise(token.upper for token in _tokens(cypher)):
        raise CypherError("the statement reads a file by LOAD CSV", None, "load data with scgraph load DIR")


def refuse_multiple_statements(cypher: str) -> None:
    """Reject a second statement: the embedded engine would run all and answer the last, Neo4j would run none.

    Raises
    ------
    CypherError: a semicolon is followed by more text.
    """
    tokens = _tokens(cypher)
    if any(token.kind == "sign" and token.text == ";" for token in tokens[:-1]):
        raise CypherError("the text holds more than one statement", "one statement", "run them one by one")


def _check_known(names: set[str], known: Mapping[str, frozenset[str]], kind: str) -> None:
    for name in sorted(names - known.keys()):
        if name == EXPOSED_TO:
            raise CypherError(f"there are no links {name}: the store holds no contagion", None, _CONTAGION)
        listed = ", ".join(sorted(known))
        raise CypherError(f"unknown {kind} {name}", f"one of {listed}", did_you_mean(name, known))


def unknown_property(
    name: str, owners: Iterable[str], allowed: Iterable[str], scores: Iterable[str]
) -> CypherError:
    """Return the error for a property that its owners do not have.

    Parameters
    ----------
    name: the property. owners: labels or types of its variable. allowed: properties that these have.
    scores: the properties of results that the graph has; without any, the error says how to write them.
    """
    place = f" of {' and '.join(sorted(owners))}" if owners else ""
    if name in CONTAGION_NAMES and name not in scores:
        return CypherError(f"no firm has {name}: the store holds no contagion", None, _CONTAGION)
    if name.startswith(PORTRAIT_PREFIX) and not any(each.startswith(PORTRAIT_PREFIX) for each in scores):
        return CypherError(f"no firm has {name}: the store holds no portraits", None, _PORTRAITS)
    if name.startswith("risk_") and not holds_scores(scores):
        return CypherError(f"no firm has {name}: the store holds no scores", None, _SCORES)
    # There are about a hundred features (f_...): the message lists the other properties only.
    plain = [n for n in sorted(allowed) if not n.startswith("f_")]
    expected = (
        f"one of {', '.join(plain[:_MAX_LISTED])}{', ...' if len(plain) > _MAX_LISTED else ''}"
        if plain
        else None
    )
    return CypherError(f"unknown property {name}{place}", expected, did_you_mean(name, allowed))
