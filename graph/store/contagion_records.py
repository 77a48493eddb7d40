"""Results of contagion by mechanism as a graph stores them: properties of firms, and links to their worst sources.

    (:Firm {risk_esri, risk_exposure, ...})-[:EXPOSED_TO {share, exposure, loss, base_pd}]->(:Firm)

The link points from the exposed firm to the source of its exposure. Contagion results and model scores are kept
apart: writing one leaves the other unchanged. Loading newer graph tables removes both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.store.graph_tables import EdgeTable
from supplyrisk.graph.store.property_names import CONTAGION, CONTAGION_AS_OF, EXPOSED_TO
from supplyrisk.graph.store.result_rows import score_rows


@dataclass(frozen=True)
class ContagionRecords:
    """Contagion results of one day, ready to be written to a store.

    Parameters
    ----------
    firms: firm_id and the properties in CONTAGION.
    links: from each firm to its worst sources, with the properties
        share: the source's share of the firm's exposure;
        exposure: that part itself, base PD of the source x loss;
        loss: the share of its production that the firm loses if the source fails, or of its equity where credit is a
        channel and that share is larger; null where base_pd is 0;
        base_pd: the source's probability of default.
    """

    firms: pa.Table
    links: EdgeTable

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the firms' properties."""
        return tuple(self.firms.column_names[1:])


def contagion_records_of(table: pa.Table, as_of: date | None) -> ContagionRecords:
    """Return the records to write for a table of contagion results with one row per firm.

    Parameters
    ----------
    table: firm_id, esri, down, up, exposure, by_supply, by_demand, by_credit, base_pd, and sources, a list of
        {firm_id, exposure, share}; columns that follow from PDs are null where there are none.
    as_of: the day of the results, None in undated data.

    Raises
    ------
    DataError: a column is missing, a firm occurs twice, a value is NaN, or a source is not a firm of the table.
    """
    missing = [n for n in ("firm_id", *CONTAGION, "base_pd", "sources") if n not in table.column_names]
    if missing:
        raise DataError(
            f"contagion results without the columns {', '.join(missing)}",
            "the table of scgraph contagion",
            "run scgraph contagion again: an earlier version stored fewer columns",
        )
    firms = table.select(["firm_id", *CONTAGION]).rename_columns(["firm_id", *CONTAGION.values()])
    # The day is a property of every firm, so that a query can tell which day the results are of.
    day = pa.repeat(pa.scalar(as_of.isoformat() if as_of else None, pa.string()), table.num_rows)
    rows = score_rows(firms.append_column(CONTAGION_AS_OF, day), contagion=True)
    return ContagionRecords(rows, EdgeTable(EXPOSED_TO, "Firm", "Firm", _links(table)))


def _links(table: pa.Table) -> pa.Table:
    """Return one row per (firm, source), sorted by firm, then source."""
    ids = table["firm_id"].combine_chunks()
    sources = table["sources"].combine_chunks()
    # list_parent_indices and list_flatten both skip empty and null lists, so their entries correspond.
    parts = pc.list_flatten(sources)
    target = pc.struct_field(parts, "firm_id")
    source_row = pc.index_in(target, value_set=ids)
    if source_row.null_count:
        raise DataError(
            f"{source_row.null_count} sources of contagion are not among its firms", "firms of the table"
        )
    exposure = pc.struct_field(parts, "exposure")
    base_pd = table["base_pd"].combine_chunks().take(source_row)
    # exposure = base PD x loss: where the PD is 0 the loss cannot be recovered and is null.
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
