"""`scgraph explain`: one firm's score as a sum that a person can read."""

from __future__ import annotations

import math
import sys
from datetime import date
from typing import Any

from supplyrisk import gnn
from supplyrisk.cli.errors import one_line
from supplyrisk.cli.evidence import find_firm, missing_of
from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.history import trajectory
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.scoring import notes, out_of_tables, read_model
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph.credit import CAUSES

WIDTH, MOST = 30, 10


def explain_firm(session: Session, named: str, as_of: date | None, use: str | None) -> None:
    """Print why one firm scores as it does."""
    with session.talk.progress() as step:
        step("computing features", 0, 0)
        model = read_model(session)
        seen = out_of_tables(session, model, as_of)
        firms = seen.firms
        at = find_firm(named, firms.column("firm_id").to_pylist(), firms.column("name").to_pylist())
        step("scoring", 0, 0)
        found = model.parts(seen)
        bounds, lang = session.settings.grade_bounds, session.settings.lang
        scores = gnn.score(model, seen, use=use, bounds=bounds, seen=found, lang=lang)
        links, missing = gnn.firm_links_of(model, seen, at, found), missing_of(seen, at)
    wanted = firms.column("firm_id")[at].as_py()
    row = next(r for r in scores.firms.to_pylist() if r["firm_id"] == wanted)
    row["defaulted_on"] = firms.column("defaulted_on")[at].as_py()
    past = trajectory(session.workspace, wanted)
    if session.as_json:
        head: dict[str, object] = {"as_of": scores.as_of, "model": scores.model, "degraded": scores.degraded}
        head |= {"synthetic": scores.synthetic, "caught_identified": scores.identified}
        head["default_kinds"] = list(scores.default_kinds)
        more = {
            "caught_from": links.caught,
            "passes_on_to": links.passed,
            "missing": missing,
            "history": past,
        }
        print_json(envelope("explain", [row | more], about=head))
        return
    _head(row)
    _sum(row)
    _reasons(row)
    _links(links)
    show_text(
        f"\ncoverage {row['coverage']:.0%}: so many of the sources that the data have, and that a firm of its roles "
        "would show in, do so freshly"
    )
    for line in missing:
        show_text(f"  {line}")
    _history(past)
    for note in notes(scores, model):
        session.talk.say(note)
    say_synthetic(session, scores.synthetic)


def _head(row: dict[str, Any]) -> None:
    name = one_line(f"{row['firm_id']} {row['name'] or ''}")
    if row["pd"] is None:
        show_text(
            f"{name}: in default since {row['defaulted_on']}; not scored, a source that others catch from"
        )
        return
    when = f"within {row['horizon_days']} days of {row['as_of']}" if row["as_of"] else "(undated data)"
    low_high = f"{_percent(row['pd_low'])} to {_percent(row['pd_high'])} over the ensemble"
    show_text(f"{name}: PD {_percent(row['pd'])} {when}, {low_high}")
    if row["pd_low_90"] is not None:
        true = f"{_percent(row['pd_low_90'])} to {_percent(row['pd_high_90'])}"
        show_text(f"of 100 such firms the true PD of 90 lies in {true}, as far as synthetic worlds tell")
    show_text(f"grade {row['grade']}, {row['points']:.0f} points, state {row['state']}, by {row['model']}")


def _sum(row: dict[str, Any]) -> None:
    """The sum of hazards with bars, or that the scoring contender has none."""
    if row["pd"] is None:
        return
    if row["own"] is None:
        show_text(
            "\nno sum: a control scored, which has no own, context and caught (--use network shows them)"
        )
        return
    parts = {name: row[name] for name in ("own", "context", "caught")}
    whole = math.fsum(parts.values())
    scale = max(map(abs, parts.values()), default=0.0) or 1.0
    show_text(f"\nhazard {whole:.5f} = own + context + caught, PD = 1 - exp(-hazard)")
    for name, value in parts.items():
        show_text(f"  {name:8}{value:+.5f}  {_percent(value / whole):>8}  {_bar(abs(value) / scale)}")


def _bar(share: float) -> str:
    block = "█" if "utf" in (sys.stdout.encoding or "").lower() else "#"
    return block * round(WIDTH * share)


def _reasons(row: dict[str, Any]) -> None:
    if not row["reasons"]:
        return
    show_text("\nreasons")
    reasons = [
        (r["code"], r["text"], None if r["share"] is None else _percent(r["share"])) for r in row["reasons"]
    ]
    show_table(("code", "what", "share of hazard"), reasons)


def _links(links: gnn.FirmLinks) -> None:
    show_text("\ncaught from, by the network" if links.caught else "\nit catches nothing, by the network")
    if links.caught:
        columns = (
            "from",
            "who is its",
            "hazard %",
            "share of its hazard",
            "in default",
            "a person's other firms",
        )
        show_table(
            columns,
            [(*_link(r), r["in_default"], (r["firms"] or [])[:MOST] or None) for r in links.caught[:MOST]],
        )
    show_text("\npasses on to, by the network" if links.passed else "\nit passes nothing on, by the network")
    if links.passed:
        show_table(
            ("to", "to whom it is", "hazard %", "share of that hazard"),
            [_link(r) for r in links.passed[:MOST]],
        )
    for word, rest in (("caught from", links.caught[MOST:]), ("passed on to", links.passed[MOST:])):
        if rest:
            show_text(f"  {word} {len(rest)} more")


def _link(row: dict[str, Any]) -> tuple[str, str, str, str]:
    return row["id"], row["link"].replace("_", " "), f"{100 * row['caught']:.3f}", _percent(row["share"])


def _history(past: list[dict[str, Any]]) -> None:
    """The scores of the days that were scored, if there are several, with what moved each from the one before."""
    if len(past) < 2:
        return
    show_text("\nscores so far, and what moved them (points of PD %)")
    columns = ("as of", "PD %", "grade", "change", *CAUSES, "by")
    show_table(columns, [[p["as_of"], *_moved(p), p["model"]] for p in past])


def _moved(row: dict[str, Any]) -> list[str | None]:
    pd_ = None if row["pd"] is None else f"{100 * row['pd']:.2f}"
    moves = [None if row[c] is None else f"{100 * row[c]:+.2f}" for c in ("change", *CAUSES)]
    return [pd_, row["grade"], *moves]


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
