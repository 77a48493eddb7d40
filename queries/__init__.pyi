from . import library
from .params import KINDS, QueryError, QueryParam, check_own_params, nearest
from .runner import (
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
    "get_query",
    "library",
    "list_queries",
    "nearest",
    "parse_query",
    "run_query",
    "show_query",
]
