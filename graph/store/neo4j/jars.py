"""The jars of Neo4j, fetched from Maven Central by a fixed list with the SHA-256 of each.

Neo4j Community Edition is under the GPLv3: users fetch it from its publisher, and scgraph never ships it. The list is
written by `python -m supplyrisk.graph.store.neo4j.jars`, which resolves Neo4j's dependencies with Maven.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.workspace.user_cache import user_cache

LIST = Path(__file__).with_name("jars.txt")
VERSION = "5.26.30"
SERVER = f"org.neo4j:neo4j:{VERSION}"
BROWSER = "org.neo4j.client:neo4j-browser:5.24.0"
LICENCE = "Neo4j Community Edition is free software under the GPLv3, fetched from Maven Central"
EXTRA = "pip install 'supplyrisk[neo4j-server]'"

ProgressCallback = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Jar:
    """One jar: its Maven coordinates and the SHA-256 of its bytes."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    def path(self, cache: Path) -> Path:
        """Return its path in a cache with Maven's layout."""
        end = f"-{self.classifier}" if self.classifier else ""
        folder = cache.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}{end}.jar"


def listed_jars(browser: bool = False) -> list[Jar]:
    """Return the jars of the server, and those of Neo4j Browser if `browser`."""
    jars = []
    included = False
    for line in LIST.read_text(encoding="utf-8").splitlines():
        # A comment line names the product of the lines below it.
        if line.startswith("#"):
            product = line[1:].strip()
            included = product == SERVER or (browser and product == BROWSER)
        elif included:
            coordinates, digest = line.split()
            group, artifact, version, classifier = coordinates.split(":")
            jars.append(Jar(group, artifact, version, classifier, digest))
    return jars


def default_cache() -> Path:
    """Return the folder of fetched jars: $XDG_CACHE_HOME/scgraph/jars, by default under ~/.cache."""
    return user_cache() / "jars"


def missing_jars(cache: Path, *, browser: bool = False) -> int:
    """Return the number of jars that are not in the cache."""
    return sum(not jar.path(cache).is_file() for jar in listed_jars(browser))


def fetch_jars(cache: Path, *, browser: bool = False, progress: ProgressCallback | None = None) -> list[Path]:
    """Return the paths of all jars, each with the right checksum; missing and damaged ones are fetched.

    Raises
    ------
    StoreError: the extra is not installed, Maven Central cannot be reached, or a fetched jar has another checksum.
    """
    jars = listed_jars(browser)
    cache.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(cache):
        for number, jar in enumerate(jars):
            path = jar.path(cache)
            # Checked at every start: a damaged jar would fail in Java with an obscure error.
            if path.is_file() and _sha256(path) == jar.sha256:
                continue
            if progress:
                progress("fetching Neo4j from Maven Central", number, len(jars))
            # A fetch that was killed leaves a truncated file, which Maven would not fetch again.
            path.unlink(missing_ok=True)
            _fetch(jar, cache)
    return [jar.path(cache) for jar in jars]


def _fetch(jar: Jar, cache: Path) -> None:
    context = _maven(cache)
    try:
        part = context.project(jar.group, jar.artifact).at_version(jar.version)
        path = Path(part.artifact(jar.classifier).resolve())
    except (OSError, RuntimeError) as fault:
        raise StoreError(
            f"{jar.artifact} {jar.version} could not be fetched ({fault})",
            "access to Maven Central",
            "try again, or name a server of your own in NEO4J_URI",
        ) from fault
    if _sha256(path) != jar.sha256:
        path.unlink()
        raise StoreError(
            f"{path.name} from Maven Central is not the file that scgraph was tested with",
            f"SHA-256 {jar.sha256}",
            "try again; if the error persists, report it",
        )


def _maven(cache: Path) -> Any:
    if find_spec("jgo") is None:
        raise StoreError("Neo4j cannot be fetched: jgo is not installed", None, EXTRA)
    from jgo.maven import MavenContext  # noqa: PLC0415 - an optional dependency, and slow to import

    return MavenContext(repo_cache=cache, timeout=60)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, so that two processes do not write the same file."""
    import fcntl  # noqa: PLC0415 - missing on Windows, where no server can be started

    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _resolved(coordinates: str, cache: Path) -> Iterator[str]:
    """Yield the lines of the list for one product, as Maven resolves it now."""
    from jgo.parse import Coordinate  # noqa: PLC0415 - an optional dependency

    context = _maven(cache)
    dependency = context.create_dependency(Coordinate.parse(coordinates))
    inputs, transitive = context.resolver.resolve([dependency])
    for artifact in (d.artifact for d in (*inputs, *transitive) if d.scope in (None, "compile", "runtime")):
        names = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier or "")
        yield f"{':'.join(names)} {_sha256(Path(artifact.resolve()))}"


if __name__ == "__main__":
    for product in (SERVER, BROWSER):
        print(f"# {product}", *_resolved(product, default_cache()), sep="\n")
