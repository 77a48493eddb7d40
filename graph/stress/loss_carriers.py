"""What carries one firm's loss or exposure, with firms named by their ids: sources, links and paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion import LossExplanation
from supplyrisk.graph.workspace.documents import document_json, stored_as

MIN_LINK_SHARE = 1e-4
"""Links that carry less of a loss are left out."""
LINK_SCHEMA = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("customer_id", pa.string()),
        ("channel", pa.string()),
        ("share", pa.float64()),
    ]
)


@dataclass(frozen=True)
class CarryingSource:
    """A firm that the loss starts from, and its share of the loss."""

    firm_id: str
    share: float


@dataclass(frozen=True)
class CarryingLink:
    """A link, the channel that it is used by ("supply" or "demand"), and the share of the loss that passes over it."""

    supplier_id: str
    customer_id: str
    channel: str
    share: float


@dataclass(frozen=True)
class CarryingPath:
    """A path from a source to the firm, its channel, and the share of the loss that passes over it."""

    firms: tuple[str, ...]
    channel: str
    share: float


@dataclass(frozen=True)
class LossCarriers:
    """What carries one firm's loss (a share of its production) or its exposure; see `LossExplanation`.

    by_supply, by_demand: the part of the loss that each channel binds; they sum to it. sources, links and paths: the
    largest shares first; all are empty where the firm loses nothing.
    """

    firm_id: str
    loss: float
    by_supply: float
    by_demand: float
    sources: tuple[CarryingSource, ...] = stored_as("shocked", default=())
    links: tuple[CarryingLink, ...] = ()
    paths: tuple[CarryingPath, ...] = ()

    def links_table(self) -> pa.Table:
        """The links as a table."""
        return pa.Table.from_pylist(document_json(self.links), LINK_SCHEMA)


def loss_carriers_of(explanation: LossExplanation | None, firm: int, firm_ids: Sequence[str]) -> LossCarriers:
    """Name the firms of an explanation; None: the firm (its row) loses nothing.

    Links with a share below MIN_LINK_SHARE are left out.
    """
    if explanation is None:
        return LossCarriers(firm_ids[firm], 0.0, 0.0, 0.0)
    shares = explanation.shocked
    rows = np.flatnonzero(shares)
    # Stable, so that of equal shares the lower firm goes first.
    largest_first = rows[np.argsort(-shares[rows], kind="stable")]
    links = zip(
        explanation.supplier, explanation.customer, explanation.demand, explanation.share, strict=True
    )
    return LossCarriers(
        firm_id=firm_ids[firm],
        loss=explanation.loss,
        by_supply=explanation.by_supply,
        by_demand=explanation.by_demand,
        sources=tuple(CarryingSource(firm_ids[row], float(shares[row])) for row in largest_first),
        links=tuple(
            CarryingLink(
                firm_ids[supplier], firm_ids[customer], "demand" if demand else "supply", float(share)
            )
            for supplier, customer, demand, share in links
            if share >= MIN_LINK_SHARE
        ),
        paths=tuple(
            CarryingPath(tuple(firm_ids[row] for row in path.firms), path.channel, path.share)
            for path in explanation.paths
        ),
    )
