"""evaluate --suite: the experiment as one command, on made-up files in the published form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import run, run_json_with_stderr, small_training, stage_numbers

COLUMNS = "company,registered_capital,paid_in_capital,age_months,industry,area,qualification"


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with small_training():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts, whose neighbours share five companies; every third fails, with less capital for the most part."""
    place = tmp_path_factory.mktemp("smesd")
    for part, first, last in (("train", 0, 120), ("validate", 115, 200), ("test", 195, 260)):
        (place / part).mkdir()
        rows = [f"C{i},{(i * 37 % 50) + 40 * (i % 3 > 0)},,9,trade,city,{i % 4}" for i in range(first, last)]
        failed = [f"C{i},{int(i % 3 == 0)}" for i in range(first, last)]
        links = [f"C{i},C{i + 1},deal,1" for i in range(first, last - 1, 2)]
        for name, lines in (
            ("companies", [COLUMNS, *rows]),
            ("bankruptcies", ["company,bankrupt", *failed]),
            ("relations", ["from,to,relation,weight", *links]),
        ):
            (place / part / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return place


def test_the_suite_trains_chooses_and_tests(folder: Path, tmp_path: Path) -> None:
    args = ("evaluate", "--suite", "smesd", folder, "--no-placebos", "--seeds", 2, "-w", tmp_path / "none")
    document, err = run_json_with_stderr(*args, "--page", tmp_path / "card.html")
    numbers, count = stage_numbers(err)
    assert numbers == list(range(1, count + 1))
    assert document["suite"] == "smesd"
    first, second = document["cards"]
    assert (first["slice"], first["rows"], first["failed"]) == ("test", 65, 22)
    assert [c["settings"]["seed"] for c in (first, second)] == [0, 1]
    by_name = {row["contender"]: row for row in document["rows"]}
    both = [
        next(r for r in c["contenders"] if r["contender"] == "boosted-own")["metrics"]["auc"]["value"]
        for c in (first, second)
    ]
    assert by_name["boosted-own"]["auc"]["mean"] == pytest.approx(sum(both) / 2)
    assert by_name["boosted-own"]["seeds"] == 2
    assert both[0] > 0.7
    assert (tmp_path / "card.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    # Nothing is kept: neither data nor models.
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--suite", "other"), "expected one of smesd"),
        (("--suite", "smesd"), "has no folder train"),
        ((), "go together"),
    ],
)
def test_a_wrong_suite_is_one_line(args: tuple[str, ...], words: str, tmp_path: Path) -> None:
    code, out, err = run("evaluate", tmp_path, *args)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_test_part_without_outcomes_is_left_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("train", "validate", "test"):
        (tmp_path / part).symlink_to(folder / part)
    (tmp_path / "test").unlink()
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "companies.csv").write_text(f"{COLUMNS}\nC500,1,,9,trade,city,1\n")
    monkeypatch.setenv("SCGRAPH_MEMBERS", "1")
    code, out, err = run("evaluate", "--suite", "smesd", tmp_path, "--no-placebos")
    assert code == 0, err
    assert "test has no outcomes" in err
    assert "cross-fitted" in err
    assert [line.split()[0] for line in out.splitlines()][:2] == ["candidate", "network"]
