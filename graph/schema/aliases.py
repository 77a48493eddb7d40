"""Names that changed: keys that files and JSON documents keep for scripts, and old options of the command line.

The list is aliases.json beside this module: `stored` gives, for today's word, the key as files and documents spell it;
`options` gives, for an old option, the one that replaces it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_ALIASES = json.loads(Path(__file__).with_name("aliases.json").read_text(encoding="utf-8"))

STORED: Mapping[str, str] = _ALIASES["stored"]
"""By today's word the key in files and JSON documents: scripts and old workspaces rely on its spelling."""

OPTIONS: Mapping[str, str] = _ALIASES["options"]
"""By old option its replacement; the old one still works, with a notice."""

CANDIDATE = STORED["candidate"]
CANDIDATES = STORED["candidates"]
HOMOPHILY = STORED["homophily"]
