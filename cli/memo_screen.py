"""A memo on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from supplyrisk.cli.errors import one_line
from supplyrisk.cli.memo_text import money, percent, say
from supplyrisk.cli.memo_words import RULES, STRESSES
from supplyrisk.cli.talk import show_table

Row = dict[str, Any]
MOST = 8


def show_memo(document: Row) -> None:
    """Print a memo."""
    memo: Row = document["rows"][0]
    _head(memo, document)
    _conclusion(memo["conclusion"])
    _risk(memo["risk"])
    _chain(memo["chain"])
    _loss(memo)
    _limit(memo["limit"], memo["request"]["currency"])
    say(f"\npolicy {memo['policy']['name']} {memo['policy']['hash'][:12]}, data {document['data'][:12]}")


def _head(memo: Row, document: Row) -> None:
    shop, asked = memo["shop"], memo["request"]
    say(one_line(f"{shop['firm']} {shop['name'] or ''}"))
    facts = [shop["roles"], shop["shop_type"], shop["industry"], shop["region"]]
    say("  " + ", ".join(str(fact) for fact in facts if fact))
    lender = f" by {asked['lender']}" if asked["lender"] else ""
    say(
        f"  asked: {asked['currency']} {asked['amount']:,.0f} over {asked['days']} days, {asked['product']}{lender}; "
        f"as of {document['as_of']}, {document['model']}"
    )
    ages = ", ".join(
        f"{s['source']} {s['age_days']:.0f} days" for s in shop["sources"] if s["age_days"] is not None
    )
    say(f"  coverage {shop['coverage']:.0%}; age of its sources: {ages or 'none'}")
    if shop["missing"]:
        say(f"  not known: {', '.join(shop['missing'])}")


def _conclusion(found: Row) -> None:
    say(f"\n{found['word'].upper()} (a person decides; this is what the policy says)")
    for finding in found["findings"]:
        say(f"  {finding['code']}: {finding['text']}; would change it: {finding['change']}")


def _risk(risk: Row) -> None:
    if risk["pd"] is None:
        say("\nno PD: it is in default" if risk["state"] == "defaulted" else "\nno PD")
        return
    say(
        f"\nPD {risk['pd_term']:.2%} over the term ({risk['pd_term_low']:.2%} to {risk['pd_term_high']:.2%}), "
        f"{risk['pd']:.2%} over {risk['horizon_days']} days; grade {risk['grade']}, {risk['points']:.0f} points"
    )
    if risk["beyond_horizon"]:
        say("  the term is longer than the model's horizon: the hazard is held flat")
    if risk["note"]:
        say(f"  {risk['note']}")
    else:
        whole = risk["own"] + risk["context"] + risk["caught"]
        parts = (f"{name} {risk[name] / whole:.0%}" for name in ("own", "context", "caught"))
        say(f"  hazard {whole:.4f}: {', '.join(parts)}")
    for reason in risk["reasons"] or []:
        say(f"  {reason['code']}: {one_line(reason['text'])}")
    if risk["trajectory"]:
        earlier = ", ".join(f"{t['as_of']} {percent(t['pd'])}" for t in risk["trajectory"][-MOST:])
        say(f"  earlier: {earlier}")


def _chain(chain: Row) -> None:
    columns = ("side", "other", "name", "share", "pd %", "state")
    rows = [
        (p["side"], p["other"], p["name"], percent(p["share"]), percent(p["pd"]), _state(p))
        for p in [*chain["suppliers"][:MOST], *chain["customers"][:MOST]]
    ]
    rows += [
        ("carrier", c["carrier"], c["name"], percent(c["share"]), percent(c["pd"]), _state(c))
        for c in chain["carriers"]
    ]
    rows += [
        (g["side"], g["other"], g["name"], None, percent(g["pd"]), _state(g)) for g in chain["guarantees"]
    ]
    say("")
    if rows:
        show_table(columns, rows)
    for word, found in (
        ("only source or outlet", chain["single_sources"]),
        ("hidden common supplier", _firms(chain["common"])),
    ):
        if found:
            say(f"{word}: {', '.join(found)}")
    for ring in chain["rings"]:
        say(f"guarantee circle: {' > '.join(ring['circle'])}, {ring['failing']} in default")


def _firms(rows: Iterable[Row]) -> list[str]:
    return [f"{row['firm']} behind {' and '.join(row['behind'])}" for row in rows]


def _loss(memo: Row) -> None:
    loss, currency = memo["loss"], memo["request"]["currency"]
    if loss["el"] is None:
        return
    say(
        f"\nEL {currency} {loss['el']:,.0f} = PD {memo['risk']['pd_term']:.2%} x LGD {loss['lgd']:.0%} "
        f"({loss['lgd_from']}) x EAD {loss['ead']:,.0f}"
    )
    rows = [
        (
            STRESSES[s["code"]][0],
            len(s["stopped"]),
            percent(s["pd_term"]),
            money(s["el"]),
            percent(s["output"]),
        )
        for s in loss["stresses"]
    ]
    if rows:
        show_table(("stress", "firms stopped", "PD over the term", "EL", "output lost"), rows)
    book = memo["book"]
    say("no book was given (--lender)" if book is None else f"book of {book['lender']}: {_lent(book)}")


def _lent(book: Row) -> str:
    if book["book"] is None:
        return "nothing drawn, so its shares set no limit"
    said = f"{book['book']['lent']:,.0f} lent, {book['book']['to_firm']:,.0f} of it to this firm"
    if "added_el" in book:
        said += f"; its failure would add {book['added_el']:,.0f} to the EL of the others"
    return said


def _limit(limit: Row, currency: str) -> None:
    say(f"\nlimit {currency} {limit['amount']:,.0f}, bound by {RULES[limit['binding']][0]}")
    show_table(
        ("rule", "amount", "why"),
        [(RULES[r["code"]][0], money(r["amount"]), one_line(r["why"])) for r in limit["rules"]],
    )


def _state(row: Row) -> str | None:
    return "in default" if row["defaulted"] else None
