"""The login to a Neo4j server, from the environment or from a file that only its owner can read.

    NEO4J_URI  NEO4J_USERNAME (default neo4j)  NEO4J_PASSWORD  NEO4J_DATABASE (default: the server's)
    NEO4J_CREDENTIALS_FILE   a file of such lines (NAME=value), as Neo4j Aura provides; the environment takes precedence

The password appears in no command line, message, log or repr.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from supplyrisk.graph.errors import StoreError

NAMES = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE")
FILE = "NEO4J_CREDENTIALS_FILE"
SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


@dataclass(frozen=True)
class Login:
    """Address of a server and credentials; database None (default) is the user's home database."""

    uri: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    database: str | None = None

    @property
    def place(self) -> str:
        """The address without anything secret, for messages."""
        address = urlsplit(self.uri)
        host = address.hostname or "?"
        port = f":{address.port}" if address.port else ""
        return f"{address.scheme}://{host}{port}"


def read_login(environment: Mapping[str, str] = os.environ, uri: str | None = None) -> Login:
    """Return the login that the environment describes.

    Parameters
    ----------
    environment: variables by name; the process's environment by default.
    uri: address of the server; NEO4J_URI by default.

    Raises
    ------
    StoreError: the address or the password is missing, the address cannot be used, or others can read the file.
    """
    settings = _read_credentials(environment.get(FILE)) | {
        n: environment[n] for n in NAMES if environment.get(n)
    }
    address = uri or settings.get("NEO4J_URI")
    if not address:
        raise StoreError(
            "no Neo4j server is named", "its address in NEO4J_URI", "set it, or add --store embedded"
        )
    _check_address(address)
    password = settings.get("NEO4J_PASSWORD")
    if not password:
        raise StoreError(
            "there is no password for Neo4j",
            f"NEO4J_PASSWORD, or a file named by {FILE}",
            "set it, or add --store embedded",
        )
    return Login(address, settings.get("NEO4J_USERNAME") or "neo4j", password, settings.get("NEO4J_DATABASE"))


def _check_address(address: str) -> None:
    """Reject an address that the driver cannot use, without quoting it: it may contain a password."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        secret = bool(parts.username or parts.password)
    except ValueError:
        usable = False
        secret = False
    if not usable:
        raise StoreError(
            "the address of Neo4j cannot be used",
            f"{', '.join(SCHEMES)}, then ://HOST[:PORT]",
            "correct NEO4J_URI, or add --store embedded",
        )
    if secret:
        raise StoreError(
            "the address of Neo4j holds a user or a password",
            "an address without them",
            f"use NEO4J_USERNAME and NEO4J_PASSWORD, or {FILE}; or add --store embedded",
        )


def _read_credentials(file_name: str | None) -> dict[str, str]:
    if not file_name:
        return {}
    path = Path(file_name)
    if not path.is_file():
        raise StoreError(f"there is no file {path}", "a file of credentials", f"correct {FILE}")
    # Any permission of group or others.
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise StoreError(f"{path} can be read by others", "mode 600", f"chmod 600 {path}")
    settings = {}
    # Only the known names are read; Aura's files have comments and further variables.
    for line in path.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.partition("=")
        if sign and name.strip() in NAMES:
            settings[name.strip()] = value.strip()
    return settings
