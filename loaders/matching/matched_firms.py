"""Entity resolution as a whole: from the tables of a data set to pairs of firms that are probably one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.tables import Tables
from supplyrisk.loaders.matching.firm_records import KEYS, firm_records
from supplyrisk.loaders.matching.matching_extra import check_matching_extra
from supplyrisk.loaders.matching.pair_blocks import MOST_FIRMS_OF_A_BLOCK
from supplyrisk.loaders.matching.pair_evidence import FirmPair, shown_pairs
from supplyrisk.loaders.matching.pair_model import score_pairs

NORMALISING = "normalising names and keys"
COMPARING_PAIRS = "comparing pairs"
MATCHING_STAGES = {NORMALISING: 1.0, COMPARING_PAIRS: 3.0}
"""Stages of a matching in order, with their durations relative to each other."""


@dataclass(frozen=True)
class FirmMatches:
    """Pairs of firms that are probably one.

    Parameters
    ----------
    pairs: the most probable first; those with equal names only are last.
    firms: number of firms that were compared.
    compared: number of pairs that were compared.
    notes: what to know about the result, in words.
    """

    pairs: tuple[FirmPair, ...]
    firms: int
    compared: int
    notes: tuple[str, ...]


def match_firms(
    tables: Tables,
    at_least: float = 0.5,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> FirmMatches:
    """Return the pairs of a data set's firms that are probably one.

    Parameters
    ----------
    tables: the data set; firms, persons and relations are used.
    at_least: smallest probability of a pair, from 0 to 1.
    progress: called with a stage of MATCHING_STAGES, the steps that are done and all of its steps.

    Raises
    ------
    RequestError: the extra supplyrisk[matching] is not installed. DataError: no firm has a name or a key.
    """
    check_matching_extra()
    progress(NORMALISING, 0, 1)
    with tables.connect() as con:
        stated = {key: con.execute(f"SELECT count({key}) FROM firms").fetchall()[0][0] for key in KEYS}
        records = firm_records(con)
    counts = {name: records.num_rows - records[name].null_count for name in ("name", *KEYS)}
    if not any(counts.values()):
        raise DataError(
            "no firm has a name or a valid key",
            f"firms with name, {', '.join(KEYS)}",
            "map these columns of firms, and load the data again",
        )

    def count_steps(done: int, total: int) -> None:
        progress(COMPARING_PAIRS, done, total)

    scored = score_pairs(records, count_steps)
    notes = _key_notes(stated, counts)
    if scored.blocks_left_out:
        notes.append(
            f"{scored.blocks_left_out:,} values that more than {MOST_FIRMS_OF_A_BLOCK} firms share bring no pairs "
            "together: they distinguish none"
        )
    pairs = shown_pairs(scored.pairs, records, at_least)
    return FirmMatches(tuple(pairs), records.num_rows, scored.pairs.num_rows, tuple(notes))


def _key_notes(stated: dict[str, int], valid: dict[str, int]) -> list[str]:
    """Return a note on each key that some firms have in a wrong form."""
    notes = []
    for key in KEYS:
        wrong = stated[key] - valid[key]
        if wrong > 0:
            reason = "a register or a number" if key == "company_number" else "a valid form or check digit"
            notes.append(f"{key}: {wrong:,} of {stated[key]:,} values lack {reason} and are not used as keys")
    return notes
