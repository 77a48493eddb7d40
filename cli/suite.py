"""`scgraph evaluate --suite NAME DIR`: a published experiment from its files to its table, as one command."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from supplyrisk import gnn
from supplyrisk.cli.errors import usage
from supplyrisk.cli.evaluating import SHOWN, Order, contender_table, hold_to
from supplyrisk.cli.files import envelope, print_json, write_atomically
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import Step, show_table
from supplyrisk.cli.workspace import snapshot_of, tables_of
from supplyrisk.gnn.evaluation import examine_model
from supplyrisk.graph import Snapshot
from supplyrisk.loaders import load, read_mapping


@dataclass(frozen=True)
class Suite:
    """An undated data set in parts: what is learned on, chosen by, and, where it is there, tested on."""

    mapping: str
    train: str = "train"
    choose: str = "validate"
    test: str = "test"


SUITES = {"smesd": Suite("smesd")}


def run_suite(session: Session, name: str, folder: Path, order: Order) -> None:
    """Load the parts into a temporary place, train and examine with every seed, and print what came of it.

    The data are read where they lie and nothing of them is kept. The placebos are trained with the first seed only.
    """
    if name not in SUITES:
        raise usage(f"no suite is called {name}; expected one of {', '.join(SUITES)}")
    suite = SUITES[name]
    for part in (suite.train, suite.choose):
        if not (folder / part).is_dir():
            raise usage(
                f"{folder} has no folder {part}; expected {suite.train}, {suite.choose} and maybe {suite.test}"
            )
    with session.talk.progress() as step:
        slices = _read(session, suite, folder, step)
        cards = [_one(session, slices, order, number, step) for number in range(order.plan.seeds)]
    if order.page is not None:
        from supplyrisk.web import render_model_card  # noqa: PLC0415 - only where it is asked for

        page, text = order.page, render_model_card(cards[0])
        write_atomically(page, lambda out: out.write(text.encode()))
    _show(session, name, cards)
    for card in cards:
        hold_to(session, card, order.gates)


def _read(session: Session, suite: Suite, folder: Path, step: Step) -> gnn.DataSplits:
    found: dict[str, Snapshot] = {}
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        for part in (suite.train, suite.choose, suite.test):
            if (folder / part).is_dir():
                step(f"reading {part}", 0, 0)
                place = Path(temporary) / part
                load(folder / part, place, read_mapping(suite.mapping), session.settings.encoding, None)
                found[part] = snapshot_of(session, tables_of(session, place))
    tested = found.get(suite.test)
    if tested is not None and tested.firms.column("outcome").null_count == tested.firms.num_rows:
        session.talk.say(f"note: {suite.test} has no outcomes, and is left out")
        tested = None
    later = [found[suite.choose], *([tested] if tested else [])]
    both = {f for s in later for f in s.firms.column("firm_id").to_pylist()}
    hidden = both & set(found[suite.train].firms.column("firm_id").to_pylist())
    kinds = session.settings.default_kinds
    test = (tested,) if tested else ()
    return gnn.DataSplits(
        (found[suite.train],), (found[suite.choose],), test, frozenset(hidden), default_kinds=kinds
    )


def _one(session: Session, slices: gnn.DataSplits, order: Order, number: int, step: Step) -> dict[str, Any]:
    chosen = session.settings
    settings = gnn.TrainingSettings(seed=chosen.seed + number, members=chosen.members, device=chosen.device)

    def say(what: str, done: int = 0, of: int = 0) -> None:
        step(f"seed {settings.seed}: {what}", done, of)

    model = gnn.train(f"suite-{settings.seed}", slices, settings, say)
    plan = replace(order.plan, seeds=1, placebos=order.plan.placebos and number == 0)
    return examine_model(model, slices, None, plan, say)


def _show(session: Session, name: str, cards: Sequence[Mapping[str, Any]]) -> None:
    means = mean_rows(cards)
    if session.as_json:
        print_json(envelope("evaluate", means, about={"suite": name}, cards=list(cards)))
        return
    show_table(*contender_table(cards[0]), title=f"seed {cards[0]['settings']['seed']}")
    for line in cards[0]["verdict"]:
        session.talk.say(line)
    if len(cards) > 1:
        columns = ("contender", "seeds", *SHOWN.values())
        rows = [[r["contender"], r["seeds"], *(_spread(r[m]) for m in SHOWN)] for r in means]
        show_table(columns, rows, title=f"mean of {len(cards)} seeds")


def mean_rows(cards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each contender's metrics, as mean and standard deviation over the seeds that it was trained with."""
    found: dict[str, dict[str, list[float]]] = {}
    for card in cards:
        for row in card["contenders"]:
            mine = found.setdefault(row["contender"], {m: [] for m in SHOWN})
            for metric in SHOWN if row["metrics"] else ():
                mine[metric].append(row["metrics"][metric]["value"])
    return [
        {"contender": c, "seeds": len(values["auc"])} | {m: _moments(v) for m, v in values.items()}
        for c, values in found.items()
    ]


def _moments(values: Sequence[float]) -> dict[str, float | None]:
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)) if values else None, "deviation": spread}


def _spread(found: Mapping[str, float | None]) -> str | None:
    mean, spread = found["mean"], found["deviation"]
    if mean is None:
        return None
    return f"{mean:.4f}" if spread is None else f"{mean:.4f} ({spread:.4f})"
