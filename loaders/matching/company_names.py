"""Names and addresses of firms in one spelling.

上海华盛贸易有限公司 and 上海市華盛貿易有限責任公司 have the same parts; 北京华盛贸易有限公司 has another place.
The words are in name_parts.toml; what none of its lists has is the brand.
"""

from __future__ import annotations

import re

from supplyrisk.loaders.matching.chinese_names import split_chinese
from supplyrisk.loaders.matching.latin_names import split_latin
from supplyrisk.loaders.matching.name_parts import NameParts
from supplyrisk.loaders.matching.name_words import address_words, name_words
from supplyrisk.loaders.matching.text_folding import folded, is_chinese, words_of

_SPACE_BESIDE_WORDS = re.compile(r"(?<!\d)\s+|\s+(?!\d)")


def split_name(name: str) -> NameParts:
    """Return the parts of a firm's name."""
    text = folded(name)
    return split_chinese(text, name_words()) if is_chinese(text) else split_latin(text, name_words())


def normalised_address(address: str) -> str:
    """Return an address without what is written in several ways: empty where nothing is left."""
    text = folded(address)
    words = address_words()
    if is_chinese(text):
        text = "".join(c if c.isalnum() else " " for c in text)
        for word in words.chinese_left_out:
            text = text.replace(word, " ")
        # only the space between two numbers says something
        return _SPACE_BESIDE_WORDS.sub("", text.strip())
    parts = [_short_word(word) for word in words_of(text.replace("-", " "))]
    return " ".join(part for part in parts if part not in words.left_out)


def _short_word(word: str) -> str:
    words = address_words()
    if word in words.words:
        return words.words[word]
    ending = next((e for e in words.endings if word.endswith(e)), None)
    return word.removesuffix(ending) + words.endings[ending] if ending else word
