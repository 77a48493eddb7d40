"""Rows that link a firm to itself: a trade, relation or shipment has two ends in a supply chain."""

from __future__ import annotations

SELF_LINK_CONDITIONS = {
    "supplies": "{supplier_id} = {customer_id}",
    "documents": "{seller_id} = {buyer_id}",
    "relations": "{from_id} = {to_id}",
    # a carrier serves a firm also between two places of that firm
    "shipments": (
        "(coalesce({shipper_id}, {receiver_id}) = {carrier_id} "
        "AND coalesce({receiver_id}, {shipper_id}) = {carrier_id})"
    ),
}
"""By table, the SQL condition under which a row links a firm to itself, with a field per column; may be NULL."""
