"""The JSON documents of results: one head for all of them, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from supplyrisk.graph import document_json
from supplyrisk.graph.schema.expert_mark import scored_by_expert

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
    verb: names the schema, scgraph.<verb>/1.
    rows: the result's rows, plain or typed; so are other entries.
    about: as_of, model, degraded and synthetic, where they are not None, None, False and False; and others. A document
        about a model has the entry expert: whether its effects are stated, not learned.
    more: further entries, which stand before the rows.
    """
    head: Document = {"as_of": None, "model": None, "degraded": False, "synthetic": False}
    if about and "model" in about:
        head["expert"] = scored_by_expert(about["model"])
    typed: Document = {"schema": f"scgraph.{verb}/1", **head, **(about or {}), **more, "rows": list(rows)}
    entries: Document = document_json(typed)
    return entries
