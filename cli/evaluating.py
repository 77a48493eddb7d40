"""`scgraph evaluate`: a kept model and all of its controls on the same later rows, as a table and a model card."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typer

from supplyrisk import gnn
from supplyrisk.cli.errors import EXIT_GATE, usage
from supplyrisk.cli.files import envelope, print_json, to_json, write_atomically
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.settings import Settings
from supplyrisk.cli.talk import Step, show_table
from supplyrisk.cli.training import slices_of
from supplyrisk.cli.workspace import model_folder, snapshot_of, tables_of
from supplyrisk.gnn.evaluation import EvaluationPlan, examine_model, settings_of
from supplyrisk.graph import DataError, Tables, last_day_of
from supplyrisk.services import load_model
from supplyrisk.web import render_model_card

SHOWN = {
    "auc": "AUC",
    "pr_auc": "PR-AUC",
    "brier": "Brier",
    "ece": "ECE",
    "ks": "KS",
    "gini": "Gini",
    "capture_5": "capture 5 %",
    "capture_10": "capture 10 %",
}
CARD = "card"
"""The card lies beside its model: card.json and card.html."""
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Gate:
    """A limit that was set: the number of that name in the card must not be so."""

    name: str
    sign: str
    bound: float

    def breached(self, numbers: Mapping[str, float | None]) -> str | None:
        """What is wrong, in words; a number that could not be measured is no number that is good."""
        value = numbers[self.name]
        if value is None:
            return f"{self.name} could not be measured, and {self.name}{self.sign}{self.bound:g} was to be ruled out"
        if COMPARISONS[self.sign](value, self.bound):
            return f"{self.name} is {value:.4g}, and {self.name}{self.sign}{self.bound:g} was to be ruled out"
        return None


GATES = (*SHOWN, "slope", "psi", "psi_columns", "deletion", "half_life")


def parse_gates(texts: Sequence[str]) -> list[Gate]:
    """Gates from the command line, such as auc<.7 and psi>.25, several joined by commas.

    Raises
    ------
    Usage: no such number, or no comparison.
    """
    found = []
    for text in (part.strip() for given in texts for part in given.split(",")):
        match = re.fullmatch(r"(\w+)\s*(<=|>=|<|>)\s*([-+]?\d*\.?\d+)", text)
        if match is None or match[1] not in GATES:
            raise usage(f"--fail-on {text!r}; expected such as auc<.7 or psi>.25, of {', '.join(GATES)}")
        found.append(Gate(match[1], match[2], float(match[3])))
    return found


def numbers_of(card: Mapping[str, Any]) -> dict[str, float | None]:
    """What gates look at: the champion's metrics, and one number of each instrument."""
    mine = next(r["metrics"] for r in card["contenders"] if r["contender"] == card["champion"]) or {}
    columns, dip = card["drift"]["columns"], card["dip"]
    return {name: mine[name]["value"] if name in mine else None for name in SHOWN} | {
        "slope": card["calibration"][card["champion"]]["slope"],
        "psi": card["drift"]["score"],
        "psi_columns": columns[0]["psi"] if columns else None,
        "deletion": card["deletion"]["ratio"],
        # A score that a dip does not move has nothing to forget.
        "half_life": None if dip is None else (dip["half_life_days"] if dip["reacted"] else 0.0),
    }


@dataclass(frozen=True)
class Order:
    """What is to be examined, by what data an undated model is chosen, where the card goes, and what must not be."""

    plan: EvaluationPlan
    gates: Sequence[Gate] = ()
    validate: Path | None = None
    mapping: str | None = None
    page: Path | None = None


def evaluate_model(session: Session, order: Order) -> None:
    """Examine the model in the settings, keep its card beside it, print it, and end with 5 where a gate is breached."""
    model, tables = load_model(session.workspace, session.model, session.settings.device), tables_of(session)
    with session.talk.progress() as step:
        card = examined(session, (model, tables), order, step)
    folder = model_folder(session)
    keep_card(card, folder / f"{CARD}.json", order.page or folder / f"{CARD}.html")
    show_card(session, card)
    if tables.info.content_hash not in _list(model.card["data"]):
        session.talk.say("note: the data are no longer those that the model was trained on")
    session.talk.say(f"model card: {order.page or folder / f'{CARD}.html'}")
    say_synthetic(session, bool(card["synthetic"]))
    hold_to(session, card, order.gates)


def examined(session: Session, of: tuple[gnn.RiskModel, Tables], order: Order, step: Step) -> dict[str, Any]:
    """The card of a model on the workspace's data."""
    model, tables = of
    settings = settings_of(model)
    own = replace(session, settings=as_trained(session.settings, model))
    if tables.info.undated:
        if len(set(_list(model.card["data"]))) > 1 and order.validate is None:
            raise usage("the model was chosen by a second data set; expected it again: name it by --validate")
        slices = slices_of(own, tables, settings, (order.validate, order.mapping), step)
    else:
        slices = _dated(own, model, tables, step)
    return examine_model(model, slices, tables, order.plan, step)


def as_trained(settings: Settings, model: gnn.RiskModel) -> Settings:
    """The settings with the horizon and the defaults of the model: the rows must mean what it learned."""
    horizon = model.horizon_days or settings.horizon_days
    return replace(settings, horizon_days=horizon, default_kinds=model.default_kinds)


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def first_later_day(model: gnn.RiskModel) -> date | None:
    """The first day on which a model may be judged: one horizon after the last that it was chosen by; undated: None."""
    kept: Mapping[str, Any] = model.card["as_of"]  # type: ignore[assignment]
    if not kept["choose"] or model.horizon_days is None:
        return None
    return date.fromisoformat(kept["choose"][-1]) + timedelta(days=model.horizon_days)


def _dated(session: Session, model: gnn.RiskModel, tables: Tables, step: Step) -> gnn.DataSplits:
    """The days that the model was trained on and chosen by, and those after them whose outcomes are known by now."""
    kept: Mapping[str, Any] = model.card["as_of"]  # type: ignore[assignment]
    learn, choose = ([date.fromisoformat(d) for d in kept[name]] for name in ("train", "choose"))
    first = first_later_day(model)
    if first is None:
        raise usage("the model was trained on undated data; expected one of dated data, as these are")
    settings = session.settings
    last = last_day_of(tables)
    known = None if last is None else last - timedelta(days=settings.horizon_days)
    if known is None or known < first:
        raise DataError(
            f"the data end on {last}; outcomes of {first}, the first day after those that the model was chosen by",
            f"are known {settings.horizon_days} days later",
            "load later data",
        )
    trained = settings_of(model)
    every = trained.step_days
    # What trains again, a placebo or another seed, learns on the dates of the gap as the model did.
    between = gnn.dates_between(learn, choose, trained) if trained.refit else []
    test = [known - timedelta(days=every * k) for k in range((known - first).days // every, -1, -1)]
    days = [*learn, *between, *choose, *test]
    made = {}
    for number, day in enumerate(days):
        step(f"features as of {day}", number, len(days))
        made[day] = snapshot_of(session, tables, day)
    first_run, second_run, third_run, gap = (
        tuple(made[day] for day in run) for run in (learn, choose, test, between)
    )
    return gnn.DataSplits(first_run, second_run, third_run, default_kinds=settings.default_kinds, gap=gap)


def keep_card(card: Mapping[str, Any], path: Path, page: Path) -> None:
    """Write the card as JSON and as one HTML page, complete in itself."""
    write_atomically(path, lambda out: out.write((to_json(card) + "\n").encode()))
    write_atomically(page, lambda out: out.write(render_model_card(card).encode()))


def show_card(session: Session, card: Mapping[str, Any]) -> None:
    """The card as one JSON document, or its contenders as a table and its verdict in words."""
    if session.as_json:
        names = ("synthetic", "model", "horizon_days")
        about = {n: card[n] for n in names} | {"as_of": card["as_of"][-1] if card["as_of"] else None}
        more = {k: v for k, v in card.items() if k not in (*names, "as_of", "rows", "contenders")}
        judged = {"judged_as_of": card["as_of"], "judged_rows": card["rows"]}
        print_json(envelope("evaluate", card["contenders"], about=about, **judged, **more))
        return
    show_table(*contender_table(card))
    for line in card["verdict"]:
        session.talk.say(line)


def contender_table(card: Mapping[str, Any]) -> tuple[tuple[str, ...], list[list[str | None]]]:
    """Columns and rows of the table of contenders; the last column is the paired difference to the champion."""
    rows: list[list[str | None]] = []
    for row in card["contenders"]:
        metrics, gap = row["metrics"] or {}, row["against"]
        cells = [_number(metrics.get(name), name in ("auc", "pr_auc", "brier")) for name in SHOWN]
        mine = "champion" if row["contender"] == card["champion"] else _gap(gap)
        rows.append([row["contender"], *cells, mine])
    return ("contender", *SHOWN.values(), "AUC - champion's"), rows


def _number(found: Mapping[str, float] | None, interval: bool) -> str | None:
    if found is None:
        return None
    if not interval:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _gap(found: Mapping[str, Any] | None) -> str | None:
    if found is None:
        return None
    gap = found["auc"]
    return f"{gap['value']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}] p {gap['p']:.3f}"


def hold_to(session: Session, card: Mapping[str, Any], gates: Sequence[Gate]) -> None:
    """Say which gates are breached, and end with 5 where there is one."""
    numbers = numbers_of(card)
    faults = [text for gate in gates if (text := gate.breached(numbers)) is not None]
    for text in faults:
        session.talk.say(f"gate breached: {text}")
    if faults:
        raise typer.Exit(EXIT_GATE)
