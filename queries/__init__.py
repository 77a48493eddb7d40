"""Cypher texts by topic, and their runner; it knows nothing of stores, scores or tables."""

from supplyrisk.queries import library
from supplyrisk.queries.lint import check_query
from supplyrisk.queries.params import KINDS, Param, QueryError, check_given
from supplyrisk.queries.runner import (
    Query,
    Runner,
    bind,
    get_query,
    list_queries,
    parse_query,
    run_query,
    show_query,
)

__all__ = [
    "KINDS",
    "Param",
    "Query",
    "QueryError",
    "Runner",
    "bind",
    "check_given",
    "check_query",
    "get_query",
    "library",
    "list_queries",
    "parse_query",
    "run_query",
    "show_query",
]
