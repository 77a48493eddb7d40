"""The models that a workspace keeps: what each was made of, how good it was, and which one scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.history import digest_of
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table
from supplyrisk.cli.workspace import MODELS, PROMOTED, model_folder, model_names
from supplyrisk.graph import ModelError

METRICS = ("auc", "pr_auc", "brier")


def models_of(session: Session) -> list[dict[str, Any]]:
    """One row per model of the workspace, by name: role, data, configuration and metrics.

    The model that scores is the champion, every other one a challenger. Metrics are those of its training card, on
    the slice named; each model has rows of its own, so that only `compare` tells which is better.
    """
    scoring = _scoring(session)
    return [_described(session.folder / MODELS / name, scoring) for name in model_names(session.folder)]


def _scoring(session: Session) -> Path | None:
    try:
        return model_folder(session).resolve()
    except ModelError:
        return None


def _described(folder: Path, scoring: Path | None) -> dict[str, Any]:
    try:
        told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        card = told["card"]
        judged = "test" if "test" in card else "choosing"
        found = card[judged]["scores"][told["champion"]]
    except (OSError, ValueError, KeyError) as fault:
        raise ModelError(
            f"the model in {folder} cannot be read ({fault!r})", remedy="train it again"
        ) from fault
    metrics = {m: None if found.get(m) is None else found[m]["value"] for m in METRICS}
    return {
        "name": folder.name,
        "role": "champion" if folder.resolve() == scoring else "challenger",
        "scored_by": told["champion"],
        "data": card["data"],
        "digest": digest_of(folder),
        "horizon_days": told["horizon_days"],
        "members": card["settings"]["members"],
        "seed": card["settings"]["seed"],
        "context": card["context"],
        "slice": judged,
        **metrics,
        "settings": card["settings"],
    }


def promote(session: Session, name: str) -> None:
    """Make a model of the workspace the one that scores wherever no other is named.

    Raises
    ------
    ModelError: no such model in the workspace.
    """
    if name not in model_names(session.folder):
        raise ModelError(f"{name} is no model of {session.folder}", "one of its own", "train it with --name")
    path = session.folder / MODELS / PROMOTED
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps({"champion": name}) + "\n", encoding="utf-8")
    temporary.replace(path)


def show_models(session: Session) -> None:
    """The models as a table or as JSON."""
    rows = models_of(session)
    if session.as_json:
        print_json(envelope("compare", rows))
        return
    if not rows:
        session.talk.say(f"{session.folder} has no model yet; run scgraph train")
    columns = (
        "name",
        "role",
        "scored_by",
        "data",
        "horizon_days",
        "members",
        "seed",
        "context",
        "slice",
        *METRICS,
    )
    shown = [[*(_cell(r[c]) for c in columns[:-3]), *(r[c] for c in METRICS)] for r in rows]
    show_table(tuple(c.replace("_", " ") for c in columns), shown, title="models")


def _cell(value: object) -> object:
    """Hashes of data are shown by their beginning."""
    return ", ".join(str(v)[:8] for v in value) if isinstance(value, list) else value
