"""The model card: the complete evaluation of a model as one typed document, as it is stored beside the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from supplyrisk.gnn.evaluation.deletion import DeletionResult
from supplyrisk.gnn.evaluation.dip import DipResult
from supplyrisk.gnn.evaluation.metrics import Difference, Interval
from supplyrisk.graph import document_json, stored_as
from supplyrisk.graph.schema.aliases import CANDIDATE, CANDIDATES
from supplyrisk.graph.schema.few_failures import too_few_failures


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The metrics of a candidate, and their differences to the champion's.

    metrics is None where only one outcome occurs; against is None there, and for the champion itself.
    """

    candidate: str = stored_as(CANDIDATE)
    metrics: Mapping[str, Interval] | None
    against: Mapping[str, Difference] | None
    too_few_failures: bool = False


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with similar PDs: their mean PD, and the share that failed with its 95 % interval."""

    rows: int
    mean_pd: float
    failed_share: float
    low: float
    high: float


@dataclass(frozen=True)
class CalibrationCurve:
    """Slope and intercept of log(-log(1 - PD)), 1 and 0 if calibrated, and bins from the safest to the riskiest."""

    slope: float
    intercept: float
    curve: tuple[CalibrationBin, ...]


@dataclass(frozen=True)
class Segment:
    """The champion's metrics on the rows of a segment; None where too few firms failed, or too few did not."""

    by: str
    value: str
    rows: int
    failed: int
    mean_pd: float
    failed_share: float
    failed_firms: int
    too_few_failures: bool
    metrics: Mapping[str, Interval] | None


@dataclass(frozen=True)
class ColumnDrift:
    """The PSI of a column against the training rows, and the share of rows without a value then and now."""

    column: str
    psi: float
    missing_before: float
    missing_now: float


@dataclass(frozen=True)
class Drift:
    """The PSI of the score, and the drift of all columns, largest first."""

    score: float
    columns: tuple[ColumnDrift, ...]


@dataclass(frozen=True)
class Placebo:
    """A network trained on a placebo graph: the share of links that were moved, and of its hazard that is caught."""

    moved: float
    caught_share: float


@dataclass(frozen=True)
class Stability:
    """Mean rank correlation of the parts of a hazard between members, and between models of several seeds."""

    members: int
    over_members: Mapping[str, float | None]
    seeds: int
    over_seeds: Mapping[str, float | None] | None


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """The evaluation of a model.

    Parameters
    ----------
    model, champion: its name, and the candidate that scores.
    expert: whether the champion is the expert scorecard.
    slice: "test", or the key of the validation set.
    as_of: days that it was evaluated on; none for undated data.
    horizon_days: None for undated data.
    default_kinds, days_past_due: what counts as a default.
    synthetic, synthetic_model: whether the data are synthetic, and those that the model was trained on.
    data: content hash.
    rows, firms, failed, failed_firms: numbers of rows and firms, of rows that failed and of their firms.
    what: description by candidate.
    settings: of the training.
    candidates: all of them on the same rows.
    network_minus: by candidate the AUC of the network minus its AUC; None where only one outcome occurs.
    calibration, segments, drift, placebos, stability, deletion: results of each test; placebos by candidate.
    dip: None where none could be injected.
    caught_share: share of caught in the hazard of the network.
    caught_identified: whether members agree on it.
    training: the card of the training, as it is stored.
    verdict: the evaluation as sentences.
    """

    model: str
    champion: str
    expert: bool = False
    slice: str
    as_of: tuple[str, ...]
    horizon_days: int | None
    default_kinds: tuple[str, ...]
    days_past_due: int | None = None
    synthetic: bool
    synthetic_model: bool = False
    data: str
    rows: int
    firms: int
    failed: int
    failed_firms: int
    too_few_failures: bool
    what: Mapping[str, str]
    settings: Mapping[str, Any]
    candidates: tuple[Standing, ...] = stored_as(CANDIDATES)
    network_minus: Mapping[str, Difference | None]
    calibration: Mapping[str, CalibrationCurve]
    segments: tuple[Segment, ...]
    drift: Drift
    placebos: Mapping[str, Placebo]
    caught_share: float
    caught_identified: bool = False
    stability: Stability
    deletion: DeletionResult
    dip: DipResult | None
    training: Mapping[str, Any]
    verdict: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the card as it is stored."""
        document: dict[str, Any] = document_json(self)
        return document

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ModelCard:
        """Read what `to_json` wrote, now or in an earlier version.

        Raises
        ------
        ValueError: it is not a model card.
        """
        segments = [_with_failed_firms(segment) for segment in stored.get("segments", ())]
        return _adapter().validate_python({**_with_failed_firms(stored), "segments": segments})


def _with_failed_firms(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return numbers of rows with those of failed firms; earlier cards have only failed rows, at least as many."""
    failed = measured.get("failed_firms", measured.get("failed", 0))
    return {"failed_firms": failed, "too_few_failures": too_few_failures(failed), **measured}


@cache
def _adapter() -> TypeAdapter[ModelCard]:
    return TypeAdapter(ModelCard)
