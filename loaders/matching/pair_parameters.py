"""The parameters of the model, counted in the data: m, u, and how many pairs of firms are one.

u, the share of two firms at a level, is counted over all pairs of a sample; levels that are too rare there, over the
compared pairs, which hold nearly all pairs at rare levels. m, the share of one firm, is counted over pairs with an
equal key, beside the stated values: no labels are needed, and where a data set has few keys, the stated values count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from supplyrisk.loaders.matching.pair_comparisons import COMPARISONS, OTHER_KEY, SAME_KEY
from supplyrisk.loaders.matching.pair_levels import PairComparison, both_sides, level_number_sql
from supplyrisk.loaders.read.ingest import scalar_count

SAMPLE = 1_500
"""Firms whose pairs are all counted: 1.1 million pairs."""
_LEAST_IN_SAMPLE = 20
"""Pairs of a level below which the sample says too little."""
_STATED_PAIRS = 50
"""Pairs that the stated values weigh as much as."""
_RECALL = 0.7
"""Assumed share of the pairs of one firm that agree in a key, or in their name and something else."""
_SURE = f"""({SAME_KEY} AND NOT {OTHER_KEY}) OR (NOT {OTHER_KEY} AND core_l = core_r
 AND branch_l IS NOT DISTINCT FROM branch_r AND (coalesce(address_l = address_r, false)
 OR coalesce(founded_on_l = founded_on_r, false) OR coalesce(list_has_any(persons_l, persons_r), false)))"""


@dataclass(frozen=True)
class PairParameters:
    """m and u by comparison, in the order of its levels, and the probability that two firms are one."""

    m: Mapping[str, Sequence[float]]
    u: Mapping[str, Sequence[float]]
    prior: float


def count_parameters(con: duckdb.DuckDBPyConnection, records: str, pairs: str) -> PairParameters:
    """Return the parameters for a table of records.

    Parameters
    ----------
    records: name of the table of records.
    pairs: name of the table of the compared pairs, with the columns of both firms, which end in _l and _r.
    """
    firms = scalar_count(con, f"SELECT count(*) FROM {records}")
    all_pairs = max(1, firms * (firms - 1) // 2)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE sample AS FROM {records} ORDER BY md5(firm_id), firm_id LIMIT {SAMPLE}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW sample_pairs AS SELECT {both_sides()} FROM sample l, sample r "
        "WHERE l.firm_id < r.firm_id"
    )
    sampled = _level_counts(con, "sample_pairs", f"NOT ({_SURE})")
    compared = _level_counts(con, pairs, f"NOT ({_SURE})")
    keyed = _level_counts(con, pairs, f"{SAME_KEY} AND NOT {OTHER_KEY}")
    sample_size = min(firms, SAMPLE)
    sample_pairs = max(1, sample_size * (sample_size - 1) // 2)
    sure = scalar_count(con, f"SELECT count(*) FROM {pairs} WHERE {_SURE}")
    m: dict[str, list[float]] = {}
    u: dict[str, list[float]] = {}
    for comparison in COMPARISONS:
        name = comparison.name
        m[name] = _m(comparison, keyed[name])
        u[name] = _u(comparison, sampled[name], compared[name], all_pairs / sample_pairs)
    return PairParameters(m, u, min(0.5, max(1, sure) / _RECALL / all_pairs))


def _m(comparison: PairComparison, keyed: Sequence[int]) -> list[float]:
    """Return the shares of pairs of one firm, as if the stated ones had been counted before."""
    if not comparison.is_counted:
        return [level.m for level in comparison.levels]
    total = sum(keyed) + _STATED_PAIRS
    return [
        (count + _STATED_PAIRS * level.m) / total
        for level, count in zip(comparison.levels, keyed, strict=True)
    ]


def _u(
    comparison: PairComparison, sampled: Sequence[int], compared: Sequence[int], factor: float
) -> list[float]:
    """Return the shares of pairs of two firms; factor: all pairs by those of the sample."""
    stated = [level.u for level in comparison.levels if level.u is not None]
    if not comparison.is_counted:
        return stated
    if comparison.is_of_namesakes:
        # blocks hold all namesakes but those of the most frequent brands
        total = sum(compared) + _STATED_PAIRS
        return [(count + _STATED_PAIRS * u) / total for count, u in zip(compared, stated, strict=True)]
    total = max(1, sum(sampled))
    return [
        in_sample / total if in_sample >= _LEAST_IN_SAMPLE else (elsewhere + 1) / (factor * total)
        for in_sample, elsewhere in zip(sampled, compared, strict=True)
    ]


def _level_counts(con: duckdb.DuckDBPyConnection, pairs: str, condition: str) -> dict[str, list[int]]:
    """Return the numbers of pairs at each level of each comparison; missing values are none."""
    numbers = ", ".join(f"{level_number_sql(c)} AS {c.name}" for c in COMPARISONS)
    con.execute(f"CREATE OR REPLACE TEMP TABLE levels AS SELECT {numbers} FROM {pairs} WHERE {condition}")
    counts = {}
    for comparison in COMPARISONS:
        rows = con.execute(f"SELECT {comparison.name}, count(*) FROM levels GROUP BY 1").fetchall()
        by_number = dict(rows)
        counts[comparison.name] = [by_number.get(number, 0) for number in range(len(comparison.levels))]
    return counts
