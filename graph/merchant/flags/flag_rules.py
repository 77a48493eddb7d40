"""Kinds of flags as data: how fast each decays, and when it expires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from supplyrisk.graph.merchant.dips import DipRules
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts


@dataclass(frozen=True)
class FlagKind:
    """A kind of flag.

    half_life_days: after so many days without new evidence its strength is a half. expiry_days: from so many days after
    the last evidence it is gone; evidence that comes later begins a new flag.
    """

    half_life_days: float
    expiry_days: int


FLAG_KINDS: Mapping[str, FlagKind] = MappingProxyType(
    {
        "overdue": FlagKind(30, 120),
        "disputes": FlagKind(30, 90),
        "sales_drop": FlagKind(30, 90),
        "customer_lost": FlagKind(60, 180),
        "supplier_lost": FlagKind(60, 180),
        "score_drop": FlagKind(30, 90),
    }
)
"""Kinds by name: purchases paid late or loans past due; a jump of disputes; a fall of sales that is not temporary;
a main customer or supplier that stopped trading; a PD that rose by a factor from one scored day to the next."""


@dataclass(frozen=True)
class FlagRules:
    """From where on something is evidence for a flag.

    Parameters
    ----------
    late_days: days after its due day from which a purchase is paid late.
    overdue_share: least share of the purchases due within the last 360 days that was paid late or not at all.
    dispute_weeks: weeks over which disputes are counted; `dips.least_disputes` and `dips.dispute_factor` decide.
    least_trade_weeks: weeks with a trade, of the 26 before the last one, that a main partner has at least.
    pd_factor, pd_least: factor of a rise of the PD, and floor of the PDs that are compared, as in `AlertBounds`.
    dips: bounds of dips, and the share of trade and the silence of a main partner.
    """

    late_days: int = 7
    overdue_share: float = 0.05
    dispute_weeks: int = 4
    least_trade_weeks: int = 6
    pd_factor: float = defaults.PD_FACTOR
    pd_least: float = defaults.WATCH_PD
    dips: DipRules = field(default_factory=DipRules)


def flag_words(kind: str, part: str) -> Words:
    """Return a text of a kind of flag in both languages; part: "name", or "shop", a sentence for the shop."""
    return Words(
        *(read_texts("supplyrisk.graph.texts", "flags", lang)[f"{kind}.{part}"] for lang in LANGUAGES)
    )
