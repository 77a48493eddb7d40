"""What carries a loss, with firms named by their ids."""

from __future__ import annotations

import numpy as np

from supplyrisk.graph import document_json
from supplyrisk.graph.contagion import LossExplanation, LossPath
from supplyrisk.graph.stress import loss_carriers_of

FIRM_IDS = ("a", "b", "c", "d")


def test_firms_are_named_and_small_links_left_out() -> None:
    explanation = LossExplanation(
        firm=3,
        loss=0.5,
        by_supply=0.4,
        by_demand=0.1,
        shocked=np.array([0.3, 0.4, 0.3, 0.0]),
        supplier=np.array([1, 2, 0]),
        customer=np.array([3, 3, 3]),
        demand=np.array([False, True, False]),
        share=np.array([0.8, 0.2, 5e-5]),
        paths=(LossPath((1, 3), "supply", 0.8),),
    )
    carriers = loss_carriers_of(explanation, 3, FIRM_IDS)
    # Of equal shares the lower firm goes first.
    assert [source.firm_id for source in carriers.sources] == ["b", "a", "c"]
    assert [(link.supplier_id, link.channel) for link in carriers.links] == [("b", "supply"), ("c", "demand")]
    document = document_json(carriers)
    assert list(document) == ["firm_id", "loss", "by_supply", "by_demand", "shocked", "links", "paths"]
    assert document["paths"] == [{"firms": ["b", "d"], "channel": "supply", "share": 0.8}]
    assert carriers.links_table().num_rows == 2


def test_a_firm_that_loses_nothing_has_no_carriers() -> None:
    carriers = loss_carriers_of(None, 1, FIRM_IDS)
    assert (carriers.firm_id, carriers.loss) == ("b", 0.0)
    assert document_json(carriers)["links"] == []
    assert carriers.links_table().schema.names == ["supplier_id", "customer_id", "channel", "share"]
