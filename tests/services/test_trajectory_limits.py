"""Limits of a shop on the desk: recorded checks, the policy now, and the change by data and by policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import run, run_json
from desk import AS_OF, open_desk
from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import shipped_policy
from supplyrisk.services.trajectory_limits import NOW, RECORDED, ShopLimit, shop_limits


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checks of GOOD: for L1 under a policy for small books, for no lender, and for L1 with low caps by grade."""
    folder = tmp_path_factory.mktemp("limits")
    workspace = open_desk(folder)
    small = folder / "small.toml"
    small.write_text(small_policy(), encoding="utf-8")
    strict = folder / "strict.toml"
    strict.write_text(strict_policy(), encoding="utf-8")
    args = ("check", "GOOD", "--amount", 10_000, "--days", 60, "--other-debt", 0)
    for more in (("--lender", "L1", "--policy", small), (), ("--lender", "L1", "--policy", strict)):
        code, _, err = run(*args, *more, "-w", workspace)
        assert code == 0, err
    return folder


def small_policy() -> str:
    """The shipped policy without a bound on one name or chain of the book: the desk's is small."""
    return (
        shipped_policy()
        .replace("single_name = 0.10 ", "single_name = 1.0 ")
        .replace("chain = 0.25 ", "chain = 1.0 ")
    )


def strict_policy() -> str:
    """The same with the caps of all grades at 20,000."""
    head, _, rest = small_policy().partition("[by_grade]")
    caps, _, tail = rest.partition("\n[")
    lines = [
        f"{line.split('=')[0]}= 20_000" if line.split("=")[0].strip() in "ABCDEFG" and "=" in line else line
        for line in caps.splitlines()
    ]
    return head + "[by_grade]" + "\n".join(lines) + "\n[" + tail


def limits_of(checked: Path, policy: str = "small.toml") -> tuple[ShopLimit, ...]:
    return shop_limits(Workspace(checked / "ws"), "GOOD", "L1", checked / policy)


def test_the_recorded_checks_of_a_lender_and_the_policy_now(checked: Path) -> None:
    limits = limits_of(checked)
    assert [(limit.source, limit.entry, limit.on) for limit in limits] == [
        (RECORDED, 1, AS_OF),
        (RECORDED, 3, AS_OF),
        (NOW, None, AS_OF),
    ]
    first, strict, now = limits
    assert strict.amount <= 20_000 < first.amount == now.amount
    assert first.change is None


def test_on_equal_data_the_policy_alone_moves_the_limit(checked: Path) -> None:
    first, strict, now = limits_of(checked)
    for before, after in ((first, strict), (strict, now)):
        change = after.change
        assert change is not None
        assert change.amount == after.amount - before.amount
        assert (change.data, change.policy, change.unseparated) == (0, change.amount, 0)


def test_an_equal_policy_leaves_the_change_to_the_data(checked: Path) -> None:
    now = limits_of(checked, "strict.toml")[-1]
    assert now.change is not None
    assert (now.change.amount, now.change.policy) == (0, 0)


def test_without_the_earlier_policy_the_change_is_not_separated(checked: Path) -> None:
    for path in (Workspace(checked / "ws").layout.evidence).iterdir():
        if (
            path.is_file()
            and path.read_bytes().startswith(strict_policy()[:40].encode())
            and b"20_000" in path.read_bytes()
        ):
            path.rename(path.with_suffix(".away"))
            moved = path
    try:
        now = limits_of(checked)[-1]
    finally:
        moved.with_suffix(".away").rename(moved)
    assert now.change is not None
    assert (now.change.data, now.change.policy, now.change.unseparated) == (0, 0, now.change.amount)


def test_a_shop_without_checks_has_the_limit_of_a_credit_line(checked: Path) -> None:
    [limit] = shop_limits(Workspace(checked / "ws"), "WEAK", "L1")
    assert (limit.source, limit.product, limit.days, limit.change) == (NOW, "credit", 90, None)


def test_the_command_shows_them_beside_the_weeks(checked: Path) -> None:
    args = ("trajectory", "GOOD", "--weeks", 1, "--lender", "L1", "-w", checked / "ws")
    code, out, err = run(*args)
    assert code == 0, err
    assert "entry 3" in out
    assert "policy now" in out
    document = run_json(*args)
    assert [limit["entry"] for limit in document["limits"]] == [1, 3, None]
