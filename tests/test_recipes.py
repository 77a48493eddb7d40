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


QUERY = """// title: Trades above an amount
// term: large exposures in trade
// read: Each pair with its sum over the windows of the data.
// pattern: (supplier)-[:SUPPLIES]->(customer)
// param: least number = 0 | smallest sum, money
// param: top whole = 20 | rows at most
// column: supplier | the supplier
// column: customer | the customer
// column: amount | sum of their trades, money
// cost: small
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE r.amount >= $least
RETURN s.firm_id AS supplier, c.firm_id AS customer, round(r.amount, 2) AS amount
ORDER BY amount DESC, supplier, customer
LIMIT $top
"""


def test_add_a_query(copy: PackageCopy, ws: Path) -> None:
    assert check_query(parse_query(QUERY, "trade", "large-trades")) == []
    copy.write("queries/trade/large-trades.cypher", QUERY)
    args = ("query", "run", "large-trades", "--param", "least=250000", "--json", "-w", ws)
    # Six months of 60,000 and of 50,000; the next pair has 240,000.
    assert rows(copy.scgraph(*args)) == [
        {"supplier": "ALFA", "customer": "GOOD", "amount": 360_000.0},
        {"supplier": "GOOD", "customer": "MALL", "amount": 300_000.0},
    ]


TABLE = """        TableSchema(
            "visits",
            "a visit to a firm",
            (
                _id("firm_id", "the firm", required=True),
                _day("on", "the day", required=True),
                _count("hours", "how long it took", "hours"),
            ),
            day="on",
            refs={"firm_id": ("firms",)},
        ),
"""
COUNT_VISITS = """
import sys
from datetime import date
from supplyrisk.graph import Workspace
from supplyrisk.graph.snapshot.as_of_views import create_known_views
tables = Workspace(sys.argv[1]).tables()
with tables.connect() as con:
    create_known_views(con, tables, date(2025, 1, 31))
    print(con.sql("SELECT firm_id, hours, days_ago FROM known_visits").fetchall())
"""


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


MAPPING = """name = "acme"

[[source]]
file = "kunden.csv"
table = "firms"
columns = { firm_id = "Nr", name = "Firma" }
scale = { registered_capital = 1000 }
"""


def test_add_a_mapping(copy: PackageCopy, tmp_path: Path) -> None:
    copy.write("loaders/mappings/acme.toml", MAPPING)
    data = write(tmp_path / "data", kunden="Nr,Firma,registered_capital\n07,Anna,5\n08,Ben,6\n")
    assert rows(copy.scgraph("validate", data, "--mapping", "acme", "--json"))[0]["loaded"] == 2


FORMAT = '''"""Text whose cells are separated by bars."""

import pyarrow as pa

from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.source_files import SourceFile


def read_bars(source: SourceFile) -> tuple[list[str], list[CellBatch]]:
    """Return the header and the rows below."""
    header, *rows = [line.split("|") for line in source.path.read_text("utf-8").splitlines()]
    columns = {name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(header)}
    return header, [CellBatch(columns, pa.array(range(2, len(rows) + 2), pa.int64()))]
'''


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


STORE = '''"""A store in a folder of its own beside the embedded one."""

from supplyrisk.graph.store.embedded.embedded_store import EmbeddedStore
from supplyrisk.graph.store.protocol import StoreLocation, StoreProgress


def open_store(
    location: StoreLocation, *, create: bool = False, progress: StoreProgress | None = None
) -> EmbeddedStore:
    """Open the store."""
    return EmbeddedStore(location.folder.with_name("scratch"), create=create)


def holds_graph(location: StoreLocation) -> bool:
    """Return whether it was ever loaded."""
    return (location.folder.with_name("scratch") / "graph.json").is_file()
'''
TRY_STORE = """
import sys
from supplyrisk.graph import RequestError, Workspace
from supplyrisk import services
workspace = Workspace(sys.argv[1], store="scratch")
assert not workspace.has_graph()
services.load_store(workspace)
assert workspace.has_graph()
with workspace.open_graph() as store:
    print(store.info().nodes["Firm"], store.info().place.endswith("scratch"))
try:
    Workspace(sys.argv[1], store="scrach")
except RequestError as fault:
    print(fault)
"""


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


JOB = '''"""How many firms a workspace has."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph import Workspace
from supplyrisk.services.documents import Document, document


@dataclass(frozen=True)
class FirmCount:
    """The number of firms in the loaded data."""

    firms: int

    def to_json(self) -> Document:
        """The number as a JSON document."""
        return document("count", [{"firms": self.firms}])


def count_firms(workspace: Workspace) -> FirmCount:
    """Count the firms of the loaded data."""
    return FirmCount(workspace.tables().rows("firms"))
'''


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


COMMAND = '''"""`scgraph models`: the models of a workspace."""

from __future__ import annotations

from supplyrisk import services
from supplyrisk.cli.files import print_json
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph models"


@with_session()
def models(session: Session) -> None:
    """List the models."""
    print_json(services.list_models(session.workspace).to_json())
'''


def test_add_a_command(copy: PackageCopy, ws: Path) -> None:
    copy.write("cli/commands/models.py", COMMAND)
    copy.insert("cli/app.py", '    "demo",\n', '    "models",\n')
    assert rows(copy.scgraph("models", "-w", ws)) == []
    assert re.search(r"^ +models +List the models\.$", copy.scgraph("--help"), re.MULTILINE)
    assert "Example: scgraph models" in copy.scgraph("models", "--help")


TERM_TABLE = '''class TermLimit(StrictTable):
    """The longest term of a loan, days."""

    most: int = 720


'''
TERM_RULE = """def _term(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    longest = policy.term.most
    amount = 0.0 if facts.term_days > longest else None
    return _rule("TERM", amount, most=longest)


"""
TERM_TEXTS = """[rule.TERM]
name = { en = "term", zh = "期限" }
why = { en = "at most {most} days", zh = "不超过 {most} 天" }
lift = { en = "a shorter term", zh = "缩短期限" }

"""
TRY_RULE = """
import json
from supplyrisk.graph.credit import LimitFacts, credit_limit, memo_text, read_policy
policy = read_policy()
limits = [credit_limit(LimitFacts("A", 1.0, 1e9, None, None, term_days=days), policy) for days in (720, 721)]
(rule,) = [rule for rule in limits[1].rules if rule.code == "TERM"]
print(json.dumps({
    "amounts": [limit.amount for limit in limits],
    "binding": [limit.binding for limit in limits],
    "why": [rule.why, rule.why_zh],
    "hash": policy.hash,
    "lift": memo_text("rule.TERM.lift", "zh"),
}))
"""


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


SECTION = """
    SectionRecord(
        "carriers",
        {"carrier": "text", "share": "percent"},
        lambda inputs: ((carrier.carrier, carrier.share) for carrier in inputs.shop.carriers),
    ),
"""


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


FEATURE = """    _feature("unpaid_capital", "registered capital - paid-in capital", "money", 1, scorecard=MODEST,
             sql="max(registered_capital - paid_in_capital)", en="capital not paid in", zh="未缴资本"),
"""
TRY_FEATURE = """
import json
from handmade import AS_OF, features_of, firms, tables_of
from supplyrisk.gnn.explain.reasons import Wording, own_reason
from supplyrisk.gnn.baselines.expert_scorecard import scorecard_prior
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.graph import build_snapshot

snap = build_snapshot(tables_of(firms=firms("A", registered_capital=9.0, paid_in_capital=2.0)), AS_OF)
by_name = {f.name: f for f in snap.features}
name = "unpaid_capital"
reasons = [own_reason((name, ""), 7.0, None, Wording(by_name, "CNY", lang)) for lang in ("en", "zh")]
print(json.dumps({
    "value": features_of(snap, "A")[name],
    "direction": by_name[name].direction,
    "reasons": [[reason.code, reason.text] for reason in reasons],
    "scorecard": scorecard_prior((name,)).tolist(),
    "prior": expert_prior((name,)).tolist(),
}))
"""


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


RELATION = """        Relation(
            "leases",
            Words("lease", "租赁"),
            RelationEnd("lessor", Words("lessor", "出租人"), "upstream", share="weight"),
            RelationEnd("lessee", Words("lessee", "承租人"), transmits=False),
            graph_type="LEASES_TO",
        ),
"""
TRY_RELATION = """
import json
from handmade import AS_OF, ago, firms, tables_of
from supplyrisk.gnn.data.hetero_data import channels, linked_data
from supplyrisk.gnn.explain.reasons import caught_reason
from supplyrisk.graph import build_snapshot, graph_tables_of, partners_of

lease = {"from_id": "A", "to_id": "B", "kind": "leases", "since": ago(9), "weight": 0.4}
snap = build_snapshot(tables_of(firms=firms("A", "B"), relations=[lease]), AS_OF)
links = channels(linked_data(snap))
caught = {"id": "A", "link": "lessor", "share": 0.2}
print(json.dumps({
    "partners": partners_of(snap).to_pylist(),
    "graph": [edge.type for edge in graph_tables_of(snap).edges],
    "shares": [[links.kinds[kind], share] for kind, share in zip(links.kind.tolist(), links.share.tolist())],
    "reason": caught_reason(caught).code,
    "words": ["A (lessor)" in caught_reason(caught).text, "A（出租人）" in caught_reason(caught, "zh").text],
}))
"""


def test_add_a_relation_kind(copy: PackageCopy) -> None:
    copy.insert("graph/schema/relations.py", '        _alike("branch"', RELATION)
    assert json.loads(copy.python(TRY_RELATION)) == {
        "partners": [{"firm_id": "B", "side": "lessor", "other": "A", "share": 0.4}],
        "graph": ["LEASES_TO"],
        "shares": [["firm:leases:firm:forward", 0.4], ["firm:leases:firm:back", 0.0]],
        "reason": "CAUGHT_LESSOR",
        "words": [True, True],
    }


TEMPLATE = """{% extends "base.html" %}
{% from "macros.html" import table %}
{% block content %}
<h1>{{ title }}</h1>
{{ table(["section", "name", "value"], rows) }}
{% endblock %}
"""
PAGE_OPTION = """    page: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as a page.")] = None,
"""
WRITE_PAGE = """    if page:
        facts = [(row.part, row.name, row.count) for row in contents.rows()]
        write_text(page, render_page("contents.html", title="Contents", rows=facts))
"""


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


SETTING = """    patience: _Share = Field(default=0.5, description="how long to wait, as a share")
"""
READ_SETTING = """
from supplyrisk.cli.resolved_settings import resolve
resolved = resolve()
print(resolved.settings.patience, resolved.origins["patience"])
"""


def test_add_a_setting(copy: PackageCopy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy.insert("graph/schema/settings.py", "    encoding: Annotated", SETTING)
    assert copy.python(READ_SETTING) == "0.5 default\n"
    monkeypatch.setenv("SCGRAPH_PATIENCE", "0.25")
    assert copy.python(READ_SETTING) == "0.25 SCGRAPH_PATIENCE\n"
    copy.scgraph("init", tmp_path / "new")
    assert "patience = 0.5" in (tmp_path / "new" / "scgraph.toml").read_text(encoding="utf-8")


BASELINE = '''"""A baseline by one column: hazards rise by half for every unit that it falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from supplyrisk.gnn.baselines.baseline_protocol import (
    BaselineFit,
    Explanation,
    Matrix,
    Ratios,
    StagedGraphs,
    TrainingRows,
)
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.member_stages import MemberBoosters


@dataclass(frozen=True)
class OneColumn:
    """The hazard level * 1.5^-x of the first column x, which is never missing here."""

    description: ClassVar[str] = "the first column alone"
    interval: ClassVar[Ratios | None] = None
    stages: ClassVar[frozenset[str]] = frozenset()
    own_only: ClassVar[bool] = True

    level: float

    @classmethod
    def fit(cls, rows: TrainingRows) -> BaselineFit:
        """Set the level so that the mean hazard is the share of failures."""
        staged = StagedGraphs(rows.graphs, rows.columns.names)
        level = RowOutcomes.of_graphs(rows.graphs).y.mean() / cls(1.0).hazards(staged).mean()
        baseline = cls(float(level))
        return BaselineFit(baseline, baseline.hazards(staged))

    def hazards(self, rows: StagedGraphs) -> Matrix:
        """Return the hazards [1, rows]."""
        return self.level * 1.5 ** -rows.x[None, :, 0]

    def explain(self, rows: StagedGraphs) -> Explanation:
        """Return the part of the column."""
        parts = np.zeros_like(rows.x)
        parts[:, 0] = -np.log(1.5) * rows.x[:, 0]
        score = [lambda x: np.log(self.level) - np.log(1.5) * x[:, 0]]
        return Explanation([rows.x], score, lambda at: parts[at], float(np.log(self.level)))

    def save(self) -> dict[str, Any]:
        """Return its level."""
        return {"level": self.level}

    @classmethod
    def load(cls, stored: Mapping[str, Any], boosters: tuple[MemberBoosters, ...]) -> Self:
        """Read what `save` returned."""
        return cls(stored["level"])
'''
TRY_BASELINE = """
import json
import numpy as np
import scipy.sparse as sp
from firm_ring import supplied
from supplyrisk import gnn
from supplyrisk.gnn.baselines.baseline_protocol import StagedGraphs, TrainingRows
from supplyrisk.gnn.baselines.baseline_registry import CANDIDATES, SCORING, baseline_class
from supplyrisk.gnn.data.column_directions import OwnColumns

graph = supplied(np.array([[0.0], [1.0]]), np.array([1.0, 0.0]), sp.csr_array((2, 2)), np.arange(2))
rows = TrainingRows([graph], OwnColumns(("margin",), np.array([-1])), gnn.TrainingSettings(members=1))
baseline, hazards = baseline_class("one-column").fit(rows)
loaded = baseline_class("one-column").load(json.loads(json.dumps(baseline.save())), ())
staged = StagedGraphs([graph], ("margin",))
print(json.dumps({
    "candidate": ["one-column" in CANDIDATES, "one-column" in SCORING],
    "hazards": hazards.tolist(),
    "loaded": (loaded.hazards(staged) == hazards).all().item(),
    "parts": baseline.explain(staged).parts(slice(None)).tolist(),
}))
"""


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
