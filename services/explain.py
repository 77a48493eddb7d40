"""Explain one firm's score: the sum behind it, its reasons, its neighbours, what is unknown, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk import gnn
from supplyrisk.graph import DefaultDefinition, RequestError, Snapshot, Tables, Workspace
from supplyrisk.graph.credit import ScoreStep, trajectory
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.detection import labels_entry
from supplyrisk.graph.workspace.score_source import SCORED_BY, ScoreSource
from supplyrisk.queries import first_names, similar_names, suggestion
from supplyrisk.services.documents import Document, about_scores, document
from supplyrisk.services.model_inputs import load_model, view_of_tables
from supplyrisk.services.progress import FEATURES, JobProgress, silent
from supplyrisk.services.score import run_of, score_notes
from supplyrisk.services.term_pds import TermHazard, term_hazards

MOST_LISTED = 5
"""Firms with a similar name that an error lists; of firms that share a name, four times as many."""
_NOT_MERGED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class ExplainResult:
    """Why one firm scores as it does.

    firm: its score. defaulted_on: the day it defaulted. terms: its PD and hazard parts over each term. links: whom it
    catches from and passes on to, by the network. missing: what is unknown of it, in words. history: its score on each
    scored day with the causes of each change. scores: those of the whole book. scored_by: model and day,
    and the stored run that has the same scores, if there is one.
    """

    firm: gnn.ScoredFirm
    defaulted_on: date | None
    terms: tuple[TermHazard, ...]
    links: gnn.FirmLinks
    missing: tuple[str, ...]
    history: Sequence[ScoreStep]
    scores: gnn.Scores
    notes: tuple[str, ...]
    scored_by: ScoreSource

    def to_json(self) -> Document:
        """The explanation as a JSON document with one row."""
        scores = self.scores
        about: Document = {
            **about_scores(scores),
            SCORED_BY: self.scored_by,
            "degraded_features": list(scores.degraded_features),
            "caught_identified": scores.identified,
            **scores.default_definition.to_json(),
            **labels_entry(scores.labels_as_of),
        }
        [row] = scores.firms.filter(pc.equal(scores.firms["firm_id"], self.firm.firm_id)).to_pylist()
        details = {
            "defaulted_on": self.defaulted_on,
            "terms": [asdict(term) for term in self.terms],
            "caught_from": [asdict(link) for link in self.links.caught],
            "passes_on_to": [asdict(link) for link in self.links.passed],
            "missing": list(self.missing),
            "history": [step.to_json() for step in self.history],
        }
        return document("explain", [row | details], about=about)


def explain(
    workspace: Workspace,
    firm: str,
    *,
    as_of: date | None = None,
    model: str | Path | None = None,
    use: str | None = None,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    language: str = defaults.LANGUAGE,
    device: str = defaults.DEVICE,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> ExplainResult:
    """Explain the score of one firm, given by its firm_id or its name; other parameters as in `score`.

    Raises
    ------
    RequestError: no firm, or several, of that name. Others as in `score`.
    """
    workspace.info()
    workspace.model_path(model)
    progress(FEATURES)
    loaded = load_model(workspace, model, device)
    loaded.candidate(use)
    view = view_of_tables(
        workspace,
        loaded,
        as_of,
        default_definition=default_definition,
        beyond_days=beyond_days,
        allow_synthetic_model=allow_synthetic_model,
    )
    snapshot = view.snapshot
    firms = snapshot.firms
    number = find_firm(firm, firms, snapshot.info.merged)
    firm_id = firms.column("firm_id")[number].as_py()
    progress("scoring")
    evidence = loaded.parts(snapshot)
    scores = gnn.score(
        loaded, snapshot, use=use, bounds=tuple(grade_bounds), computed=evidence, lang=language
    )
    scored = scores.firm(firm_id)
    return ExplainResult(
        firm=scored,
        defaulted_on=firms.column("defaulted_on")[number].as_py(),
        terms=term_hazards(scored, scores.terms),
        links=gnn.firm_links_of(loaded, snapshot, number, evidence),
        missing=() if snapshot.unlisted[number] else tuple(missing_information(snapshot, number)),
        history=trajectory(workspace.score_runs(), firm_id),
        scores=scores,
        notes=(*merged_note(firm, snapshot.info.merged), *view.notes, *score_notes(scores, loaded)),
        scored_by=ScoreSource.of_run(
            run_of(workspace.model_path(model), scores, snapshot), workspace.score_runs()
        ),
    )


def missing_information(snapshot: Snapshot, firm: int) -> list[str]:
    """What is unknown of a firm (its row), in words: whole sources first, then its upstream."""
    row = snapshot.firms.slice(firm, 1)
    missing_by_source: dict[str, list[bool]] = {}
    for feature in snapshot.features:
        is_missing = row.column(feature.name)[0].as_py() is None
        missing_by_source.setdefault(feature.source, []).append(is_missing)
    lines = []
    for source, missing in sorted(missing_by_source.items()):
        if all(missing):
            lines.append(f"no data on this firm in the table {source}")
        elif any(missing):
            lines.append(
                f"{sum(missing)} of {len(missing)} features computed from the table {source} are missing"
            )
    if row.column("upstream")[0].as_py() == "unobserved":
        shop_type = row.column("shop_type")[0].as_py()
        lines.append(f"its suppliers are unknown: the data record none for this kind of firm ({shop_type})")
    return lines


def find_firm(firm: str, firms: pa.Table, merged: Mapping[str, str] = _NOT_MERGED) -> int:
    """The row of the firm with that id, or else with that name, ignoring case; firms has firm_id and name.

    merged: by the id of a source, the firm that accepted matches made of it.

    Raises
    ------
    RequestError: there is none (the message lists similar ones), or several firms have that name.
    """
    ids = firms["firm_id"].to_pylist()
    names = firms["name"].to_pylist()
    firm = merged.get(firm, firm)
    if firm in ids:
        return int(ids.index(firm))
    folded = firm.casefold()
    rows = [row for row, name in enumerate(names) if name is not None and name.casefold() == folded]
    if len(rows) == 1:
        return rows[0]
    if rows:
        listed = first_names([ids[row] for row in rows], 4 * MOST_LISTED)
        raise RequestError(f"{len(rows)} firms are called {firm}: {listed}; name one by its firm_id")
    raise RequestError(f"no firm {firm!r} on that day; {_similar_firms(firm, ids, names)}")


def firm_of_tables(tables: Tables, firm: str) -> tuple[str, str | None]:
    """Return firm_id and name of a firm of any day of the data; parameters and errors as in `find_firm`."""
    with tables.connect() as con:
        firms = con.sql("SELECT firm_id, name FROM firms ORDER BY firm_id").to_arrow_table()
    row = find_firm(firm, firms, tables.info.merged)
    return str(firms["firm_id"][row].as_py()), firms["name"][row].as_py()


def merged_note(firm: str, merged: Mapping[str, str]) -> tuple[str, ...]:
    """A note where the id is one that accepted matches replaced; empty where it is not."""
    return (f"{firm} is {merged[firm]} since an accepted match merged them",) if firm in merged else ()


def _similar_firms(firm: str, ids: Sequence[str], names: Sequence[str | None]) -> str:
    """Firms whose id or name is similar, or begins alike."""
    labels = dict(zip(ids, ids, strict=True))
    labels |= {name: f"{name} ({firm_id})" for firm_id, name in zip(ids, names, strict=True) if name}
    similar = similar_names(firm, labels, limit=MOST_LISTED)
    folded = firm.casefold()
    similar += [key for key in labels if key.casefold().startswith(folded) and key not in similar]
    hint = suggestion([labels[key] for key in similar[:MOST_LISTED]])
    return hint or "expected a firm_id or a name"
