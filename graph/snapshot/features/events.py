"""Features from the events of a data set: counts of each kind, and of each word of their details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from supplyrisk.graph.snapshot.features.feature import MAIN_WINDOW, Feature
from supplyrisk.graph.texts.text_files import read_texts
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

FeatureColumns = list[tuple[Feature, pa.Array]]
"""Features with their columns, which have the row order of the firm frame."""

MAX_EVENT_WORDS = 300
"""Largest number of words of event details that become features; the most frequent ones do."""

# Rare words become columns too: training decides whether a word is frequent enough to learn from, and a firm's
# features in a small book must not depend on the other firms in it. The rank breaks ties by kind and word, so the
# cut at $most is deterministic.
_EVENT_COLUMNS = """
CREATE TEMP TABLE event_columns AS
SELECT row_number() OVER (ORDER BY kind, word NULLS FIRST) - 1 AS j, kind, word FROM (
    SELECT kind, word FROM happened GROUP BY kind, word
    QUALIFY word IS NULL OR row_number() OVER (ORDER BY count(*) DESC, kind, word) <= $most
)
"""

# Event kinds that count as defaults are the outcome itself and therefore no features. list_distinct counts a word
# that is repeated within one event's detail once. Events of unlisted firms decide about no word.
_HAPPENED = """
CREATE TEMP VIEW happened AS
WITH counted AS (
    SELECT firm_id, kind, detail, days_ago FROM known_events
    WHERE NOT list_contains(getvariable('defaults'), kind)
        AND firm_id NOT IN (SELECT firm_id FROM base WHERE unlisted)
)
SELECT firm_id, kind, NULL AS word, days_ago FROM counted
UNION ALL
SELECT firm_id, kind, word, days_ago FROM (
    SELECT * EXCLUDE (detail),
        unnest(list_distinct(list_transform(string_split(detail, '|'), lambda w: trim(w)))) AS word
    FROM counted
) WHERE word <> ''
"""

_EVENT_COUNTS = """
SELECT j, "row", CAST(count(*) AS DOUBLE) AS ever,
    CAST(count(*) FILTER (WHERE days_ago < 180) AS DOUBLE) AS recent
FROM happened JOIN event_columns c ON happened.kind = c.kind AND happened.word IS NOT DISTINCT FROM c.word
    JOIN base USING (firm_id)
GROUP BY j, "row" ORDER BY j, "row"
"""


def event_features(con: duckdb.DuckDBPyConnection, tables: Tables) -> FeatureColumns:
    """Return counts of each firm's events: per kind (in 180 days and ever), and per kind and word of the detail.

    A firm without events has 0, provided the data set has events at all; otherwise there are no such features.
    """
    if not tables.present("events"):
        return []
    con.execute(_HAPPENED)
    con.execute(_EVENT_COLUMNS, {"most": MAX_EVENT_WORDS})
    names = con.execute("SELECT kind, word FROM event_columns ORDER BY j").fetchall()
    counts = con.execute(_EVENT_COUNTS).fetchnumpy()
    firms = con.execute("SELECT count(*) FROM base").fetchall()[0][0]
    # Counts are sorted by j, the number of the event column: bounds[j] to bounds[j + 1] are its rows.
    bounds = np.searchsorted(counts["j"], np.arange(len(names) + 1))
    features: FeatureColumns = []
    for j, (kind, word) in enumerate(names):
        part = slice(bounds[j], bounds[j + 1])
        for feature, count_name in _event_definitions(kind, word, tables.info.undated):
            column = np.zeros(firms)
            column[counts["row"][part]] = counts[count_name][part]
            features.append((feature, pa.array(column)))
    return features


def event_meaning(kind: str, word: str | None, language: str) -> str:
    """Return what a count of events is of, with a word of the detail or None; kinds without a text keep their name."""
    texts = read_texts("supplyrisk.graph.texts", "reasons", language)
    event = texts.get(f"event.{kind}", kind)
    return texts["meaning.event_word" if word else "meaning.event"].format(event=event, word=word)


def _event_definitions(kind: str, word: str | None, undated: bool) -> list[tuple[Feature, str]]:
    """Return the features of one kind (and word) with the name of the count that fills each."""
    label = f"events_{kind}" if word is None else f"events_{kind}:{word}"
    meaning = event_meaning(kind, word, "en")
    ever = (Feature(label, f"{meaning}, ever", "events", 1, "events", None, zero_filled=True), "ever")
    if undated or word is not None:
        return [ever]
    recent = Feature(f"{label}_{MAIN_WINDOW}", meaning, "events", 1, "events", MAIN_WINDOW, zero_filled=True)
    return [(recent, "recent"), ever]
