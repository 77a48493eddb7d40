"""The page of a shop: its score and reasons, its weeks, what it may need, and its portrait, as it may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplyrisk.graph import DataError, DefaultDefinition, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.forecast_file import read_forecast
from supplyrisk.services.advice import advice
from supplyrisk.services.forecast import forecast
from supplyrisk.services.letter import letter
from supplyrisk.services.letter_document import ShopLetter
from supplyrisk.services.limits import limit_history
from supplyrisk.services.portrait import portrait
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.shop_page_document import ShopForecast, ShopLimitDay, ShopPage, shop_forecast
from supplyrisk.services.trajectory import trajectory
from supplyrisk.services.trajectory_document import ShopWeek

DETAILED_WEEKS = 5
"""Last weeks whose changes are divided by reason."""


@dataclass(frozen=True)
class ShopPageResult:
    """The page of a shop, and what its sender has to know; none of the notes is for the shop."""

    page: ShopPage
    notes: tuple[str, ...]


def shop_page(
    workspace: Workspace,
    shop: str,
    *,
    lender: str | None = None,
    written_on: date | None = None,
    weeks: int = defaults.TRAJECTORY_WEEKS,
    window_days: int = defaults.PORTRAIT_DAYS,
    calendar: Path | None = None,
    model: str | Path | None = None,
    use: str | None = None,
    policy: Path | None = None,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    device: str = defaults.DEVICE,
    seed: int = defaults.SEED,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> ShopPageResult:
    """Return the page of a shop, of the last day of the data.

    It holds the shop's own figures and figures of its peers as a group: no other firm, no PD, and nothing that a
    partner's PD changes while the shop's own score stays. Stored portraits and forecasts are used where they rest on
    the same data.

    Parameters
    ----------
    shop: a firm_id, or a name, ignoring case.
    lender: whose limits in force it shows; None: no lender's.
    written_on: date of the page; None: today.
    weeks: how many weeks of points, from stored scores.
    window_days: of the portrait, days.
    policy: a policy file, whose `[reasons]` apply.
    Other parameters are as in `letter`, `portrait` and `forecast`.

    Raises
    ------
    As in `letter`, `portrait` and `forecast`.
    """
    written = letter(
        workspace,
        shop,
        written_on=written_on,
        model=model,
        use=use,
        policy=policy,
        grade_bounds=grade_bounds,
        default_definition=default_definition,
        beyond_days=beyond_days,
        device=device,
        allow_synthetic_model=allow_synthetic_model,
        progress=progress,
    )
    own = written.letter
    if workspace.info().undated:
        return ShopPageResult(ShopPage(own, (), None, None), written.notes)
    portrayed = portrait(
        workspace,
        own.firm,
        as_of=own.as_of,
        window_days=window_days,
        default_definition=default_definition,
        beyond_days=beyond_days,
        progress=progress,
    )
    expected = _shop_forecast(workspace, own, calendar=calendar, seed=seed, progress=progress)
    page = ShopPage(
        own,
        _weeks(workspace, own, weeks, grade_bounds),
        expected,
        portrayed.portrait,
        _limits(workspace, own, lender),
        # By the forecast that is stored now; with a calendar it would be computed once more.
        () if expected is None else advice(workspace, own.firm, as_of=own.as_of, seed=seed).advice,
    )
    return ShopPageResult(page, written.notes)


def _weeks(
    workspace: Workspace, own: ShopLetter, weeks: int, grade_bounds: Sequence[float]
) -> tuple[ShopWeek, ...]:
    """Return the shop's weeks by stored scores, up to the day of its letter."""
    scored = [day for day in workspace.scored_days() if day is not None]
    if not scored:
        return ()
    last = max(scored)
    listed = trajectory(
        workspace, own.firm, weeks=weeks, as_of=last, indicators=False, grade_bounds=grade_bounds
    ).for_shop()
    # By indicator a change takes a snapshot of each of its two days, so only the last changes are.
    detailed = trajectory(
        workspace, own.firm, weeks=min(weeks, DETAILED_WEEKS), as_of=last, grade_bounds=grade_bounds
    ).for_shop()
    by_week = {week.ends_on: week for week in detailed if week.change is not None}
    return tuple(by_week.get(week.ends_on, week) for week in listed)


def _shop_forecast(
    workspace: Workspace, own: ShopLetter, *, calendar: Path | None, seed: int, progress: JobProgress
) -> ShopForecast | None:
    """Return the shop's forecast: stored of the same data, or new; None of data that nothing can be forecast from."""
    day = own.as_of
    # Undated data have no forecast, and no page asks for one.
    assert day is not None  # noqa: S101
    if not _has_forecast(workspace, day):
        try:
            forecast(workspace, as_of=day, calendar=calendar, seed=seed, progress=progress)
        except DataError:
            # Too little history, or no turnover: the page has no forecast.
            return None
    return shop_forecast(own.firm, read_forecast(workspace.layout, day))


def _has_forecast(workspace: Workspace, day: date) -> bool:
    """Whether forecasts of a day are stored that rest on the present data."""
    layout = workspace.layout
    if not (layout.forecast_file(day).is_file() and layout.needs_file(day).is_file()):
        return False
    return bool(read_forecast(layout, day).head["data"] == workspace.info().content_hash)


def _limits(workspace: Workspace, own: ShopLetter, lender: str | None) -> tuple[ShopLimitDay, ...]:
    if lender is None:
        return ()
    rows = limit_history(workspace, lender, own.firm).rows
    return tuple(ShopLimitDay(row.on, row.limit.expires_on, row.limit.limit, row.why_shop) for row in rows)
