"""The jars of Neo4j, fetched from Maven Central: a fixed list, each with the SHA-256 that it has to have.

Neo4j Community is under the GPLv3: whoever runs this fetches it from its makers, it is never shipped with
scgraph. The list is made by `python -m supplyrisk.graph.store.neo4j.jars`, which asks Maven for what Neo4j needs.
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
SERVER, BROWSER = f"org.neo4j:neo4j:{VERSION}", "org.neo4j.client:neo4j-browser:5.24.0"
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
        """Where it lies in a cache laid out like Maven's."""
        end = f"-{self.classifier}" if self.classifier else ""
        folder = cache.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}{end}.jar"


def listed_jars(browser: bool = False) -> list[Jar]:
    """The jars of the server, and of Neo4j Browser where wanted."""
    found, wanted = [], False
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            wanted = line[1:].strip() == SERVER or (browser and line[1:].strip() == BROWSER)
        elif wanted:
            coordinates, digest = line.split()
            group, artifact, version, classifier = coordinates.split(":")
            found.append(Jar(group, artifact, version, classifier, digest))
    return found


def default_cache() -> Path:
    """The folder of fetched jars: $XDG_CACHE_HOME/scgraph/jars, by default under ~/.cache."""
    return user_cache() / "jars"


def missing_jars(cache: Path, *, browser: bool = False) -> int:
    """How many jars are still to be fetched."""
    return sum(not jar.path(cache).is_file() for jar in listed_jars(browser))


def fetch_jars(cache: Path, *, browser: bool = False, progress: ProgressCallback | None = None) -> list[Path]:
    """The jars' paths, each checked; what is missing or damaged is fetched from Maven Central.

    Raises
    ------
    StoreError: the extra is not installed, Maven Central cannot be reached, or a jar is not what it should
    be.
    """
    jars = listed_jars(browser)
    cache.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(cache):
        for number, jar in enumerate(jars):
            path = jar.path(cache)
            if path.is_file() and _sha256(path) == jar.sha256:
                continue
            if progress:
                progress(f"fetching {path.name} from Maven Central", number, len(jars))
            # A fetch that was killed leaves a file cut short.
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
            "a way to Maven Central",
            "try again, or name a server of your own by NEO4J_URI",
        ) from fault
    if _sha256(path) != jar.sha256:
        path.unlink()
        raise StoreError(
            f"{path.name} from Maven Central is not the file that scgraph was tested with",
            f"SHA-256 {jar.sha256}",
            "try again; if it stays, report it",
        )


def _maven(cache: Path) -> Any:
    if find_spec("jgo") is None:
        raise StoreError("Neo4j cannot be fetched: jgo is not installed", None, EXTRA)
    from jgo.maven import MavenContext  # noqa: PLC0415 - of an extra, and slow to import

    return MavenContext(repo_cache=cache, timeout=60)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder: two that start at once must not write one file."""
    import fcntl  # noqa: PLC0415 - not there on Windows, where no server can be started

    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _resolved(coordinates: str, cache: Path) -> Iterator[str]:
    """The lines of the list for one product, as Maven resolves it today."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - of an extra
    from jgo.parse import Coordinate  # noqa: PLC0415 - as above

    context = MavenContext(repo_cache=cache, timeout=60)
    dependency = context.create_dependency(Coordinate.parse(coordinates))
    inputs, others = context.resolver.resolve([dependency])
    for artifact in (d.artifact for d in (*inputs, *others) if d.scope in (None, "compile", "runtime")):
        names = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier or "")
        yield f"{':'.join(names)} {_sha256(Path(artifact.resolve()))}"


if __name__ == "__main__":
    for product in (SERVER, BROWSER):
        print(f"# {product}", *_resolved(product, default_cache()), sep="\n")
