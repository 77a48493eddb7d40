"""`scgraph train`: slices, training, and what came of it in a table and in words."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from supplyrisk import gnn
from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import Step, show_table
from supplyrisk.cli.workspace import MODELS, model_names, promoted, snapshot_of, tables_of
from supplyrisk.graph import DataError, Snapshot, Tables, first_day_of, is_workspace, last_day_of
from supplyrisk.loaders import load, read_mapping

METRICS = {"auc": "AUC", "pr_auc": "PR-AUC", "brier": "Brier", "ece": "ECE"}


def train_model(session: Session, validate: Path | None, mapping: str | None) -> None:
    """Train on the workspace's data, keep the model there, and print how good it is."""
    known = model_names(session.folder)
    model = fit(session, validate, mapping)
    _show(session, model)
    replaced = " (an earlier one was replaced)" if model.name in known else ""
    session.talk.say(f"model: {session.folder / MODELS / model.name}{replaced}")
    scoring = promoted(session.folder)
    if scoring not in (None, model.name):
        session.talk.say(
            f"champion stays {scoring}; scgraph compare {scoring} {model.name} --promote changes that"
        )
    say_synthetic(session, bool(model.card["synthetic"]))


def fit(session: Session, validate: Path | None = None, mapping: str | None = None) -> gnn.RiskModel:
    """Train on the workspace's data and keep the model there, under the name in the settings."""
    name = session.settings.model
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise usage(f"{name!r} cannot name a model; expected letters, digits, -, _ and . only")
    tables = tables_of(session)
    chosen = session.settings
    settings = gnn.TrainingSettings(seed=chosen.seed, members=chosen.members, device=chosen.device)
    with session.talk.progress() as step:
        slices = slices_of(session, tables, settings, (validate, mapping), step)
        model = gnn.train(name, slices, settings, step)
    folder = session.folder / MODELS / name
    folder.parent.mkdir(exist_ok=True)
    gnn.save(model, folder)
    return model


def slices_of(
    session: Session,
    tables: Tables,
    settings: gnn.TrainingSettings,
    second: tuple[Path | None, str | None],
    step: Step,
) -> gnn.DataSplits:
    """What is learned on, chosen by and tested on; second: undated data's folder to choose by, and its mapping."""
    validate, mapping = second
    if not tables.info.undated:
        if validate:
            raise usage(
                "--validate is for undated data; dated data are chosen and tested out of time, by themselves"
            )
        return _dated(session, tables, settings, step)
    kinds = session.settings.default_kinds
    learned = snapshot_of(session, tables)
    if validate is None:
        return gnn.DataSplits((learned,), default_kinds=kinds)
    step(f"reading {validate}", 0, 0)
    with _second(session, validate, mapping) as chosen_by:
        chosen = snapshot_of(session, chosen_by)
    both = frozenset(_ids(learned)) & frozenset(_ids(chosen))
    return gnn.DataSplits((learned,), (chosen,), hidden=both, default_kinds=kinds)


def _dated(session: Session, tables: Tables, settings: gnn.TrainingSettings, step: Step) -> gnn.DataSplits:
    first, last = _days(tables)
    runs = gnn.as_of_dates(first, last, session.settings.horizon_days, settings)
    between = gnn.dates_between(runs[0], runs[1], settings) if settings.refit else []
    days = [day for run in (*runs, between) for day in run]
    made: dict[date, Snapshot] = {}
    for number, day in enumerate(days):
        step(f"features as of {day}", number, len(days))
        made[day] = snapshot_of(session, tables, day)
    learn, choose, test = (tuple(made[day] for day in run) for run in runs)
    kinds, gap = session.settings.default_kinds, tuple(made[day] for day in between)
    return gnn.DataSplits(learn, choose, test, default_kinds=kinds, gap=gap)


def _days(tables: Tables) -> tuple[date, date]:
    """First and last day of the data, as far as there is anything to learn from."""
    first, last = first_day_of(tables), last_day_of(tables)
    if first is None or last is None:
        raise DataError("no row of supplies, activity, events, ... has a day", "dated rows to learn from")
    return first, last


@contextmanager
def _second(session: Session, folder: Path, mapping: str | None) -> Iterator[Tables]:
    """The data to choose by: a workspace, or a folder that is loaded into a temporary one."""
    if is_workspace(folder):
        yield tables_of(session, folder)
        return
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        chosen = read_mapping(mapping) if mapping else None
        settings = session.settings
        load(folder, temporary, chosen, settings.encoding, settings.max_bad)
        yield tables_of(session, Path(temporary))


def _ids(snapshot: Snapshot) -> list[str]:
    return list(snapshot.firms.column("firm_id").to_pylist())


def metric_rows(card: Mapping[str, Any], slice_name: str) -> list[dict[str, object]]:
    """Each contender's metrics on a slice ("test", "choosing") with 95 % intervals; null where undefined."""
    rows: list[dict[str, object]] = []
    for contender, found in card[slice_name]["scores"].items():
        for metric in METRICS:
            value = found.get(metric) or {"value": None, "low": None, "high": None}
            rows.append({"slice": slice_name, "contender": contender, "metric": metric, **value})
    return rows


def best_slice(model: gnn.RiskModel) -> str:
    """The slice to judge the model by: the test slice where there is one."""
    return "test" if "test" in model.card else "choosing"


def metric_table(model: gnn.RiskModel) -> tuple[tuple[str, ...], list[list[str]]]:
    """Columns and rows of the table of contenders, to be printed or written down."""
    found: dict[str, list[str]] = {}
    for row in metric_rows(model.card, best_slice(model)):
        found.setdefault(str(row["contender"]), []).append(_interval(row))
    return ("contender", *METRICS.values()), [[name, *cells] for name, cells in found.items()]


def _interval(row: Mapping[str, Any]) -> str:
    return "-" if row["value"] is None else f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"


def verdict(model: gnn.RiskModel) -> list[str]:
    """A model in words: on what it was judged, who is champion and why, what does not hold."""
    card: Mapping[str, Any] = model.card
    judged = best_slice(model)
    where = {
        "test": "out of time, on firms and days that neither learning nor choosing has seen",
        "choosing": "cross-fitted on the slice that the champion is chosen by, as there is no later one",
    }[judged]
    failed, firms = card[judged]["failed"], card[judged]["firms"]
    losses = card["choosing_log_loss"]
    ranked = ", ".join(f"{c} {losses[c]:.4f}" for c in sorted(losses, key=lambda c: (losses[c], c)))
    said = [
        f"judged {where}: {firms:,} firms, {failed:,} failed; in brackets 95 % intervals",
        f"champion: {model.champion}, by the least cross-fitted log loss on the choosing slice ({ranked})",
    ]
    for control in gnn.CANDIDATES[1:]:
        said.append(_against(control, card[judged]["network_minus"][control]))
    if card.get("context") == "none":
        said.append("no context was better than none: that part of every hazard is 0")
    if not card.get("caught_identified"):
        said.append(f"caught is not identified: {_agreement(card)}; do not read it as contagion")
    return said


def _against(control: str, gain: Mapping[str, float] | None) -> str:
    if gain is None:
        return f"the network was not compared with {control}: the slice has one outcome only"
    told = (
        "ranks better than"
        if gain["low"] > 0
        else "ranks worse than"
        if gain["high"] < 0
        else "cannot be told from"
    )
    return f"the network {told} {control}: AUC {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"


def _agreement(card: Mapping[str, Any]) -> str:
    agreed = card.get("caught_agreement")
    if agreed is None and card["settings"]["members"] == 1:
        return "there is one network only, which nothing can agree with"
    if agreed is None:
        return "at least one network of the ensemble finds nothing that is caught"
    return f"the networks of the ensemble agree on it by a rank correlation of {agreed:.2f}, .90 is asked for"


def _show(session: Session, model: gnn.RiskModel) -> None:
    card: Mapping[str, Any] = model.card
    if session.as_json:
        rows = [row for name in ("choosing", "test") if name in card for row in metric_rows(card, name)]
        head = {"synthetic": card["synthetic"], "model": model.name, "horizon_days": model.horizon_days}
        print_json(
            envelope(
                "train", rows, about=head, champion=model.champion, verdict=verdict(model), card=dict(card)
            )
        )
        return
    show_table(*metric_table(model))
    for line in verdict(model):
        session.talk.say(line)
