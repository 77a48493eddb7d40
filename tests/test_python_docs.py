"""The Python guide and its notebook run on a workspace such as the demo's, and do what they say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from supplyrisk import services
from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import Verdict

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "python.md"
NOTEBOOK = ROOT / "docs" / "notebooks" / "python.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds demo/workspace: the stored workspace with its graph built."""
    shutil.copytree(ROOT / "tests" / "fixtures" / "workspace", tmp_path / "demo" / "workspace")
    services.load_store(Workspace(tmp_path / "demo" / "workspace", store="embedded"))
    return tmp_path


def test_the_guide_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)  # noqa: S102 - the guide's own code
    assert len(blocks) == 9
    scores = names["workspace"].scores()
    assert names["frame"].firm_id.tolist() == scores["firm_id"].to_pylist()
    assert names["explanation"].firm.firm_id == names["riskiest"]
    assert names["largest"].firm.iloc[0] == names["riskiest"]
    assert names["counted"].suppliers.iloc[0] > 0
    assert names["riskiest"] in names["neighbourhood"]
    assert names["result"].rows.column("firms").to_pylist() == [len(names["frame"])]
    assert names["conclusion"]["word"] in {verdict.value for verdict in Verdict}
    assert names["document"]["schema"] == "scgraph.check/1"
    assert names["message"].startswith("no firm 'no such firm'")


def test_the_functions_that_the_guide_lists_exist() -> None:
    listed = set(re.findall(r"services\.(\w+)\(", GUIDE.read_text(encoding="utf-8")))
    assert listed - set(services.__all__) == set()


def test_the_notebook_runs(folder: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" for output in outputs)
