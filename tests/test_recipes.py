"""The recipes of docs/architecture.md ("Where do I"), each performed on a copy of the package.

What a recipe adds must work at once, and it may touch at most two files, besides tests and documentation.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk import open_desk
from package_copy import PackageCopy
from query_lint import check_query
from recipe_texts import (
    BASELINE,
    COMMAND,
    CONDITION,
    CONDITION_TEXTS,
    COUNT_VISITS,
    FEATURE,
    FORMAT,
    INDICATOR,
    INDICATOR_MEANING,
    INDICATOR_NAME,
    JOB,
    MAPPING,
    PAGE_OPTION,
    QUERY,
    READ_SETTING,
    RELATION,
    SECTION,
    SETTING,
    STORE,
    TABLE,
    TEMPLATE,
    TERM_RULE,
    TERM_TABLE,
    TERM_TEXTS,
    TRY_BASELINE,
    TRY_FEATURE,
    TRY_INDICATOR,
    TRY_RELATION,
    TRY_RULE,
    TRY_STORE,
    WRITE_PAGE,
)
from supplyrisk.graph.credit import read_policy
from supplyrisk.queries import parse_query

ARCHITECTURE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> PackageCopy:
    return PackageCopy(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def copy(package: PackageCopy) -> Iterator[PackageCopy]:
    """The copy, unchanged; what a test changed must be at most two files."""
    yield package
    changed = package.changed()
    package.restore()
    assert package.changed() == []
    assert 1 <= len(changed) <= 2, changed


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with data, graph and scores of twelve firms."""
    return open_desk(tmp_path_factory.mktemp("desk"))


def rows(printed: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed)["rows"]
    return found


def write(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_every_recipe_of_the_page_is_performed_here() -> None:
    page = ARCHITECTURE.read_text(encoding="utf-8")
    headings = set(re.findall(r"^### add (?:a|an) (.*)$", page, re.MULTILINE))
    performed = {
        name.removeprefix("test_add_a_").removeprefix("test_add_an_").replace("_", " ").lower()
        for name in globals()
        if name.startswith("test_add_")
    }
    # An option of one command is no place to extend.
    assert {heading.lower() for heading in headings} - {"option to `check`"} == performed


def test_add_a_query(copy: PackageCopy, ws: Path) -> None:
    assert check_query(parse_query(QUERY, "trade", "large-trades")) == []
    copy.write("queries/trade/large-trades.cypher", QUERY)
    args = ("query", "run", "large-trades", "--param", "least=250000", "--json", "-w", ws)
    # Six months of 60,000 and of 50,000; the next pair has 240,000.
    assert rows(copy.scgraph(*args)) == [
        {"supplier": "ALFA", "customer": "GOOD", "amount": 360_000.0},
        {"supplier": "GOOD", "customer": "MALL", "amount": 300_000.0},
    ]


def test_add_a_table(copy: PackageCopy, tmp_path: Path) -> None:
    copy.insert("graph/schema/contract.py", '        TableSchema(\n            "labels",', TABLE)
    data = write(
        tmp_path / "data",
        firms="firm_id\nA\n",
        visits="firm_id,on,hours\nA,2025-01-10,3\nA,2025-02-10,4\nB,2025-01-10,5\nA,2025-01-11,-1\n",
    )
    report = json.loads(copy.scgraph("load", data, "-w", "ws", "--no-graph", "--max-bad", "0.5", "--json"))
    (visits,) = [row for row in report["rows"] if row["table"] == "visits"]
    assert (visits["rows"], visits["loaded"], visits["quarantined"]) == (4, 2, 2)
    # Only the row of January is known at its end, 21 days later.
    assert copy.python(COUNT_VISITS, "ws") == "[('A', 3, 21)]\n"


def test_add_a_mapping(copy: PackageCopy, tmp_path: Path) -> None:
    copy.write("loaders/mappings/acme.toml", MAPPING)
    data = write(tmp_path / "data", kunden="Nr,Firma,registered_capital\n07,Anna,5\n08,Ben,6\n")
    assert rows(copy.scgraph("validate", data, "--mapping", "acme", "--json"))[0]["loaded"] == 2


def test_add_a_file_format(copy: PackageCopy, tmp_path: Path) -> None:
    copy.write("loaders/read/read_bars.py", FORMAT)
    copy.insert("loaders/read/endings.py", '    ".xlsx": "sheet"', '    ".bars": "bars",\n')
    data = write(tmp_path / "data", supplies="supplier_id,customer_id,on,amount\nA,B,2025-01-10,5\n")
    (data / "firms.bars").write_text("firm_id|name|employees\nA|Anna|3\nB|Ben|many\n", encoding="utf-8")
    report = json.loads(copy.scgraph("load", data, "-w", "bars", "--no-graph", "--max-bad", "1", "--json"))
    assert {row["table"]: row["loaded"] for row in report["rows"]} == {"firms": 1, "supplies": 0}
    # B's row is line 3 of the file.
    faults = {(fault["file"], fault["line"], fault["value"]) for fault in report["first_faults"]}
    assert ("firms.bars", 3, "many") in faults


def test_add_a_store(copy: PackageCopy, ws: Path) -> None:
    copy.write("graph/store/scratch_store.py", STORE)
    line = '    StoreKind("scratch", "supplyrisk.graph.store.scratch_store"),\n'
    copy.insert("graph/store/registry.py", ')\n"""All kinds;', line)
    held, refused = copy.python(TRY_STORE, ws).splitlines()
    assert held == "12 True"
    assert (
        refused
        == "no store is called scrach; expected embedded, neo4j, scratch or an address; did you mean scratch?"
    )


def test_add_a_job(copy: PackageCopy, ws: Path) -> None:
    copy.write("services/firm_count.py", JOB)
    copy.insert("services/__init__.pyi", "\n__all__ = [", "from .firm_count import FirmCount, count_firms\n")
    copy.insert("services/__init__.pyi", '    "Gate",\n', '    "FirmCount",\n')
    copy.insert("services/__init__.pyi", '    "debt_contagion",\n', '    "count_firms",\n')
    program = "import sys; from supplyrisk import graph, services; workspace = graph.Workspace(sys.argv[1]); "
    assert (
        copy.python(program + "print(services.count_firms(workspace).to_json()['rows'])", ws)
        == "[{'firms': 12}]\n"
    )


def test_add_a_command(copy: PackageCopy, ws: Path) -> None:
    copy.write("cli/commands/models.py", COMMAND)
    copy.insert("cli/app.py", '    "demo",\n', '    "models",\n')
    assert rows(copy.scgraph("models", "-w", ws)) == []
    assert re.search(r"^ +models +List the models\.$", copy.scgraph("--help"), re.MULTILINE)
    assert "Example: scgraph models" in copy.scgraph("models", "--help")


def test_add_a_policy_rule(copy: PackageCopy) -> None:
    path = "graph/credit/limit_rules.py"
    copy.insert(path, "class LimitPolicy(", TERM_TABLE)
    copy.insert(path, "    def cap(self", "    term: TermLimit = TermLimit()\n\n")
    copy.insert(path, "LIMIT_RULES: tuple", TERM_RULE)
    copy.insert(path, ')\n"""The rules of the limit', "    _term,\n")
    copy.insert("graph/texts/memo.toml", "[rule.LEAST]\n", TERM_TEXTS)
    assert json.loads(copy.python(TRY_RULE)) == {
        "amounts": [300_000.0, 0.0],
        "binding": ["MOST", "TERM"],
        "why": ["at most 720 days", "不超过 720 天"],
        "lift": "缩短期限",
        "hash": read_policy().hash,  # the policy files of users stay the same policies
    }


def test_add_a_suggested_condition(copy: PackageCopy, ws: Path) -> None:
    path = "graph/credit/conditions.py"
    copy.insert(path, "Suggestion = Callable", CONDITION)
    copy.insert(path, ')\n"""Conditions on the same request', "    _visit,\n")
    copy.insert("graph/texts/memo.toml", "[stress]\n", CONDITION_TEXTS)
    check = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")
    (memo,) = rows(copy.scgraph(*check, "--json"))
    assert memo["conditions"][-1] == {
        "code": "VISIT", "condition": ["a visit", "实地走访"], "why": ["10,000 is lent", "贷款金额 10,000"],
    }  # fmt: skip
    assert "VISIT" in copy.scgraph(*check)


def test_add_a_memo_section(copy: PackageCopy, ws: Path, tmp_path: Path) -> None:
    copy.insert("graph/credit/memo_sections.py", ')\n"""The sections, in the order', SECTION)
    heading = 'carriers = { en = "Who carries for it", zh = "承运情况" }\n'
    copy.insert("graph/texts/memo.toml", "\n[label]\n", heading)
    check = ("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws, "--no-record")
    (memo,) = rows(copy.scgraph(*check, "--json"))
    assert list(memo)[-1] == "carriers"
    assert memo["carriers"] == [{"carrier": "HAUL", "share": 1.0}]
    screen = copy.scgraph(*check, "--lang", "zh")
    assert "承运情况\n承运商" in screen
    assert "HAUL" in screen.partition("承运情况")[2]
    copy.scgraph(*check, "-o", tmp_path / "memo.html")
    page = (tmp_path / "memo.html").read_text(encoding="utf-8")
    words = '<span class="en">Who carries for it</span><span class="zh" lang="zh">承运情况</span>'
    assert f"<h2>{words}</h2>" in page
    assert '<td class="number">100.00%</td>' in page.partition("Who carries for it")[2]


def test_add_a_feature_column(copy: PackageCopy) -> None:
    copy.insert("graph/snapshot/features/firms.py", '    _feature("roles"', FEATURE)
    assert json.loads(copy.python(TRY_FEATURE)) == {
        "value": 7.0,
        "direction": 1,
        "reasons": [
            ["OWN_UNPAID_CAPITAL", "capital not paid in: 7 CNY"],
            ["OWN_UNPAID_CAPITAL", "未缴资本：7 CNY"],
        ],
        "scorecard": [0.15],
        "prior": [0.0],
    }


def test_add_an_indicator(copy: PackageCopy) -> None:
    copy.insert("graph/merchant/portrait/stock_indicators.py", '    _indicator("empty_stock"', INDICATOR)
    texts = "graph/texts/portrait.toml"
    copy.insert(texts, "empty_stock =", INDICATOR_NAME, after="[name]")
    copy.insert(texts, "empty_stock =", INDICATOR_MEANING, after="[meaning]")
    result = json.loads(copy.python(TRY_INDICATOR))
    # Stocks of 200, 0 and 100 in the window; of 60 and 40 before it.
    assert result["values"] == [pytest.approx(1 / 3), 1.0]
    assert result["name"] == ["records with a stock below 100", "库存低于 100 的记录占比"]
    assert result["graph"] == pytest.approx(1 / 3)


def test_add_a_relation_kind(copy: PackageCopy) -> None:
    copy.insert("graph/schema/relations.py", '        _alike("branch"', RELATION)
    assert json.loads(copy.python(TRY_RELATION)) == {
        "partners": [{"firm_id": "B", "side": "lessor", "other": "A", "share": 0.4}],
        "graph": ["LEASES_TO"],
        "shares": [["firm:leases:firm:forward", 0.4], ["firm:leases:firm:back", 0.0]],
        "reason": "CAUGHT_LESSOR",
        "words": [True, True],
    }


def test_add_an_HTML_page(copy: PackageCopy, ws: Path, tmp_path: Path) -> None:
    command = "cli/commands/store.py"
    copy.write("web/templates/contents.html", TEMPLATE)
    copy.insert(command, "from typing import Annotated\n", "from pathlib import Path\n")
    imports = "from supplyrisk.graph import write_text\nfrom supplyrisk.web import render_page\n"
    copy.insert(command, "\nEXAMPLE =", imports)
    copy.insert(command, ") -> None:", PAGE_OPTION, after="def info(")
    copy.insert(command, "    if session.prints_json(contents", WRITE_PAGE)
    odd = tmp_path / "<ws>"
    odd.symlink_to(ws)
    copy.scgraph("store", "info", "--page", tmp_path / "contents.html", "-w", odd)
    text = (tmp_path / "contents.html").read_text(encoding="utf-8")
    assert "<title>Contents</title>" in text and "&lt;ws&gt;" in text and "<ws>" not in text


def test_add_a_setting(copy: PackageCopy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy.insert("graph/schema/settings.py", "    encoding: Annotated", SETTING)
    assert copy.python(READ_SETTING) == "0.5 default\n"
    monkeypatch.setenv("SCGRAPH_PATIENCE", "0.25")
    assert copy.python(READ_SETTING) == "0.25 SCGRAPH_PATIENCE\n"
    copy.scgraph("init", tmp_path / "new")
    assert "patience = 0.5" in (tmp_path / "new" / "scgraph.toml").read_text(encoding="utf-8")


def test_add_a_baseline(copy: PackageCopy) -> None:
    copy.write("gnn/baselines/one_column.py", BASELINE)
    line = '    "one-column": Registered("one_column", "OneColumn"),\n'
    copy.insert("gnn/baselines/baseline_registry.py", '    "counts-only"', line)
    fitted = json.loads(copy.python(TRY_BASELINE))
    # One of two firms fails: the hazards are in the ratio 3 to 2, and their mean is a half.
    assert fitted["hazards"] == [[pytest.approx(0.6), pytest.approx(0.4)]]
    assert fitted["parts"] == [[0.0], [pytest.approx(-math.log(1.5))]]
    assert (fitted["candidate"], fitted["loaded"]) == ([True, True], True)
    assert "one-column" in copy.scgraph("score", "--help")
