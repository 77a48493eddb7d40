"""Training: what is learned on, chosen by and tested on, the ensemble and its controls, and who is champion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

import numpy as np
from scipy.stats import spearmanr

from supplyrisk.gnn import boosting
from supplyrisk.gnn.calibration import calibrated_log_loss, cross_fitted, fit_calibration, pd_of
from supplyrisk.gnn.encoder import Encoder
from supplyrisk.gnn.fitting import fit_member
from supplyrisk.gnn.member import Boosters, Matrix, Member, Stages, neighbourhood
from supplyrisk.gnn.metrics import evaluate, paired
from supplyrisk.gnn.model import CONTENDERS, FULL, NETWORK, OWN, Parts, RiskModel, column_names, combine
from supplyrisk.gnn.panel import Graph, graph_of, groups, rows
from supplyrisk.graph import ModelError, Snapshot

Progress = Callable[[str, int, int], None]
CONTEXTS = ("lean", "boosted")
AGREEMENT = 0.9
"""Caught hazards whose rank correlation between members is below this are called not identified."""


@dataclass(frozen=True)
class Settings:
    """Knobs of a training run; they are written into the model card."""

    seed: int = 0
    members: int = 5
    contexts: tuple[str, ...] = CONTEXTS
    step_days: int = 30
    history_days: int = 180
    bootstrap: int = 1000


@dataclass(frozen=True)
class Slices:
    """Snapshots by use: learned on, chosen and calibrated by, and tested on (empty for undated data).

    hidden are firms that are left out of learning because they are also in the choosing slice. held is the share
    of firms held out for choosing where an undated data set has no second one; their outcomes are not learned on.
    """

    train: tuple[Snapshot, ...]
    choose: tuple[Snapshot, ...] = ()
    test: tuple[Snapshot, ...] = ()
    hidden: frozenset[str] = field(default_factory=frozenset)
    held: float = 0.25


def as_of_dates(first: date, last: date, horizon_days: int, settings: Settings) -> tuple[list[date], date, date]:
    """As-of dates to learn on, the one to choose and calibrate by, and the one to test on.

    The horizon is the gap: each slice's outcome window ends before the next slice's as-of date. first and last are
    the first and last day of the data; the first as-of date leaves history_days to look back on.

    Raises
    ------
    ModelError: the data covers too few days.
    """
    horizon = timedelta(days=horizon_days)
    test = last - horizon
    choose = test - horizon
    latest, earliest = choose - horizon, first + timedelta(days=settings.history_days)
    if latest < earliest:
        need = settings.history_days + 3 * horizon_days
        raise ModelError(
            f"the data covers {(last - first).days} days, from {first} to {last}",
            f"at least {need}: {settings.history_days} of history and three outcome windows of {horizon_days}",
            "load more history or choose a shorter --horizon",
        )
    steps = (latest - earliest).days // settings.step_days
    return [latest - timedelta(days=settings.step_days * k) for k in range(steps, -1, -1)], choose, test


def train(name: str, slices: Slices, settings: Settings = Settings(), progress: Progress | None = None) -> RiskModel:  # noqa: B008
    """Fit the ensemble and both controls on the same rows, choose the champion, test, and write the card.

    Raises
    ------
    ModelError: too few failures or sound firms to learn from.
    """
    say = progress or (lambda what, done, of: None)
    encoder = Encoder.fit(slices.train)
    learn, choose = _graphs(slices, encoder, settings.seed)
    _enough(learn, "to learn from")
    _enough(choose, "to choose by")
    columns = column_names(encoder)
    stages = _fit_boosters(learn, columns, settings, say)
    ahead = [b.predict(choose, columns) for b, _ in stages]
    fitted = {c: _fit_members(c, learn, choose, stages, ahead, say) for c in settings.contexts}
    context, members, parts = _choose_context(fitted, choose, ahead)
    outcomes, kept = _known(choose)
    hazards = {c: np.concatenate([p.hazard(c) for p in parts])[kept] for c in CONTENDERS}
    calibrations = {c: fit_calibration(h, outcomes) for c, h in hazards.items()}
    losses = {c: calibrated_log_loss(h, outcomes) for c, h in hazards.items()}
    champion = min(CONTENDERS, key=lambda c: losses[c])
    model = RiskModel(
        name, encoder, tuple(b for b, _ in stages), members, calibrations, champion, slices.train[0].horizon_days, {}
    )
    card = _card(model, slices, settings, context, losses) | _agreement(parts)
    card["choosing"] = _metrics(outcomes, {c: cross_fitted(h, outcomes) for c, h in hazards.items()}, settings)
    if slices.test:
        card["test"] = _test(model, slices.test, settings)
    return RiskModel(**{**{f: getattr(model, f) for f in model.__dataclass_fields__}, "card": card})


def _graphs(slices: Slices, encoder: Encoder, seed: int) -> tuple[list[Graph], list[Graph]]:
    learn = [graph_of(s, encoder) for s in slices.train]
    if slices.choose:
        hidden = set(slices.hidden)
        return [g.without_outcomes(hidden) for g in learn], [graph_of(s, encoder) for s in slices.choose]
    ids = sorted({f for g in learn for f, y in zip(g.firm_ids, g.y, strict=True) if not np.isnan(y)})
    held = set(np.random.default_rng(seed).choice(ids, int(len(ids) * slices.held), replace=False).tolist())
    return [g.without_outcomes(held) for g in learn], [g.without_outcomes(set(ids) - held) for g in learn]


def _enough(graphs: Sequence[Graph], what: str) -> None:
    y = rows(graphs, "y")
    failed, sound = int(np.nansum(y)), int(np.nansum(1 - y))
    if min(failed, sound) < boosting.FOLDS * 2:
        raise ModelError(
            f"{failed} failed and {sound} sound firms {what}",
            f"at least {boosting.FOLDS * 2} of each",
            "load more history, or labels, or choose a longer --horizon",
        )


def _fit_boosters(
    learn: list[Graph], columns: tuple[str, ...], settings: Settings, say: Progress
) -> list[tuple[Boosters, Stages]]:
    x, y, who = rows(learn, "x"), rows(learn, "y"), groups(learn)
    first = boosting.best_rounds(x, y, who, settings.seed)
    _, own = boosting.fit(x, y, who, settings.seed, first)
    wide, _, _ = neighbourhood(learn, own, columns, None)
    second = boosting.best_rounds(np.hstack([x, wide]), y, who, settings.seed)
    found = []
    for k in range(settings.members):
        say("boosted stages", k, settings.members)
        found.append(Boosters.fit(learn, columns, settings.seed + k, (first, second)))
    return found


def _fit_members(  # noqa: PLR0913
    context: str, learn: list[Graph], choose: list[Graph], stages: list[tuple[Boosters, Stages]], ahead: list[Stages], say: Progress
) -> tuple[Member, ...]:
    kinds = tuple(sorted({k for g in learn for k in g.links.kinds}))
    members = []
    for k, ((_, seen), later) in enumerate(zip(stages, ahead, strict=True)):
        say(f"network, {context} context", k, len(stages))
        members.append(fit_member(Member(context, seen.lean.shape[1], kinds), (learn, seen), (choose, later)))
    return tuple(members)


def _choose_context(
    fitted: dict[str, tuple[Member, ...]], choose: list[Graph], ahead: list[Stages]
) -> tuple[str, tuple[Member, ...], list[Parts]]:
    """The context whose ensemble has the least cross-fitted log loss; of equals the one of lower capacity."""
    y, kept = _known(choose)
    found = {}
    for context, members in fitted.items():
        parts = [combine(g, members, _only(ahead, choose, i)) for i, g in enumerate(choose)]
        hazard = np.concatenate([p.hazard(NETWORK) for p in parts])[kept]
        found[context] = (calibrated_log_loss(hazard, y), parts)
    best = min(found, key=lambda c: found[c][0])
    return best, fitted[best], found[best][1]


def _only(stages: list[Stages], graphs: list[Graph], number: int) -> list[Stages]:
    """The rows of one graph out of stages that cover several."""
    start = sum(g.firms for g in graphs[:number])
    at = slice(start, start + graphs[number].firms)
    return [Stages(s.own[at], s.full[at], s.lean[at]) for s in stages]


def _known(graphs: Sequence[Graph]) -> tuple[Matrix, Matrix]:
    y = rows(graphs, "y")
    kept = ~np.isnan(y)
    return y[kept], kept


def _metrics(y: Matrix, hazards: dict[str, Matrix], settings: Settings) -> dict[str, object]:
    pds = {c: pd_of(h) for c, h in hazards.items()}
    scores: dict[str, object] = {c: evaluate(y, p, settings.bootstrap) for c, p in pds.items()}
    gain = {c: paired(y, pds[NETWORK], pds[c], settings.bootstrap) for c in (OWN, FULL)}
    return {"firms": len(y), "failed": int(y.sum()), "scores": scores, "network_minus": gain}


def _test(model: RiskModel, snapshots: Sequence[Snapshot], settings: Settings) -> dict[str, object]:
    """Metrics on snapshots that neither learning nor choosing has seen."""
    ys: list[Matrix] = []
    hazards: dict[str, list[Matrix]] = {c: [] for c in CONTENDERS}
    for snapshot in snapshots:
        graph, parts = model.parts(snapshot)
        y, kept = _known([graph])
        ys.append(y)
        for c in CONTENDERS:
            hazards[c].append(model.calibrations[c].apply(parts.hazard(c)[kept]))
    return _metrics(np.concatenate(ys), {c: np.concatenate(h) for c, h in hazards.items()}, settings)


def _agreement(parts: list[Parts]) -> dict[str, object]:
    """Mean rank correlation of caught between members; None where nothing is caught."""
    caught = np.concatenate([p.caught_members for p in parts], axis=1)
    share = float(sum(p.caught.sum() for p in parts) / sum(p.hazard(NETWORK).sum() for p in parts))
    varied = [c for c in caught if c.max() > c.min()]
    pairs = [float(spearmanr(a, b).statistic) for i, a in enumerate(varied) for b in varied[:i]]
    agreed = float(np.mean(pairs)) if pairs and len(varied) == len(caught) else None
    identified = agreed is not None and agreed >= AGREEMENT
    return {"caught_share": share, "caught_agreement": agreed, "caught_identified": identified}


def _card(model: RiskModel, slices: Slices, settings: Settings, context: str, losses: dict[str, float]) -> dict[str, object]:
    days = {k: [str(s.as_of) for s in getattr(slices, k) if s.as_of] for k in ("train", "choose", "test")}
    return {
        "settings": asdict(settings),
        "as_of": days,
        "context": context,
        "champion": model.champion,
        "choosing_log_loss": losses,
        "synthetic": slices.train[0].info.synthetic,
        "data": [s.info.content_hash for s in (*slices.train[:1], *slices.choose[:1])],
        "register": model.encoder.fingerprint,
        "calibrations": {c: k.to_json() for c, k in model.calibrations.items()},
    }
