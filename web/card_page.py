"""A model card as one HTML page: no script, nothing fetched, figures as inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

Card = Mapping[str, Any]

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
section{margin:2rem 0}svg{background:#fafafa;border:1px solid #ddd}.said{color:#555}
table{border-collapse:collapse;font-size:.9rem}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}.best{font-weight:bold}.warn{background:#fff3cd;padding:.6rem 1rem}"""
METRICS = {
    "auc": "AUC",
    "pr_auc": "PR-AUC",
    "brier": "Brier",
    "ece": "ECE",
    "ks": "KS",
    "gini": "Gini",
    "capture_5": "capture 5 %",
    "capture_10": "capture 10 %",
}
SIDE, EDGE = 320, 40
MOST_COLUMNS = 20


def render_model_card(card: Card) -> str:
    """The page, complete in itself."""
    title = f"Model card: {card['model']}"
    parts = (_head, _contenders, _against, _calibration, _segments, _drift, _stability, _tests, _training)
    body = "".join(part(card) for part in parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>\n"
    )


def _head(card: Card) -> str:
    warn = (
        '<p class="warn">Synthetic data: this shows nothing about real firms.</p>'
        if card["synthetic"]
        else ""
    )
    lines = "".join(f"<li>{escape(line)}" for line in card["verdict"])
    return f"{warn}<section><h2>In words</h2><ul>{lines}</ul></section>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]], best: object = None) -> str:
    head = "".join(f"<th>{escape(c)}" for c in columns)
    body = "".join(
        f"<tr{' class=best' if row[0] == best else ''}>" + "".join(f"<td>{escape(_cell(v))}" for v in row)
        for row in rows
    )
    return f"<table><tr>{head}{body}</table>"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _interval(found: Mapping[str, float] | None, sign: str = "") -> str | None:
    if found is None:
        return None
    p = f", p {found['p']:.3f}" if "p" in found else ""
    return f"{found['value']:{sign}.3f} [{found['low']:{sign}.3f}, {found['high']:{sign}.3f}]{p}"


def _section(title: str, text: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p class=said>{escape(text)}</p>{body}</section>"


def _contenders(card: Card) -> str:
    rows = [
        [r["contender"], *(_interval((r["metrics"] or {}).get(m)) for m in METRICS)]
        for r in card["contenders"]
    ]
    what = "".join(f"<li>{escape(c)}: {escape(text)}" for c, text in card["what"].items())
    text = (
        f"{card['rows']:,} rows of {card['firms']:,} firms, {card['failed']:,} failed; 95 % intervals by bootstrap of "
        "whole firms. The champion is in bold."
    )
    return _section(
        "All on the same rows",
        text,
        _table(["", *METRICS.values()], rows, card["champion"]) + f"<ul>{what}</ul>",
    )


def _against(card: Card) -> str:
    names = ("auc", "pr_auc", "brier")
    rows = [
        [r["contender"], *(_interval(r["against"][m], "+") for m in names)]
        for r in card["contenders"]
        if r["against"]
    ]
    text = f"Each contender's metric minus the champion's ({card['champion']}), by paired bootstrap of whole firms."
    return _section("Paired tests", text, _table(["", *(METRICS[m] for m in names)], rows))


def _calibration(card: Card) -> str:
    rows = [[c, f["slope"], f["intercept"]] for c, f in card["calibration"].items()]
    curve = card["calibration"][card["champion"]]["curve"]
    text = "Share that failed by mean PD, the champion's, in ten equally filled bins with 95 % intervals."
    return _section(
        "Calibration", text, _curve(curve) + _table(["", "slope", "intercept"], rows, card["champion"])
    )


def _curve(curve: Sequence[Mapping[str, float]]) -> str:
    most = max([0.01, *(b["high"] for b in curve), *(b["mean_pd"] for b in curve)])

    def at(x: float, y: float) -> tuple[float, float]:
        span = SIDE - EDGE - 10
        return EDGE + span * x / most, SIDE - EDGE - span * y / most

    (x0, y0), (x1, y1) = at(0, 0), at(most, most)
    drawn = [f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="#bbb"/>']
    for b in curve:
        (x, low), (_, high), (_, y) = (at(b["mean_pd"], b[n]) for n in ("low", "high", "failed_share"))
        drawn.append(f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="#1b6ca8"/>')
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#1b6ca8"/>')
    words = [
        (SIDE / 2, SIDE - 8, "middle", "mean PD"),
        (EDGE, 14, "start", "share that failed"),
        (x1, y0 + 15, "end", f"{most:.3g}"),
        (x0 - 4, y1 + 12, "end", f"{most:.3g}"),
    ]
    drawn += [
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" text-anchor="{a}" fill="#444">{t}</text>'
        for x, y, a, t in words
    ]
    label = 'role="img" aria-label="share that failed by mean PD"'
    return f'<svg width="{SIDE}" height="{SIDE}" {label}>{"".join(drawn)}</svg>'


def _segments(card: Card) -> str:
    rows = []
    for r in card["segments"]:
        metrics = r["metrics"] or {}
        name = f"{r['by']}: {r['value']}"
        found = [_interval(metrics.get(m)) for m in ("auc", "pr_auc", "brier", "ece")]
        rows.append([name, r["rows"], r["failed"], r["mean_pd"], r["failed_share"], *found])
    columns = ["", "rows", "failed", "mean PD", "share failed", "AUC", "PR-AUC", "Brier", "ECE"]
    text = "The champion by segment; no ranking where fewer than ten failed or ten are sound."
    return _section("By segment", text, _table(columns, rows))


def _drift(card: Card) -> str:
    found = card["drift"]["columns"]
    rows = [[r["column"], r["psi"], r["missing_before"], r["missing_now"]] for r in found[:MOST_COLUMNS]]
    text = (
        f"PSI against training: the score {card['drift']['score']:.3f}; of {len(found)} columns the {len(rows)} that "
        "moved most. Below .1 is called stable, above .25 shifted."
    )
    return _section("Drift", text, _table(["column", "PSI", "missing before", "missing now"], rows))


def _stability(card: Card) -> str:
    found = card["stability"]
    rows = [
        [name, found["over_members"][name], (found["over_seeds"] or {}).get(name)]
        for name in found["over_members"]
    ]
    text = (
        f"Mean rank correlation of the network's parts between its {found['members']} members, and between whole "
        f"models of {found['seeds']} seeds. The network calls {card['caught_share']:.1%} of all hazard caught."
    )
    placebos = [[c, p["moved"], p["caught_share"]] for c, p in card["placebos"].items()]
    lower = _table(["placebo", "links moved", "hazard called caught"], placebos) if placebos else ""
    return _section("Stability", text, _table(["part", "members", "seeds"], rows) + lower)


def _tests(card: Card) -> str:
    found = card["deletion"]
    rows = [[kind, means["named"], means["random"]] for kind, means in found["by_kind"].items()]
    rows.append(["all", found["named"], found["random"]])
    table = _table(["taken away", "named by a reason", "random"], rows)
    who = f"{found['firms']} firms, scored by {found['contender']}"
    text = f"Mean change of the log hazard when a part is taken away; {who}."
    first = _section("Deletion test", text, table)
    dip = card["dip"]
    if dip is None:
        return first
    rows = [list(pair) for pair in zip(dip["days"], dip["excess"], strict=True)]
    who = f"{dip['shops']} sound shops, by {dip['contender']}"
    text = f"Mean log of the hazard with 14 bad days over that without; {who}."
    return first + _section("Short dip", text, _table(["days after", "excess"], rows))


def _training(card: Card) -> str:
    facts = {
        "learned on as of": ", ".join(card["training"].get("as_of", {}).get("train", [])) or "undated",
        "chosen by as of": ", ".join(card["training"].get("as_of", {}).get("choose", [])) or "undated",
        "judged as of": ", ".join(card["as_of"]) or "undated",
        "horizon, days": card["horizon_days"],
        "a default is": ", ".join(card["default_kinds"]),
        "data": card["data"],
        "context": card["training"].get("context"),
    } | {f"setting {k}": v for k, v in card["settings"].items()}
    return _section("What was trained", "", _table(["", ""], facts.items()))
