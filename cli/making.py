"""`scgraph synth`: a synthetic data set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table
from supplyrisk.loaders.synthetic import SynthSummary, synthesize


@dataclass(frozen=True)
class World:
    """What a synthetic world is made from; see `synthesize`."""

    firms: int
    weeks: int
    seed: int
    contagion: float = 1.0
    likeness: float = 0.5
    supplies_rows: int | None = None
    format: str = "parquet"


def make_world(session: Session, out: Path, world: World) -> None:
    """Write a synthetic data set and say what is in it."""
    made = simulate(session, out, world)
    rows = [{"table": name, "rows": rows} for name, rows in made.rows.items()]
    if session.as_json:
        facts = {"defaults": made.defaults, "yearly_default_rate": made.yearly_default_rate}
        head = {"as_of": made.end, "synthetic": True, "folder": out, "first": made.first, **facts}
        print_json(envelope("synth", rows, about=head, causes=dict(made.causes), parameters=asdict(world)))
        return
    show_table(("table", "rows"), [(r["table"], r["rows"]) for r in rows])
    session.talk.say(described(made))
    say_synthetic(session, True)


def simulate(session: Session, out: Path, world: World) -> SynthSummary:
    """Write a synthetic data set."""
    with session.talk.progress() as step:
        step("simulating", 0, 0)
        return synthesize(out, **asdict(world))


def described(made: SynthSummary) -> str:
    """What is in it, in one line."""
    causes = ", ".join(f"{count} by {cause}" for cause, count in made.causes.items())
    rate = f"{made.yearly_default_rate:.1%} a year"
    return f"{made.first} to {made.end}: {made.defaults} defaults, {rate} ({causes})"
