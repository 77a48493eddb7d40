"""A workspace that an old version wrote opens and scores as it did then; and what counts as a change of output."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from rule import Aliases, Comparison, normalised_name
from supplyrisk.graph import TERM_DAYS, pd_column

FIXTURE = Path(__file__).resolve().parent / "fixtures" / "workspace"
EARLIER, LAST = "2025-06-30", "2025-12-28"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCGRAPH_STORE", "embedded")
    monkeypatch.delenv("NEO4J_URI", raising=False)
    return Path(shutil.copytree(FIXTURE, tmp_path / "workspace"))


@pytest.mark.parametrize("day", [EARLIER, LAST])
def test_the_kept_model_scores_as_it_did(workspace: Path, day: str) -> None:
    names = [f"scores/{day}.parquet", f"scores/{day}-spreaders.parquet", f"scores/{day}-partners.parquet"]
    names += [f"transmissions/{day}-{part}.parquet" for part in ("nodes", "links")]
    for name in names:
        (workspace / name).unlink()
    document = run_json("score", "--as-of", day, "-w", workspace)
    assert document["model"] == "default/network"
    for name in names:
        old = values(FIXTURE / name)
        new = values(workspace / name, old)
        # Coverage counts more than it did, and decides which firms have a grade and points.
        for column in {"coverage", "state", "grade", "points"} & old.keys():
            before, after = old.pop(column), new.pop(column)
            if column in ("grade", "points"):
                pairs = [pair for pair in zip(before, after, strict=True) if None not in pair]
                assert all(first == last for first, last in pairs), column
        assert new == old, name
    scores = values(workspace / names[0])
    # That version fitted no PDs by term: the hazard of its horizon of 180 days is constant.
    assert document["terms"]["fitted"] is False
    for term, days in TERM_DAYS.items():
        for pd, over_term in zip(scores["pd"], scores[pd_column(term)], strict=True):
            expected = None if pd is None else pytest.approx(1 - (1 - pd) ** (days / 180), rel=1e-9)
            assert over_term == expected
    runs = sorted((workspace / "scores" / "runs").iterdir())
    assert len(runs) == 2, "the same run is not kept twice"
    number = {EARLIER: "000001", LAST: "000002"}[day]
    old = values(FIXTURE / f"scores/runs/{number}.parquet")
    new = values(runs[-1], old)
    for run_columns in (new, old):
        del run_columns["state"], run_columns["grade"]
    assert new == old


def values(path: Path, old: Collection[str] | None = None) -> dict[str, list[Any]]:
    """A table's columns, or those of them that an old file has; reasons by code, since their wording may change.

    Scores are sorted by firm: those without a grade come last now.
    """
    names = None if old is None else list(old)
    table = pq.read_table(path, columns=names)
    if "grade" in table.column_names:
        table = table.sort_by("firm_id")
    columns: dict[str, list[Any]] = table.to_pydict()
    if "reasons" in columns:
        reasons = columns["reasons"]
        columns["reasons"] = [row and [(one["code"], one["share"]) for one in row] for row in reasons]
    return columns


def test_a_model_without_days_past_due_counts_events_alone(workspace: Path) -> None:
    kinds = ["default", "bankruptcy", "lawsuit", "suspension"]
    document = run_json("score", "--as-of", LAST, "-w", workspace, "--no-write-back")
    assert (document["default_kinds"], document["days_past_due"]) == (kinds, None)


def test_the_history_is_read(workspace: Path) -> None:
    document = run_json("compare", EARLIER, LAST, "-w", workspace)
    kept = dict(
        zip(*(values(FIXTURE / f"scores/{LAST}.parquet")[name] for name in ("firm_id", "pd")), strict=True)
    )
    assert len(document["rows"]) > 200
    assert all(row["new_pd"] == kept[row["firm_id"]] for row in document["rows"])
    assert [row["name"] for row in run_json("compare", "-w", workspace)["rows"]] == ["default"]


def test_the_record_is_whole_and_is_continued(workspace: Path) -> None:
    verified = run_json("audit", "verify", "-w", workspace)
    assert (verified["entries"], verified["rows"]) == (1, [])
    code, out, err = run("audit", "show", 1, "-w", workspace)
    assert code == 0, err
    (entry,) = (FIXTURE / "audit").glob("*.json")
    assert out.encode() == entry.read_bytes()


def test_the_desk_works_on_what_was_kept(workspace: Path) -> None:
    """The memo on record, worked out again from the kept scores, transmissions and contagion, is the same."""
    for command in ("load", "scores", "contagion"):
        run_json("store", command, "-w", workspace)
    request = ("F0000285", "--amount", 20000, "--days", 90, "--lender", "L001")
    memo = run_json("check", *request, "-w", workspace)
    (entry,) = (FIXTURE / "audit").glob("*.json")
    comparison = Comparison(data_values={memo["rows"][0]["shop"]["name"]})
    # Noted since; scores from before do not say it.
    assert memo["synthetic_model"] is False
    assert memo["scored_by"]["run"] == 2
    assert memo["rows"][0]["risk"]["worst_grade"] is None
    recorded = json.loads(entry.read_bytes())["document"]
    # The limit is for the total after the loan now: what the firm owed already (246,000) was not counted.
    assert memo["rows"][0]["exposure"]["lines"] == 246_000
    assert memo["rows"][0]["limit"]["amount"] == 0
    assert memo["rows"][0]["book"]["book"]["to_firm"] == 246_000
    (new_row,) = memo["rows"]
    (old_row,) = recorded["rows"]
    # Entries and sections that later versions added stand beside the recorded ones.
    for new, old in ((memo, recorded), (new_row, old_row)):
        without_added(new, old)
    for section in ("book", "chain", "loss", "risk"):
        without_added(new_row[section], old_row[section])
    for new, old in zip(new_row["risk"]["trajectory"], old_row["risk"]["trajectory"], strict=True):
        without_added(new, old)
    for row in (new_row, old_row):
        # They say more than they did.
        for section in ("limit", "conclusion", "request", "policy", "queries"):
            row.pop(section, None)
        # Lines count with the larger of limit and drawn amount now.
        del row["book"]["book"]
        chain = row["chain"]
        del chain["shown_by"]
        for partner in (*chain["suppliers"], *chain["customers"], *chain["carriers"]):
            partner.pop("unlisted", None)
    comparison.compare("memo", recorded, memo)
    assert not comparison.differences, "\n".join(map(str, comparison.differences))
    assert run_json("audit", "verify", "-w", workspace)["entries"] == 2


def without_added(new: dict[str, Any], old: dict[str, Any]) -> None:
    """Take the entries out of a new document that an old one does not have."""
    for name in new.keys() - old.keys():
        del new[name]


def differences(old: object, new: object, aliases: Aliases | None = None, place: str = "a/b") -> int:
    return Comparison(aliases or Aliases(), {"Zhejiang food retail 0001"}).compare(place, old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"pd": 0.1}, {"pd": 0.1 + 2e-17}),
        ({"pd": 0.0}, {"pd": -0.0}),
        ({"pd": 1}, {"pd": 1.0}),
        ({"pd": 1}, {"pd": True}),
        ({"pd": 0.1}, {"pd": None}),
        ({"rows": [1, 2]}, {"rows": [1]}),
        ({"code": "OWN_CASH"}, {"code": "OWN_MONEY"}),
        ({"name": "Zhejiang food retail 0001"}, {"name": "Zhejiang food retail 0002"}),
        ({"pd": 0.1}, {"probability": 0.1}),
        ({"pd": 0.1}, {"pd": 0.1, "more": None}),
        ({"text": "it owes a lot"}, {"text": ""}),
    ],
)
def test_what_is_a_difference(old: object, new: object) -> None:
    assert differences(old, new) == (2 if "probability" in new else 1)  # type: ignore[operator]


def test_wording_is_no_difference() -> None:
    old = {"text": "catches 82% of its hazard", "zh": "现金：3", "pd": float("nan")}
    new = {"text": "82% of its hazard is caught", "zh": "现有资金：3", "pd": float("nan")}
    comparison = Comparison()
    assert comparison.compare("a/b", old, new) == 0
    assert not comparison.warnings
    assert comparison.compare("a/b", old, new | {"text": "81% of its hazard is caught"}) == 0
    assert len(comparison.warnings) == 1


def test_the_text_of_trees_is_no_sentence() -> None:
    old, new = {"trees": "tree num_leaves=3 leaf=1"}, {"trees": "tree num_leaves=3 leaf=2"}
    assert differences(old, new, place="old/files/workspace/models/default/boosters.json") == 1
    assert differences(old, new, place="old/files/workspace/models/default/card.json") == 0


def test_listed_renames_are_no_difference() -> None:
    aliases = Aliases(keys={"pd": "probability"}, values={"all": "every"})
    assert differences({"pd": 0.1, "which": "all"}, {"probability": 0.1, "which": "every"}, aliases) == 0
    assert differences({"pd": 0.1, "which": "all"}, {"pd": 0.1, "which": "all"}, aliases) == 0
    assert differences({"pd": 0.1}, {"probability": 0.2}, aliases) == 1


def test_names_of_entries_of_the_record() -> None:
    assert normalised_name(f"workspace/audit/000001-{'a' * 64}.json") == "workspace/audit/000001.json"
