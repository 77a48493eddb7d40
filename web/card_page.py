"""A model card as one HTML page: no script, nothing fetched, figures as inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from supplyrisk.graph.schema.aliases import CANDIDATE, CANDIDATES, VALIDATION_DATES
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE
from supplyrisk.graph.schema.few_failures import (
    TOO_FEW,
    TOO_FEW_FAILURES,
    failed_firms_of,
    failed_firms_text,
    too_few_failures,
    too_few_text,
)
from supplyrisk.graph.texts.figures import percent
from supplyrisk.services import METRIC_LABELS, SYNTHETIC_MODEL
from supplyrisk.web.calibration_figure import calibration_figure

Card = Mapping[str, Any]

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
section{margin:2rem 0}svg{background:#fafafa;border:1px solid #ddd}.said{color:#555}
table{border-collapse:collapse;font-size:.9rem}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}.best{font-weight:bold}.warn{background:#fff3cd;padding:.6rem 1rem}"""
TESTED_METRICS = ("auc", "pr_auc", "brier")
"""Metrics that candidates are compared by in paired tests."""
SEGMENT_METRICS = ("auc", "pr_auc", "brier", "ece")
MAX_COLUMNS = 20
"""Columns in the table of drift."""


def render_model_card(card: Card) -> str:
    """The page of a card that `evaluate` wrote, complete in itself."""
    title = f"Model card: {card['model']}"
    sections = (
        _verdict,
        _metrics,
        _paired_tests,
        _calibration,
        _segments,
        _drift,
        _stability,
        _deletion_and_dip,
        _training,
    )
    body = "".join(section(card) for section in sections)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>\n"
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]], champion: object = None) -> str:
    """A table; the row that begins with the champion's name is in bold."""
    head = "".join(f"<th>{escape(column)}" for column in columns)
    lines = []
    for row in rows:
        style = " class=best" if row[0] == champion else ""
        cells = "".join(f"<td>{escape(_cell(value))}" for value in row)
        lines.append(f"<tr{style}>{cells}")
    return f"<table><tr>{head}{''.join(lines)}</table>"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _interval(estimate: Mapping[str, float] | None, sign: str = "") -> str | None:
    """An estimate with its interval, and its p value where it has one; sign "+" shows the sign of differences."""
    if estimate is None:
        return None
    p_value = f", p {estimate['p']:.3f}" if "p" in estimate else ""
    interval = f"[{estimate['low']:{sign}.3f}, {estimate['high']:{sign}.3f}]"
    return f"{estimate['value']:{sign}.3f} {interval}{p_value}"


def _section(title: str, text: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p class=said>{escape(text)}</p>{body}</section>"


def _verdict(card: Card) -> str:
    """The card in words, and a warning where the data are synthetic."""
    warning = ""
    if card["synthetic"]:
        warning = '<p class="warn">Synthetic data: this shows nothing about real firms.</p>'
    elif card.get("synthetic_model"):
        warning = f'<p class="warn">{escape(_sentence(SYNTHETIC_MODEL))}</p>'
    lines = "".join(f"<li>{escape(line)}" for line in card["verdict"])
    if card.get("expert"):
        warning += f'<p class="warn">{escape(_sentence(EXPERT_NOTE))}</p>'
    return f"{warning}<section><h2>Verdict</h2><ul>{lines}</ul></section>"


def _few(card: Card) -> str:
    """A warning where the metrics rest on too few failures."""
    failed = failed_firms_of(card)
    return (
        f'<p class="warn">{escape(_sentence(too_few_text(failed)))}</p>' if too_few_failures(failed) else ""
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _metrics(card: Card) -> str:
    """The metrics of all candidates on the same rows."""
    rows = []
    for row in card[CANDIDATES]:
        metrics = row["metrics"] or {}
        cells = [_interval(metrics.get(name)) for name in METRIC_LABELS]
        rows.append([row[CANDIDATE], *cells, failed_firms_text(failed_firms_of(card))])
    descriptions = "".join(
        f"<li>{escape(candidate)}: {escape(text)}" for candidate, text in card["what"].items()
    )
    text = (
        f"{card['rows']:,} rows of {card['firms']:,} firms; {card['failed']:,} rows of {failed_firms_of(card):,} firms "
        "failed; 95 % intervals by a bootstrap of whole firms. The champion is in bold."
    )
    table = _table(["", *METRIC_LABELS.values(), "failed firms"], rows, card["champion"])
    return _section("All candidates on the same rows", text, f"{_few(card)}{table}<ul>{descriptions}</ul>")


def _paired_tests(card: Card) -> str:
    """The difference of each candidate to the champion."""
    rows = [
        [row[CANDIDATE], *(_interval(row["against"][name], "+") for name in TESTED_METRICS)]
        for row in card[CANDIDATES]
        if row["against"]
    ]
    text = f"Each candidate's metric minus the champion's ({card['champion']}), by a paired bootstrap of whole firms."
    columns = ["", *(METRIC_LABELS[name] for name in TESTED_METRICS)]
    return _section("Paired tests", text, _few(card) + _table(columns, rows))


def _calibration(card: Card) -> str:
    """The champion's calibration curve, and the slope and intercept of every candidate."""
    rows = [[candidate, fit["slope"], fit["intercept"]] for candidate, fit in card["calibration"].items()]
    figure = calibration_figure(card["calibration"][card["champion"]]["curve"])
    text = (
        "Share of firms that failed by the champion's mean PD, in ten bins of equal size with 95 % intervals."
    )
    table = _table(["", "slope", "intercept"], rows, card["champion"])
    return _section("Calibration", text, _few(card) + figure + table)


def _segments(card: Card) -> str:
    """The champion's metrics by segment."""
    rows = []
    for segment in card["segments"]:
        metrics = segment["metrics"] or {}
        rows.append(
            [
                f"{segment['by']}: {segment['value']}",
                segment["rows"],
                segment["failed"],
                segment["mean_pd"],
                segment["failed_share"],
                failed_firms_text(failed_firms_of(segment)),
                *(_interval(metrics.get(name)) for name in SEGMENT_METRICS),
            ]
        )
    labels = [METRIC_LABELS[name] for name in SEGMENT_METRICS]
    text = (
        f"The champion by segment; no metrics where fewer than {TOO_FEW} firms failed ({TOO_FEW_FAILURES}) or fewer "
        f"than {TOO_FEW} did not."
    )
    columns = ["", "rows", "failed", "mean PD", "share failed", "failed firms", *labels]
    return _section("By segment", text, _table(columns, rows))


def _drift(card: Card) -> str:
    """The drift of the score and of the columns against the training data, by PSI."""
    columns = card["drift"]["columns"]
    rows = [
        [column["column"], column["psi"], column["missing_before"], column["missing_now"]]
        for column in columns[:MAX_COLUMNS]
    ]
    text = (
        f"Population stability index (PSI) against the training data: {card['drift']['score']:.3f} for the score; of "
        f"{len(columns)} columns, the {len(rows)} with the largest PSI are listed. Below .1 counts as stable, above "
        ".25 as shifted."
    )
    return _section("Drift", text, _table(["column", "PSI", "missing before", "missing now"], rows))


def _stability(card: Card) -> str:
    """The agreement of the ensemble's networks and of models with other seeds, and the placebos."""
    stability = card["stability"]
    over_seeds = stability["over_seeds"] or {}
    rows = [[part, value, over_seeds.get(part)] for part, value in stability["over_members"].items()]
    text = (
        f"Mean rank correlation of the network's parts between its {stability['members']} members, and between whole "
        f"models of {stability['seeds']} seeds. Caught is {percent(card['caught_share'], 1)} of all hazard "
        "by the network."
    )
    table = _table(["part", "members", "seeds"], rows)
    placebos = [
        [candidate, placebo["moved"], placebo["caught_share"]]
        for candidate, placebo in card["placebos"].items()
    ]
    if placebos:
        table += _table(["placebo", "links moved", "share of hazard caught"], placebos)
    return _section("Stability", text, table)


def _deletion_and_dip(card: Card) -> str:
    """The deletion test, and the short dip where one was injected."""
    deletion = card["deletion"]
    rows = [[kind, means["named"], means["random"]] for kind, means in deletion["by_kind"].items()]
    rows.append(["all", deletion["named"], deletion["random"]])
    text = (
        "Mean absolute change of the log hazard when a part of the data is deleted; "
        f"{deletion['firms']} firms, scored by {deletion[CANDIDATE]}."
    )
    table = _table(["deleted", "named by a reason", "random"], rows)
    section = _section("Deletion test", text, table)
    dip = card["dip"]
    if dip is None:
        return section
    text = (
        "Mean log ratio of the hazard with 14 bad days to the hazard without; "
        f"{dip['shops']} sound shops, scored by {dip[CANDIDATE]}."
    )
    excess = [list(pair) for pair in zip(dip["days"], dip["excess"], strict=True)]
    return section + _section("Short dip", text, _table(["days after", "excess"], excess))


def _training(card: Card) -> str:
    """Dates, data and settings of the training."""
    dates = card["training"].get("as_of", {})
    facts = {
        "training dates": ", ".join(dates.get("train", [])) or "undated",
        "validation dates": ", ".join(dates.get(VALIDATION_DATES, [])) or "undated",
        "evaluated as of": ", ".join(card["as_of"]) or "undated",
        "horizon, days": card["horizon_days"],
        "default kinds": ", ".join(card["default_kinds"]),
        "default from days past due": card.get("days_past_due") or "events only",
        "data": card["data"],
        "context": card["training"].get("context"),
    }
    facts |= {f"setting {name}": value for name, value in card["settings"].items()}
    return _section("Training", "", _table(["", ""], facts.items()))
