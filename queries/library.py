"""The query library from Python: `library.run("single-source", store, region="Zhejiang")` gives a DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from supplyrisk.queries.runner import bind_query_params, get_query

if TYPE_CHECKING:
    import pandas as pd


class FrameLike(Protocol):
    """Rows that can be converted to a DataFrame, such as a `pyarrow.Table`."""

    def to_pandas(self, *, types_mapper: Callable[[Any], Any]) -> pd.DataFrame:
        """Return the rows as a DataFrame with mapped column types."""


class QuerySource(Protocol):
    """The part of a graph store that this module needs."""

    def run(
        self, cypher: str, params: Mapping[str, object] | None = None, *, timeout: float = ...
    ) -> FrameLike:
        """Return the rows of a statement."""


def run(name: str, store: QuerySource, /, *, timeout: float = 180.0, **params: object) -> pd.DataFrame:
    """Run a library query and return its rows in the order that the query defines.

    Parameters
    ----------
    name: the query's name, with or without its topic.
    store: an `EmbeddedStore` or a `Neo4jStore`.
    timeout: seconds after which the query is stopped; 180 by default.
    params: its parameters as Python values (20, 0.5, True, a `date`, a list of texts) or as text.

    Returns
    -------
    DataFrame: the columns of the query's header, backed by Arrow: missing values are `pandas.NA`, integers stay
        integers and lists stay lists.

    Raises
    ------
    QueryError: there is no such query, or parameters do not fit; one message lists all of them. Errors of the store
        are passed on.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import, and not needed to list and show queries

    query = get_query(name)
    # Arrow-backed types, because numpy has no missing integers and no lists.
    return store.run(query.cypher, bind_query_params(query, params), timeout=timeout).to_pandas(
        types_mapper=pd.ArrowDtype
    )
