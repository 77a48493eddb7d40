"""The financing need of a shop on a copy of the data, by the forecast of cash that `scgraph forecast` makes."""

from __future__ import annotations

from datetime import date

import pyarrow.compute as pc

from supplyrisk.graph import DataError, Tables, Words
from supplyrisk.graph.merchant.what_if import what_if_words
from supplyrisk.graph.schema import defaults
from supplyrisk.services.progress import silent
from supplyrisk.services.what_if_document import WhatIfNeed

CASH = "cash"


def financing_need(tables: Tables, shop: str, as_of: date) -> WhatIfNeed | Words:
    """Return the need of a shop in the thirteen weeks after a day, or why it has none.

    The forecast of cash is fitted on the copy, for all shops together and with the defaults of `forecast`.
    """
    # LightGBM loads slowly.
    from supplyrisk.gnn.forecast import FitOptions, SalesCalendar  # noqa: PLC0415
    from supplyrisk.services.forecast import TOTAL_DAYS  # noqa: PLC0415
    from supplyrisk.services.forecast_job import ForecastJob  # noqa: PLC0415
    from supplyrisk.services.forecast_series import level_measures  # noqa: PLC0415

    if CASH not in level_measures(tables, as_of):
        return what_if_words("text.no_cash")
    job = ForecastJob(
        tables, as_of, SalesCalendar(()), TOTAL_DAYS, 0.0, FitOptions(seed=defaults.SEED), silent
    )
    try:
        _, needs = job.levels(CASH)
    except DataError as fault:
        return what_if_words("text.no_need", reason=fault.problem)
    known = pc.and_(pc.equal(needs["firm_id"], shop), pc.is_valid(needs["need"]))
    rows = needs.filter(known).to_pylist()
    if not rows:
        return what_if_words("text.no_cash")
    [row] = rows
    return WhatIfNeed(row["need"], row["cautious_need"], row["under_on"])
