"""The device on which the network computes: valid names, and equal results on CUDA and on the processor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from chain import SETTINGS, opened, slices
from supplyrisk import gnn
from supplyrisk.graph import ModelError, Snapshot

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@pytest.mark.parametrize(
    ("named", "cuda", "expected"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_auto_takes_cuda_where_there_is_one(
    named: str, cuda: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    assert gnn.device(named).type == expected


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="torch finds none; use --device auto"):
        gnn.device("cuda")
    with pytest.raises(ModelError, match="'tpu'; expected auto or cpu or cuda"):
        gnn.device("tpu")


def test_training_asks_for_its_device_before_it_works() -> None:
    with pytest.raises(ModelError, match="no device is called"):
        gnn.train("x", gnn.DataSplits(()), gnn.TrainingSettings(device="tpu"))


def test_a_model_moves_whole_and_leaves_itself_behind(model: gnn.RiskModel) -> None:
    """The device meta holds shapes only: it shows where tensors are without a CUDA device."""
    moved = model.on(torch.device("meta"))
    for after, before in zip(moved.members, model.members, strict=True):
        assert {t.device.type for t in after.state_dict().values()} == {"meta"}
        assert {t.device.type for t in before.state_dict().values()} == {"cpu"}


def test_channels_move_whole(model: gnn.RiskModel, now: Snapshot) -> None:
    links = model.parts(now)[0].links
    moved = links.to(torch.device("meta"))
    tensors = {n: t for n, t in vars(moved).items() if isinstance(t, torch.Tensor)}
    assert len(tensors) == 9
    assert {t.device.type for t in tensors.values()} == {"meta"}
    assert (moved.kinds, moved.nodes) == (links.kinds, links.nodes)
    assert links.to(torch.device("cpu")) is links


@CUDA
def test_cuda_scores_as_the_processor_does(model: gnn.RiskModel, now: Snapshot) -> None:
    on_cpu, on_cuda = model.parts(now)[1], model.on(gnn.device("cuda")).parts(now)[1]
    for part in ("own", "context", "caught", "pairs", "members"):
        np.testing.assert_allclose(getattr(on_cuda, part), getattr(on_cpu, part), rtol=1e-9, atol=1e-12)


@CUDA
def test_cuda_trains_to_the_same_scores(
    frames: dict[str, pa.Table], model: gnn.RiskModel, now: Snapshot
) -> None:
    trained = opened(gnn.train("cuda", slices(frames), replace(SETTINGS, device="cuda")))
    assert {m.device.type for m in trained.members} == {"cuda"}
    np.testing.assert_allclose(
        trained.parts(now)[1].by_member, model.parts(now)[1].by_member, rtol=1e-3, atol=1e-6
    )
