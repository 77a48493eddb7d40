"""A model on disk: weights as safetensors, the rest as JSON and LightGBM's text format; no pickle."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightgbm as lgb
import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from
from safetensors.torch import save as tensors_to

from supplyrisk.gnn.baselines.baseline_registry import NETWORK, baseline_class
from supplyrisk.gnn.baselines.boosting import BoostedModel
from supplyrisk.gnn.calibration import Calibration
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.feature_profile import FeatureProfile
from supplyrisk.gnn.margins import ModelMargins
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_stages import MemberBoosters
from supplyrisk.gnn.network.message_network import MessageEnsemble, weights_below
from supplyrisk.gnn.network.smooth_score import SmoothScore
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import DefaultDefinition, ModelError, replacing_folder

SCHEMA = "scgraph.model/4"
"""Version of the file format: keys below stay as they are within one version."""
WEIGHTS = "network.safetensors"
MODEL = "model.json"
TREES = "boosters.json"
TESTED = "tested"
"""Folder of the tested model beside the deployed one, in the same format."""


def save(model: RiskModel, folder: Path) -> None:
    """Write the model to a folder, atomically; a model of that name is replaced."""
    old = _replaced(folder)
    _restore(folder)
    state = {
        f"{i}.{k}": v.cpu().contiguous()
        for i, m in enumerate(model.members)
        for k, v in m.state_dict().items()
    } | {
        f"messages.{i}.{k}": v.cpu().contiguous()
        for i, b in enumerate(model.boosters)
        if b.messages
        for k, v in b.messages.state().items()
    }
    # The smooth score is the same for all members and stored once; of an expert model it is the scorecard.
    trees = {
        "smooth": model.scorecard.save() if model.scorecard else model.boosters[0].smooth.to_json(),
        "members": [
            {
                "own": b.own.to_json(),
                "full": b.full.to_json(),
                "names": b.names,
                "from_own": b.from_own,
                "messages": b.messages and b.messages.to_json(),
            }
            for b in model.boosters
        ],
    }
    stored = {name: baseline.save() for name, baseline in model.baselines.items()}
    if not model.expert and any(stored.values()):
        trees["baselines"] = stored
    with replacing_folder(folder) as temporary:
        (temporary / WEIGHTS).write_bytes(tensors_to(state))
        (temporary / TREES).write_text(json.dumps(trees), encoding="utf-8")
        (temporary / MODEL).write_text(
            json.dumps(_described(model), ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8"
        )
        if model.tested is not None:
            save(model.tested, temporary / TESTED)
        # Two renames: a run killed between them leaves the old model aside, and `_restore` brings it back.
        if folder.exists():
            folder.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def _replaced(folder: Path) -> Path:
    """Where the old model is kept until the new one is in place."""
    return folder.with_name(f".{folder.name}.old")


def _restore(folder: Path) -> None:
    """Undo a replacement that was killed half-way, and remove what it left."""
    old = _replaced(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _described(model: RiskModel) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "name": model.name,
        "register": model.encoder.fingerprint,
        "encoder": model.encoder.to_json(),
        "members": [
            {"context": m.context, "lean_width": m.summary_width, "kinds": m.transmission.kinds}
            for m in model.members
        ],
        "calibrations": {c: k.to_json() for c, k in model.calibrations.items()},
        "terms": {c: t.to_json() for c, t in model.terms.items()},
        "champion": model.champion,
        "expert": model.scorecard is not None,
        "horizon_days": model.horizon_days,
        **model.default_definition.to_json(),
        "features": [profile.to_json() for profile in model.features],
        "margins": {c: asdict(m) for c, m in model.margins.items()},
        "card": model.card,
    }


def load(folder: Path, device: torch.device | None = None) -> RiskModel:
    """Read the model in a folder.

    Parameters
    ----------
    folder: as `save` wrote it.
    device: on which it computes (see `devices.device`); None: the processor.

    Raises
    ------
    ModelError: no model in the folder, a missing or damaged file, another version, or an encoder that does not match.
    """
    _restore(folder)
    if not (folder / MODEL).is_file():
        raise ModelError(
            f"{folder} holds no model", remedy="run scgraph train first, or name another --model"
        )
    try:
        described = json.loads((folder / MODEL).read_text(encoding="utf-8"))
        trees = json.loads((folder / TREES).read_text(encoding="utf-8"))
        state = tensors_from((folder / WEIGHTS).read_bytes())
    except (OSError, ValueError, SafetensorError) as fault:
        raise ModelError(
            f"the model in {folder} cannot be read ({fault})", remedy="train it again"
        ) from fault
    if described.get("schema") != SCHEMA:
        raise ModelError(
            f"the model in {folder} is of schema {described.get('schema')}", SCHEMA, "train it again"
        )
    try:
        model = _built(described, trees, state)
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        lgb.basic.LightGBMError,
    ) as fault:
        raise ModelError(f"the model in {folder} is damaged ({fault!r})", remedy="train it again") from fault
    return model.on(device) if device else model


def load_tested(folder: Path, device: torch.device | None = None) -> RiskModel:
    """Read the tested model beside the model in a folder; the model itself where it has none. As `load`."""
    _restore(folder)
    return load(folder / TESTED if (folder / TESTED).is_dir() else folder, device)


def _built(described: dict[str, Any], trees: dict[str, Any], state: dict[str, Any]) -> RiskModel:
    encoder = Encoder.from_json(described["encoder"])
    # Columns that do not match the weights would give wrong scores without any error.
    if encoder.fingerprint != described["register"]:
        raise ModelError("the model does not fit its own feature register", remedy="train it again")
    smooth = SmoothScore.from_json(trees["smooth"])
    contexts = {m["context"] for m in described["members"]}
    if "messages" in contexts and not all(t["messages"] for t in trees["members"]):
        raise ValueError("the context is messages, and the network of messages is missing")
    boosters = tuple(
        _boosters(t, smooth, weights_below(f"messages.{i}.", state)) for i, t in enumerate(trees["members"])
    )
    # The scorecard of an expert model stands in place of the smooth score. Earlier versions have no expert models, and
    # no baselines beyond the first stages.
    stored = (
        {described["champion"]: trees["smooth"]} if described.get("expert") else trees.get("baselines", {})
    )
    return RiskModel(
        name=described["name"],
        encoder=encoder,
        boosters=boosters,
        members=tuple(_member(i, m, state) for i, m in enumerate(described["members"])),
        calibrations={c: Calibration(**k) for c, k in described["calibrations"].items()},
        champion=described["champion"],
        horizon_days=described["horizon_days"],
        default_definition=DefaultDefinition.from_json(described),
        card=described["card"],
        baselines={
            name: baseline_class(name).load(stored.get(name, {}), boosters)
            for name in described["calibrations"]
            if name != NETWORK
        },
        # Models of earlier versions have none.
        terms={c: TermStructure(**t) for c, t in described.get("terms", {}).items()},
        features=tuple(FeatureProfile.from_json(profile) for profile in described.get("features", [])),
        margins={c: ModelMargins.from_json(m) for c, m in described.get("margins", {}).items()},
    )


def _boosters(trees: dict[str, Any], smooth: SmoothScore, weights: dict[str, Any]) -> MemberBoosters:
    own = BoostedModel.from_json(trees["own"])
    full = BoostedModel.from_json(trees["full"])
    described = trees["messages"]
    messages = MessageEnsemble.from_json(described, weights) if described else None
    # The trees of earlier versions never start from the own scores.
    return MemberBoosters(own, full, tuple(trees["names"]), smooth, messages, trees.get("from_own", False))


def _member(number: int, described: dict[str, Any], state: dict[str, Any]) -> EnsembleMember:
    member = EnsembleMember(described["context"], described["lean_width"], tuple(described["kinds"]))
    weights = weights_below(f"{number}.", state)
    expected = {k: v.shape for k, v in member.state_dict().items()}
    # Compared first: load_state_dict would name tensors, which tells a user nothing.
    if {k: v.shape for k, v in weights.items()} != expected:
        raise ModelError(
            f"the weights of member {number} do not fit this version of scgraph", remedy="train it again"
        )
    member.load_state_dict(weights)
    return member.requires_grad_(False).eval()
