"""The stages that jobs state before they begin are those that they report, in this order."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from golden_pages import FIXTURE, LENDER, SCENARIO
from supplyrisk import services
from supplyrisk.graph import Workspace
from supplyrisk.services import JobProgress, PlannedProgress, StagePlan, plan_stages, silent


class Recorder:
    """Progress that records what a job states and reports."""

    def __init__(self) -> None:
        self.planned: list[str] = []
        self.reported: list[str] = []

    def plan(self, stages: StagePlan, /) -> None:
        """Record the stages that are stated."""
        assert self.planned in ([], list(stages)), "a job states its stages once"
        self.planned = list(stages)

    def __call__(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Record a stage when it begins."""
        assert 0 <= done <= total or total == 0
        if stage not in self.reported[-1:]:
            self.reported.append(stage)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stages")
    services.synth(folder / "data", firms=200, weeks=20)
    shutil.copytree(FIXTURE, folder / "ws")
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    return folder


JOBS: dict[str, Callable[[Path, JobProgress], object]] = {
    "validate": lambda place, progress: services.validate(place / "data", progress=progress),
    "load": lambda place, progress: services.load(
        _workspace(place, "new"), place / "data", progress=progress
    ),
    "load without graph": lambda place, progress: services.load(
        _workspace(place, "new"), place / "data", graph=False, progress=progress
    ),
    "score": lambda place, progress: services.score(
        _workspace(place), write_back=False, device="cpu", progress=progress
    ),
    "contagion": lambda place, progress: services.contagion(_workspace(place), progress=progress),
    "debt contagion": lambda place, progress: services.debt_contagion(_workspace(place), progress=progress),
    "stress": lambda place, progress: services.stress(
        _workspace(place), place / "scenario.toml", progress=progress
    ),
}


def _workspace(place: Path, name: str = "ws") -> Workspace:
    return Workspace(place / name, store="embedded")


@pytest.mark.parametrize("job", JOBS)
def test_a_job_reports_the_stages_that_it_states(job: str, place: Path) -> None:
    recorder = Recorder()
    JOBS[job](place, recorder)
    assert recorder.reported == recorder.planned
    assert len(recorder.planned) > 1


def test_a_portfolio_reports_its_stages(place: Path) -> None:
    services.load_store(_workspace(place))
    services.write_scores_to_store(_workspace(place))
    recorder = Recorder()
    services.portfolio(_workspace(place), LENDER, replicas=1000, progress=recorder)
    assert recorder.reported == recorder.planned


@pytest.mark.parametrize("settings", [{"contagion": 0.0}, {"contagion": 1.0}, {"replicas": 100}])
def test_a_synthetic_world_reports_its_stages(settings: dict[str, float], tmp_path: Path) -> None:
    recorder = Recorder()
    services.synth(tmp_path / "data", firms=200, weeks=60, progress=recorder, **settings)  # type: ignore[arg-type]
    assert recorder.reported == recorder.planned
    assert ("simulating without contagion" in recorder.planned) == bool(settings.get("contagion", 1.0))
    assert ("simulating replicas for the truth" in recorder.planned) == ("replicas" in settings)


def test_only_progress_that_takes_stages_gets_them() -> None:
    recorder = Recorder()
    assert isinstance(recorder, PlannedProgress)
    assert not isinstance(silent, PlannedProgress)
    plan_stages(recorder, {"reading": 1.0})
    plan_stages(silent, {"reading": 1.0})
    assert recorder.planned == ["reading"]
