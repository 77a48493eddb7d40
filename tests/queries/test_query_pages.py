"""The pages about the query library are what the headers, the rules and the stores say."""

from __future__ import annotations

import pytest

from query_page_text import cypher_page
from query_pages import DOCS, pages
from supplyrisk.queries import list_queries

TOPICS = sorted({query.topic for query in list_queries()})


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_s_page_is_up_to_date(made: dict[str, str], topic: str) -> None:
    page = DOCS / "queries" / f"{topic}.md"
    assert page.is_file() and page.read_text(encoding="utf-8") == made[topic], (
        "run python tests/support/query_pages.py"
    )


def test_there_is_a_page_for_every_topic_and_no_other() -> None:
    assert sorted(path.stem for path in (DOCS / "queries").glob("*.md")) == TOPICS


@pytest.mark.parametrize("topic", ["exposure", "concentration"])
def test_every_query_has_an_example_with_rows(made: dict[str, str], topic: str) -> None:
    for query in list_queries():
        if query.topic == topic:
            section = made[topic].partition(f"\n## {query.name}\n")[2].partition("\n## ")[0]
            rows = section.partition("    scgraph query run ")[2].splitlines()[4:]
            assert rows and rows[0].startswith("| "), query.name


def test_the_page_on_portable_cypher_is_up_to_date() -> None:
    page = (DOCS / "cypher.md").read_text(encoding="utf-8")
    assert page == cypher_page(), "run python tests/support/query_page_text.py > docs/cypher.md"
