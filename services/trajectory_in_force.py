"""The limits in force of a shop as they are stored by day, and whether data or the policy moved the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from supplyrisk.graph import Workspace
from supplyrisk.graph.credit.alerts import DATA, UNSEPARATED
from supplyrisk.graph.credit.following.limit_file import LimitBasis, day_of_limits, limits_of_firm
from supplyrisk.graph.workspace.layout import day_files
from supplyrisk.services.trajectory_limits import POLICY


@dataclass(frozen=True)
class ForcePoint:
    """The limit in force of a shop on a day, money.

    Parameters
    ----------
    target: by the policy; None where the shop had none that day. rule: that sets it.
    reason: why the limit in force is what it is, the value of a `LimitReason`.
    change, target_change: since the stored day before; None on the first day, target_change also without a target.
    cause: of the change of the target: DATA where the policy is the same, POLICY where data and scores are the same,
        UNSEPARATED where both differ; None where it did not change.
    """

    on: date
    limit: float
    target: float | None
    rule: str | None
    reason: str
    change: float | None = None
    target_change: float | None = None
    cause: str | None = None


def limits_in_force(
    workspace: Workspace, firm_id: str, lender: str, until: date | None = None
) -> tuple[ForcePoint, ...]:
    """Return the limits in force of a shop with a lender, oldest first; none where none are stored.

    until: the last day that is listed; None (default): all stored days.

    Raises
    ------
    DataError: a stored file is no file of limits.
    """
    points: list[ForcePoint] = []
    before: LimitBasis | None = None
    files = day_files(workspace.layout.limits_folder(lender))
    listed = [path for path in files if until is None or day_of_limits(path) <= until]
    for day, limit, basis in limits_of_firm(listed, firm_id):
        change = target_change = cause = None
        if points and before is not None:
            change = limit.limit - points[-1].limit
            if limit.target is not None and points[-1].target is not None:
                target_change = limit.target - points[-1].target
                cause = _cause(before, basis) if target_change else None
        points.append(
            ForcePoint(
                day,
                limit.limit,
                limit.target,
                limit.rule,
                limit.reason.value,
                change,
                target_change,
                cause,
            )
        )
        before = basis
    return tuple(points)


def _cause(before: LimitBasis, after: LimitBasis) -> str:
    if before.policy == after.policy:
        return DATA
    return POLICY if (before.data, before.scores) == (after.data, after.scores) else UNSEPARATED
