"""Decisions are bound to their evidence: what was changed, removed or swapped is refused or found, and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, MODEL, note_run, open_desk, scores, store_day, transmissions, write_data, write_model
from supplyrisk import services
from supplyrisk.graph import DataError, Workspace, write_table
from supplyrisk.graph.credit import AuditLog, DecisionEvidence, EvidenceStore, keep_model
from supplyrisk.graph.workspace.file_hashes import write_score_hashes
from supplyrisk.graph.workspace.score_runs import model_digest
from supplyrisk.services.replay import differences


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk whose scores note their model and are hashed, as `score` leaves them, with two checks on record."""
    ws = open_desk(tmp_path_factory.mktemp("desk"))
    workspace = Workspace(ws)
    layout = workspace.layout
    write_model(layout.model("hand"), "first")
    note_run(workspace)
    keep_model(EvidenceStore(layout), layout.model("hand"), model_digest(layout.model("hand")))
    for shop in ("GOOD", "RING1"):
        services.check(workspace, shop, amount=1e4, days=90, lender="L1")
    return ws


@pytest.fixture
def own(recorded: Path, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    return Workspace(shutil.copytree(recorded, tmp_path / "own"))


def check(workspace: Workspace, shop: str = "GOOD") -> services.CheckResult:
    return services.check(workspace, shop, amount=1e4, days=90, lender="L1", record=False)


def edit(workspace: Workspace, firm: str, change: str) -> None:
    """One SET in the graph."""
    text = f"MATCH (f:Firm {{firm_id: '{firm}'}}) SET f.{change}"
    assert run("query", "run", "--text", text, "--write", "-w", workspace.path)[0] == 0


def flip(path: Path) -> None:
    """Change one byte in the middle of a file, in a file of its own: its other names keep the old content."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


# A partner's edited PD


@pytest.mark.parametrize(
    ("shop", "firm", "change", "words"),
    [
        ("GOOD", "ALFA", "risk_pd = 0.5", "a PD of 0.5 for ALFA"),  # supplier
        ("GOOD", "MALL", "risk_pd = 0.5", "a PD of 0.5 for MALL"),  # customer
        (
            "GOOD",
            "DEAD",
            "risk_pd = 0.5",
            "a PD of 0.5 for DEAD, the stored scores none",
        ),  # supplier's supplier
        ("GOOD", "HAUL", "risk_pd = 0.5", "a PD of 0.5 for HAUL"),  # carrier
        ("RING1", "RING2", "risk_pd = 0.5", "a PD of 0.5 for RING2"),  # guarantor
        ("GOOD", "WEAK", "risk_pd = 0.01", "a PD of 0.01 for WEAK"),  # another borrower of the lender
        ("GOOD", "GOOD", "risk_pd = 0.01", "the workspace stores other scores"),  # the shop itself
        ("GOOD", "ALFA", "defaulted = true", "shows ALFA as in default"),
        ("HANGS", "DEAD", "defaulted = false", "shows DEAD as not in default"),
        ("RING1", "RING3", "defaulted = true", "1 of RING1, RING2, RING3 in default, the stored scores 0"),
    ],
)
def test_an_edited_risk_of_any_firm_of_a_memo_is_refused_by_name(
    own: Workspace, shop: str, firm: str, change: str, words: str
) -> None:
    edit(own, firm, change)
    with pytest.raises(DataError, match=r"run scgraph store") as refusal:
        check(own, shop)
    assert words in str(refusal.value)


def test_all_differing_firms_are_named_at_once(own: Workspace) -> None:
    for firm in ("ALFA", "BETA", "MALL"):
        edit(own, firm, "risk_pd = 0.5")
    with pytest.raises(DataError, match=r"for ALFA.*for BETA.*for MALL"):
        check(own)


def test_defaults_are_compared_only_where_both_count_the_same(own: Workspace) -> None:
    """A model may count other events as a default than the graph does."""
    edit(own, "ALFA", "defaulted = true")
    note_run(own, defaults="bankruptcy")
    check(own)
    edit(own, "ALFA", "risk_pd = 0.5")
    with pytest.raises(DataError, match=r"a PD of 0\.5 for ALFA"):
        check(own)


# A swapped model


def test_a_swapped_model_changes_no_memo_and_no_replay(own: Workspace) -> None:
    write_model(own.layout.model("hand"), "second")
    result = services.check(own, "GOOD", amount=1e4, days=90, lender="L1")
    evidence = own.audit_log().recorded(3)["evidence"]
    first = own.audit_log().recorded(1)["evidence"]
    assert (evidence["digest"], evidence["model"]) == (first["digest"], first["model"])
    assert result.memo.model == MODEL
    assert services.replay(own, 3).identical


def test_scores_whose_model_was_swapped_before_it_was_kept_are_not_recorded(own: Workspace) -> None:
    shutil.rmtree(own.layout.evidence)
    digest = model_digest(own.layout.model("hand"))
    write_model(own.layout.model("hand"), "second")
    with pytest.raises(DataError, match=rf"{MODEL} with digest {digest}; the workspace's model of that name"):
        services.check(own, "GOOD", amount=1e4, days=90)
    shutil.rmtree(own.layout.model("hand"))
    with pytest.raises(DataError, match="that model is gone"):
        services.check(own, "GOOD", amount=1e4, days=90)
    assert len(own.audit_log().entries()) == 2


def test_a_swapped_kept_model_is_named(own: Workspace) -> None:
    files = own.audit_log().recorded(1)["evidence"]["model"]
    (own.layout.evidence / files["boosters.json"]).write_text("{} ")
    with pytest.raises(DataError, match=r"entry 1 cannot be replayed: model boosters.json was changed"):
        services.replay(own, 1)


# One changed byte


@pytest.mark.parametrize(
    "path_of",
    [
        lambda layout: layout.scores_file(AS_OF),
        lambda layout: layout.spreaders_file(AS_OF),
        lambda layout: layout.transmission_files(AS_OF)[0],
        lambda layout: layout.transmission_files(AS_OF)[1],
    ],
)
def test_one_changed_byte_in_the_scores_is_refused(own: Workspace, path_of: Callable[..., Path]) -> None:
    path = path_of(own.layout)
    flip(path)
    with pytest.raises(DataError, match=rf"{path.name}: changed or removed since {AS_OF} was scored"):
        check(own)
    path.unlink()
    if path != own.layout.scores_file(AS_OF):
        with pytest.raises(DataError, match=rf"{path.name}: changed or removed"):
            check(own)


def test_removed_hashes_are_refused(own: Workspace) -> None:
    """Without them a changed file could not be told from the one that was written."""
    note = own.layout.score_hashes_file(AS_OF)
    note.unlink()
    with pytest.raises(DataError, match=rf"{note.name}: changed or removed since"):
        check(own)


def test_edited_transmissions_are_refused(own: Workspace) -> None:
    """A valid file with half the hazards: only its hash shows that `score` did not write it."""
    nodes = own.layout.transmission_files(AS_OF)[0]
    table = pq.read_table(nodes)
    halved = [[base / 2 for base in row] for row in table["base"].to_pylist()]
    column = table.schema.get_field_index("base")
    write_table(nodes, table.set_column(column, "base", pa.array(halved, table.schema.field("base").type)))
    with pytest.raises(DataError, match=f"{nodes.name}: changed or removed since"):
        check(own)


def test_an_edited_earlier_score_is_refused(own: Workspace) -> None:
    """The trajectory shows it."""
    earlier = AS_OF.replace(day=1)
    layout = own.layout
    write_table(layout.scores_file(earlier), pq.read_table(layout.scores_file(AS_OF)))
    write_score_hashes(layout, earlier)
    assert len(check(own).memo.sections.risk.trajectory) == 1
    table = pq.read_table(layout.scores_file(earlier))
    halved = pc.multiply(table["pd"], 0.5)
    write_table(layout.scores_file(earlier), table.set_column(table.column_names.index("pd"), "pd", halved))
    with pytest.raises(DataError, match=rf"{earlier}.parquet: changed or removed since {earlier} was scored"):
        check(own)


def test_one_changed_byte_in_the_data_is_refused_before_they_are_kept(own: Workspace) -> None:
    shutil.rmtree(own.layout.evidence)
    flip(own.layout.data_folder(own.info().content_hash) / "supplies.parquet")
    with pytest.raises(DataError, match="the files of the loaded data were changed"):
        services.check(own, "GOOD", amount=1e4, days=90)


@pytest.mark.parametrize("part", ["entry", "payload"])
def test_one_changed_byte_in_the_record_stops_replay_and_check(own: Workspace, part: str) -> None:
    entry = own.audit_log().entries()[0]
    flip(entry.path if part == "entry" else entry.payload)
    with pytest.raises(DataError, match="entry 1 was changed"):
        services.replay(own, 1)
    with pytest.raises(DataError, match=r"not intact: .*entry 1 was changed"):
        services.check(own, "GOOD", amount=1e4, days=90)


def test_a_changed_and_a_missing_kept_file_are_both_named(own: Workspace) -> None:
    evidence = own.audit_log().recorded(1)["evidence"]
    flip(own.layout.evidence / evidence["data"]["supplies.parquet"])
    (own.layout.evidence / evidence["policy"]).unlink()
    with pytest.raises(DataError, match=r"data supplies.parquet was changed .*; policy is missing"):
        services.replay(own, 1)


def test_all_kept_files_are_verified_on_request(own: Workspace) -> None:
    assert services.verify_audit(own, evidence=True).intact
    evidence = own.audit_log().recorded(1)["evidence"]
    flip(own.layout.evidence_file(evidence["data"]["supplies.parquet"]))
    own.layout.evidence_file(evidence["policy"]).unlink()
    assert services.verify_audit(own).intact
    changed, missing = services.verify_audit(own, evidence=True).faults
    assert changed.startswith("data supplies.parquet was changed")
    assert missing.endswith("evidence of 2 entries from 1 on")
    code, _, err = run("audit", "verify", "--evidence", "-w", own.path)
    assert (code, "policy is missing" in err) == (3, True)


# Removed entries, and a rewritten chain


def test_an_entry_removed_in_the_middle_stops_a_check(own: Workspace) -> None:
    services.check(own, "GOOD", amount=1e4, days=90)
    own.audit_log().entries()[1].path.unlink()
    assert services.verify_audit(own).faults[0] == "entry 2 is missing: the next one is 3"
    with pytest.raises(DataError, match="entry 2 is missing"):
        services.check(own, "GOOD", amount=1e4, days=90)


def test_an_entry_removed_at_the_end_is_found_by_an_anchor(own: Workspace, tmp_path: Path) -> None:
    services.anchor_audit(own, output=tmp_path / "anchor.json")
    own.audit_log().entries()[-1].path.unlink()
    assert services.verify_audit(own, anchor=tmp_path / "anchor.json").faults
    with pytest.raises(DataError, match="entry 2, which was anchored, is missing"):
        services.check(own, "GOOD", amount=1e4, days=90)


def test_a_rewritten_chain_is_found_by_an_anchor_elsewhere(own: Workspace, tmp_path: Path) -> None:
    services.anchor_audit(own, output=tmp_path / "anchor.json")
    payloads = [{"document": own.audit_log().recorded(number)["document"]} for number in (1, 2)]
    shutil.rmtree(own.layout.audit)
    log = AuditLog(own.layout.audit)
    for payload in payloads:
        log.append("check", payload)
    assert services.verify_audit(own).intact
    faults = services.verify_audit(own, anchor=tmp_path / "anchor.json").faults
    assert faults == ("entry 2 is not the one that was anchored: the chain was rewritten",)


# Replay


def test_a_replay_is_identical_after_everything_in_the_workspace_was_replaced(
    own: Workspace, tmp_path: Path
) -> None:
    before = own.audit_log().recorded(2)["document"]
    data = write_data(tmp_path / "data")
    supplies = data / "supplies.csv"
    supplies.write_text(supplies.read_text().replace("RING1", "GOOD"))
    assert run("load", data, "-w", own.path)[0] == 0
    shutil.rmtree(own.layout.scores)
    shutil.rmtree(own.layout.transmissions)
    write_model(own.layout.model("hand"), "second")
    store_day(own.layout, scores().slice(0, 3), transmissions("other"))
    result = run_json("audit", "replay", 2, "-w", own.path)
    assert (result["identical"], result["rows"], result["shop"]) == (True, [], "RING1")
    assert own.audit_log().recorded(2)["document"] == before


def test_a_replay_lists_what_the_graph_showed_and_the_data_do_not(own: Workspace) -> None:
    edit(own, "GOOD", "name = 'Elsewhere'")
    services.check(own, "GOOD", amount=1e4, days=90)
    code, out, err = run("audit", "replay", 3, "-w", own.path)
    assert code == 3
    assert "the memo of entry 3 is not the recorded one: 1 value differs" in err
    assert out.splitlines()[-1].split() == ["rows[0].shop.name", "Elsewhere", "Good", "Shop"]
    code, out, _ = run("audit", "replay", 1, "-w", own.path)
    assert code == 0
    assert out.startswith("identical: entry 1, the memo of GOOD")


@pytest.mark.long
def test_the_policy_of_the_day_is_replayed(own: Workspace, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(services.default_policy().replace("share = 0.30", "share = 0.01"))
    services.check(own, "GOOD", amount=1e4, days=90, policy=policy)
    policy.unlink()
    assert services.replay(own, 3).identical
    kept_policy = own.audit_log().recorded(3)["evidence"]["policy"]
    assert "share = 0.01" in (own.layout.evidence / kept_policy).read_text()


def test_entries_that_cannot_be_replayed(own: Workspace) -> None:
    services.decide(own, 1, "refer", reason="why")
    with pytest.raises(DataError, match="entry 3 is a decide"):
        services.replay(own, 3)
    document = own.audit_log().recorded(1)["document"]
    own.audit_log().append("check", {"document": document})
    with pytest.raises(DataError, match="entry 4 was recorded by a version that did not keep"):
        services.replay(own, 4)


def test_differences_are_listed_place_by_place() -> None:
    recorded = {"a": 1, "b": [{"c": 1.5}, 2], "gone": None, "same": [1]}
    replayed = {"a": 1, "b": [{"c": 2.5}, 2], "new": [], "same": [1]}
    listed = [(d.place, d.recorded, d.replayed) for d in differences(recorded, replayed)]
    assert listed == [("b[0].c", 1.5, 2.5), ("gone", None, "(missing)"), ("new", "(missing)", [])]
    (shorter,) = differences([1, 2], [1])
    assert shorter.place == ""


# Clearing


def test_pruned_evidence_stops_the_replay_of_older_entries_only(own: Workspace) -> None:
    layout = own.layout
    log = own.audit_log()
    today = date.fromisoformat(log.recorded(1)["at"][:10])
    assert services.prune_evidence(own, today).record is None
    EvidenceStore(layout).keep_text("unused")
    code, _, err = run("audit", "prune", "--before", today, "-w", own.path)
    assert (code, "files deleted: 1," in err, "recorded as entry 3" in err) == (0, True, True)
    assert services.verify_audit(own, evidence=True).intact
    result = services.prune_evidence(own, today + timedelta(days=1))
    assert (result.entries, result.record) == (2, 4)
    assert [path.name for path in EvidenceStore(layout).files()] == sorted(
        log.recorded(1)["evidence"]["model"].values()
    )
    assert services.verify_audit(own, evidence=True).intact
    with pytest.raises(DataError, match=r"entry 1 cannot be replayed: .*data supplies.parquet is missing"):
        services.replay(own, 1)
    assert services.check(own, "GOOD", amount=1e4, days=90).record == 5
    assert services.replay(own, 5).identical


# What is kept


def test_files_are_kept_once_and_share_their_disk_space(recorded: Path) -> None:
    evidence = [Workspace(recorded).audit_log().recorded(number)["evidence"] for number in (1, 2)]
    assert evidence[0] == evidence[1]
    layout = Workspace(recorded).layout
    names = {path.name for path in layout.evidence.iterdir() if path.is_file()}
    assert names == set(DecisionEvidence.from_json(evidence[0]).files.values())
    scores_file = layout.scores_file(AS_OF)
    digest = evidence[0]["scores"][f"scores/{scores_file.name}"]
    assert (layout.evidence / digest).samefile(scores_file)


def test_a_file_that_cannot_be_linked_is_copied(own: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    shutil.rmtree(own.layout.evidence)
    keep_model(EvidenceStore(own.layout), own.layout.model("hand"), model_digest(own.layout.model("hand")))
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    services.check(own, "GOOD", amount=1e4, days=90)
    assert services.verify_audit(own, evidence=True).intact
    scores_file = own.layout.scores_file(AS_OF)
    digest = own.audit_log().recorded(3)["evidence"]["scores"][f"scores/{scores_file.name}"]
    assert not own.layout.evidence_file(digest).samefile(scores_file)


def test_nothing_is_kept_of_a_check_that_is_not_recorded(own: Workspace) -> None:
    shutil.rmtree(own.layout.evidence)
    check(own)
    assert not own.layout.evidence.exists()
