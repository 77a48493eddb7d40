"""No score is moved by the future: rows of later days, and values that become known later, in every table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chain import tables
from handmade import AFTER, AS_OF, DATED, LATE, Row, ago, full_row, past_row, tables_of
from supplyrisk import gnn
from supplyrisk.graph import TABLES, build_snapshot
from supplyrisk.graph.schema.contract import STATEMENT_LAG_DAYS

Frames = dict[str, pa.Table]
ByFirm = dict[str, dict[str, float | str | None]]
SIZE = 60


@dataclass(frozen=True)
class Part:
    """A small part of the chain, and three of its firms that go for A, B and C: supplier, customer and carrier."""

    frames: Frames
    stand_ins: dict[str, str]


@pytest.fixture(scope="module")
def part(frames: Frames) -> Part:
    """The firms that trade most and the busiest carrier; rows about others are left out."""
    trades, shipments = frames["supplies"], frames["shipments"]
    defaulted = set(frames["events"].filter(pc.field("kind") == "default")["firm_id"].to_pylist())
    sellers = [f for f in _busiest(trades["supplier_id"]) if f not in defaulted]
    carrier = next(f for f in _busiest(shipments["carrier_id"]) if f not in defaulted)
    first = sellers[0]
    mine = trades.filter(pc.field("supplier_id") == first)
    customer = next(f for f in _busiest(mine["customer_id"]) if f not in defaulted)
    ids = {first, customer, carrier, *_busiest(trades["supplier_id"])[:SIZE]}
    return Part(_of(frames, ids), {"A": first, "B": customer, "C": carrier})


def _busiest(column: pa.ChunkedArray) -> list[str]:
    counts = [(c["counts"], c["values"]) for c in column.drop_null().value_counts().to_pylist()]
    return [name for _, name in sorted(counts, key=lambda c: (-c[0], c[1]))]


def _of(frames: Frames, ids: set[str]) -> Frames:
    """The rows that are about these firms, and about persons."""
    known = pa.array(sorted(ids | set(frames["persons"]["person_id"].to_pylist())))
    cut = {}
    for name, table in frames.items():
        columns = {"firms": ("firm_id",), "persons": ()}.get(name, tuple(TABLES[name].refs))
        for column in columns:
            remains = pc.or_kleene(pc.is_in(table[column], known), pc.is_null(table[column]))
            table = table.filter(remains)  # noqa: PLW2901 - one end after the other
        cut[name] = table
    return cut


def planted(part: Part, table: str, row: Row) -> Frames:
    mine = {column: part.stand_ins.get(value, value) for column, value in row.items()}
    if table not in part.frames:
        return part.frames | {table: tables_of(**{table: [mine]}).sources[table]}
    frame = part.frames[table]
    more = pa.Table.from_pylist([{c: mine[c] for c in frame.column_names}], schema=frame.schema)
    return part.frames | {table: pa.concat_tables([frame, more])}


def pds(model: gnn.RiskModel, frames: Frames) -> ByFirm:
    """By candidate and firm; the network's parts and what is passed on too."""
    snapshot = build_snapshot(tables(frames), AS_OF)
    hazards = model.parts(snapshot)
    scores = gnn.score(model, snapshot, use=gnn.NETWORK, computed=hazards)
    columns = {name: scores.firms[name].to_pylist() for name in ("pd", "own", "context", "caught", "state")}
    values = {
        name: dict(zip(scores.firms["firm_id"].to_pylist(), v, strict=True)) for name, v in columns.items()
    }
    spread = (scores.spreaders[c].to_pylist() for c in ("firm_id", "passes_on"))
    values["passes_on"] = dict(zip(*spread, strict=True))
    for baseline, hazard in hazards[1].baselines.items():
        calibrated = model.calibrations[baseline].apply(hazard)
        values[baseline] = dict(zip(snapshot.firms["firm_id"].to_pylist(), calibrated.tolist(), strict=True))
    return values


@pytest.fixture(scope="module")
def before(model: gnn.RiskModel, part: Part) -> ByFirm:
    hazards = pds(model, part.frames)
    caught = [v for v in hazards["caught"].values() if isinstance(v, float)]
    assert len(caught) > SIZE / 2
    assert np.sum(caught) > 0
    return hazards


@pytest.mark.parametrize("table", DATED)
def test_a_row_of_the_day_after_moves_no_score(
    table: str, model: gnn.RiskModel, part: Part, before: ByFirm
) -> None:
    assert pds(model, planted(part, table, full_row(table, AFTER))) == before


# No feature reads these: they count for a lender's loss, not for a firm's risk.
OF_MEMOS = ("collateral", "documents", "harvests", "pledges")


@pytest.mark.parametrize("table", [name for name in DATED if name not in OF_MEMOS])
def test_the_same_row_on_the_day_itself_moves_one(
    table: str, model: gnn.RiskModel, part: Part, before: ByFirm
) -> None:
    assert pds(model, planted(part, table, full_row(table, AS_OF))) != before


def late_row(table: str, day: date | None) -> Row:
    """A row of 20 days ago, all of whose late fields become known on a day, or never."""
    row = full_row(table, ago(20)) | {"row_id": f"{table}-past", "loan_id": "L2"}
    for name, column in LATE:
        if name == table:
            known_on = str(TABLES[table].column(column).known_on)
            row |= {c: past_row(table, column, day)[c] for c in (column, known_on)}
    return row


@pytest.mark.parametrize("table", sorted({name for name, _ in LATE}))
def test_values_known_the_day_after_move_no_score(table: str, model: gnn.RiskModel, part: Part) -> None:
    late, never = (planted(part, table, late_row(table, day)) for day in (AFTER, None))
    assert pds(model, late) == pds(model, never)


@pytest.mark.parametrize("table", sorted({name for name, _ in LATE} - set(OF_MEMOS)))
def test_the_same_values_known_on_the_day_itself_move_one(
    table: str, model: gnn.RiskModel, part: Part
) -> None:
    known, never = (planted(part, table, late_row(table, day)) for day in (AS_OF, None))
    assert pds(model, known) != pds(model, never)


def test_all_that_came_after_the_day_moved_no_score(model: gnn.RiskModel, part: Part, before: ByFirm) -> None:
    cut = {name: as_written_down(name, frame) for name, frame in part.frames.items()}
    assert sum(t.num_rows for t in cut.values()) < 0.7 * sum(t.num_rows for t in part.frames.values())
    assert pds(model, cut) == before


def as_written_down(name: str, frame: pa.Table) -> pa.Table:
    """A table on the day itself: no later rows, and no values that became known later."""
    table = TABLES[name]
    for column in table.columns:
        if column.known_on and column.name in frame.column_names:
            known = pc.fill_null(pc.less_equal(frame[column.known_on], AS_OF), False)
            values = pc.if_else(known, frame[column.name], pa.scalar(None, frame[column.name].type))
            frame = frame.set_column(frame.column_names.index(column.name), column.name, values)
    if table.day is None:
        return frame
    known = pc.fill_null(pc.less_equal(frame[table.day], AS_OF), True)
    if name == "financials":
        lagged = pc.less_equal(frame["on"], ago(STATEMENT_LAG_DAYS))
        known = pc.if_else(pc.is_null(frame[table.day]), lagged, known)
    return frame.filter(known)
