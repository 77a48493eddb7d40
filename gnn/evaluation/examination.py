"""The whole examination of a model as one plain document, and what it comes to in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from supplyrisk.gnn.data.data_splits import DataSplits
from supplyrisk.gnn.evaluation.candidates import (
    CAUGHT_OFF,
    COUNTS_ONLY,
    DESCRIPTIONS,
    PLACEBOS,
    SWAPPED,
    EvaluationRows,
    ModelViews,
    PlaceboResult,
    Progress,
    evaluation_rows_of,
    settings_of,
    train_placebo,
)
from supplyrisk.gnn.evaluation.deletion import REQUIRED_RATIO, deletion_test
from supplyrisk.gnn.evaluation.dip import MAX_HALF_LIFE_DAYS, short_dip
from supplyrisk.gnn.evaluation.figures import calibration, difference, drift, psi, segments, standings
from supplyrisk.gnn.evaluation.stability import stability_over_members, stability_over_seeds
from supplyrisk.gnn.risk_model import BOOSTED_NEIGHBOURS, BOOSTED_OWN, NETWORK, RiskModel
from supplyrisk.graph import Tables

Card = dict[str, Any]

SHIFTED = 0.25
"""A PSI above this is called a shift."""


@dataclass(frozen=True)
class EvaluationPlan:
    """What is examined beside the metrics.

    placebos: train the network twice more; seeds: train it that many times less one more, and compare the parts;
    dip: score a short dip week by week; draws: of every bootstrap.
    """

    placebos: bool = True
    seeds: int = 1
    dip: bool = True
    draws: int = 1000


def examine_model(
    model: RiskModel, slices: DataSplits, tables: Tables | None, plan: EvaluationPlan, progress: Progress
) -> Card:
    """Judge a model on the testing slice, where there is one, else on the choosing slice; as plain JSON.

    tables: what a dip can be injected into; None where there is none to inject.
    """
    progress("the model and its controls", 0, 0)
    judged = evaluation_rows_of(model, slices)
    pds, controls = dict(judged.pds), {}
    for which in PLACEBOS if plan.placebos else ():
        controls[which] = train_placebo(which, model, slices, progress)
        pds[which] = controls[which].pd
    pds = {c: pds[c] for c in DESCRIPTIONS if c in pds}
    judged = EvaluationRows(judged.y, judged.firm, pds, judged.out_of_time, judged.views)
    progress("intervals", 0, 0)
    card = _head(model, judged) | _measured(model, slices, judged, controls, plan.draws)
    card["stability"] = {
        "members": len(model.members),
        "over_members": stability_over_members(model, judged.views),
        "seeds": plan.seeds,
        "over_seeds": stability_over_seeds(model, slices, plan.seeds, progress) if plan.seeds > 1 else None,
    }
    progress("deletion test", 0, 0)
    card["deletion"] = deletion_test(model, judged.views.snapshots[-1]).to_json()
    dip = short_dip(model, tables, progress=progress) if tables and plan.dip else None
    card["dip"] = None if dip is None else dip.to_json()
    card["training"] = dict(model.card)
    return card | {"verdict": verdict(card)}


def _head(model: RiskModel, judged: EvaluationRows) -> Card:
    seen = judged.views.snapshots
    return {
        "model": model.name,
        "champion": model.champion,
        "slice": "test" if judged.out_of_time else "choosing",
        "as_of": [str(s.as_of) for s in seen if s.as_of],
        "horizon_days": model.horizon_days,
        "default_kinds": list(model.default_kinds),
        "synthetic": seen[0].info.synthetic,
        "data": seen[0].info.content_hash,
        "rows": len(judged.y),
        "firms": int(judged.firm.max()) + 1,
        "failed": int(judged.y.sum()),
        "what": {c: DESCRIPTIONS[c] for c in judged.pds},
        "settings": asdict(settings_of(model)),
    }


def _measured(
    model: RiskModel,
    slices: DataSplits,
    judged: EvaluationRows,
    controls: Mapping[str, PlaceboResult],
    draws: int,
) -> Card:
    champion, pds = model.champion, judged.pds
    trained = ModelViews.of(model, slices.train)
    before = model.calibrations[champion].apply(trained.stacked(lambda p: p.hazard(champion)))
    after = model.calibrations[champion].apply(judged.views.stacked(lambda p: p.hazard(champion)))
    gains = {c: difference(judged, NETWORK, c, draws) for c in pds if c != NETWORK}
    return {
        "contenders": standings(judged, champion, draws),
        "network_minus": {c: None if g is None else g["auc"] for c, g in gains.items()},
        "calibration": {c: calibration(judged.y, p) for c, p in pds.items()},
        "segments": segments(judged, champion, draws),
        "drift": {
            "score": psi(before, after),
            "columns": drift(trained, judged.views, model.encoder.columns),
        },
        "placebos": {c: {"moved": v.moved, "caught_share": v.caught_share} for c, v in controls.items()},
        "caught_share": float(
            judged.views.stacked(lambda p: p.caught).sum() / judged.views.hazards()[NETWORK].sum()
        ),
        "caught_identified": bool(model.card.get("caught_identified")),
    }


def verdict(card: Card) -> list[str]:
    """The examination in words."""
    where = {
        "test": f"out of time, as of {', '.join(card['as_of'])}" if card["as_of"] else "on the test data",
        "choosing": "cross-fitted on the rows that the champion was chosen by, as there are no later ones",
    }[card["slice"]]
    said = [
        f"judged {where}: {card['rows']:,} rows of {card['firms']:,} firms, {card['failed']:,} failed; intervals and "
        "tests draw whole firms"
    ]
    said += [_champion(card), *_contagion(card), *_stable(card), *_probabilities(card), *_drifted(card)]
    return said + _reasons(card) + _dip(card)


def _gap(found: Mapping[str, float]) -> str:
    return f"{found['value']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}], p {found['p']:.3f}"


def _word(found: Mapping[str, float]) -> str:
    if found["low"] > 0:
        return "beats"
    return "falls below" if found["high"] < 0 else "cannot be told from"


def _champion(card: Card) -> str:
    """Who is champion and why, and whether these rows bear it out."""
    losses = card.get("training", {}).get("choosing_log_loss", {})
    why = "it had the least cross-fitted log loss on the choosing slice"
    if losses:
        ranked = ", ".join(f"{c} {losses[c]:.4f}" for c in sorted(losses, key=lambda c: (losses[c], c)))
        why += f" ({ranked})"
    said = f"champion: {card['champion']}, {DESCRIPTIONS[card['champion']]}; {why}"
    better = [
        row["contender"]
        for row in card["contenders"]
        if row["contender"] in (NETWORK, BOOSTED_OWN, BOOSTED_NEIGHBOURS, COUNTS_ONLY)
        and row["against"]
        and row["against"]["auc"]["low"] > 0
    ]
    if better:
        return f"{said}; on these rows {' and '.join(better)} ranks better by a paired test: train again"
    return f"{said}; on these rows no other contender ranks better by a paired test"


def _contagion(card: Card) -> list[str]:
    gains = card["network_minus"]
    if gains[BOOSTED_NEIGHBOURS] is None:
        return ["nobody is compared: the rows have one outcome only"]
    said = [f"the network {_word(gains[c])} {c}: AUC {_gap(gains[c])}" for c in gains]
    if SWAPPED not in gains:
        return [*said, "contagion is not claimed: the placebo with swapped sources was not trained"]
    wins = gains[SWAPPED]["low"] > 0 and gains[CAUGHT_OFF]["low"] > 0
    if wins and card["caught_identified"]:
        return [
            *said,
            "contagion is claimed for the gain over swapped sources, against likeness that is observed",
        ]
    agreed = card.get("training", {}).get("caught_agreement")
    apart = "do not agree" if agreed is not None else "could not be compared"
    lacking = [
        text
        for text, lacks in (
            ("no gain over swapped sources", gains[SWAPPED]["low"] <= 0),
            ("no gain over caught switched off", gains[CAUGHT_OFF]["low"] <= 0),
            (f"the members {apart} on what is caught", not card["caught_identified"]),
        )
        if lacks
    ]
    return [*said, f"contagion is not claimed: {', '.join(lacking)}"]


def _stable(card: Card) -> list[str]:
    """How far whole models of several seeds agree, where they were trained."""
    found = card["stability"]
    if found["over_seeds"] is None:
        return []
    shown = {n: "not measured" if v is None else f"{v:.3f}" for n, v in found["over_seeds"].items()}
    agreed = ", ".join(f"{n} {v}" for n, v in shown.items())
    return [f"models of {found['seeds']} seeds agree by rank correlation: {agreed}"]


def _probabilities(card: Card) -> list[str]:
    found = card["calibration"][card["champion"]]
    mean = sum(b["mean_pd"] * b["rows"] for b in found["curve"]) / card["rows"]
    slope = found["slope"]
    fits = (
        ""
        if 0.9 <= slope <= 1.1
        else "; outside .9 to 1.1, so PDs are too " + ("flat" if slope > 1 else "steep")
    )
    return [
        f"mean PD {mean:.4f}, failed {card['failed'] / card['rows']:.4f}; calibration slope {slope:.2f}{fits}"
    ]


def _drifted(card: Card) -> list[str]:
    moved = [r["column"] for r in card["drift"]["columns"] if r["psi"] > SHIFTED]
    score = f"PSI of the score against training {card['drift']['score']:.3f}"
    if not moved:
        return [f"{score}; no column is above {SHIFTED}"]
    return [f"{score}; {len(moved)} columns are above {SHIFTED}, most of all {', '.join(moved[:5])}"]


def _reasons(card: Card) -> list[str]:
    found = card["deletion"]
    if found["ratio"] is None:
        return ["deletion test: nothing to take away moved the score"]
    fits = "as asked" if found["ratio"] >= REQUIRED_RATIO else "too little"
    return [
        f"deletion test: what reasons name moves the score {found['ratio']:.1f} times as far as random parts "
        f"[{found['low']:.1f}, {found['high']:.1f}], {REQUIRED_RATIO:g} are asked for: {fits}"
    ]


def _dip(card: Card) -> list[str]:
    found = card["dip"]
    if found is None:
        return []
    if not found["reacted"]:
        return [f"short dip: 14 bad days move the hazard by less than 1 % ({found['shops']} shops)"]
    half = found["half_life_days"]
    forgot = (
        f"half of it is gone after {half:.0f} days"
        if half is not None
        else "half of it is still there at the end"
    )
    slow = (
        ""
        if half is not None and half <= MAX_HALF_LIFE_DAYS
        else f": slower than the {MAX_HALF_LIFE_DAYS} days asked for"
    )
    return [f"short dip: 14 bad days raise the hazard by {found['peak']:.1%} at most; {forgot}{slow}"]
