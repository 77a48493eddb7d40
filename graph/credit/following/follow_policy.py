"""How fast a limit in force follows its target."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from supplyrisk.graph.schema.strict_toml import Share, StrictTable


class FollowPolicy(StrictTable):
    """How a limit in force moves towards its target.

    Parameters
    ----------
    rise: share of the limit by which it rises at most in a week; 0.10 by default.
    fall: share of the limit by which it falls at most in a week, unless it falls at once; 0.25 by default.
    dip_floor: share of the limit before a temporary dip of sales below which it does not fall while the dip is
        temporary; 0.80 by default.
    expiry_days: days after which a limit that was not renewed is no longer in force; 28 by default.
    term_days: term of the credit line whose limit is the target; 90 by default.
    """

    rise: Share = 0.10
    fall: Annotated[float, Field(gt=0, le=1)] = 0.25
    dip_floor: Share = 0.80
    expiry_days: Annotated[int, Field(ge=1)] = 28
    term_days: Annotated[int, Field(ge=1)] = 90
