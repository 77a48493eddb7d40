"""What the tests of the recipes add to a copy of the package, and the scripts that try it there."""

from __future__ import annotations

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

MAPPING = """name = "acme"

[[source]]
file = "kunden.csv"
table = "firms"
columns = { firm_id = "Nr", name = "Firma" }
scale = { registered_capital = 1000 }
"""

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
limits = [credit_limit(LimitFacts("A", 1.0, 1e9, 0.4, None, term_days=days), policy) for days in (720, 721)]
(rule,) = [rule for rule in limits[1].rules if rule.code == "TERM"]
print(json.dumps({
    "amounts": [limit.amount for limit in limits],
    "binding": [limit.binding for limit in limits],
    "why": [rule.why, rule.why_zh],
    "hash": policy.hash,
    "lift": memo_text("rule.TERM.lift", "zh"),
}))
"""

CONDITION = """def _visit(case: ConditionCase) -> Iterator[SuggestedCondition]:
    amount = case.inputs.request.amount
    yield _condition("VISIT", memo_words("condition.VISIT.text"), memo_words("condition.VISIT.why", amount=amount))


"""

CONDITION_TEXTS = """[condition.VISIT]
text = { en = "a visit", zh = "实地走访" }
why = { en = "{amount:money} is lent", zh = "贷款金额 {amount:money}" }

"""

SECTION = """
    SectionRecord(
        "carriers",
        {"carrier": "text", "share": "percent"},
        lambda inputs: ((carrier.carrier, carrier.share) for carrier in inputs.shop.carriers),
    ),
"""

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

INDICATOR = """    _indicator("low_stock", unit=Unit.SHARE, better=Better.LOWER, records=("stock_value",),
               sql=mean("CAST(stock_value < 100 AS INTEGER)", "true")),
"""

INDICATOR_NAME = 'low_stock = { en = "records with a stock below 100", zh = "库存低于 100 的记录占比" }\n'
INDICATOR_MEANING = (
    'low_stock = { en = "share of the rows with a stock below 100", zh = "库存低于 100 的记录占比" }\n'
)

TRY_INDICATOR = """
import json
from handmade import AS_OF, tables_of
from portrait_shop import shop_rows
from supplyrisk.graph.merchant.portrait import portrait_properties, portrait_table, shop_portrait

table = portrait_table(tables_of(**shop_rows()), AS_OF)
figure = shop_portrait(table, 0).indicator("low_stock")
print(json.dumps({
    "values": [figure.value, figure.before],
    "name": figure.name,
    "graph": portrait_properties(table)["portrait_low_stock"][0].as_py(),
}))
"""

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

SETTING = """    patience: _Share = Field(default=0.5, description="how long to wait, as a share")
"""

READ_SETTING = """
from supplyrisk.cli.resolved_settings import resolve
resolved = resolve()
print(resolved.settings.patience, resolved.origins["patience"])
"""

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

    def column_gains(self, columns: int) -> Matrix:
        """Return that it uses the first column alone."""
        return np.eye(columns)[0]

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
