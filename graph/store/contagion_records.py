"""What contagion by mechanism leaves in a graph: properties of firms, and links to those whose failure hurts them.

    (:Firm {risk_esri, risk_exposure, ...})-[:EXPOSED_TO {share, exposure, loss, base_pd}]->(:Firm)

from the firm that suffers to the source that it suffers from. They are a set of their own: neither scores nor
contagion wipe one another, and a newer picture drops both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.store.graph_tables import EdgeTable, score_rows
from supplyrisk.graph.store.property_names import CONTAGION, CONTAGION_AS_OF, EXPOSED_TO


@dataclass(frozen=True)
class ContagionRecords:
    """firms: firm_id and the properties in CONTAGION; links: from each firm to its worst sources.

    share: the source's part in the firm's exposure. exposure: that part itself, the source's base PD x loss.
    loss: the share of its production that the firm loses when the source fails, or of its equity where credit is a
    channel and that is more; null where base_pd is 0.
    """

    firms: pa.Table
    links: EdgeTable

    @property
    def names(self) -> tuple[str, ...]:
        """The properties that firms get."""
        return tuple(self.firms.column_names[1:])


def contagion_records_of(table: pa.Table, as_of: date | None) -> ContagionRecords:
    """What to write of a table of contagion, one row per firm.

    Parameters
    ----------
    table: firm_id, esri, down, up, exposure, by_supply, by_demand, by_credit, base_pd, and sources, a list
        of {firm_id, exposure, share}; what follows from PDs is null where there are none.
    as_of: the day that it is of.

    Raises
    ------
    DataError: a column that is not there, a firm twice, a NaN, or a source that is no firm of the table.
    """
    lacking = [n for n in ("firm_id", *CONTAGION, "base_pd", "sources") if n not in table.column_names]
    if lacking:
        raise DataError(
            f"contagion without {', '.join(lacking)}",
            "the table of scgraph contagion",
            "run scgraph contagion again: what an earlier version kept has not all of it",
        )
    firms = table.select(["firm_id", *CONTAGION]).rename_columns(["firm_id", *CONTAGION.values()])
    day = pa.repeat(pa.scalar(as_of.isoformat() if as_of else None, pa.string()), table.num_rows)
    rows = score_rows(firms.append_column(CONTAGION_AS_OF, day), contagion=True)
    return ContagionRecords(rows, EdgeTable(EXPOSED_TO, "Firm", "Firm", _links(table)))


def _links(table: pa.Table) -> pa.Table:
    ids, sources = table["firm_id"].combine_chunks(), table["sources"].combine_chunks()
    parts = pc.list_flatten(sources)
    target = pc.struct_field(parts, "firm_id")
    place = pc.index_in(target, value_set=ids)
    if place.null_count:
        raise DataError(f"{place.null_count} sources of contagion are no firms of it", "firms of the table")
    exposure = pc.struct_field(parts, "exposure")
    base_pd = table["base_pd"].combine_chunks().take(place)
    positive_pd = pc.if_else(pc.greater(base_pd, 0), base_pd, None)
    columns = {
        "source": ids.take(pc.list_parent_indices(sources)),
        "target": target,
        "share": pc.struct_field(parts, "share"),
        "exposure": exposure,
        "loss": pc.divide(exposure, positive_pd),
        "base_pd": base_pd,
    }
    return pa.table(columns).sort_by([("source", "ascending"), ("target", "ascending")])
