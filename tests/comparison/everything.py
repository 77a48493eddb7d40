"""Every command on a workspace that holds data, a graph and a model."""

from __future__ import annotations

from collections import Counter
from typing import Any

from trees import Player

EARLIER, LAST = "2025-06-30", "2025-12-28"
WORKSPACE = ("-w", "workspace", "--json")
SCENARIO = """
name = "comparison"
weeks = 4
[[step]]
name = "two firms stop"
firms = ["{riskiest}", "{middle}"]
weeks = 2
[[step]]
name = "a region sells less"
region = "{region}"
supply = 0.5
demand = 0.2
[[step]]
name = "a carrier is out"
carrier_out = "{carrier}"
[[what_if]]
name = "more stock"
stock = "{middle}"
days = 30
"""


def use_workspace(player: Player) -> None:
    """Every command on a workspace that holds data, a graph and a model."""
    player.run("score-earlier", "score", "--as-of", EARLIER, *WORKSPACE)
    player.run("score-own", "score", "--use", "boosted-own", "--top", 30, *WORKSPACE)
    player.run("score-zh", "score", "--use", "network", "--lang", "zh", "-o", "scores.csv", *WORKSPACE)
    scores = player.run("score", "score", "-o", "scores.json", *WORKSPACE)
    player.pick("firms", lambda: _firms(scores["rows"]))
    player.pick("place", lambda: {"region": scores["rows"][0]["name"].split()[0]})
    for name, firm in player.picks["firms"].items():
        player.run(f"explain-{name}", "explain", firm, *WORKSPACE)
    middle = player.picks["firms"]["middle"]
    player.run("explain-zh", "explain", middle, "--lang", "zh", "--use", "boosted-neighbours", *WORKSPACE)
    for model in ("debtrank", "clearing"):
        player.run(f"contagion-{model}", "contagion", "--model", model, *WORKSPACE)
    player.run("contagion-credit", "contagion", "--credit", "--by", "exposure", *WORKSPACE)
    player.run("contagion-converged", "contagion", "--converged", "--lenders", "lenders.csv", *WORKSPACE)
    player.run("contagion", "contagion", *WORKSPACE)
    player.run("put-contagion", "store", "contagion", *WORKSPACE)
    player.run("store-info", "store", "info", *WORKSPACE)
    book = player.run("borrowers", "query", "run", "borrowers", "--param", "top=100000", *WORKSPACE)
    player.pick("lenders", lambda: _lenders(book["rows"]))
    player.pick("borrowers", lambda: [row["firm"] for row in book["rows"]][:4])
    carriers = player.run("hubs", "query", "run", "hub-dependence", "--param", "share=0", *WORKSPACE)
    player.pick("carrier", lambda: carriers["rows"][0]["carrier"])
    _stress(player)
    _lend(player)
    _ask(player)
    player.run("bulk", "export", "neo4j-admin", "bulk", *WORKSPACE)


def _firms(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Firms by what is special about them."""
    scored = [row for row in rows if row["state"] == "scored"]
    firms = {"riskiest": scored[0], "middle": scored[len(scored) // 2], "soundest": scored[-1]}
    for state in ("insufficient", "defaulted"):
        firms |= {row["state"]: row for row in rows if row["state"] == state}
    return {name: row["firm_id"] for name, row in firms.items()}


def _lenders(rows: list[dict[str, Any]]) -> list[str]:
    counts = Counter(lender for row in rows for lender in row["lenders"])
    return [lender for lender, _ in counts.most_common(2)]


def _stress(player: Player) -> None:
    player.run("stress-example", "stress", "--example")
    picks = player.picks
    text = SCENARIO.format(**picks["firms"], **picks["place"], carrier=picks["carrier"])
    (player.folder / "scenario.toml").write_text(text, encoding="utf-8")
    middle = picks["firms"]["middle"]
    player.run("stress", "stress", "scenario.toml", "-o", "stress.json", *WORKSPACE)
    player.run("stress-why", "stress", "scenario.toml", "--why", middle, *WORKSPACE)
    player.run("exposure-why", "stress", "--why", middle, *WORKSPACE)


def _lend(player: Player) -> None:
    lenders, borrowers = player.picks["lenders"], player.picks["borrowers"]
    firms = player.picks["firms"]
    shops = {**firms, **{f"borrower-{i}": firm for i, firm in enumerate(borrowers)}}
    for name, shop in shops.items():
        request = (shop, "--amount", 20000, "--days", 90)
        player.run(f"check-{name}", "check", *request, "--lender", lenders[0], *WORKSPACE)
    request = (firms["middle"], "--amount", 150000, "--days", 300)
    player.run(
        "check-zh", "check", *request, "--lang", "zh", "--product", "credit", "-o", "memo.json", *WORKSPACE
    )
    player.run("check-page", "check", *request, "--no-record", "-o", "memo.html", *WORKSPACE)
    for number, lender in enumerate(lenders):
        player.run(f"portfolio-{number}", "portfolio", lender, "-o", f"portfolio-{number}.json", *WORKSPACE)
    player.run("monitor", "monitor", "--since", EARLIER, "-o", "monitor.json", *WORKSPACE)
    player.run("monitor-book", "monitor", "--since", EARLIER, "--lender", lenders[0], *WORKSPACE)
    player.run(
        "monitor-gate", "monitor", "--since", EARLIER, "--pd-factor", 1.1, "--fail-on", "any", *WORKSPACE
    )
    player.run("compare-list", "compare", *WORKSPACE)
    player.run("compare-days", "compare", EARLIER, LAST, *WORKSPACE)
    player.run("audit-verify", "audit", "verify", *WORKSPACE)
    for number in (1, 2, 3):
        player.run(f"audit-{number}", "audit", "show", number, *WORKSPACE)


def _ask(player: Player) -> None:
    """Every query of the library, its required parameters filled in."""
    library = player.run("query-list", "query", "list", *WORKSPACE)
    player.pick("queries", lambda: [_query(row) for row in library["rows"]])
    picks = player.picks
    values = {
        "firm": picks["borrowers"][0],
        "other": picks["firms"]["middle"],
        "firms": ",".join(picks["borrowers"]),
        "lender": picks["lenders"][0],
        "since": EARLIER,
        "until": "2026-06-30",
    }
    for query in picks["queries"]:
        parameters = [f"--param={name}={values[name]}" for name in query["required"]]
        player.run(f"query-{query['name']}", "query", "run", query["name"], *parameters, *WORKSPACE)
    count = (
        "MATCH (f:Firm) RETURN f.region AS region, count(*) AS firms, sum(f.risk_pd) AS pd ORDER BY region"
    )
    player.run("query-text", "query", "run", "--text", count, *WORKSPACE)


def _query(row: dict[str, Any]) -> dict[str, Any]:
    name = f"{row['topic']}/{row['name']}"
    return {"name": name, "required": [p["name"] for p in row["params"] if p["default"] is None]}
