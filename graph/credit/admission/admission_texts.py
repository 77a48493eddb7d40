"""Texts of scenarios and admissions in both languages: `graph/texts/admissions.toml`."""

from __future__ import annotations

from collections.abc import Sequence

from supplyrisk.graph.credit.admission.scenario_policy import PolicyScenario, ScenarioTerms
from supplyrisk.graph.texts.figures import fill, money
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts

_JOINTS = {"en": ", ", "zh": "、"}


def admission_words(key: str, /, **values: object) -> Words:
    """Return a text such as "note.EXPIRED" in both languages with its figures."""
    return Words(*(_text(key, language, values) for language in LANGUAGES))


def _text(key: str, language: str, values: dict[str, object]) -> str:
    figures = {n: v.in_language(language) if isinstance(v, Words) else v for n, v in values.items()}
    return fill(read_texts("supplyrisk.graph.texts", "admissions", language)[key], **figures)


def scenario_words(scenario: PolicyScenario) -> Words:
    """Return the name of a scenario; in Chinese the same where it has none of its own."""
    return Words(scenario.name, scenario.name_zh or scenario.name)


def facts_words(facts: Sequence[str]) -> Words:
    """Return facts of conditions, such as "the industry, the region"."""
    return _joined([admission_words(f"fact.{name}") for name in facts])


def terms_words(terms: ScenarioTerms) -> Words:
    """Return the keys that terms set, with their values."""
    parts = []
    if terms.by_grade:
        caps = " ".join(f"{grade} {money(cap)}" for grade, cap in terms.by_grade.items())
        parts.append(admission_words("key.by_grade", value=caps))
    for name, value in terms:
        if name != "by_grade" and value is not None:
            parts.append(admission_words(f"key.{name}", value=value))
    return _joined(parts) if parts else admission_words("key.none")


def _joined(parts: Sequence[Words]) -> Words:
    return Words(*(_JOINTS[lang].join(part.in_language(lang) for part in parts) for lang in LANGUAGES))
