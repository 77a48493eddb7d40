"""The recipes of docs/architecture.md for memos, performed on a copy of the tree: each touches two files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from desk import open_desk

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("queries", "graph", "loaders", "gnn", "services", "web", "cli")
CHECK = ("check", "GOOD", "--amount", "10000", "--days", "90", "--no-record")
SECTION = """SECTIONS: tuple[SectionRecord, ...] = (
    SectionRecord(
        "carriers",
        (Column("carrier"), Column("share", "percent")),
        lambda inputs: ((carrier.carrier, carrier.share) for carrier in inputs.shop.carriers),
    ),
)
"""
RULE = """

def _carrier(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    cap = policy.coverage.cap_of_full
    return _rule("CARRIER", cap, cap=cap)


LIMIT_RULES: """


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


class Copy:
    """A copy of the source tree, and the files of it that were changed."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "supplyrisk"
        self.changed: set[str] = set()
        for name in FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, self.package / name, ignore=ignored)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.package / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
        (self.package / path).write_text(text.replace(old, new), encoding="utf-8")
        self.changed.add(path)

    def run(self, *args: object) -> str:
        environment = os.environ | {"PYTHONPATH": str(self.package.parent), "SCGRAPH_STORE": "embedded"}
        command = [sys.executable, "-c", "from supplyrisk.cli import app; app()", *map(str, args)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def memo(self, ws: Path) -> dict[str, Any]:
        (memo,) = json.loads(self.run(*CHECK, "-w", ws, "--json"))["rows"]
        return dict(memo)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_memo_section_is_a_record_and_its_texts(copy: Copy, ws: Path, tmp_path: Path) -> None:
    sections = "graph/credit/memo_sections.py"
    copy.edit(sections, "SECTIONS: tuple[SectionRecord, ...] = ()\n", SECTION)
    texts = '[heading]\ncarriers = { en = "Who carries for it", zh = "承运情况" }'
    copy.edit("graph/texts/memo.toml", "[heading]", texts)
    assert len(copy.changed) == 2
    memo = copy.memo(ws)
    assert list(memo)[-1] == "carriers"
    assert memo["carriers"] == [{"carrier": "HAUL", "share": 1.0}]
    for language, heading, label in (("en", "Who carries for it", "carrier"), ("zh", "承运情况", "承运商")):
        screen = copy.run(*CHECK, "-w", ws, "--lang", language)
        assert f"{heading}\n{label}" in screen
        assert "HAUL" in screen.partition(heading)[2]
    copy.run(*CHECK, "-w", ws, "-o", tmp_path / "memo.html")
    page = (tmp_path / "memo.html").read_text(encoding="utf-8")
    assert (
        '<h2><span class="en">Who carries for it</span><span class="zh" lang="zh">承运情况</span></h2>'
        in page
    )
    assert '<td class="number">100.00%</td>' in page.partition("Who carries for it")[2]


def test_a_policy_rule_is_a_function_with_its_threshold_and_its_texts(copy: Copy, ws: Path) -> None:
    before = copy.memo(ws)
    rules = "graph/credit/limit_rules.py"
    copy.edit(
        rules,
        '    minimum: Share = Field(alias="least")\n',
        '    minimum: Share = Field(alias="least")\n    cap_of_full: Money = 7_000.0\n',
    )
    copy.edit(rules, "\n\nLIMIT_RULES: ", RULE)
    copy.edit(rules, "    _counterparty,\n)", "    _counterparty,\n    _carrier,\n)")
    copy.edit(
        "graph/texts/memo.toml",
        "[rule.LEAST]",
        '[rule.CARRIER]\nname = { en = "carriers", zh = "承运" }\n'
        'why = { en = "at most {cap:money}", zh = "至多 {cap:money}" }\n'
        'lift = { en = "a carrier", zh = "承运商" }\n\n[rule.LEAST]',
    )
    assert len(copy.changed) == 2
    memo = copy.memo(ws)
    assert (memo["limit"]["amount"], memo["limit"]["binding"]) == (7_000.0, "CARRIER")
    assert memo["limit"]["rules"][-1] == {
        "code": "CARRIER",
        "amount": 7_000.0,
        "why": "at most 7,000",
        "why_zh": "至多 7,000",
    }
    # The shipped policy has no such key: its file stays valid, and its hash what it was.
    assert memo["policy"] == before["policy"]
    (finding,) = memo["conclusion"]["findings"]
    assert finding["text"].endswith("under the rule “carriers”")
    assert "carriers" in copy.run(*CHECK, "-w", ws)
