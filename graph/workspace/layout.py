"""The layout of a workspace: where each thing lies in its folder. No other module knows it.

workspace.json                  which data folder is current
mapping.toml                    the mapping that the data were loaded with, if any
data/<hash>/                    the tables as Parquet, and manifest.json
quarantine/                     the faults of the last load
graph/                          the embedded graph store
models/<name>/                  trained models; champion.json names the promoted one
scores/<day>.parquet            scores of the last run of a day; <day>-spreaders and <day>-partners beside it
scores/<day>-sha256.json        hashes of the files that the last run of a day wrote
scores/runs/<number>.parquet    scores of every run, for trajectories
transmissions/<day>-*.parquet   base hazards and learned transmissions of a day
contagion/<day>.parquet         contagion by mechanism of a day
portraits/<day>.parquet         portraits of all firms of a day
fabricated/<day>.json           trade that looks fabricated, of a day
admissions/<day>-<digest>.json  which shops a policy's admissions admit, by day, and by digest of policy and lender
forecasts/<day>.parquet         forecasts of all shops as of a day; <day>-needs.parquet beside it
contagion.part.npz              checkpoint of a contagion run, gone once it is complete
matches.json                    decisions on pairs of firms: same or different
audit/                          the audit log of checks and decisions
audit/evidence/<SHA-256>        what decisions rest on: data, scores, models and policies, named by their content
audit/evidence/index/           which kept files belong to a data set or a model
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

UNDATED = "undated"
"""What stands for the day in the file names of undated data."""
MODEL_FILE = "model.json"
"""The file of a model's folder that describes the model; a folder without it is no model."""
_DAY = re.compile(rf"\d{{4}}-\d\d-\d\d|{UNDATED}")


@dataclass(frozen=True)
class Layout:
    """The paths in the workspace at `root`; none of them need exist."""

    root: Path

    @property
    def pointer(self) -> Path:
        """The file that names the current data folder."""
        return self.root / "workspace.json"

    @property
    def mapping(self) -> Path:
        """The mapping that the data were loaded with; absent where there was none."""
        return self.root / "mapping.toml"

    @property
    def lock(self) -> Path:
        """The file that a load locks."""
        return self.root / ".lock"

    @property
    def data(self) -> Path:
        """The folder of data folders."""
        return self.root / "data"

    @property
    def quarantine(self) -> Path:
        """The folder with the faults of the last load."""
        return self.root / "quarantine"

    @property
    def quarantine_file(self) -> Path:
        """The faults of the last load, a row each."""
        return self.quarantine / "quarantine.csv"

    @property
    def quarantined_graph(self) -> Path:
        """Rows of an external graph that the quarantine's lines point into."""
        return self.quarantine / "from-neo4j"

    @property
    def graph(self) -> Path:
        """The folder of the embedded graph store."""
        return self.root / "graph"

    @property
    def models(self) -> Path:
        """The folder of trained models."""
        return self.root / "models"

    @property
    def promoted_model(self) -> Path:
        """The file that names the model made champion by `compare --promote`."""
        return self.models / "champion.json"

    @property
    def scores(self) -> Path:
        """The folder of scores by day."""
        return self.root / "scores"

    def limits_folder(self, lender: str) -> Path:
        """The limits in force of a lender, by day."""
        # A lender's id may have characters that file names must not have.
        return self.root / "limits" / hashlib.sha256(lender.encode()).hexdigest()[:16]

    def limits_file(self, lender: str, as_of: date) -> Path:
        """The limits in force of a lender on a day."""
        return self.limits_folder(lender) / f"{day_name(as_of)}.parquet"

    @property
    def runs(self) -> Path:
        """The folder of scores by run."""
        return self.scores / "runs"

    @property
    def transmissions(self) -> Path:
        """The folder of learned transmissions by day."""
        return self.root / "transmissions"

    @property
    def contagion(self) -> Path:
        """The folder of contagion by mechanism, by day."""
        return self.root / "contagion"

    def admissions_file(self, as_of: date, policy: str, lender: str | None) -> Path:
        """The admissions of a policy, named by its hash, for the book of a lender (None: for a list of shops)."""
        # A lender's id may have characters that file names must not have.
        digest = hashlib.sha256(f"{policy} {lender or ''}".encode()).hexdigest()[:16]
        return self.root / "admissions" / f"{day_name(as_of)}-{digest}.json"

    @property
    def match_decisions(self) -> Path:
        """The decisions on pairs of firms."""
        return self.root / "matches.json"

    @property
    def audit(self) -> Path:
        """The folder of the audit log."""
        return self.root / "audit"

    @property
    def evidence(self) -> Path:
        """The folder of the files that decisions rest on, named by their SHA-256."""
        return self.audit / "evidence"

    def evidence_file(self, digest: str) -> Path:
        """The kept file with this SHA-256."""
        return self.evidence / digest

    def evidence_index(self, name: str) -> Path:
        """The list of the kept files of a data set or a model."""
        return self.evidence / "index" / f"{name}.json"

    def data_folder(self, content_hash: str) -> Path:
        """The folder of a data set."""
        return self.data / content_hash[:12]

    def model(self, name: str) -> Path:
        """The folder of a model."""
        return self.models / name

    def scores_file(self, as_of: date | None) -> Path:
        """Scores of a day: those of the last run of that day."""
        return self.scores / f"{day_name(as_of)}.parquet"

    def spreaders_file(self, as_of: date | None) -> Path:
        """Who passes on how much hazard on a scored day."""
        return self.scores / f"{day_name(as_of)}-spreaders.parquet"

    def partners_file(self, as_of: date | None) -> Path:
        """Each firm's trading partners on a scored day."""
        return self.scores / f"{day_name(as_of)}-partners.parquet"

    def score_hashes_file(self, as_of: date | None) -> Path:
        """Hashes of the files of a scored day, as `score` wrote them."""
        return self.scores / f"{day_name(as_of)}-sha256.json"

    def run_file(self, number: int) -> Path:
        """Scores of one run."""
        return self.runs / f"{number:06}.parquet"

    def transmission_files(self, as_of: date | None) -> tuple[Path, Path]:
        """Base hazards by node, and transmissions by link, of a scored day."""
        name = day_name(as_of)
        return self.transmissions / f"{name}-nodes.parquet", self.transmissions / f"{name}-links.parquet"

    def contagion_file(self, as_of: date | None) -> Path:
        """Contagion by mechanism of a day."""
        return self.contagion / f"{day_name(as_of)}.parquet"

    def portraits_file(self, as_of: date) -> Path:
        """Portraits of all firms of a day."""
        return self.root / "portraits" / f"{day_name(as_of)}.parquet"

    def fabricated_file(self, as_of: date) -> Path:
        """Trade that looks fabricated, of a day."""
        return self.root / "fabricated" / f"{day_name(as_of)}.json"

    @property
    def forecasts(self) -> Path:
        """The folder of forecasts by day."""
        return self.root / "forecasts"

    def forecast_file(self, as_of: date) -> Path:
        """Forecasts of all shops as of a day."""
        return self.forecasts / f"{day_name(as_of)}.parquet"

    def needs_file(self, as_of: date) -> Path:
        """When the cash of each shop falls short, as of a day."""
        return self.forecasts / f"{day_name(as_of)}-needs.parquet"

    @property
    def contagion_checkpoint(self) -> Path:
        """The file that an interrupted contagion run continues from."""
        return self.root / "contagion.part.npz"


def model_card_file(model: Path) -> Path:
    """The card that `evaluate` writes into a model's folder, as JSON."""
    return model / "card.json"


def model_card_page(model: Path) -> Path:
    """The same card as an HTML page."""
    return model / "card.html"


def day_name(as_of: date | None) -> str:
    """How a day is written in file names; None stands for undated data."""
    return as_of.isoformat() if as_of else UNDATED


def day_of_name(name: str) -> date | None:
    """The day that `day_name` wrote."""
    return None if name == UNDATED else date.fromisoformat(name)


def day_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder that hold one day each, oldest first; files beside them end in a word."""
    return sorted(path for path in folder.glob("*.parquet") if _DAY.fullmatch(path.stem))
