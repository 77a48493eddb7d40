"""Run a scenario over the network of a day: losses step by step, who tips over, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Unpack

from supplyrisk.graph import (
    DataError,
    RequestError,
    Snapshot,
    Transmissions,
    Workspace,
    read_parquet,
)
from supplyrisk.graph.contagion import Scenario, ScenarioTrace, weights_of
from supplyrisk.graph.contagion.input_files import check_input_endings, read_essentiality
from supplyrisk.graph.credit import StressedBook, read_policy
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.expert_mark import scored_by_expert
from supplyrisk.graph.stress import (
    CounterfactualBench,
    LossCarriers,
    ScenarioCosts,
    ScenarioPlan,
    combined_shocks,
    compare_with_learned,
    firm_table,
    loss_carriers_of,
    options_of,
    read_scenario_plan,
    run_course,
    scenario_scope_of,
    shocks_of,
    stopped_by,
)
from supplyrisk.graph.workspace.score_source import ScoreSource
from supplyrisk.services.contagion_inputs import (
    BasePds,
    NetworkOfDay,
    check_eps,
    read_base_pds,
    read_network,
)
from supplyrisk.services.day_snapshot import DaySettings
from supplyrisk.services.explain import find_firm
from supplyrisk.services.progress import CLOSURES, NETWORK, JobProgress, plan_stages, silent
from supplyrisk.services.stress_books import stressed_books
from supplyrisk.services.stress_notes import stress_notes
from supplyrisk.services.stress_result import StressResult

SHOCKS = "following the shocks"


def stress(
    workspace: Workspace,
    scenario: str | Path,
    *,
    as_of: date | None = None,
    firm: str | None = None,
    base_pds: Path | None = None,
    essentiality: Path | None = None,
    eps: float | None = None,
    ccf: float = defaults.CCF,
    policy: Path | None = None,
    progress: JobProgress = silent,
    **day_settings: Unpack[DaySettings],
) -> StressResult:
    """Run the scenario in a TOML file.

    Parameters
    ----------
    scenario: the file; docs/stress.md describes it.
    as_of: the day; None: the last day of the data.
    firm: firm_id or name of a firm whose loss is explained: the links and paths that carry it.
    base_pds: file with firm_id and base_pd or pd, for the exposures of what-ifs; None: the stored scores of the day.
    essentiality: file with the roles of inputs (`essentiality_of`); None: all inputs are non-essential.
    eps: stop after the step in which no firm's production falls by more, in (0, 1); None: that of the scenario.
    ccf: of revolving lines.
    policy: a policy file, for LGD, CCF and stages of lenders' books; None: the shipped policy.
    day_settings: horizon_days, default_definition, beyond_days; see `DaySettings`.

    Raises
    ------
    RequestError: an option or file cannot be used, the scenario has faults, or no firm has that name. WorkspaceError:
    no data. DataError: the scenario names what the data do not have, or the data cannot be used for this.
    """
    check_input_endings(base_pds, essentiality)
    check_eps(eps)
    rules = read_policy(policy)
    path = Path(scenario)
    plan, faults = _read_plan(path)
    plan = plan.model_copy(update={"eps": eps or plan.eps})
    if faults and not plan.steps and not plan.what_ifs:
        _refuse(path.name, faults, [])
    stages = (NETWORK, SHOCKS, *((CLOSURES,) if plan.what_ifs else ()))
    plan_stages(progress, dict.fromkeys(stages, 0.0))
    progress(NETWORK)
    day = read_network(workspace, as_of, **day_settings)
    scope = scenario_scope_of(day.snapshot, day.network)
    shocks, unknown = shocks_of(plan, scope)
    _refuse(path.name, faults, unknown)
    row = None if firm is None else find_firm(firm, day.snapshot.firms, day.snapshot.info.merged)
    roles = read_essentiality(essentiality)
    pds = read_base_pds(workspace, base_pds, day.snapshot, day.network) if plan.what_ifs else None
    learned, learned_notes = _stored_transmissions(workspace, day.snapshot)
    bench = CounterfactualBench(
        plan=plan,
        shocks=shocks,
        scope=scope,
        essentiality=roles,
        pd=None if pds is None else pds.values,
        costs=_costs(day),
        learned=learned,
    )
    mechanism = Scenario(weights_of(day.network, roles))
    progress(SHOCKS)
    course = run_course(plan, shocks, mechanism, scope, bench.costs)
    comparison = None if learned is None else compare_with_learned(course, learned, day.snapshot.unlisted)

    books: list[StressedBook] = []
    if comparison is not None and comparison.stopped:
        books = stressed_books(workspace, day.snapshot, comparison, stopped_by(course), rules)

    def count_closures(done: int, total: int) -> None:
        progress(CLOSURES, done, total)

    effects = [effect for what_if in plan.what_ifs for effect in bench.effects(what_if, count_closures)]
    result = StressResult(
        firms=firm_table(scope, course, bench.costs, comparison),
        bench=bench,
        course=course,
        comparison=comparison,
        effects=tuple(effects),
        carriers=None if row is None else _carriers(bench, mechanism, row),
        base_pds_from=None if pds is None else pds.source,
        base_pd_days=None if pds is None else pds.days,
        scored_by=_scored_by(workspace, day.snapshot, pds, learned),
        expert=(pds is not None and pds.expert) or (learned is not None and scored_by_expert(learned.model)),
        ccf=ccf,
        books=tuple(books),
        policy=rules,
        synthetic_model=any(source is not None and source.synthetic_model for source in (pds, learned)),
    )
    pd_notes = () if pds is None else (f"base PDs of the what-ifs: {pds.origin}", *pds.notes)
    return replace(result, notes=(*day.notes, *pd_notes, *learned_notes, *stress_notes(result)))


def _read_plan(path: Path) -> tuple[ScenarioPlan, list[str]]:
    """The plan in a scenario file, and the faults of its form."""
    if not path.is_file():
        raise RequestError(f"no file {path}", "a scenario", "scgraph stress --example prints one")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path.name} cannot be read ({error})", "TOML in UTF-8") from error
    return read_scenario_plan(text, path.stem)


def _refuse(name: str, faults: list[str], unknown: list[str]) -> None:
    """Report all faults at once.

    Raises
    ------
    RequestError: the file's form has faults. DataError: it only names what the data do not have.
    """
    if faults:
        raise RequestError(f"{name}: {'; '.join([*faults, *unknown])}")
    if unknown:
        raise DataError(f"{name}: {'; '.join(unknown)}")


def _costs(day: NetworkOfDay) -> ScenarioCosts | None:
    """Profit and balance sheet of each firm by its last statement; None where the data have no table financials."""
    if not day.tables.present("financials"):
        return None
    return ScenarioCosts.of(day.statements(), day.network)


def _stored_transmissions(
    workspace: Workspace, snapshot: Snapshot
) -> tuple[Transmissions | None, tuple[str, ...]]:
    """The transmissions that `score` stored for the day and these data, and notes; None where it stored none."""
    paths = workspace.layout.transmission_files(snapshot.as_of)
    if not all(path.is_file() for path in paths):
        return None, ()
    learned = Transmissions.from_tables(*(read_parquet(path) for path in paths))
    firm_ids = tuple(snapshot.firms["firm_id"].to_pylist())
    same_firms = learned.node_ids[: learned.firms] == firm_ids
    if learned.content_hash != snapshot.info.content_hash or not same_firms:
        return None, ("the stored transmissions are of other data; run scgraph score again",)
    return learned, ()


def _scored_by(
    workspace: Workspace, snapshot: Snapshot, pds: BasePds | None, learned: Transmissions | None
) -> ScoreSource | None:
    """The run of the stored scores of the day, where base PDs or transmissions are of it."""
    if pds is not None and pds.scored_by is not None:
        return pds.scored_by
    if learned is None or not workspace.layout.scores_file(snapshot.as_of).is_file():
        return None
    return ScoreSource.of_day(workspace.layout, snapshot.as_of, learned.model)


def _carriers(bench: CounterfactualBench, mechanism: Scenario, firm: int) -> LossCarriers:
    """What carries the loss of a firm (its row) in the last step."""
    supply, demand = combined_shocks(bench.shocks)
    trace = ScenarioTrace(mechanism, supply, demand, options_of(bench.plan))
    return loss_carriers_of(trace.explain(firm), firm, bench.scope.network.firm_ids)
