"""`scgraph check`: a memo on one shop, an amount and a term, out of what the workspace holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import check_file, envelope, print_json, to_json, write_atomically
from supplyrisk.cli.memo_screen import concluded, show_memo
from supplyrisk.cli.options import Session
from supplyrisk.cli.workspace import SCORES, UNDATED, kept_days, open_graph, transmission_files
from supplyrisk.graph import (
    DataError,
    DatasetInfo,
    Store,
    Transmissions,
    read_parquet,
    read_workspace,
    spare_pandas,
)
from supplyrisk.graph.credit import (
    AuditLog,
    BookUsage,
    LearnedStops,
    LoanRequest,
    MemoInputs,
    OtherBorrowers,
    Policy,
    book_around,
    lines_of,
    matching_firms,
    memo_of,
    production_losses,
    read_policy,
    score_history_of,
    shop_facts_of,
    stresses_of,
)
from supplyrisk.web import query_line, render_memo

SAME = 1e-9
"""Up to which two PDs are one."""
AUDIT = "audit"
"""Folder of the record in a workspace."""


@dataclass(frozen=True)
class Wanted:
    """Where a memo goes besides the screen, whose policy it follows, and in which language the page opens."""

    policy: Path | None = None
    output: Path | None = None
    language: str = "en"
    record: bool = True


def check_shop(session: Session, named: str, request: LoanRequest, wanted: Wanted) -> None:
    """Work out the memo of a shop, show it, and put it on record."""
    spare_pandas()
    check_file(wanted.output, (".json", ".html"))
    policy = read_policy(wanted.policy)
    faults = request.faults()
    if faults:
        raise usage("; ".join(faults))
    document = work_out(session, named, request, policy)
    if wanted.record:
        entry = AuditLog(session.folder / AUDIT).append(_record(document))
        document["record"] = entry.number
    if wanted.output:
        page = wanted.output.suffix.lower() == ".html"
        text = render_memo(document, wanted.language) if page else to_json(document) + "\n"
        write_atomically(wanted.output, lambda out: out.write(text.encode()))
        session.talk.say(concluded(document, wanted.language))
        session.talk.say(f"memo written to {wanted.output}")
    if session.as_json:
        print_json(document)
    elif not wanted.output:
        show_memo(document, wanted.language)
    if wanted.record:
        session.talk.say(f"on record as entry {document['record']}: scgraph audit show {document['record']}")


def work_out(session: Session, named: str, request: LoanRequest, policy: Policy) -> dict[str, Any]:
    """The memo as a document with what it rests on: day, data, model, policy."""
    info = read_workspace(session.folder).info
    same_currency(info, policy)
    with session.talk.progress() as step, open_graph(session) as store:
        step("asking the graph", 0, 0)
        return Desk(session, store, info).check(named, request, policy)


@dataclass(frozen=True)
class Desk:
    """A workspace that is open for checks: its graph, and what holds for its data."""

    session: Session
    store: Store
    info: DatasetInfo

    @cached_property
    def as_of(self) -> date:
        """The day that the graph shows."""
        return day_of(self.store, self.info)

    @cached_property
    def learned(self) -> LearnedStops:
        """What the network has learned, as of that day."""
        return LearnedStops(transmissions_of(self.session, self.as_of, self.info))

    def check(self, named: str, request: LoanRequest, policy: Policy) -> dict[str, Any]:
        """The document on one shop, given by its id or name."""
        as_of, store = self.as_of, self.store
        firm = _meant(store, named)
        days = [path for path in kept_days(self.session.folder / SCORES) if path.stem != UNDATED]
        scored, shop = score_history_of(days, firm, as_of), shop_facts_of(store, firm)
        same_scores((shop.profile["model"], shop.profile["pd"]), scored.row)
        learned = self.learned
        given = MemoInputs(
            request,
            shop,
            scored,
            stresses_of(
                shop, store, lambda stopped: learned.pd_of(firm, stopped), production_losses(store, firm)
            ),
            *self._book(firm, request, policy),
            network_pd=learned.pd_of(firm),
            paths=learned.paths(firm),
        )
        about = {
            "as_of": as_of,
            "model": scored.row["model"],
            "degraded": scored.row["degraded"],
            "synthetic": self.info.synthetic,
        }
        return envelope("check", [memo_of(given, policy)], about=about, data=self.info.content_hash)

    def _book(
        self, firm: str, request: LoanRequest, policy: Policy
    ) -> tuple[BookUsage | None, OtherBorrowers | None]:
        """The lender's book around the firm, and what its failure would do to the others."""
        lender = request.lender
        if not lender:
            return None, None
        lines = lines_of(self.store, lender)
        return book_around(self.store, lender, firm, lines), self.learned.loss_of_others(firm, lines, policy)


def _meant(store: Store, named: str) -> str:
    """The id of the one firm that is meant; else a usage error that lists whom it may be."""
    rows = matching_firms(store, named)
    if len(rows) == 1:
        return str(rows[0]["firm"])
    if not rows:
        tried = query_line({"name": "shop/named", "params": {"firm": named}})
        raise usage(
            f"no firm {named!r} in the graph; expected a firm_id or a whole name, capitals aside, as {tried} finds; "
            "scgraph explain FIRM lists names that are alike"
        )
    listed = ", ".join(f"{row['firm']} ({row['region'] or 'no region'})" for row in rows)
    raise usage(f"{len(rows)} firms are called {named}: {listed}; name one by its firm_id")


def same_currency(info: DatasetInfo, policy: Policy) -> None:
    """Refuse data in another currency than the policy's: amounts are never converted."""
    if info.currency not in (None, policy.currency):
        raise DataError(
            f"the data are in {info.currency}, the policy in {policy.currency}",
            "one currency",
            f"name a policy in {info.currency} with --policy",
        )


def transmissions_of(session: Session, as_of: date, info: DatasetInfo) -> Transmissions:
    """What `score` kept of the network for a day of these data."""
    paths = transmission_files(session.folder, as_of)
    if not all(path.is_file() for path in paths):
        raise DataError(f"no transmissions are kept of {as_of}", remedy="run scgraph score again")
    kept = Transmissions.from_tables(*(read_parquet(path) for path in paths))
    if kept.content_hash != info.content_hash:
        raise DataError(
            f"the kept scores of {as_of} are of other data",
            "of those that are loaded",
            "run scgraph score again",
        )
    return kept


def same_scores(in_graph: tuple[str | None, float | None], kept: Mapping[str, Any]) -> None:
    """Refuse a graph that holds another scoring than the workspace keeps: partners' PDs would be of that one."""
    model, pd = in_graph
    if (
        model != kept["model"]
        or (pd is None) != (kept["pd"] is None)
        or abs((pd or 0) - (kept["pd"] or 0)) > SAME
    ):
        raise DataError(
            f"the graph holds scores by {model}, the workspace keeps others by {kept['model']}",
            "the same scores in both",
            "run scgraph store scores",
        )


def day_of(store: Store, info: DatasetInfo) -> date:
    """The day that the graph shows.

    Raises
    ------
    DataError: it has none, or shows other data than the workspace holds.
    """
    stamp = store.info().stamp
    if not stamp.get("as_of"):
        raise DataError(
            "the graph shows no day: these data are undated",
            "dated data: a term needs a PD over days",
            "load dated data",
        )
    if stamp.get("content_hash") != info.content_hash:
        raise DataError(
            f"the graph shows {stamp.get('data')}, and not the data that are loaded",
            "one data set",
            "run scgraph store load, then scgraph score",
        )
    return date.fromisoformat(str(stamp["as_of"]))


def _record(document: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a check: when, and the whole document."""
    now = datetime.now(UTC).isoformat(timespec="seconds")

    return {"at": now, "verb": "check", "document": json.loads(to_json(document))}
