"""Strict TOML: every fault of a file is reported at once, with its place and what is expected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from supplyrisk.graph import DataError
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.schema.settings import Settings
from supplyrisk.graph.schema.strict_toml import (
    Share,
    StrictTable,
    Texts,
    fault_texts,
    parse_toml,
    read_toml,
)
from supplyrisk.graph.stress import AddSupplier, ScenarioPlan, ScenarioStep
from supplyrisk.loaders import Mapping
from supplyrisk.loaders.mappings.mapping import SourceMap


class Entry(StrictTable):
    share: Share
    words: Texts = ()

    @classmethod
    def table_faults(cls, values: Any, keys: Any) -> list[str]:
        return ["share and words exclude each other"] if {"share", "words"} <= set(keys) else []


class Whole(StrictTable):
    name: str = Field(description="a name")
    entry: Annotated[tuple[Entry, ...], Field(strict=False)] = ()
    by_word: dict[str, Share] = Field(default_factory=dict)


def test_all_faults_of_a_file() -> None:
    text = """
    nam = 1
    entry = [{ share = 2, words = "a" }, { shares = 1 }, 3]
    by_word = { a = true, b = 0 }
    """
    with pytest.raises(DataError) as fault:
        parse_toml(text, Whole, "x.toml")
    assert str(fault.value).split("; ") == [
        "x.toml: no name, expected a name",
        "entry 1: share is 2, expected a share from 0 to 1",
        "entry 1: words is 'a', expected a list of texts",
        "entry 1: share and words exclude each other",
        "entry 2: no share, expected one",
        "entry 2: unknown key shares, did you mean share?",
        "entry 3 is 3, expected a table",
        "by_word.a is True, expected a share from 0 to 1",
        "unknown key nam, did you mean name?",
        "correct the file",
    ]


def test_a_file_without_faults(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('name = "x"\nentry = [{ share = 1 }]\n')
    assert read_toml(tmp_path / "x.toml", Whole, "x") == Whole(name="x", entry=(Entry(share=1.0),))
    (tmp_path / "x.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(DataError, match=r"x cannot be read.*a TOML file in UTF-8"):
        read_toml(tmp_path / "x.toml", Whole, "x")


SHAPES = (Whole, Mapping, SourceMap, Policy, Settings, ScenarioPlan, ScenarioStep, AddSupplier)
VALUES = st.recursive(
    st.booleans() | st.integers(-2, 2) | st.floats() | st.sampled_from(["", "a", "firms", "\n"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_table_is_read_or_every_unknown_key_is_named(
    shape: type[StrictTable], data: st.DataObject
) -> None:
    known = [field.alias or name for name, field in shape.model_fields.items()]
    keys = st.sampled_from(known) | st.text("abcxyz_", min_size=1, max_size=5)
    content = data.draw(st.dictionaries(keys, VALUES, max_size=4))
    unknown = content.keys() - set(known)
    try:
        shape.model_validate(content)
    except ValidationError as error:
        texts = fault_texts(error)
        assert texts
        assert all("expected" in text or "did you mean" in text for text in texts)
        assert {key for key in unknown if any(f"unknown key {key}," in text for text in texts)} == unknown
    else:
        assert not unknown
