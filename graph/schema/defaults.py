"""Defaults of settings and parameters, each stated once: the command line, the services and the library share them."""

from __future__ import annotations

from supplyrisk.graph.schema.default_definition import DefaultDefinition

WORKSPACE = ".scgraph"
"""Folder of a workspace where none is named."""
HORIZON_DAYS = 180
"""Days over which a PD is meant."""
DEFAULT_DEFINITION = DefaultDefinition()
"""What counts as a default."""
GRADE_BOUNDS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.15)
"""Upper PDs of grades A to F; G lies above."""
MODEL = "default"
"""Name of a model where none is named."""
ENCODING = "utf-8"
MEMORY_LIMIT = "4GB"
"""What DuckDB may take while a snapshot is computed."""
HISTORY_DAYS = 180
"""Days of data before the first as-of date that is learned from."""
MIN_OBSERVED_DAYS = 30
"""An outcome window that is still open is of use as soon as so many of its days were observed."""
MIN_FIRMS = 8
"""Least number of defaulted firms, and of sound firms, to learn from: two per fold."""
MEMBERS = 5
"""Networks of an ensemble."""
SEED = 0
DEVICE = "auto"
DEVICES = ("auto", "cpu", "cuda")
"""Names of devices; auto: CUDA where torch finds a device, else the processor."""
LGD = 0.45
"""Share lost at default of loans that state none: senior unsecured claims in Basel II, foundation approach."""
CCF = 0.75
"""Share of a revolving line's undrawn part that is drawn by the time of default."""
PD_FACTOR = 2.0
"""Factor by which a PD rises or falls before it is an alert."""
WATCH_PD = 0.01
"""Floor of the PDs that are compared for alerts."""
WATCH_SHARE = 0.5
"""Share of a firm's trade from which a partner is a main one."""
WATCH_MOVED = 0.3
"""Change of a main partner's share that is an alert."""
WATCH_REASON = 0.25
"""Share of the hazard from which a reason that comes or goes is an alert."""
WATCH_SIDES = ("supplier", "customer")
"""Partners whose shares are watched."""
BEYOND_DAYS = 31
"""Days that an as-of may lie after the last day of the data."""
PORTRAIT_DAYS = 60
"""Days of the window of a portrait."""
WHAT_IF_AMOUNT = 10_000.0
"""Amount of the loan request for which a what-if computes limits, money."""
WHAT_IF_DAYS = 90
"""Term of that request."""
MATCH_PROBABILITY = 0.5
"""Smallest probability of a pair of firms that `match` lists."""
AMOUNT_TOLERANCE = 0.01
"""Share by which an amount of a document may exceed another one and still be the same."""
LANGUAGE = "en"
TRAJECTORY_WEEKS = 26
"""Weeks of a trajectory."""
TRAJECTORY_LIMIT_DAYS = 90
"""Term of the credit line whose limit a trajectory states, where no check is recorded."""
