"""The model behind stored scores, found by the digest of its files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from supplyrisk import gnn
from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import EvidenceStore, kept_model
from supplyrisk.graph.workspace.score_runs import model_digest
from supplyrisk.services.rescoring import link_model


def model_of_digest(workspace: Workspace, digest: str, device: str) -> gnn.RiskModel | None:
    """Return the model whose files have a digest: one that was kept with scores, or one of the workspace; else None.

    device: "cpu", "cuda" or "auto".

    Raises
    ------
    DataError: a kept file of it was changed.
    """
    layout = workspace.layout
    kept = EvidenceStore(layout)
    # Of kept models first: those of the workspace may have been trained again.
    files = kept_model(kept, digest)
    if files is not None:
        kept.require(files, "the model that computed stored scores cannot be read")
        with TemporaryDirectory(prefix="scgraph-kept-model-") as folder:
            link_model(kept, files, Path(folder) / "model")
            return gnn.load(Path(folder) / "model", gnn.device(device))
    folders = [layout.model(name) for name in workspace.model_names()]
    matching = (folder for folder in folders if model_digest(folder) == digest)
    return next((gnn.load(folder, gnn.device(device)) for folder in matching), None)
