"""Probabilities that two listed firms are one, by splink's Fellegi-Sunter model on DuckDB."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from supplyrisk.loaders.matching.pair_blocks import BLOCKS, add_blocks
from supplyrisk.loaders.matching.pair_comparisons import COMPARISONS, KEY_COMPARISON
from supplyrisk.loaders.matching.pair_levels import both_sides, level_number_sql, splink_comparison
from supplyrisk.loaders.matching.pair_parameters import PairParameters, count_parameters

Step = Callable[[int, int], None]
"""Called with the number of steps that are done and the number of all."""
_STEPS = 4


@dataclass(frozen=True)
class ScoredPairs:
    """Compared pairs of firms.

    Parameters
    ----------
    pairs: firm_id_l, firm_id_r (the smaller id first), probability, and per comparison the number of its level, -1
        where a value is missing.
    blocks_left_out: blocks of too many firms, see `pair_blocks`.
    """

    pairs: pa.Table
    blocks_left_out: int


def score_pairs(records: pa.Table, step: Step = lambda done, total: None) -> ScoredPairs:
    """Compare the records of firms, see `firm_records`, that agree in something, and return the probabilities."""
    con = duckdb.connect()
    try:
        con.register("given_records", records)
        con.execute("CREATE TABLE records_in_order AS FROM given_records ORDER BY firm_id")
        blocks_left_out = add_blocks(con, "records_in_order", "records")
        step(1, _STEPS)
        blocked = _blocked_pairs(con)
        con.execute(
            f"CREATE TABLE pairs AS SELECT {both_sides()} FROM {blocked} "
            "JOIN records l ON l.firm_id = join_key_l JOIN records r ON r.firm_id = join_key_r"
        )
        step(2, _STEPS)
        parameters = count_parameters(con, "records", "pairs")
        step(3, _STEPS)
        return ScoredPairs(_predicted(con, parameters, blocked), blocks_left_out)
    finally:
        con.close()


def _linker(
    con: duckdb.DuckDBPyConnection, comparisons: Sequence[dict[str, object]], prior: float
) -> tuple[Any, Any]:
    """Return splink's linker, and its access to the database."""
    splink = importlib.import_module("splink")
    database = splink.DuckDBAPI(con)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="firm_id",
        probability_two_random_records_match=prior,
        comparisons=list(comparisons),
        blocking_rules_to_generate_predictions=[
            *(splink.block_on(block) for block in BLOCKS),
            splink.block_on("persons", arrays_to_explode=["persons"]),
        ],
        retain_matching_columns=False,
    )
    # the settings are always the same: validating them takes longer than matching some hundred firms
    linker = splink.Linker(database.register("records"), settings, log_level=None, validate_settings=False)
    return linker, database


def _blocked_pairs(con: duckdb.DuckDBPyConnection) -> str:
    """Return the name of the table of pairs to compare."""
    levels = KEY_COMPARISON.levels
    any_comparison = splink_comparison(KEY_COMPARISON, [level.m for level in levels], [0.1 for _ in levels])
    linker, _ = _linker(con, [any_comparison], 0.0001)
    return str(linker.inference.compute_blocked_pairs_for_predict().physical_name)


def _predicted(con: duckdb.DuckDBPyConnection, parameters: PairParameters, blocked: str) -> pa.Table:
    """Return the pairs with their probabilities and levels, in the order of their ids."""
    comparisons = [splink_comparison(c, parameters.m[c.name], parameters.u[c.name]) for c in COMPARISONS]
    linker, database = _linker(con, comparisons, parameters.prior)
    linker.table_management.register_blocked_pairs_for_predict(database.register(blocked))
    predicted = linker.inference.predict(warning_mode="never").physical_name
    levels = ", ".join(f"{level_number_sql(comparison)} AS {comparison.name}" for comparison in COMPARISONS)
    return con.sql(
        f"SELECT least(firm_id_l, firm_id_r) AS firm_id_l, greatest(firm_id_l, firm_id_r) AS firm_id_r, "
        f"match_probability AS probability, {levels} "
        f"FROM pairs JOIN (SELECT firm_id_l, firm_id_r, match_probability FROM {predicted}) "
        "USING (firm_id_l, firm_id_r) ORDER BY 1, 2"
    ).to_arrow_table()
