"""The registry of graph stores: one record each, which says what selects the store and which module opens it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.store.neo4j import login
from supplyrisk.queries import did_you_mean

if TYPE_CHECKING:
    from supplyrisk.graph.store.protocol import Store, StoreLocation, StoreProgress


class StoreModule(Protocol):
    """What the module of a store defines."""

    def open_store(
        self, location: StoreLocation, *, create: bool = False, progress: StoreProgress | None = None
    ) -> Store:
        """Return the store, opened.

        create: make what is missing, such as a folder. progress: reports a long load.
        """

    def holds_graph(self, location: StoreLocation) -> bool:
        """Return whether the store holds a graph of scgraph's, complete or not."""


@dataclass(frozen=True)
class StoreKind:
    """A kind of graph store.

    Parameters
    ----------
    name: the value of --store that selects it.
    module_name: the module that opens it, see `StoreModule`; it is imported when a store is opened.
    schemes: schemes of the addresses that select it.
    selected_by: environment variables that select it where --store is absent.
    variables: all environment variables that it reads; their values are never shown.
    log_in: the login to its server, from the environment and an address; None for a store without a server.
    """

    name: str
    module_name: str
    schemes: tuple[str, ...] = ()
    selected_by: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    log_in: Callable[[Mapping[str, str], str | None], login.Login] | None = None

    @property
    def module(self) -> StoreModule:
        """The module that opens it."""
        return cast("StoreModule", importlib.import_module(self.module_name))


STORES = (
    StoreKind("embedded", "supplyrisk.graph.store.embedded.embedded_store"),
    StoreKind(
        "neo4j",
        "supplyrisk.graph.store.neo4j.neo4j_store",
        schemes=login.SCHEMES,
        selected_by=("NEO4J_URI", login.FILE),
        variables=(*login.NAMES, login.FILE),
        log_in=login.read_login,
    ),
)
"""All kinds; the first is used where nothing selects another."""
STORE_VALUES = f"{', '.join(kind.name for kind in STORES)} or an address"
"""What --store may be, in words."""


def selecting_variable(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the environment variable that selects a store where --store is absent; None where none does."""
    names = [name for kind in STORES for name in kind.selected_by]
    return next((name for name in names if environment.get(name)), None)


def select_store(value: str | None) -> StoreKind:
    """Return the kind that a value of --store selects: a name or an address; None leaves it to the environment.

    Raises
    ------
    RequestError: no store has that name, or addresses of that scheme.
    """
    if value is None:
        variable = selecting_variable()
        return next((kind for kind in STORES if variable in kind.selected_by), STORES[0])
    scheme, separator, _ = value.partition("://")
    if separator:
        value = f"{scheme.lower()}://"  # the rest may hold a password, and is never shown
    known = {kind.name: kind for kind in STORES}
    known |= {f"{scheme}://": kind for kind in STORES for scheme in kind.schemes}
    if value not in known:
        raise RequestError(f"no store is called {value}", STORE_VALUES, did_you_mean(value, known))
    return known[value]
