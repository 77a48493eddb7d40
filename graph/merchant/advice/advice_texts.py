"""The texts of advice, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from supplyrisk.graph.merchant.advice.advice_kinds import SIMULATED, AdviceEffect, AdviceTexts
from supplyrisk.graph.texts.figures import fill, money, number
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts

_MONEY = ("amount", "cautious", "floor", "low", "high", "usual", "spend", "more", "more_low", "more_high")


def advice_words(key: str, values: Mapping[str, object] | None = None) -> Words:
    """Return a text of advice in both languages, with its values."""
    texts = (read_texts("supplyrisk.graph.texts", "advice", language)[key] for language in LANGUAGES)
    return Words(*(fill(text, **(values or {})) for text in texts))


def advice_texts(
    kind: str,
    effects: Sequence[AdviceEffect],
    values: Mapping[str, object],
    currency: str | None,
    *,
    text: str = "text",
) -> AdviceTexts:
    """Return the texts of a piece of advice.

    Parameters
    ----------
    values: what the texts of the kind say; amounts of money get their currency here.
    text: which text of the kind says what to do.
    """
    ready = {
        name: money(value, currency) if name in _MONEY else value  # type: ignore[arg-type]
        for name, value in values.items()
    }
    parts = [_effect_words(kind, effect, currency) for effect in effects]
    return AdviceTexts(
        title=advice_words(f"{kind}.title"),
        text=advice_words(f"{kind}.{text}", ready),
        effect=Words(" ".join(part.en for part in parts), "".join(part.zh for part in parts)),
        refuted_by=advice_words(f"{kind}.refuted_by", ready),
    )


def _effect_words(kind: str, effect: AdviceEffect, currency: str | None) -> Words:
    bounds = {"estimate": effect.estimate, "low": effect.low, "high": effect.high}
    if effect.of == "sales":
        values = {name: money(value, currency) for name, value in bounds.items()}
    else:
        values = {
            name: number(None if value is None else 100 * value, signed=True)
            for name, value in bounds.items()
        }
    key = f"{kind}_simulated" if effect.basis == SIMULATED else f"{effect.basis}_{effect.of}"
    return advice_words(f"effect.{key}", values)
