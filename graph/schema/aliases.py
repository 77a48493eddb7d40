"""Names that changed: stored keys that keep their old spelling, and command-line options that were replaced.

Both lists are read from aliases.json beside this module: `stored` maps the current word to the key in files and JSON
documents; `options` maps an old option to its replacement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_ALIASES = json.loads(Path(__file__).with_name("aliases.json").read_text(encoding="utf-8"))

STORED: Mapping[str, str] = _ALIASES["stored"]
"""Key in files and JSON documents, by the current word: scripts and old workspaces rely on the old spelling."""

OPTIONS: Mapping[str, str] = _ALIASES["options"]
"""Replacement by old option; the old option still works, with a notice."""

CANDIDATE = STORED["candidate"]
CANDIDATES = STORED["candidates"]
HOMOPHILY = STORED["homophily"]
VALIDATION = STORED["validation"]
VALIDATION_DATES = STORED["validation_dates"]
VALIDATION_LOG_LOSS = STORED["validation_log_loss"]
SUMMARY = STORED["summary"]
