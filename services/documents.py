"""The JSON documents of results: one head for all of them, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Document = dict[str, object]


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
    rows: the result's rows.
    about: as_of, model, degraded and synthetic, where they are not None, None, False and False; and others.
    more: further entries, which stand before the rows.
    """
    head: Document = {"as_of": None, "model": None, "degraded": False, "synthetic": False}
    return {"schema": f"scgraph.{verb}/1", **head, **(about or {}), **more, "rows": list(rows)}
