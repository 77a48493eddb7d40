"""The models of a workspace: one that cannot be read is named, and a name that is none of them is not promoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk.graph import ModelError, Workspace
from supplyrisk.services import list_models, promote_model


def test_a_workspace_without_models_lists_none(tmp_path: Path) -> None:
    assert list_models(Workspace(tmp_path)).to_json()["rows"] == []


def test_a_model_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    folder = workspace.layout.model("broken")
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    with pytest.raises(ModelError, match="broken cannot be read"):
        list_models(workspace)


def test_only_a_model_of_the_workspace_is_promoted(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected one of its own"):
        promote_model(Workspace(tmp_path), "other")
