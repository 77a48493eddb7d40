"""Make a synthetic world: a supply chain whose contagion is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph import RequestError
from supplyrisk.graph.schema.aliases import HOMOPHILY
from supplyrisk.graph.texts.figures import percent
from supplyrisk.loaders.synthetic import SynthSummary, WorldFacts, read_facts, synthesis_stages, synthesize
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import JobProgress, plan_stages, silent

FAULT_SHARE = 0.01
"""Share of rows that a kind of data fault spoils unless a share is given."""
FRAUD_SHARE = 0.02
"""Share of sellers that book a kind of fabricated trade unless a share is given."""


@dataclass(frozen=True)
class SynthResult:
    """A synthetic world; parameters: those that were given, by their stored names."""

    summary: SynthSummary
    parameters: Mapping[str, object]

    @property
    def description(self) -> str:
        """Days, defaults by cause, and how many firms would have failed without contagion, in one line."""
        summary = self.summary
        causes = ", ".join(
            f"{count} by {cause.replace('_', ' ')}" for cause, count in summary.causes.items() if count
        )
        rate = f"{percent(summary.yearly_default_rate, 1)} a year"
        alone = f"{summary.without_contagion} firms would have failed without contagion"
        return f"{summary.first} to {summary.end}: {summary.defaults} defaults, {rate} ({causes}); {alone}"

    def to_json(self) -> Document:
        """The world as a JSON document, a row per table."""
        summary = self.summary
        about: Document = {
            "as_of": summary.end,
            "synthetic": True,
            "folder": summary.folder,
            "first": summary.first,
            "defaults": summary.defaults,
            "yearly_default_rate": summary.yearly_default_rate,
            "defaults_without_contagion": summary.without_contagion,
            "content_hash": summary.content_hash,
        }
        rows = [{"table": name, "rows": count} for name, count in summary.rows.items()]
        return document(
            "synth",
            rows,
            about=about,
            causes=summary.causes,
            parameters=self.parameters,
            reliability=summary.reliability,
            truth_cpu_seconds=round(summary.cpu_seconds, 1),
        )


def synth(
    out: str | Path,
    *,
    preset: str | None = None,
    firms: int | None = None,
    weeks: int | None = None,
    seed: int = 7,
    contagion: float | None = None,
    homophily: float | None = None,
    supplies_rows: int | None = None,
    replicas: int | None = None,
    grain: str | None = None,
    faults: Mapping[str, float] | None = None,
    fraud: Mapping[str, float] | None = None,
    file_format: str = "parquet",
    progress: JobProgress = silent,
) -> SynthResult:
    """Write a synthetic world into a new folder; None leaves a parameter to the preset or its default.

    Parameters
    ----------
    out: the folder. preset: a world by name. firms, weeks: its size. contagion: strength of what passes along links.
    homophily: how similar firms of one industry and region are, 0 to 1. supplies_rows: about how many trades.
    replicas: re-simulations for the truth about every firm. grain: "week" or "month". faults: shares of rows to spoil,
    by kind. fraud: shares of sellers that book fabricated trade, by kind. file_format: "parquet" or "csv".

    Raises
    ------
    DataError: the folder is not empty. ValueError: a parameter is out of range.
    """
    arguments = {
        "firms": firms,
        "weeks": weeks,
        "seed": seed,
        "contagion": contagion,
        HOMOPHILY: homophily,
        "supplies_rows": supplies_rows,
        "format": file_format,
        "preset": preset,
        "replicas": replicas,
        "grain": grain,
        "dirt": dict(faults or {}),
        "fraud": dict(fraud) if fraud else None,
    }
    parameters = {name: value for name, value in arguments.items() if value is not None}
    plan_stages(progress, synthesis_stages(**parameters))  # type: ignore[arg-type]
    summary = synthesize(Path(out), progress=progress, **parameters)  # type: ignore[arg-type]
    return SynthResult(summary, parameters)


def world_facts(folder: str | Path) -> WorldFacts:
    """The shape of a synthetic world, read from its files: what its page shows beside the literature's figures."""
    return read_facts(Path(folder))


def fault_shares(
    texts: Sequence[str], option: str = "--dirt", example: str = "duplicates=0.01", share: float = FAULT_SHARE
) -> dict[str, float]:
    """Shares by kind of data fault, or of fraud, from KIND or KIND=SHARE.

    Parameters
    ----------
    texts: values of an option. option, example: its name and a value, for messages. share: where none is given.

    Raises
    ------
    RequestError: a share that is no number.
    """
    shares: dict[str, float] = {}
    for text in texts:
        kind, _, stated = text.partition("=")
        try:
            shares[kind] = float(stated) if stated else share
        except ValueError as error:
            raise RequestError(f"{option} {text!r}", f"KIND or KIND=SHARE, such as {example}") from error
    return shares
