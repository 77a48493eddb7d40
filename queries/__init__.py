"""Cypher texts by topic, and their runner; it knows nothing of stores, scores or tables."""

from supplyrisk.queries import library
from supplyrisk.queries.lint import check_query
from supplyrisk.queries.params import KINDS, QueryError, QueryParam, check_own_params
from supplyrisk.queries.runner import (
    Query,
    Runner,
    bind_query_params,
    get_query,
    list_queries,
    parse_query,
    run_query,
    show_query,
)

__all__ = [
    "KINDS",
    "Query",
    "QueryError",
    "QueryParam",
    "Runner",
    "bind_query_params",
    "check_own_params",
    "check_query",
    "get_query",
    "library",
    "list_queries",
    "parse_query",
    "run_query",
    "show_query",
]
