"""A draft as the text of a mapping file, with the evidence beside each key."""

from __future__ import annotations

from collections.abc import Iterable

from supplyrisk.loaders.drafting.draft_keys import DraftKey, DraftSource, MappingDraft
from supplyrisk.loaders.mappings.toml_text import toml_key, toml_value

_HEAD = """\
# Drafted by scgraph init from the files of this folder. What shows each key stands beside it; DOUBT marks what you
# have to decide: where two readings fit, the key is commented out. docs/mapping.md explains every key.
"""
_WIDTH = 118
_EVIDENCE_COLUMN = 40


def draft_text(draft: MappingDraft) -> str:
    """Return the text of a mapping file."""
    lines = [_HEAD]
    if draft.shipped:
        names = ", ".join(draft.shipped)
        lines += [*_comment(f"scgraph comes with a mapping for such files (--mapping NAME): {names}"), ""]
    lines += _key_lines(draft.keys)
    for source in draft.sources:
        lines += ["", *_source_lines(source)]
    if draft.left_out:
        lines += ["", "# Files that feed no table:"]
        lines += [line for file, reason in draft.left_out for line in _comment(f"{file}: {reason}", "#   ")]
    return "\n".join(lines) + "\n"


def _source_lines(source: DraftSource) -> list[str]:
    lines = ["[[source]]", f"file = {toml_value(source.file)}"]
    lines.append(_with_evidence(f"table = {toml_value(source.table)}", source.reason))
    lines += _key_lines(source.keys)
    if source.unknown:
        lines += _comment(f"columns that feed nothing: {', '.join(source.unknown)}")
    for name in source.missing:
        lines += _comment(f"MISSING: {name} is required, and no column of the file fits it")
    lines.append("[source.columns]")
    lines += _key_lines(source.columns)
    for column, keys in source.column_formats.items():
        lines.append(f"[source.column_format.{toml_key(column)}]")
        lines += _key_lines(keys)
    return lines


def _key_lines(keys: Iterable[DraftKey]) -> list[str]:
    lines = []
    for key in keys:
        if key.doubt:
            lines += _comment(f"DOUBT: {key.doubt}")
        text = f"{toml_key(key.name)} = {toml_value(key.value)}"
        lines.append(_with_evidence(text if key.is_set else f"# {text}", key.evidence))
    return lines


def _with_evidence(text: str, evidence: str) -> str:
    return f"{text.ljust(_EVIDENCE_COLUMN)} # {_one_line(evidence)}" if evidence else text


def _comment(text: str, start: str = "# ") -> list[str]:
    """Return a text as comments of a readable width."""
    lines = [start]
    for word in _one_line(text).split(" "):
        if len(lines[-1]) + len(word) > _WIDTH and lines[-1].strip() != start.strip():
            lines.append(start.replace("#", "#  ") if start == "# " else start)
        lines[-1] += word if lines[-1] in (start, start.replace("#", "#  ")) else f" {word}"
    return lines


def _one_line(text: str) -> str:
    """Return a text without what would end a comment or break TOML: line ends and control characters."""
    return "".join(char if char.isprintable() else " " for char in text)
