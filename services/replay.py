"""Replay a recorded check: compute its memo again from the kept data and scores, and compare the two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter, ValidationError

from supplyrisk.graph import DataError, DefaultDefinition, RequestError, Workspace, to_json
from supplyrisk.graph.credit import (
    DecisionEvidence,
    EvidenceStore,
    LoanDesk,
    LoanRequest,
    ThinFacts,
    parse_policy,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.strict_toml import parse_toml
from supplyrisk.graph.workspace.file_hashes import write_score_hashes
from supplyrisk.graph.workspace.tables import pointer_to, write_json_atomically
from supplyrisk.services.check import CheckResult, checked
from supplyrisk.services.day_snapshot import ANY_DAY, DaySettings
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.rescoring import rescored
from supplyrisk.services.store import load_store
from supplyrisk.services.store_results import write_scores_to_store
from supplyrisk.services.thin_check import ranked_among, thin_memo

RECORDED_ONLY = ("record", "prepared")
"""Entries of a document that are of its recording and not of the memo."""
_MISSING = "(missing)"


@dataclass(frozen=True)
class ReplayDifference:
    """A place where two memos differ. place: keys and positions from the top; the two values are JSON values."""

    place: str
    recorded: object
    replayed: object


@dataclass(frozen=True)
class ReplayResult:
    """A recorded memo and the same memo computed again. files: how many kept files were verified."""

    entry: int
    shop: str
    differences: tuple[ReplayDifference, ...]
    files: int

    @property
    def identical(self) -> bool:
        """Whether the memos are the same."""
        return not self.differences

    def to_json(self) -> Document:
        """The comparison as a JSON document, a row per difference."""
        return document(
            "audit.replay",
            self.differences,
            entry=self.entry,
            shop=self.shop,
            identical=self.identical,
            files=self.files,
        )


def replay(
    workspace: Workspace, entry: int, *, rescore: bool = False, progress: JobProgress = silent
) -> ReplayResult:
    """Compute the memo of a recorded check again, and compare it with the recorded one.

    Data, scores, policy and request are those that were kept with the decision, whatever the workspace holds now: a
    graph is built from them in a temporary folder. The embedded store is used also where the check read a server.

    Parameters
    ----------
    entry: number of the check in the audit log.
    rescore: compute the scores of all firms again too, by the kept model, and compare their PDs with the kept ones.

    Raises
    ------
    RequestError: rescore for a shop that is not in the data.
    DataError: no such entry, or one that is no check or was recorded before evidence was kept; the entry or a kept file
        is missing or was changed (all of them are named); rescore where no model was kept.
    """
    recorded = workspace.audit_log().recorded(entry)
    if recorded.get("verb") != "check":
        raise DataError(f"entry {entry} is a {recorded.get('verb')}", "the entry of a check")
    if rescore and "facts" in recorded:
        raise RequestError(
            "--rescore of a shop that is not in the data", "the entry of a shop that a model scored"
        )
    if "evidence" not in recorded:
        raise DataError(
            f"entry {entry} was recorded by a version that did not keep the data of decisions",
            "the entry of a later check",
        )
    evidence = DecisionEvidence.from_json(recorded["evidence"])
    kept = EvidenceStore(workspace.layout)
    kept.require(evidence.files, f"entry {entry} cannot be replayed")
    request = _request_of(recorded)
    policy = parse_policy(kept.text(evidence.policy), "the kept policy")
    # By its id: the names of firms may be ambiguous by now.
    shop = str(recorded["document"]["rows"][0]["shop"]["firm"])
    progress("reading the kept data")
    with TemporaryDirectory(prefix="scgraph-replay-") as folder:
        copy = with_kept_files(kept, evidence, Path(folder) / "workspace", workspace.memory_limit)
        if "facts" in recorded:
            facts = parse_toml(recorded["facts"], ThinFacts, "the recorded facts")
            again = CheckResult(thin_memo(facts, request, policy, ranked_among(copy)))
            changed = []
        else:
            build_graph(copy, evidence)
            progress("computing the memo")
            with copy.open_graph() as store:
                again = checked(LoanDesk(copy, store), shop, request, policy)
            day = date.fromisoformat(evidence.graph["as_of"])
            # Last, as it replaces the scores of the copy.
            changed = rescored(copy, kept, evidence.model, day) if rescore else []
    replayed = json.loads(to_json(again.to_json()))
    found = [*differences(_memo_of(recorded["document"]), _memo_of(replayed))]
    found += [ReplayDifference(f"PD of {pd.firm} by the model", pd.stored, pd.again) for pd in changed]
    return ReplayResult(entry, shop, tuple(found), len(set(evidence.files.values())))


def with_kept_files(
    kept: EvidenceStore, evidence: DecisionEvidence, folder: Path, memory_limit: str = defaults.MEMORY_LIMIT
) -> Workspace:
    """Return a workspace with the kept data and scores of a decision, which are verified, in a new folder.

    It has no graph.
    """
    workspace = Workspace(folder, store="embedded", memory_limit=memory_limit)
    layout = workspace.layout
    data = layout.data_folder(evidence.content_hash)
    files = {data / name: digest for name, digest in evidence.data.items()}
    files |= {layout.root / name: digest for name, digest in evidence.scores.items()}
    kept.link(files)
    write_json_atomically(layout.pointer, pointer_to(data.name, ()))
    # The evidence has the hashes, but not the file with the note of them.
    for day in workspace.scored_days():
        write_score_hashes(layout, day, files)
    return workspace


def build_graph(workspace: Workspace, evidence: DecisionEvidence) -> None:
    """Build the graph of a restored workspace, with its scores, by the settings that the graph was built with."""
    day = date.fromisoformat(evidence.graph["as_of"])
    load_store(workspace, as_of=day, **_settings_of(evidence))
    write_scores_to_store(workspace, as_of=day)


def differences(recorded: object, replayed: object, place: str = "") -> Iterator[ReplayDifference]:
    """Yield every place where two JSON values differ, in the order of the recorded one."""
    if isinstance(recorded, Mapping) and isinstance(replayed, Mapping):
        for key in dict.fromkeys([*recorded, *replayed]):
            inner = f"{place}.{key}" if place else str(key)
            yield from differences(recorded.get(key, _MISSING), replayed.get(key, _MISSING), inner)
    elif isinstance(recorded, list) and isinstance(replayed, list) and len(recorded) == len(replayed):
        for position, pair in enumerate(zip(recorded, replayed, strict=True)):
            yield from differences(*pair, f"{place}[{position}]")
    elif recorded != replayed:
        yield ReplayDifference(place, recorded, replayed)


def _memo_of(document_of_check: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document_of_check.items() if key not in RECORDED_ONLY}


def _request_of(recorded: Mapping[str, Any]) -> LoanRequest:
    try:
        return TypeAdapter(LoanRequest).validate_python(recorded.get("request"))
    except ValidationError as fault:
        raise DataError(f"the recorded request cannot be read: {fault}") from fault


def _settings_of(evidence: DecisionEvidence) -> DaySettings:
    """Return the settings that the graph was built with; graphs of early versions do not state them."""
    graph = evidence.graph
    settings = DaySettings(beyond_days=ANY_DAY)
    if graph.get("horizon_days") is not None:
        settings["horizon_days"] = int(graph["horizon_days"])
    if "default_kinds" in graph:
        settings["default_definition"] = DefaultDefinition.from_json(graph)
    return settings
