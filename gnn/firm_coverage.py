"""What is known of each firm of a snapshot: the lower of the model's coverage and the data coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.model_coverage import model_coverage
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import AGE_COLUMNS, LEAST_COVERAGE, Snapshot

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class FirmCoverage:
    """Coverage of the firms of a snapshot; of unlisted firms nothing is known.

    Parameters
    ----------
    by_model [firms]: see `model_coverage`.
    by_data [firms]: by the shipped list of sources.
    ages [firms, DATA_SOURCES]: days since the last row of each source, NaN where it has none.
    listed [firms]: the firms that are not unlisted.
    """

    by_model: Matrix
    by_data: Matrix
    ages: Matrix
    listed: NDArray[np.bool_]

    @classmethod
    def of(cls, model: RiskModel, candidate: str, snapshot: Snapshot, graph: PanelGraph) -> FirmCoverage:
        """Compute the coverage of a snapshot's firms for the candidate that scores; graph: the same as arrays."""
        by_data = np.asarray(snapshot.firms.column("coverage").to_numpy(), dtype=np.float64)
        by_model = model_coverage(model, candidate, snapshot, graph)
        return cls(by_model, by_data, snapshot.source_ages, graph.listed)

    @property
    def lower(self) -> Matrix:
        """The lower of both [firms]."""
        return np.minimum(self.by_model, self.by_data)

    @property
    def sufficient(self) -> NDArray[np.bool_]:
        """Whether enough is known of a firm to grade it [firms]."""
        return self.listed & (self.lower >= LEAST_COVERAGE)

    def columns(self) -> dict[str, pa.Array]:
        """Return the columns of a table of scores; a lending policy measures its own coverage by the ages."""
        columns = {"coverage": self.lower, "coverage_model": self.by_model, "coverage_data": self.by_data}
        ages = dict(zip(AGE_COLUMNS, self.ages.T, strict=True))
        return {
            name: pa.array(values, pa.float64(), mask=~self.listed | np.isnan(values))
            for name, values in (columns | ages).items()
        }
