"""The query library from Python: `library.run("single-source", store, region="Zhejiang")` gives a DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from supplyrisk.queries.runner import bind_query_params, get_query

if TYPE_CHECKING:
    import pandas as pd


class FrameLike(Protocol):
    """Rows that turn into a DataFrame, as a `pyarrow.Table` does."""

    def to_pandas(self, *, types_mapper: Callable[[Any], Any]) -> pd.DataFrame:
        """The rows as a DataFrame, its columns' types mapped."""


class QuerySource(Protocol):
    """A graph store, as far as it matters here."""

    def run(
        self, cypher: str, params: Mapping[str, object] | None = None, *, timeout: float = ...
    ) -> FrameLike:
        """The rows that a statement returns."""


def run(name: str, store: QuerySource, /, *, timeout: float = 180.0, **params: object) -> pd.DataFrame:
    """The rows of a query of the library, in the order that it promises.

    Parameters
    ----------
    name: the query's name, with or without its topic.
    store: where it runs, an `EmbeddedStore` or a `Neo4jStore`.
    timeout: seconds after which it is stopped.
    params: its parameters as Python values (20, 0.5, True, a `date`, a list of texts) or as their texts.

    Returns
    -------
    DataFrame: the header's columns, backed by Arrow: what is missing is `pandas.NA`, whole numbers stay whole and
        lists stay lists.

    Raises
    ------
    QueryError: no such query, or parameters that do not fit, all of them in one message; and what the store raises.
    """
    import pandas as pd  # noqa: PLC0415 - the command line lists and shows queries without it

    query = get_query(name)
    return store.run(query.cypher, bind_query_params(query, params), timeout=timeout).to_pandas(
        types_mapper=pd.ArrowDtype
    )
