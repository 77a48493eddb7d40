"""Dirt that loaders catch, the truth folder, and the page that shows a world."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders import LoadReport, validate
from supplyrisk.loaders.mappings.mapping_file import synthetic_mapping
from supplyrisk.loaders.synthetic import SynthSummary, read_facts, synthesize
from supplyrisk.loaders.synthetic.world_files import TableSink, content_hash
from supplyrisk.services import fault_shares, world_facts
from supplyrisk.web import render_world

TRUTH = {"defaults", "causes", "links", "firms", "inflicted", "victims", "reliability"}


def checked(folder: Path, encoding: str = "utf-8") -> LoadReport:
    return validate(folder, synthetic_mapping(folder), encoding, 1.0)


def dirty(tmp_path: Path, kind: str, format: str = "parquet") -> SynthSummary:
    return synthesize(tmp_path / kind, firms=100, weeks=30, format=format, dirt={kind: 0.05})


@pytest.mark.parametrize(
    ("kind", "table", "rule"),
    [
        ("missing_days", "activity", "required"),
        ("swapped_ids", "loans", "unknown"),
        ("corrections", "activity", "conflict"),
    ],
)
def test_dirt_is_quarantined_by_rule(tmp_path: Path, kind: str, table: str, rule: str) -> None:
    clean = synthesize(tmp_path / "clean", firms=100, weeks=30)
    report = checked(dirty(tmp_path, kind).folder)
    by_table = {t.table: t.count for t in report.tables}
    spoilt = max(1, round(0.05 * clean.rows[table]))
    assert by_table[table].quarantined == spoilt * (2 if kind == "corrections" else 1)
    assert report.total.quarantined == by_table[table].quarantined
    assert set(report.faults["rule"].to_pylist()) == {rule}


def test_duplicates_are_loaded_once(tmp_path: Path) -> None:
    clean = synthesize(tmp_path / "clean", firms=100, weeks=30)
    report = checked(dirty(tmp_path, "duplicates").folder)
    spoilt = sum(max(1, round(0.05 * clean.rows[t])) for t in ("activity", "supplies"))
    assert (report.total.duplicates, report.total.quarantined) == (spoilt, 0)
    assert report.total.loaded == sum(clean.rows.values())


def test_a_file_in_another_encoding_is_refused_with_the_remedy(tmp_path: Path) -> None:
    folder = dirty(tmp_path, "encoding", "csv").folder
    with pytest.raises(DataError, match=r"not utf-8.*try --encoding gb18030"):
        checked(folder)
    assert checked(folder, "gb18030").total.quarantined == 0


def test_links_unseen_are_noted_where_a_carrier_went(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "w", firms=200, weeks=40, dirt={"unseen_links": 0.3}).folder
    links, supplies = (
        pq.read_table(folder / "truth" / "links.parquet"),
        pq.read_table(folder / "supplies.parquet"),
    )
    hidden = {(r["supplier_id"], r["customer_id"]) for r in links.to_pylist() if r["unseen"]}
    shown = {(r["supplier_id"], r["customer_id"]) for r in links.to_pylist() if not r["unseen"]}
    traded = set(zip(supplies["supplier_id"].to_pylist(), supplies["customer_id"].to_pylist(), strict=True))
    assert len(hidden) > 0.3 * links.num_rows
    assert traded <= shown
    report = checked(folder)
    assert report.total.quarantined == 0
    shipments = pq.read_table(folder / "shipments.parquet")
    carried = set(zip(shipments["shipper_id"].to_pylist(), shipments["receiver_id"].to_pylist(), strict=True))
    bare = carried - traded
    assert bare <= hidden and len(bare) > 50
    assert report.notes[-1] == (
        f"shipments: {len(bare):,} of {len(carried):,} pairs of shipper and receiver have no row in supplies; "
        "links may be missing there"
    )


def test_without_unseen_links_nothing_is_said_of_them(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "w", firms=200, weeks=40).folder
    assert not any("links may be missing" in note for note in checked(folder).notes)


def test_the_truth_folder_holds_what_was_asked_for(tmp_path: Path) -> None:
    made = synthesize(tmp_path / "w", firms=150, weeks=60, replicas=6, forced_firms=8, forced_replicas=2)
    place = made.folder / "truth"
    assert {p.stem for p in place.iterdir()} == TRUTH
    firms, inflicted = pq.read_table(place / "firms.parquet"), pq.read_table(place / "inflicted.parquet")
    # sixty weeks have a horizon of twenty: as-of dates forty and twenty weeks before the end
    assert set(firms["as_of"].to_pylist()) == {date(2025, 3, 23), date(2025, 8, 10)}
    assert inflicted.num_rows == 16
    for row in firms.to_pylist():
        assert 0 <= row["pd"] <= 1
        assert row["pd_caught"] == pytest.approx(row["pd"] - row["pd_alone"])
    assert len(made.reliability) == 2 * 6
    assert "truth/" not in " ".join(str(s) for s in checked(made.folder).sources)
    bare = synthesize(tmp_path / "bare", firms=150, weeks=60)
    assert {p.stem for p in (bare.folder / "truth").iterdir()} == {"defaults", "causes", "links"}


def test_processes_that_share_nothing_but_the_versions_give_one_hash(tmp_path: Path) -> None:
    """Threads, hash seed, time zone, language, working folder and home are all others."""
    program = (
        "import sys; from pathlib import Path; import pyarrow; from supplyrisk.loaders.synthetic import synthesize; "
        "pyarrow.set_cpu_count(int(sys.argv[2])); pyarrow.set_io_thread_count(int(sys.argv[2])); "
        "print(synthesize(Path(sys.argv[1]), firms=80, weeks=30, replicas=4, forced_firms=4).content_hash)"
    )
    found = []
    for threads, seed, zone, language in (
        ("1", "0", "UTC", "C"),
        ("2", "4711", "Asia/Shanghai", "de_DE.UTF-8"),
    ):
        place = tmp_path / threads
        place.mkdir()
        counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
        environment = dict.fromkeys(counts, threads) | {"PYTHONHASHSEED": seed, "TZ": zone, "LANG": language}
        environment |= {"LC_ALL": language, "HOME": str(place), "PATH": "/usr/bin"}
        command = [sys.executable, "-c", program, "world", threads]
        made = subprocess.run(command, env=environment, cwd=place, check=True, capture_output=True, text=True)
        found.append(made.stdout.strip())
    assert found[0] == found[1]
    assert found[0] == content_hash(tmp_path / "1" / "world")


def test_pieces_of_any_size_give_the_same_file(tmp_path: Path) -> None:
    table = pq.read_table(synthesize(tmp_path / "w", firms=60, weeks=20).folder / "supplies.parquet")
    for name, pieces in (("a", [table]), ("b", [table.slice(0, 7), table.slice(7)])):
        (tmp_path / name).mkdir()
        sink = TableSink(tmp_path / name, "supplies", "parquet")
        for piece in pieces:
            sink.add(piece)
        assert sink.close() == table.num_rows
    assert (tmp_path / "a" / "supplies.parquet").read_bytes() == (
        tmp_path / "b" / "supplies.parquet"
    ).read_bytes()


def test_the_page_shows_the_facts_and_their_sources(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "w", firms=800, weeks=110).folder
    facts = read_facts(folder)
    assert 0.8 < (facts.size.exponent or 0) < 2.2
    assert all(0.1 < share < 0.5 for share in facts.churn)
    assert facts.degree_size > 0.2
    events = pq.read_table(folder / "truth" / "defaults.parquet").num_rows
    assert sum(n for _, n in facts.by_month) == events
    toys = dict(facts.season["toys"])
    assert max(toys, key=toys.__getitem__) in (45, 46, 47)
    assert facts.structure.mean_degree > 1
    assert (facts.structure.assortativity or 0) < 0
    assert set(facts.peaks) == set(facts.season) and max(facts.peaks.values()) > 1.5
    (tmp_path / "page.html").write_text(render_world(world_facts(folder)), encoding="utf-8")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    for said in (
        "synthetic",
        "Axtell",
        "Fujiwara",
        "Reisch",
        "Das",
        "Lucas",
        "<svg",
        "0.5",
        "assortativity",
        "reciprocity",
    ):
        assert said in text
    assert "<script" not in text and "http" not in text
    assert ">nan" not in text and "nan," not in text


def test_dirt_on_the_command_line() -> None:
    assert fault_shares(["duplicates", "corrections=0.2"]) == {"duplicates": 0.01, "corrections": 0.2}
