"""What counts as a difference between the output of two versions: everything but the wording of sentences."""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOT_COMPARED = (
    (
        r"/audit-\d+ \$\.(at|previous|payload|salt)$",
        "an entry of the record says when it was written; so do hashes over it",
    ),
    (r"/audit/(payloads/)?\d+\.json \$\.(at|previous|payload|salt)$", "the same entry as a file"),
    (r"/audit-verify \$\.last$", "the hash of the last entry, which covers the time and sentences"),
    (r"/graph/[^ ]*\.kgl \$", "the graph store's own binary; queries and store info show what it holds"),
    (
        r"/query-list \$\.rows\[\d*\]\.columns\[\d*\]\.meaning$",
        "the meaning of a query's column is prose, also where it has only two words",
    ),
    (r"\.lock-owner \$", "the process that held the graph store"),
)
"""Places (step or file, then JSON path) where the two sides are not compared, each with the reason."""
ADDED = (
    (
        r"\.(pd_(30|90|180|360|lifetime)|term_observed_days)$",
        "PDs by term: columns of scores and properties of firms beside the PD over the horizon",
    ),
    (
        r"/(score|explain)\b[^ ]* \$(\.rows\[\d*\])?\.terms$",
        "what PDs by term rest on, and a firm's table by term",
    ),
    (r" \$\.expert$", "whether an expert model scored; no earlier version had one"),
)
"""Places of keys that only the new side has, each with the reason."""
NORMALISED = (
    # trees.py and contents.py replace the folder in which the commands ran: each side has one of its own.
    (
        r"(audit/\d+)-[0-9a-f]{64}",
        r"\1",
        "a name of an entry of the record: the hash covers the time and sentences",
    ),
)
"""What is replaced in file names before they are compared, each with the reason."""
STRICT = re.compile(r"/models/(?!.*card\.)|\.(sh|cypher) \$")
"""Files whose texts are never sentences: LightGBM's trees are text of many words, and so are statements."""
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
WORDS = 3
"""From so many words on a text is a sentence."""


@dataclass(frozen=True)
class Aliases:
    """Agreed renames, from the old name to the new one: of JSON keys, of values, of files, of command-line words."""

    keys: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def read(path: Path) -> Aliases:
        """The aliases of a JSON file."""
        return Aliases(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Difference:
    """One place where the two versions differ."""

    place: str
    old: object
    new: object

    def __str__(self) -> str:
        return f"{self.place}\n    old {_short(self.old)}\n    new {_short(self.new)}"


@dataclass
class Comparison:
    """Compares documents and collects what differs.

    data_values: texts that come from the data and are never sentences, such as the names of firms. warnings: places
    where a sentence has other numbers, or keys have another order, which is no difference.
    """

    aliases: Aliases = field(default_factory=Aliases)
    data_values: Collection[str] = frozenset()
    differences: list[Difference] = field(default_factory=list)
    warnings: list[Difference] = field(default_factory=list)

    def compare(self, document: str, old: object, new: object) -> int:
        """Compare two documents and return how many differences there are; document names them."""
        before = len(self.differences)
        self._compare(document, "$", old, new)
        return len(self.differences) - before

    def _compare(self, document: str, path: str, old: Any, new: Any) -> None:
        place = f"{document} {path}"
        if any(re.search(pattern, place) for pattern, _ in NOT_COMPARED):
            return
        if type(old) is not type(new):
            self.differences.append(Difference(place, old, new))
        elif isinstance(old, dict):
            self._compare_objects(document, path, old, new)
        elif isinstance(old, list):
            self._compare_lists(document, path, old, new)
        elif isinstance(old, str):
            self._compare_texts(place, old, new)
        elif not _same_bits(old, new):
            self.differences.append(Difference(place, old, new))

    def _compare_objects(self, document: str, path: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        place = f"{document} {path}"
        pairs = {key: self._new_key(key, old, new) for key in old}
        for key in sorted(set(new) - set(pairs.values())):
            if any(re.search(pattern, f"{place}.{key}") for pattern, _ in ADDED):
                continue
            self.differences.append(Difference(f"{place}.{key}", "(no such key)", new[key]))
        for old_key, new_key in pairs.items():
            if new_key in new:
                self._compare(document, f"{path}.{old_key}", old[old_key], new[new_key])
            else:
                self.differences.append(Difference(f"{place}.{old_key}", old[old_key], "(no such key)"))
        if list(pairs.values()) != list(new) and set(pairs.values()) == set(new):
            self.warnings.append(Difference(f"{place} order of keys", list(old), list(new)))

    def _new_key(self, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
        alias = self.aliases.keys.get(key, key)
        return alias if alias in new and alias not in old else key

    def _compare_lists(self, document: str, path: str, old: list[Any], new: list[Any]) -> None:
        if len(old) != len(new):
            place = f"{document} {path} length"
            self.differences.append(Difference(place, len(old), len(new)))
        for number, (old_item, new_item) in enumerate(zip(old, new, strict=False)):
            self._compare(document, f"{path}[{number}]", old_item, new_item)

    def _compare_texts(self, place: str, old: str, new: str) -> None:
        if new in (old, self.aliases.values.get(old, old)):
            return
        if STRICT.search(place) or not new or not self.is_sentence(old):
            self.differences.append(Difference(place, old, new))
        elif _numbers(old) != _numbers(new):
            self.warnings.append(Difference(f"{place} numbers in a sentence", old, new))

    def is_sentence(self, text: str) -> bool:
        """Whether the wording may change: three words or Chinese, and no value of the data."""
        return text not in self.data_values and (
            len(text.split()) >= WORDS or CHINESE.search(text) is not None
        )


def normalised_name(name: str) -> str:
    """The name of a file without what differs from run to run."""
    for pattern, replacement, _ in NORMALISED:
        name = re.sub(pattern, replacement, name)
    return name


def _same_bits(old: object, new: object) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return struct.pack("<d", old) == struct.pack("<d", new) or (old != old and new != new)  # noqa: PLR0124
    return old == new


def _numbers(text: str) -> Counter[str]:
    return Counter(NUMBER.findall(text))


def _short(value: object, most: int = 300) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= most else f"{text[:most]}..."
