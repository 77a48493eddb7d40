"""The JSON documents of results: one head for all of them, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from supplyrisk.graph import document_json
from supplyrisk.graph.schema.expert_mark import scored_by_expert

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Document = dict[str, object]
_SCORED_BY = ("as_of", "model", "degraded", "synthetic", "synthetic_model")


def about_scores(result: object) -> Document:
    """Return what documents say about the scores that they rest on, from the attributes of the same names."""
    return {name: getattr(result, name) for name in _SCORED_BY}


def document(
    verb: str,
    rows: Sequence[object],
    *,
    about: Mapping[str, object] | None = None,
    **more: object,
) -> Document:
    """The document of a job.

    Parameters
    ----------
    verb: names the schema, scgraph.<verb>/1; a later version of it stands behind it, as in "portfolio/2".
    rows: the result's rows, plain or typed; so are other entries.
    about: as_of, model, degraded and synthetic, where they are not None, None, False and False; and others. A document
        about a model has the entry expert: whether its effects are stated, not learned.
    more: further entries, which stand before the rows.
    """
    head: Document = {"as_of": None, "model": None, "degraded": False, "synthetic": False}
    if about and "model" in about:
        head["expert"] = scored_by_expert(about["model"])
    schema = verb if "/" in verb else f"{verb}/1"
    typed: Document = {"schema": f"scgraph.{schema}", **head, **(about or {}), **more, "rows": list(rows)}
    entries: Document = document_json(typed)
    return entries


class TableResult:
    """A result that is a table: `table()` is what files hold, `head()` the document around its rows."""

    def table(self) -> pa.Table:
        """A row per firm or link, the largest first."""
        raise NotImplementedError

    def head(self) -> Document:
        """The document without its rows."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The table as a DataFrame."""
        frame: pd.DataFrame = self.table().to_pandas()
        return frame

    def to_json(self, top: int | None = None) -> Document:
        """The result as a JSON document; top cuts the rows."""
        return self.head() | {"rows": self.table().slice(0, top).to_pylist()}
