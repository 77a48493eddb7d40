"""The command line as such: help, exit codes, one line per error, stdout for data only, quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from supplyrisk.cli import app
from supplyrisk.cli.error_reports import Usage, exit_code_of, one_line, unexpected
from supplyrisk.cli.group import with_new_options
from supplyrisk.graph import CypherError, DataError, ModelError, StoreError, WorkspaceError
from supplyrisk.queries import QueryError

HEAVY = ("torch", "lightgbm", "sklearn", "duckdb", "pyarrow", "pandas", "numpy", "networkx")
MAIN = "from supplyrisk.cli import main; main()"


def verbs() -> dict[str, object]:
    """Every command by the words that name it, those of groups included."""
    found: dict[str, object] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        found[name] = command
        found |= {f"{name} {part}": inner for part, inner in getattr(command, "commands", {}).items()}
    return found


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(args), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def run_process(
    code: str, *args: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_verbs_are_the_ones_that_are_built() -> None:
    assert [v for v in verbs() if " " not in v] == [
        "init", "validate", "load", "match", "synth", "train", "evaluate", "compare", "backtest", "score",
        "explain", "contagion", "stress", "check", "decide", "letter", "page", "documents", "fabricated",
        "portrait", "trajectory", "flags", "what-if", "admissions", "limits", "portfolio", "monitor", "forecast",
        "advice", "doctor", "demo",
        "audit", "query", "neo4j", "store", "export",
    ]  # fmt: skip
    assert [v for v in verbs() if " " in v] == [
        "audit verify", "audit anchor", "audit replay", "audit prune", "audit show",
        "query list", "query show", "query run",
        "neo4j start", "neo4j stop", "neo4j status", "neo4j password",
        "store info", "store load", "store scores", "store contagion", "store portraits", "store clean",
        "export neo4j-admin",
    ]  # fmt: skip


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_each_verb_has_help_with_an_example_that_names_it(verb: str) -> None:
    code, out, err = run(*verb.split(), "--help")
    assert (code, err) == (0, "")
    assert f"Example: scgraph {verb}" in " ".join(out.split())
    if not any(other.startswith(f"{verb} ") for other in verbs()):
        assert "--json" in out
        assert "--workspace" in out


@pytest.mark.parametrize("args", [["--help"], ["score", "--help"], ["query"], ["--version"], ["nonsense"]])
def test_help_imports_nothing_heavy(args: list[str], tmp_path: Path) -> None:
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr))\n{MAIN}"
    )
    done = run_process(code, *args, cwd=tmp_path)
    assert done.stderr.splitlines()[-1] == "[]"
    assert done.returncode == (2 if args == ["nonsense"] else 0)


def test_without_a_verb_it_shows_its_help() -> None:
    code, out, _ = run()
    assert code == 0
    assert "Commands" in out


def test_version_is_data() -> None:
    code, out, err = run("--version")
    assert (code, err) == (0, "")
    assert out.startswith("scgraph 0.")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["lod"], "Did you mean 'load'?"),
        (["load"], "expected a folder DIR or --from-neo4j, one of them"),
        (["explain"], "missing argument"),
        (["score", "--tpo", "3"], "--tpo"),
        (["score", "--top", "0"], "--top"),
        (["score", "--as-of", "31/12/2024"], "expected one such as 2025-06-30"),
        (["score", "-o", "scores.xls"], "expected .csv, .json, .jsonl, .parquet"),
        (["score", "-o", "no/such/folder/scores.csv"], "no folder no/such/folder"),
        (["load", "data", "--max-bad", "2"], "expected a share from 0 to 1"),
        (["query", "run"], "expected one of NAME, FILE.cypher and --text"),
        (["query", "run", "--text", "RETURN 1", "--param", "x"], "expected NAME=VALUE"),
        (["query", "show", "riskest"], "did you mean riskiest"),
        (["query", "list", "--topic", "weather"], "expected one of"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(args: list[str], words: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (WorkspaceError("x"), 1),
        (ModelError("x"), 1),
        (OSError("x"), 1),
        (CypherError("x"), 1),
        (QueryError("x"), 2),
        (DataError("x"), 3),
        (StoreError("x"), 4),
    ],
)
def test_each_kind_of_fault_has_its_exit_code(fault: Exception, code: int) -> None:
    assert exit_code_of(fault) == code


def test_an_error_is_one_line_whatever_it_quotes() -> None:
    assert one_line("a\nb\x1b[31mred\x9b\tc") == "a b�[31mred� c"


def test_a_missing_workspace_is_one_line_and_a_traceback_only_with_debug(tmp_path: Path) -> None:
    code, out, err = run("score", "-w", str(tmp_path))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert f"run scgraph load DIR -w {tmp_path} first" in err or "run scgraph train" in err
    for args in (["--debug", "score", "-w", str(tmp_path)], ["score", "-w", str(tmp_path), "--debug"]):
        code, _, err = run(*args)
        assert code == 1
        assert "Traceback" in err
        assert err.splitlines()[-1].startswith("error: ")


def test_a_fault_of_ours_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["scgraph", "score"])
    unexpected(KeyError, KeyError("x"), None)
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "KeyError" in err
    assert "fault in scgraph" in err
    assert "--debug" in err


@pytest.mark.parametrize("debug", [False, True])
def test_the_process_reports_a_fault_of_ours_and_ends_with_1(debug: bool, tmp_path: Path) -> None:
    code = f"import supplyrisk.services as v\nv.init = lambda *a, **k: 1 / 0\n{MAIN}"
    done = run_process(code, "init", "x", *(["--debug"] if debug else []), cwd=tmp_path)
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) is debug
    assert "fault in scgraph" in done.stderr.splitlines()[-1]


def test_an_interrupt_is_130(tmp_path: Path) -> None:
    stop = "def stop(*a, **k): raise KeyboardInterrupt"
    code = f"import supplyrisk.services as v\n{stop}\nv.init = stop\n{MAIN}"
    done = run_process(code, "init", "x", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, "")


def test_a_reader_that_has_gone_is_no_news(tmp_path: Path) -> None:
    code = f"import supplyrisk.services as v\nv.init = lambda *a, **k: print('x' * 10**7)\n{MAIN}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "init", "x"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.wait(timeout=60) != 0


def test_init_writes_both_templates_once(tmp_path: Path) -> None:
    code, out, err = run("init", str(tmp_path))
    assert code == 0
    assert out.splitlines() == [str(tmp_path / "scgraph.toml"), str(tmp_path / "mapping.toml")]
    assert "next:" in err
    (tmp_path / "mapping.toml").write_text("mine")
    code, out, err = run("init", str(tmp_path))
    assert (code, out) == (1, "")
    assert "--force" in err
    assert (tmp_path / "mapping.toml").read_text() == "mine"
    code, out, _ = run("init", str(tmp_path), "--force", "--json")
    assert code == 0
    assert json.loads(out)["schema"] == "scgraph.init/1"
    assert (tmp_path / "mapping.toml").read_text() != "mine"


def test_quiet_leaves_data_only(tmp_path: Path) -> None:
    _, out, err = run("init", str(tmp_path / "a"), "--quiet")
    assert out
    assert err == ""


def test_usage_keeps_our_own_words() -> None:
    assert Usage("max_bad is 2").format_message() == "max_bad is 2"


def test_an_old_option_still_works_and_names_the_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["synth", "out", "--likeness", "0.2", "--likeness=0.3", "--", "--likeness"]
    assert with_new_options(given) == [
        "synth",
        "out",
        "--homophily",
        "0.2",
        "--homophily=0.3",
        "--",
        "--likeness",
    ]
    assert capsys.readouterr().err.count("--likeness is now --homophily; the old name still works") == 2
    assert with_new_options(["score", "--top", "3"]) == ["score", "--top", "3"]
    assert with_new_options(["synth", "--likeness", "0", "--quiet"])[1] == "--homophily"
    assert capsys.readouterr().err == ""
