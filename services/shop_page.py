"""The page of a shop: its score and reasons, its weeks, what it may need, and its portrait, as it may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplyrisk.graph import DataError, DefaultDefinition, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.forecast_file import StoredForecast, read_forecast
from supplyrisk.services.forecast import forecast
from supplyrisk.services.letter import letter
from supplyrisk.services.letter_document import ShopLetter
from supplyrisk.services.portrait import portrait
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.shop_page_document import ShopForecast, ShopPage, shop_forecast
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
    page = ShopPage(
        own,
        _weeks(workspace, own, weeks, grade_bounds),
        _shop_forecast(workspace, own, calendar=calendar, seed=seed, progress=progress),
        portrayed.portrait,
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
    stored = _stored_forecast(workspace, own.as_of)
    if stored is None:
        try:
            result = forecast(workspace, as_of=own.as_of, calendar=calendar, seed=seed, progress=progress)
        except DataError:
            # Too little history, or no turnover: the page has no forecast.
            return None
        return shop_forecast(own.firm, result.rows, result.basis, result.currency)
    currency = stored.head["currency"]
    return shop_forecast(
        own.firm, stored.rows, str(stored.head["basis"]), None if currency is None else str(currency)
    )


def _stored_forecast(workspace: Workspace, day: date | None) -> StoredForecast | None:
    """Return the forecasts of a day if they are stored and of the present data."""
    path = None if day is None else workspace.layout.forecast_file(day)
    if path is None or not path.is_file():
        return None
    stored = read_forecast(path)
    return stored if stored.head["data"] == workspace.info().content_hash else None
