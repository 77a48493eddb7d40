"""The complete evaluation of a model as one document."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from supplyrisk.gnn.baselines.baseline_registry import NETWORK
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.evaluation.candidates import (
    DESCRIPTIONS,
    PLACEBOS,
    ModelViews,
    PlaceboResult,
    Progress,
    evaluation_rows_of,
    settings_of,
    train_placebo,
)
from supplyrisk.gnn.evaluation.deletion import DeletionResult, deletion_test
from supplyrisk.gnn.evaluation.dip import DIP, short_dip
from supplyrisk.gnn.evaluation.evaluation_card import Drift, ModelCard, Placebo, Stability
from supplyrisk.gnn.evaluation.measures import calibration, difference, drift, psi, segments, standings
from supplyrisk.gnn.evaluation.metrics import failed_firms
from supplyrisk.gnn.evaluation.stability import seed_prefix, stability_over_members, stability_over_seeds
from supplyrisk.gnn.evaluation.verdicts import verdict
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.gnn.training_stages import training_stages
from supplyrisk.graph import Snapshot, Tables
from supplyrisk.graph.schema.aliases import VALIDATION
from supplyrisk.graph.schema.few_failures import too_few_failures

ROWS = "scoring with the model and its baselines"
INTERVALS = "computing intervals"
DELETION = "deletion test"


@dataclass(frozen=True)
class EvaluationPlan:
    """The parts of an evaluation beside the metrics.

    Parameters
    ----------
    placebos: train the network on each placebo graph.
    seeds: number of models of different seeds to compare, this one included; 1: none are trained.
    dip: score a short dip week by week.
    draws: of every bootstrap.
    """

    placebos: bool = True
    seeds: int = 1
    dip: bool = True
    draws: int = 1000


def examination_stages(
    settings: TrainingSettings, plan: EvaluationPlan, *, forward: bool, dip: bool
) -> dict[str, float]:
    """Return the stages that `examine_model` reports, in order, with durations as in `training_stages`.

    Parameters
    ----------
    settings: of the model.
    forward: whether its choices were validated on later dates.
    dip: whether the data allow a dip to be injected.
    """
    stages = {ROWS: 30.0}
    for name in PLACEBOS if plan.placebos else ():
        stages |= training_stages(settings, forward=forward, deploy=False, prefix=f"{name}: ")
    stages[INTERVALS] = 15.0
    for number in range(2, plan.seeds + 1):
        prefix = seed_prefix(number, plan.seeds)
        stages |= training_stages(settings, forward=forward, deploy=False, prefix=prefix)
    stages[DELETION] = 15.0
    return stages | ({DIP: 100.0} if plan.dip and dip else {})


def examine_model(
    model: RiskModel, splits: DataSplits, tables: Tables | None, plan: EvaluationPlan, progress: Progress
) -> ModelCard:
    """Evaluate a model on the test set, where there is one, else on the validation set.

    Parameters
    ----------
    model: the trained model.
    splits: the sets it was trained with.
    tables: the data that a dip is injected into; None: the test is left out.
    plan: what to evaluate.
    progress: called at each step.

    Returns
    -------
    The evaluation, with its verdict in words.
    """
    progress(ROWS, 0, 0)
    rows = evaluation_rows_of(model, splits)
    pds = dict(rows.pds)
    placebos: dict[str, PlaceboResult] = {}
    # Placebos and seeds show what training makes of noise; an expert model is not trained.
    for name in PLACEBOS if plan.placebos and not model.expert else ():
        placebos[name] = train_placebo(name, model, splits, progress)
        pds[name] = placebos[name].pd
    # In the order of DESCRIPTIONS, which is the order of every table.
    rows = replace(rows, pds={c: pds[c] for c in DESCRIPTIONS if c in pds})
    progress(INTERVALS, 0, 0)
    expert = model.expert
    # Seeds and members of an expert model are alike: it is not trained.
    seeds = 1 if expert else plan.seeds
    champion = model.champion
    # An expert model that knows no earlier date has the first test date to compare with.
    trained = ModelViews.of(model, splits.train or splits.test[:1])
    before = model.calibrations[champion].apply(trained.stacked(lambda p: p.hazard(champion)))
    after = model.calibrations[champion].apply(rows.views.stacked(lambda p: p.hazard(champion)))
    # The claim on contagion rests on the network against every other model, whoever is champion.
    others = () if expert else tuple(c for c in rows.pds if c != NETWORK)
    gains = {c: difference(rows, NETWORK, c, plan.draws) for c in others}
    caught = rows.views.stacked(lambda p: p.caught).sum()
    snapshots = rows.views.snapshots
    failed = failed_firms(rows.y, rows.firm)
    card = ModelCard(
        model=model.name,
        champion=champion,
        expert=expert,
        slice="test" if rows.out_of_time else VALIDATION,
        as_of=tuple(str(s.as_of) for s in snapshots if s.as_of),
        horizon_days=model.horizon_days,
        default_kinds=model.default_definition.kinds,
        days_past_due=model.default_definition.days_past_due,
        synthetic=snapshots[0].info.synthetic,
        synthetic_model=model.synthetic,
        data=snapshots[0].info.content_hash,
        rows=len(rows.y),
        firms=int(rows.firm.max()) + 1,
        failed=int(rows.y.sum()),
        failed_firms=failed,
        too_few_failures=too_few_failures(failed),
        what={c: DESCRIPTIONS[c] for c in rows.pds},
        settings=asdict(settings_of(model)),
        candidates=standings(rows, champion, plan.draws),
        network_minus={c: None if g is None else g["auc"] for c, g in gains.items()},
        calibration={c: calibration(rows.y, p) for c, p in rows.pds.items()},
        segments=segments(rows, champion, plan.draws),
        drift=Drift(psi(before, after), drift(trained, rows.views, model.encoder.columns)),
        placebos={c: Placebo(p.moved, p.caught_share) for c, p in placebos.items()},
        caught_share=float(caught / rows.views.stacked(lambda p: p.hazard(model.separating)).sum()),
        caught_identified=bool(model.card.get("caught_identified")),
        stability=Stability(
            members=len(model.members),
            over_members={} if expert else stability_over_members(model, rows.views),
            seeds=seeds,
            over_seeds=stability_over_seeds(model, splits, seeds, progress) if seeds > 1 else None,
        ),
        deletion=_deletion(model, snapshots[-1], progress),
        dip=short_dip(model, tables, progress=progress) if tables and plan.dip else None,
        training=dict(model.card),
    )
    return replace(card, verdict=tuple(verdict(card)))


def _deletion(model: RiskModel, snapshot: Snapshot, progress: Progress) -> DeletionResult:
    progress(DELETION, 0, 0)
    return deletion_test(model, snapshot)
