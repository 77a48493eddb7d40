"""A memo on the terminal, in English or Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from supplyrisk.cli.errors import one_line
from supplyrisk.cli.talk import show_lines as say
from supplyrisk.cli.talk import show_table
from supplyrisk.graph.credit import CONCLUSIONS, LANGUAGES, RULES, SOURCES, STRESSES, Words
from supplyrisk.web import LEAST, days_word, label, money, percent, way

Row = dict[str, Any]
MOST = 8


def show_memo(document: Row, lang: str = "en") -> None:
    """Print a memo."""
    _Screen(document["rows"][0], document, lang).show()


def concluded(document: Row, lang: str = "en") -> str:
    """A memo's conclusion in one line: the shop, the word, the codes of the findings, the limit, who decides."""
    screen = _Screen(document["rows"][0], document, lang)
    memo = screen.memo
    found, asked = memo["conclusion"], memo["request"]
    codes = ", ".join(finding["code"] for finding in found["findings"])
    return (
        f"{memo['shop']['firm']}: {screen.of(CONCLUSIONS[found['word']]).upper()}{f' ({codes})' if codes else ''} · "
        f"{screen.word('limit')}: {asked['currency']} {memo['limit']['amount']:,.0f} · {screen.word('decides')}"
    )


@dataclass(frozen=True)
class _Screen:
    memo: Row
    document: Row
    lang: str

    def show(self) -> None:
        """All parts, one below the other."""
        self.head()
        self.conclusion()
        self.risk()
        self.chain()
        self.loss()
        self.limit()
        policy = self.memo["policy"]
        say(
            f"\n{self.word('policy')} {policy['name']} {policy['hash'][:12]}, "
            f"{self.word('data')} {self.document['data'][:12]}"
        )

    def word(self, name: str) -> str:
        """A label in the language of the screen."""
        return label(name, self.lang)

    def days(self, number: float) -> str:
        """So many days in words."""
        return f"{number:.0f} {self.word(days_word(number))}"

    def of(self, words: Words) -> str:
        """One of two languages."""
        return words[LANGUAGES.index(self.lang)]

    def text(self, row: Row, name: str) -> str:
        """A sentence of the memo."""
        return str(row[name if self.lang == "en" else f"{name}_zh"])

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table whose columns are labels."""
        if rows:
            show_table([self.word(name) for name in columns], rows)

    def head(self) -> None:
        """Who asks for what, and what is known of it."""
        shop, asked, word = self.memo["shop"], self.memo["request"], self.word
        say(one_line(f"{shop['firm']} {shop['name'] or ''}"))
        facts = [shop["roles"], shop["shop_type"], shop["industry"], shop["region"]]
        age = None if shop["age_days"] is None else f"{shop['age_days']:,.0f} {word('old')}"
        say("  " + ", ".join(str(fact) for fact in [*facts, age] if fact))
        lender = f", {asked['lender']}" if asked["lender"] else ""
        say(
            f"  {word('asked')}: {asked['currency']} {asked['amount']:,.0f}, {self.days(asked['days'])}, "
            f"{word(asked['product'])}{lender}; {word('as_of')} {self.document['as_of']}, {self.document['model']}"
        )
        known = [s for s in shop["sources"] if s["age_days"] is not None]
        ages = ", ".join(
            f"{self.of(SOURCES[s['source']])} {s['last_on']} ({self.days(s['age_days'])})" for s in known
        )
        say(f"  {word('coverage')} {shop['coverage']:.0%}{'; ' if ages else ''}{ages}")
        missing = shop["missing" if self.lang == "en" else "missing_zh"]
        if missing:
            say(f"  {word('missing')}: {', '.join(missing)} ({word('coverage_of')})")
        if self.document["degraded"]:
            say(f"  {word('degraded')}")

    def conclusion(self) -> None:
        """What the policy says, and what would change it."""
        found = self.memo["conclusion"]
        say(f"\n{self.of(CONCLUSIONS[found['word']]).upper()} · {self.word('decides')}")
        for finding in found["findings"]:
            text, change = self.text(finding, "text"), self.text(finding, "change")
            say(f"  {finding['code']}: {text}; {self.word('change')}: {change}")

    def risk(self) -> None:
        """PD, its parts, reasons and how it went."""
        risk, word = self.memo["risk"], self.word
        if risk["pd"] is None:
            say("\n" + word("failed" if risk["state"] == "defaulted" else "no_pd"))
            return
        say(
            f"\n{word('pd_term')} {risk['pd_term']:.2%} ({word('range')} {risk['pd_term_low']:.2%} - "
            f"{risk['pd_term_high']:.2%}), {word('pd')} {risk['pd']:.2%} ({self.days(risk['horizon_days'])}); "
            f"{word('grade')} {risk['grade']}, {word('points')} {risk['points']:.0f}"
        )
        if risk["pd_term_low_90"] is not None:
            say(f"  {word('true_pd')}: {risk['pd_term_low_90']:.2%} - {risk['pd_term_high_90']:.2%}")
        if risk["beyond_horizon"]:
            say(f"  {word('flat')}")
        if risk["note"]:
            say(f"  {self.text(risk, 'note')}")
        else:
            whole = risk["own"] + risk["context"] + risk["caught"]
            parts = (f"{word(name)} {risk[name] / whole:.0%}" for name in ("own", "context", "caught"))
            say(f"  {word('hazard')} {whole:.4f}: {', '.join(parts)}")
        for reason in risk["reasons"]:
            say(f"  {reason['code']}: {one_line(self.text(reason, 'text'))}")
        if risk["trajectory"]:
            earlier = ", ".join(f"{t['as_of']} {percent(t['pd'])}" for t in risk["trajectory"][-MOST:])
            say(f"  {word('trajectory')}: {earlier}")

    def chain(self) -> None:
        """Partners, guarantees, what stands behind them, rings and paths."""
        chain, word = self.memo["chain"], self.word
        near = [(word(p["side"]), p["other"], p) for p in chain["suppliers"][:MOST]]
        near += [(word(p["side"]), p["other"], p) for p in chain["customers"][:MOST]]
        near += [(word("carrier"), c["carrier"], c) for c in chain["carriers"][:MOST]]
        near += [(word(g["side"]), g["other"], g | {"share": None}) for g in chain["guarantees"][:MOST]]
        rows = [
            (side, firm, p["name"], percent(p["share"]), percent(p["pd"]), self.state(p))
            for side, firm, p in near
        ]
        say("")
        self.table(("side", "firm", "name", "share", "other_pd", "state"), rows)
        rings = [f"{' > '.join(r['circle'])} ({word('failed')}: {r['failing']})" for r in chain["rings"]]
        lists = {
            "single_sources": chain["single_sources"],
            "common": [f"{row['firm']} ({', '.join(row['behind'])})" for row in chain["common"]],
            "rings": rings,
            "trade_rings": [
                f"{' > '.join(r['ring'])} ({r['amount']:,.0f})" for r in chain["trade_rings"][:MOST]
            ],
        }
        for name, found in lists.items():
            if found:
                say(f"{word(name)}: {'; '.join(found)}")
        words = {link: word(link) for path in chain["paths"] for link in path["links"]}
        paths = [(way(p, words), percent(p["share"])) for p in chain["paths"]]
        self.table(("paths", "of_caught"), paths)

    def loss(self) -> None:
        """Expected loss, also under stress; the lender's book."""
        loss, word = self.memo["loss"], self.word
        if loss["lines"]:
            lines = [
                (word(r["product"] or "unknown"), r["lines"], money(r["drawn"]), money(r["ead"]))
                for r in loss["lines"]
            ]
            say("\n" + word("lines"))
            self.table(("product", "number", "drawn", "ead"), lines)
        if loss["el"] is None:
            return
        say(
            f"\n{word('el')} {self.memo['request']['currency']} {loss['el']:,.0f} = PD "
            f"{self.memo['risk']['pd_term']:.2%} x LGD {loss['lgd']:.0%} ({self.text(loss, 'lgd_from')}) "
            f"x EAD {loss['ead']:,.0f}"
        )
        rows = [
            (
                self.of(STRESSES[s["code"]]),
                len(s["stopped"]),
                percent(s["pd_term"]),
                money(s["el"]),
                percent(s["output"]),
            )
            for s in loss["stresses"]
        ]
        self.table(("stress", "stopped", "pd_term", "el", "output"), rows)
        self.book()

    def book(self) -> None:
        """What the shop's failure would do to the lender's others."""
        book, word = self.memo["book"], self.word
        if book is None:
            say(word("no_book"))
            return
        lent = book["book"]
        said = (
            word("nothing_drawn")
            if lent is None
            else f"{word('lent')} {lent['lent']:,.0f}, {word('to_firm')} {lent['to_firm']:,.0f}"
        )
        say(f"{word('book')} {book['lender']}: {said}")
        if "added_el" in book:
            say(f"{word('added_el')}: {book['added_el']:,.0f}")
            self.table(
                ("firm", "added_el"),
                [(b["firm"], money(b["added_el"])) for b in book["borrowers"] if b["added_el"] >= LEAST],
            )

    def limit(self) -> None:
        """The largest amount and the rules that give it."""
        limit = self.memo["limit"]
        say(
            f"\n{self.word('limit')}: {self.memo['request']['currency']} {limit['amount']:,.0f} "
            f"({self.of(RULES[limit['binding']])} {self.word('binds')})"
        )
        rows = [
            (self.of(RULES[r["code"]]), money(r["amount"]), one_line(self.text(r, "why")))
            for r in limit["rules"]
        ]
        self.table(("rule", "amount", "why"), rows)

    def state(self, row: Row) -> str | None:
        """In default, or nothing to say."""
        return self.word("failed") if row["defaulted"] else None
