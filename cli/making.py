"""`scgraph synth`: a synthetic world with known contagion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import envelope, print_json, write_atomically
from supplyrisk.cli.loading import say_synthetic
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table
from supplyrisk.loaders.synthetic import SynthSummary, synthesize

DIRT_SHARE = 0.01


@dataclass(frozen=True)
class World:
    """What a synthetic world is made from, None where the preset or the default counts; see `synthesize`."""

    firms: int | None = None
    weeks: int | None = None
    seed: int = 7
    contagion: float | None = None
    likeness: float | None = None
    supplies_rows: int | None = None
    format: str = "parquet"
    preset: str | None = None
    replicas: int | None = None
    grain: str | None = None
    dirt: Mapping[str, float] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, object]:
        """What was asked for."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def make_world(session: Session, out: Path, world: World, page: Path | None = None) -> None:
    """Write a synthetic data set and say what is in it; page: show it, too."""
    made = simulate(session, out, world)
    if page is not None:
        write_page(out, page)
    rows = [{"table": name, "rows": rows} for name, rows in made.rows.items()]
    agreement = [
        {"as_of": on, "column": column, "split_half": value} for on, column, value in made.reliability
    ]
    if session.as_json:
        facts = {
            "defaults": made.defaults,
            "yearly_default_rate": made.yearly_default_rate,
            "defaults_without_contagion": made.without_contagion,
            "content_hash": made.content_hash,
        }
        head = {"as_of": made.end, "synthetic": True, "folder": out, "first": made.first, **facts}
        truth = {"reliability": agreement, "truth_cpu_seconds": round(made.cpu_seconds, 1)}
        causes = dict(made.causes)
        print_json(envelope("synth", rows, about=head, causes=causes, parameters=world.given, **truth))
        return
    show_table(("table", "rows"), [(r["table"], r["rows"]) for r in rows])
    if agreement:
        show_table(
            ("as_of", "truth", "split-half rank correlation"), [tuple(row.values()) for row in agreement]
        )
        session.talk.say(f"truth by re-simulation: {made.cpu_seconds:.0f} CPU seconds")
    session.talk.say(described(made))
    session.talk.say(f"content hash: {made.content_hash}")
    say_synthetic(session, True)


def write_page(folder: Path, page: Path) -> None:
    """Show a world's shape against what the literature reports, in one HTML page."""
    from supplyrisk.loaders.synthetic import read_facts  # noqa: PLC0415
    from supplyrisk.web import render_world  # noqa: PLC0415 - only where it is asked for

    text = render_world(read_facts(folder))
    write_atomically(page, lambda out: out.write(text.encode()))


def simulate(session: Session, out: Path, world: World) -> SynthSummary:
    """Write a synthetic data set."""
    asked = world.given
    with session.talk.progress() as step:
        step("simulating", 0, 0)
        return synthesize(out, **asked)  # type: ignore[arg-type]


def parse_dirt(given: Sequence[str]) -> dict[str, float]:
    """KIND or KIND=SHARE, as shares by kind.

    Raises
    ------
    Usage: a share that is no number.
    """
    found: dict[str, float] = {}
    for text in given:
        kind, _, share = text.partition("=")
        try:
            found[kind] = float(share) if share else DIRT_SHARE
        except ValueError as fault:
            raise usage(f"--dirt {text!r}; expected KIND or KIND=SHARE, such as duplicates=0.01") from fault
    return found


def described(made: SynthSummary) -> str:
    """What is in it, in one line."""
    causes = ", ".join(
        f"{count} by {cause.replace('_', ' ')}" for cause, count in made.causes.items() if count
    )
    rate = f"{made.yearly_default_rate:.1%} a year"
    alone = f"{made.without_contagion} firms would have failed without contagion"
    return f"{made.first} to {made.end}: {made.defaults} defaults, {rate} ({causes}); {alone}"
