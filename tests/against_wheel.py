"""Run the suite against the built wheel: an editable install hides package data that was forgotten.

    python tests/against_wheel.py [pytest arguments]

The wheel goes into a fresh environment whose other packages are those of the one that runs this, and the tests are
copied away from the source folders, so that only the wheel can be imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# These look at the source folders themselves.
SOURCE_ONLY = ("test_house.py",)


def main() -> int:
    """Build, install, copy, test; the exit code of pytest."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", work, ROOT], check=True)
        venv.create(work / "env", with_pip=False)
        python = work / "env" / "bin" / "python"
        purelib = subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        wheel = next(work.glob("*.whl"))
        into = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            str(wheel),
        ]
        subprocess.run(into, check=True)
        # The dependencies come from here; a bare path line does not run this environment's editable-install hook.
        (Path(purelib) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        for name in ("README.md", "pyproject.toml", "docs"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, work / name)
        shutil.copytree(
            ROOT / "tests", work / "tests", ignore=shutil.ignore_patterns("__pycache__", ".hypothesis")
        )
        for name in SOURCE_ONLY:
            (work / "tests" / name).unlink()
        where = "import supplyrisk.queries as q; print(q.__file__)"
        found = subprocess.run(
            [python, "-c", where], check=True, capture_output=True, text=True, cwd=work
        ).stdout
        if str(work) not in found:
            raise SystemExit(f"the tests would import {found.strip()}, not the wheel")
        return subprocess.run([python, "-m", "pytest", *sys.argv[1:]], check=False, cwd=work).returncode


if __name__ == "__main__":
    sys.exit(main())
