"""The mappings that come with scgraph: each is readable, described in a line, and has a section in docs/mappings.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import mapping_names, mapping_text, read_mapping

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))


def test_the_page_has_a_section_for_each_mapping_in_their_order() -> None:
    assert tuple(SECTIONS) == mapping_names()


@pytest.mark.parametrize("name", mapping_names())
def test_a_mapping_is_readable_and_described(name: str) -> None:
    mapping = read_mapping(name)
    assert mapping.sources
    assert mapping.name
    assert 20 < len(mapping.description) <= 110
    # some need an edit before they are of use
    assert re.search(rf"^    scgraph .*--(mapping|from) {name}$", SECTIONS[name], flags=re.MULTILINE)


def test_the_text_of_a_mapping_is_that_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "copy.toml").write_text(mapping_text("smesd"), encoding="utf-8")
    assert read_mapping(tmp_path / "copy.toml") == read_mapping("smesd")
    # template.toml documents the keys of mappings and is none that can be used
    with pytest.raises(DataError, match=r"no mapping template comes with scgraph; expected one of .*smesd"):
        mapping_text("template")
