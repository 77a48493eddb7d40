from . import library
from .params import KINDS, QueryError, QueryParam, check_own_params
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
from .similar_names import did_you_mean, first_names, name_hint, similar_names, suggestion

__all__ = [
    "KINDS",
    "Query",
    "QueryError",
    "QueryParam",
    "Runner",
    "bind_query_params",
    "check_own_params",
    "did_you_mean",
    "first_names",
    "get_query",
    "library",
    "list_queries",
    "name_hint",
    "parse_query",
    "run_query",
    "show_query",
    "similar_names",
    "suggestion",
]
