"""Which column of a list of firms is the id: the one that other files refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supplyrisk.loaders.drafting.column_fits import ColumnFit
from supplyrisk.loaders.drafting.header_dictionary import EXACT
from supplyrisk.loaders.drafting.sampled_table import SampledColumn
from supplyrisk.loaders.drafting.table_fit import FittedTable

_LEAST_SHARE = 0.3
"""Share of the ids in other files that a column has to have for them to be its ids."""


def firm_id_fits(fitted: Sequence[FittedTable]) -> list[FittedTable]:
    """Return the fitted tables, with the column of firms as id to which the other files refer."""
    named = frozenset(
        value
        for one in fitted
        if one.fit.table != "firms"
        for ids in one.referring().values()
        for value in ids
    )
    return [_with_id(one, named) if one.fit.table == "firms" and named else one for one in fitted]


def _with_id(one: FittedTable, named: frozenset[str]) -> FittedTable:
    shares = {own.name: len(own.values & named) / len(named) for own in one.sample.columns if _may_be_id(own)}
    if not shares:
        return one
    best = max(shares, key=lambda name: shares[name])
    current = one.fit.header_of("firm_id")
    columns = list(one.fit.columns)
    if shares[best] < _LEAST_SHARE:
        return one
    reason = f"{100 * shares[best]:.0f} % of the ids that other files name are in it"
    if current and shares.get(current, 0) >= shares[best] / 2:
        # other ids are no rivals of the one that is used
        rivals = tuple(
            rival
            for fit in columns
            if fit.column == "firm_id"
            for rival in fit.rivals
            if shares.get(rival, 0) > 0.1
        )
        columns = [
            replace(fit, rivals=rivals, reason=f"{fit.reason}; {reason}") if fit.column == "firm_id" else fit
            for fit in columns
        ]
    else:
        kept = [fit for fit in columns if fit.column != "firm_id" and fit.header != best]
        columns = [ColumnFit("firm_id", best, EXACT, reason), *kept]
    missing = tuple(name for name in one.fit.missing if name != "firm_id")
    return replace(one, fit=replace(one.fit, columns=tuple(columns), missing=missing))


def _may_be_id(own: SampledColumn) -> bool:
    return bool(own.values) and 2 * len(own.values) >= own.filled
