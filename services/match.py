"""Find firms that are probably one, and record people's decisions on them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from supplyrisk import loaders
from supplyrisk.graph import DataError, RequestError, Tables, Workspace, read_workspace
from supplyrisk.graph.credit.audit_log import current_user
from supplyrisk.graph.schema import defaults
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.progress import JobProgress, plan_stages, silent
from supplyrisk.services.row_sources import source_files
from supplyrisk.services.stored_mapping import MappingChoice

PAIR_COLUMNS = pa.schema(
    [
        ("firm_id_a", pa.string()),
        ("name_a", pa.string()),
        ("firm_id_b", pa.string()),
        ("name_b", pa.string()),
        ("kind", pa.string()),
        ("probability", pa.float64()),
        ("evidence_for", pa.string()),
        ("evidence_against", pa.string()),
        ("decision", pa.string()),
    ]
)
"""Columns of the pairs; a person fills in the last one."""
DECIDED = "decided"
"""Kind of a pair with a decision that the data do not show any more, such as one that is merged."""


@dataclass(frozen=True)
class MatchResult(TableResult):
    """Pairs of firms that are probably one, with the decisions that are recorded.

    matches: the pairs. decisions: of the workspace. at_least: smallest probability of a pair. synthetic: whether the
    data are.
    """

    matches: loaders.FirmMatches
    decisions: Sequence[loaders.MatchDecision]
    at_least: float
    synthetic: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the result, in words."""
        return self.matches.notes

    def table(self) -> pa.Table:
        """A row per pair, the most probable first; then decided pairs that the data do not show any more."""
        decisions = {decision.pair: decision for decision in self.decisions}
        rows: list[dict[str, object]] = []
        for pair in self.matches.pairs:
            decision = decisions.pop((pair.firm_id_a, pair.firm_id_b), None)
            rows.append(asdict(pair) | {"decision": decision.decision if decision else None})
        for decision in decisions.values():
            rows.append(asdict(decision) | {"kind": DECIDED})
        return pa.Table.from_pylist(rows, schema=PAIR_COLUMNS)

    def head(self) -> Document:
        """The document without its rows."""
        return document(
            "match",
            (),
            about={"synthetic": self.synthetic},
            firms=self.matches.firms,
            compared_pairs=self.matches.compared,
            at_least=self.at_least,
            notes=list(self.notes),
        )


@dataclass(frozen=True)
class AcceptResult:
    """What became of a file of decisions.

    recorded: decisions that are new or changed. withdrawn: decisions that are removed. decisions: all that the
    workspace has now. groups: firms of sources that are one firm each. entry: its number in the audit log; None where
    nothing changed.
    """

    recorded: tuple[loaders.MatchDecision, ...]
    withdrawn: tuple[loaders.MatchDecision, ...]
    decisions: tuple[loaders.MatchDecision, ...]
    groups: tuple[tuple[str, ...], ...]
    entry: int | None

    def to_json(self) -> Document:
        """The decisions as a JSON document, a row per group of firms."""
        return document(
            "match.accept",
            self.groups,
            recorded=self.recorded,
            withdrawn=self.withdrawn,
            decisions=len(self.decisions),
            audit_entry=self.entry,
        )


def match(
    workspace: Workspace,
    folder: str | Path | None = None,
    mapping: MappingChoice = None,
    *,
    at_least: float = defaults.MATCH_PROBABILITY,
    encoding: str = defaults.ENCODING,
    progress: JobProgress = silent,
) -> MatchResult:
    """Find the firms of a workspace, or of a folder that is not loaded, that are probably one firm.

    Parameters
    ----------
    folder: a folder of tables; None: the workspace's data. mapping, encoding: its mapping and encoding, as in `load`.
    at_least: smallest probability of a pair, 0 to 1. Pairs with equal names only have none, and are listed last.

    Raises
    ------
    RequestError: at_least is out of range, or the extra supplyrisk[matching] is not installed. WorkspaceError: no
    data. DataError: no firm has a name or a key; the folder cannot be read.
    """
    if not 0 <= at_least <= 1:
        raise RequestError(f"at_least is {at_least}", "a probability from 0 to 1")
    loaders.check_matching_extra()
    decisions = loaders.read_decisions(workspace.layout.match_decisions)
    if folder is None:
        plan_stages(progress, loaders.MATCHING_STAGES)
        tables = workspace.tables()
        return _result(tables, decisions, at_least, progress)
    plan_stages(progress, {**loaders.LOADING_STAGES, **loaders.MATCHING_STAGES})
    with (
        source_files(folder, mapping, encoding, progress, workspace) as files,
        tempfile.TemporaryDirectory(prefix="scgraph-") as temporary,
    ):
        # whatever is wrong with other rows, firms can be compared
        loaders.load(files.folder, temporary, files.mapping, files.encoding, max_bad=1, progress=progress)
        return _result(read_workspace(Path(temporary)), decisions, at_least, progress)


def _result(
    tables: Tables, decisions: Sequence[loaders.MatchDecision], at_least: float, progress: JobProgress
) -> MatchResult:
    matches = loaders.match_firms(tables, at_least, progress)
    return MatchResult(matches, decisions, at_least, tables.info.synthetic)


def accept_matches(
    workspace: Workspace, file: str | Path, *, decided_by: str | None = None, command: str | None = None
) -> AcceptResult:
    """Record the decisions of a file of pairs in a workspace; the next load merges the firms.

    A row with an empty decision withdraws the one that is recorded for its pair. Pairs that are not in the file keep
    theirs. All of it is recorded, in the audit log too, or nothing.

    Parameters
    ----------
    file: .csv or .xlsx with the columns firm_id_a, firm_id_b and decision ("same", "different" or empty), as
        `MatchResult.table` has them.
    decided_by: who decides; None: the user of this process.
    command: the command line that is recorded with it; None where the call came from Python.

    Raises
    ------
    DataError: the file cannot be read or has faulty rows, it names firms that the workspace does not have, or
    decisions contradict each other: all faults in one error. WorkspaceError: no data.
    """
    content = loaders.read_decision_file(Path(file))
    names = _firm_names(workspace.tables())
    path = workspace.layout.match_decisions
    before = {decision.pair: decision for decision in loaders.read_decisions(path)}
    # firms of earlier decisions may be gone from the data
    new = [row for row in content.rows if row.decision and row.pair not in before]
    unknown = dict.fromkeys(firm for row in new for firm in row.pair if firm not in names)
    faults = [*content.faults, *(f"there is no firm {firm!r} in the workspace" for firm in unknown)]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    who = decided_by or current_user()
    after = dict(before)
    for row in content.rows:
        earlier = after.pop(row.pair, None)
        if row.decision and earlier is not None and earlier.decision == row.decision:
            after[row.pair] = earlier
        elif row.decision:
            name_a, name_b = (names.get(firm, "") for firm in row.pair)
            after[row.pair] = loaders.MatchDecision(*row.pair, row.decision, who, now, name_a, name_b)
    faults += loaders.contradictions(after.values())
    if faults:
        raise DataError(f"{file}: {'; '.join(faults)}", remedy="nothing was recorded; correct the file")
    recorded = tuple(decision for pair, decision in after.items() if before.get(pair) != decision)
    withdrawn = tuple(decision for pair, decision in before.items() if pair not in after)
    entry = None
    if recorded or withdrawn:
        # first, so that no decision takes effect that the log does not have
        entry = _append(workspace, recorded, withdrawn, command)
        loaders.write_decisions(path, after.values())
    groups = loaders.same_firms(after.values())
    return AcceptResult(recorded, withdrawn, tuple(after.values()), tuple(groups), entry)


def _firm_names(tables: Tables) -> dict[str, str]:
    """The names of all firms by id, empty where there is none; also of those that are merged."""
    with tables.connect() as con:
        rows = con.execute("SELECT firm_id, coalesce(name, '') FROM firms").fetchall()
    names = {str(firm): str(name) for firm, name in rows}
    return names | {old: names.get(firm, "") for old, firm in tables.info.merged.items()}


def _append(
    workspace: Workspace,
    recorded: Sequence[loaders.MatchDecision],
    withdrawn: Sequence[loaders.MatchDecision],
    command: str | None,
) -> int:
    """Append the changes to the audit log; the number of the entry."""
    payload = {
        "command": command,
        "recorded": [asdict(decision) for decision in recorded],
        "withdrawn": [asdict(decision) for decision in withdrawn],
    }
    return workspace.audit_log().append("match", payload).number
