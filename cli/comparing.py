"""`scgraph compare`: the models that are kept; or two of them, or two kept scores, firm by firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk import gnn
from supplyrisk.cli.errors import usage
from supplyrisk.cli.evaluating import as_trained, first_later_day
from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.history import Run, bridge_rows, change, moved_by_data, run_in
from supplyrisk.cli.options import Session
from supplyrisk.cli.registry import promote
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.cli.workspace import SCORES, model_folder, snapshot_of, tables_of
from supplyrisk.gnn.evaluation import (
    aligned_scores,
    grade_migration,
    paired_comparison,
    rank_changes,
    score_shift,
)
from supplyrisk.graph import Snapshot, Tables, last_day_of
from supplyrisk.graph.credit import CAUSES, MODEL, UNSEPARATED

TOP = 20


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: scores, and the model that gave them where one was named, or else their run."""

    name: str
    firms: pa.Table
    model: gnn.RiskModel | None = None
    run: Run | None = None

    @property
    def scorer(self) -> str:
        """Who gave the scores, in the scores' own words."""
        names = {str(v) for v in self.firms.column("model").unique().to_pylist()}
        return ", ".join(sorted(names))

    @property
    def horizon_days(self) -> int | None:
        """Days over which its PDs are meant, as its run or its scores say; None where neither does."""
        if self.run is not None and self.run.horizon_days is not None:
            return self.run.horizon_days
        column = "horizon_days" in self.firms.column_names and self.firms.num_rows > 0
        return self.firms["horizon_days"][0].as_py() if column else None


def compare_two(session: Session, old: str, new: str, *, make_champion: bool, top: int | None) -> None:
    """Print what changed from the old to the new, and which of two models is better where outcomes are known."""
    with session.talk.progress() as step:
        step("scoring with both", 0, 0)
        sides, outcome = _sides(session, (old, new))
    pairs = aligned_scores(sides[0].firms, sides[1].firms)
    if not pairs:
        raise usage(f"{old} and {new} have no firm in common; expected scores of the same firms")
    causes = _causes(session, sides, pairs)
    rows = [row | causes.get(row["firm_id"], {}) for row in rank_changes(pairs)]
    about: dict[str, Any] = {
        "old": old,
        "new": new,
        "shift": score_shift(pairs),
        "migration": grade_migration(pairs),
    }
    said = _verdict(sides, about["shift"], outcome, causes)
    if make_champion:
        promote(session, new)
        said.append(f"{new} is champion from now on: it scores where no model is named")
    if session.as_json:
        print_json(envelope("compare", rows[:top], about=about, outcome=outcome, verdict=said))
        return
    _show(rows, top or TOP, about["migration"])
    for line in said:
        session.talk.say(line)


def _sides(session: Session, named: tuple[str, str]) -> tuple[tuple[Side, Side], dict[str, Any] | None]:
    files = [_scores_file(session, name) for name in named]
    if all(files):
        old, new = (
            Side(n, pq.read_table(f), run=run_in(f))
            for n, f in zip(named, files, strict=True)
            if f is not None
        )
        if None not in (old.horizon_days, new.horizon_days) and old.horizon_days != new.horizon_days:
            raise usage(
                f"PDs of {named[0]} are over {old.horizon_days} days, of {named[1]} over {new.horizon_days}; expected "
                "one horizon: score one of the days with the model of the other"
            )
        return (old, new), None
    if any(files):
        raise usage(f"{named[0]} and {named[1]} are scores and a model; expected two of a kind")
    where = gnn.device(session.settings.device)
    first, second = (gnn.load(model_folder(session, n), where) for n in named)
    if (first.horizon_days, set(first.default_kinds)) != (second.horizon_days, set(second.default_kinds)):
        raise usage(
            f"{named[0]} and {named[1]} differ in horizon or in what a default is: their PDs are of different things"
        )
    tables = tables_of(session)
    own = replace(session, settings=as_trained(session.settings, first))
    now = snapshot_of(own, tables)
    bounds = session.settings.grade_bounds
    sides = [
        Side(n, gnn.score(m, now, bounds=bounds).firms, m)
        for n, m in zip(named, (first, second), strict=True)
    ]
    seen = _known(own, (first, second), tables)
    return (sides[0], sides[1]), paired_comparison(first, second, seen) if seen else None


def _scores_file(session: Session, name: str) -> Path | None:
    """The file of scores that is meant: one by path, or a day that was scored."""
    kept = session.folder / SCORES / f"{name}.parquet"
    path = Path(name) if Path(name).is_file() else kept
    if not path.is_file():
        return None
    if path.suffix != ".parquet":
        raise usage(f"{path} is no Parquet file; expected scores as score -o FILE.parquet writes them")
    lost = {"firm_id", "pd", "grade", "own", "base_pd", "model"} - set(pq.read_schema(path).names)
    if lost:
        raise usage(
            f"{path} lacks {', '.join(sorted(lost))}; expected scores as score -o FILE.parquet writes them"
        )
    return path


def _known(session: Session, models: tuple[gnn.RiskModel, gnn.RiskModel], tables: Tables) -> list[Snapshot]:
    """The last day whose outcomes are known by now, where it comes after what both were learned on and chosen by."""
    last = last_day_of(tables)
    firsts = [first_later_day(m) for m in models]
    if last is None or None in firsts or models[0].horizon_days is None:
        return []
    day = last - timedelta(days=models[0].horizon_days)
    return [snapshot_of(session, tables, day)] if all(f is not None and day >= f for f in firsts) else []


def _causes(
    session: Session,
    sides: tuple[Side, Side],
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> dict[str, dict[str, float]]:
    """The change of PD by cause, as the history of a firm tells it; of two models on one day it is all the model's.

    Scores that do not say which run they are of are taken as one scorer's where they bear one name.
    """
    old_run, new_run = sides[0].run, sides[1].run
    between = bridge_rows(session.folder, old_run, new_run) if old_run and new_run else {}
    found: dict[str, dict[str, float]] = {}
    for old, new in pairs:
        if old["pd"] is None or new["pd"] is None:
            continue
        firm, whole = str(old["firm_id"]), new["pd"] - old["pd"]
        if old_run and new_run:
            found[firm] = change((old_run, old), (new_run, new), between.get(firm))
        elif sides[0].model:
            found[firm] = {MODEL: whole}
        else:
            alone = sides[0].scorer == sides[1].scorer
            found[firm] = moved_by_data(old, new) if alone else {UNSEPARATED: whole}
    return found


def _scorers(sides: tuple[Side, Side], causes: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What is to be said of who gave two kept scores."""
    old_run, new_run = sides[0].run, sides[1].run
    if old_run is None or new_run is None:
        if sides[0].scorer == sides[1].scorer:
            return ["the scores do not both say which training they are of: they are taken as one model's"]
        other, mixed = True, True
    else:
        other = old_run.scorer != new_run.scorer
        mixed = any(parts[UNSEPARATED] for parts in causes.values())
    if not other:
        return []
    if mixed:
        return [
            "the scores are of different models: what the data changed and what the model did is not told apart"
        ]
    return [
        "the scores are of different models: what the old one says of the new data tells their parts apart"
    ]


def _verdict(
    sides: tuple[Side, Side],
    shift: Mapping[str, Any],
    outcome: Mapping[str, Any] | None,
    causes: Mapping[str, Mapping[str, float]],
) -> list[str]:
    before, after = shift["mean_pd"]
    said = [f"{shift['firms']:,} firms scored by both ({sides[0].scorer} and {sides[1].scorer})"]
    if shift["firms"]:
        rank = shift["rank_correlation"]
        like = "the ranks are undefined" if rank is None else f"rank correlation {rank:.3f}"
        said.append(
            f"{like}; mean PD {before:.4f} to {after:.4f}; {shift['regraded']:.1%} changed grade; of the riskiest "
            f"tenth {shift['top_kept']:.0%} stayed"
        )
    if sides[0].model is None:
        return said + _scorers(sides, causes)
    if outcome is None:
        return [
            *said,
            "no day with known outcomes comes after what both models have seen: neither is called better",
        ]
    gaps = outcome["new_minus_old"]
    told = ", ".join(
        f"{name} {gaps[key]['value']:+.4f} [{gaps[key]['low']:+.4f}, {gaps[key]['high']:+.4f}] p {gaps[key]['p']:.3f}"
        for key, name in (("auc", "AUC"), ("pr_auc", "PR-AUC"), ("brier", "Brier"))
    )
    word = "cannot be told apart"
    if gaps["auc"]["low"] > 0 or gaps["auc"]["high"] < 0:
        word = "the new one ranks better" if gaps["auc"]["low"] > 0 else "the old one ranks better"
    rows = f"{outcome['rows']:,} firms, {outcome['failed']:,} failed, as of {', '.join(outcome['as_of'])}"
    return [*said, f"{word}; new minus old on {rows}: {told}"]


def _show(rows: Sequence[Mapping[str, Any]], top: int, moves: Sequence[Mapping[str, Any]]) -> None:
    columns = (
        "firm",
        "rank",
        "new rank",
        "PD %",
        "new PD %",
        "grade",
        "new grade",
        "cause of the change, PD %",
    )
    shown = [
        (
            r["firm_id"],
            r["old_rank"],
            r["new_rank"],
            f"{100 * r['old_pd']:.2f}",
            f"{100 * r['new_pd']:.2f}",
            r["old_grade"],
            r["new_grade"],
            ", ".join(f"{c} {100 * r[c]:+.2f}" for c in CAUSES if r.get(c)),
        )
        for r in rows[:top]
    ]
    show_table(columns, shown, title="whose rank moved most")
    show_text("")
    names = sorted({m[side] for m in moves for side in ("old", "new")})
    count = {(m["old"], m["new"]): m["firms"] for m in moves}
    matrix = [(a, *(count.get((a, b), 0) for b in names)) for a in names]
    show_table(("from grade, to", *names), matrix, title="grade migration, firms")
