"""The record of a feature: everything that the project knows about one column of the firm frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field, fields, replace

MAIN_WINDOW = 180
"""Days of the window that rates and trends are computed over."""

WINDOWS = (30, 60, MAIN_WINDOW)
"""Windows in days of the features that are given at several windows."""

SOLVENCY = 1.0
"""Log-odds over half the range of ranks for a measure of solvency.

That is from the median firm to the worst one where values are spread evenly; where most firms share the best value,
twice that.
"""
SIZE = 0.6
"""The same for all that a firm ever sold: small and young firms default more often."""
CONDUCT = 0.3
"""The same for a measure of conduct: how a firm pays, sells and delivers."""
MODEST = 0.15
"""The same for a measure that credit practice reads as a weak sign only."""


@dataclass(frozen=True)
class Feature:
    """One column of the firm frame.

    The first eight fields are stored with a snapshot (`to_json`), and two features are equal where these are. A feature
    that is read back from a store has no others; texts and priors are therefore looked up by name in the register.

    Parameters
    ----------
    name: column name.
    meaning: description for people, often a formula.
    unit: "money", "days", "share", "ratio", ...; empty for categories.
    direction: +1 where a larger value is riskier, -1 where it is safer, 0 where that is unknown.
    source: the table that it is computed from.
    window: days looked back, None for everything known.
    kind: "number" (default), or "category" (text; several words joined by |).
    zero_filled: whether a data set without this column counts as 0, as long as `source` is present (event counts).
    sql: aggregate over the rows of its family, by firm; empty for base columns of the frame and for counts of events.
    without_rows: SQL of the value of a firm without rows; None: missing.
    needs_days: whether it compares days with as_of or depends on the order in time, so that undated data lack it.
    needs_labels: whether only data whose outcomes are known by a day have it (see `history`).
    also_needs: a second table without which the feature is left out.
    has_peers: whether the frame also has the firm's percentile among its peers, named `<name>_peers`.
    prior: log-odds from the middle rank to the rank of the riskiest value that credit practice expects (SOLVENCY,
        SIZE, CONDUCT, MODEST); 0 for none. Prior of the trained model and of the expert scorecard.
    scorecard: the same for features that only the expert scorecard has a prior on.
    en, zh: how reasons name it, without its window; an empty `en` stands for `meaning`.
    """

    name: str
    meaning: str
    unit: str
    direction: int
    source: str
    window: int | None
    kind: str = "number"
    zero_filled: bool = False
    _: KW_ONLY
    sql: str = field(default="", compare=False)
    without_rows: str | None = field(default=None, compare=False)
    needs_days: bool = field(default=False, compare=False)
    needs_labels: bool = field(default=False, compare=False)
    also_needs: str | None = field(default=None, compare=False)
    has_peers: bool = field(default=False, compare=False)
    prior: float = field(default=0.0, compare=False)
    scorecard: float = field(default=0.0, compare=False)
    en: str = field(default="", compare=False)
    zh: str = field(default="", compare=False)

    @property
    def base_name(self) -> str:
        """The name without its window, as in `sales` for `sales_30`."""
        return self.name.removesuffix(f"_{self.window}")

    def to_json(self) -> dict[str, object]:
        """Return the fields that are stored with a snapshot."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.compare}


@dataclass(frozen=True)
class FeatureFamily:
    """Features that one query computes from the same rows.

    Parameters
    ----------
    rows: a relation in SQL with a column firm_id.
    features: the features, in the order of the frame.
    """

    rows: str
    features: tuple[Feature, ...]


def at_windows(feature: Feature, windows: Sequence[int] = WINDOWS) -> tuple[Feature, ...]:
    """Return a feature at several windows in days, which replace {window} in its SQL and end its names."""
    return tuple(
        replace(
            feature,
            name=f"{feature.name}_{days}",
            window=days,
            sql=feature.sql.replace("{window}", str(days)),
            # One measure counts once: only its main window has a prior and peers.
            prior=feature.prior if days == MAIN_WINDOW else 0.0,
            scorecard=feature.scorecard if days == MAIN_WINDOW else 0.0,
            has_peers=feature.has_peers and days == MAIN_WINDOW,
        )
        for days in windows
    )
