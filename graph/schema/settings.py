"""The settings of commands: keys, types, defaults and descriptions; the template scgraph.toml is made from them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.schema.relations import relation_ends
from supplyrisk.graph.schema.strict_toml import Share, StrictTable, accepted_if, expects
from supplyrisk.graph.store.registry import STORE_VALUES
from supplyrisk.graph.texts.text_files import LANGUAGES

_SIDES = tuple(end.code for end in relation_ends() if end.share)
_MEMORY = re.compile(r"\d+(\.\d+)?\s?[KMGT]i?B")


# Values from a flag or the environment are texts: those of numbers and lists are converted, as are texts in the file.
def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return int(value) if re.fullmatch(r"\d{1,9}", value) else float(value)
    except ValueError:
        return value


def _list(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _numbers(value: object) -> object:
    items = _list(value)
    return [_number(item) for item in items] if isinstance(items, list | tuple) else items


def _path(value: object) -> object:
    return Path(value) if isinstance(value, str) and _is_name(value) else value


def _is_name(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _are_bounds(bounds: tuple[float, ...]) -> bool:
    rising = list(bounds) == sorted(set(bounds))
    return rising and len(bounds) == 6 and bounds[0] > 0 and bounds[-1] < 1


_Number = BeforeValidator(_number)
_Name = Annotated[str, accepted_if(_is_name)]
_Names = Annotated[tuple[_Name, ...], Field(strict=False, min_length=1), BeforeValidator(_list)]
_Share = Annotated[Share, _Number]
_Count = Annotated[int, Field(ge=0), _Number]
_PositiveCount = Annotated[int, Field(ge=1), _Number]


def _setting(default: object, description: str, example: object = None) -> Any:
    """A field of `Settings`; the example stands in the template where there is no default."""
    return Field(default=default, description=description, examples=[example])


class Settings(StrictTable):
    """The settings in force; the descriptions of the fields are those of the template."""

    workspace: Annotated[Path, BeforeValidator(_path), expects("the path of a folder")] = _setting(
        Path(defaults.WORKSPACE), "folder of the loaded data, the graph, the models and the scores"
    )
    horizon_days: Annotated[_PositiveCount, expects("a whole number of days, 1 or more")] = _setting(
        defaults.HORIZON_DAYS, "a PD is the probability of default within this many days; used in training"
    )
    default_kinds: Annotated[_Names, expects("kinds of events, as a list or joined by commas")] = _setting(
        defaults.DEFAULT_DEFINITION.kinds, "kinds of events that count as a default"
    )
    default_days_past_due: Annotated[
        _Count, expects("a whole number of days, 1 or more, or 0 where only events count")
    ] = _setting(
        defaults.DEFAULT_DEFINITION.days_past_due,
        "a loan so many days past due, or written off, is a default too; 0: only events are",
    )
    grade_bounds: Annotated[
        tuple[float, ...],
        Field(strict=False),
        BeforeValidator(_numbers),
        accepted_if(_are_bounds),
        expects("six increasing PDs between 0 and 1, as a list or joined by commas"),
    ] = _setting(defaults.GRADE_BOUNDS, "upper PDs of grades A to F; above is G")
    model: Annotated[_Name, expects("the name of a model or the path of its folder")] = _setting(
        defaults.MODEL, "name of a model in the workspace, or the path of its folder"
    )
    max_bad: _Share | None = _setting(
        None, "share of a table's rows that may be bad; else what the mapping says", 0.0
    )
    encoding: Annotated[_Name, expects("the name of an encoding, such as utf-8 or gb18030")] = _setting(
        defaults.ENCODING, "of CSV and JSON Lines files; gb18030 for most Chinese ones that are not UTF-8"
    )
    store: Annotated[_Name | None, expects(STORE_VALUES)] = _setting(
        None, "the graph store; without it NEO4J_URI is looked at", "embedded"
    )
    memory_limit: Annotated[str, accepted_if(_MEMORY.fullmatch), expects("a size such as 4GB")] = _setting(
        defaults.MEMORY_LIMIT, "what DuckDB may take while features are computed"
    )
    members: Annotated[_PositiveCount, expects("a whole number, 1 or more")] = _setting(
        defaults.MEMBERS, "networks in the ensemble; fewer is faster and less sure of its ranges"
    )
    seed: Annotated[_Count, expects("a whole number, 0 or more")] = _setting(
        defaults.SEED, "of everything random in training"
    )
    device: Annotated[str, accepted_if(defaults.DEVICES.__contains__), expects("auto, cpu or cuda")] = (
        _setting(
            defaults.DEVICE, "where the network's sums run: cpu, cuda, or auto for CUDA where there is one"
        )
    )
    lgd: _Share = _setting(
        defaults.LGD, "in contagion and stress: share that a default costs of loans that give none"
    )
    ccf: _Share = _setting(
        defaults.CCF,
        "in contagion and stress: share of a revolving line's undrawn part that is drawn by then",
    )
    pd_factor: Annotated[float, Field(gt=1), _Number, expects("a number above 1")] = _setting(
        defaults.PD_FACTOR, "by which a PD rises or falls before monitor calls it an alert"
    )
    watch_pd: Annotated[float, Field(gt=0, le=1), _Number, expects("a PD above 0, up to 1")] = _setting(
        defaults.WATCH_PD, "in monitor: PDs below this one are all as good"
    )
    watch_share: _Share = _setting(
        defaults.WATCH_SHARE, "in monitor: share of a firm's trade from which a partner is a main one"
    )
    watch_moved: _Share = _setting(
        defaults.WATCH_MOVED, "in monitor: change of a main partner's share that is an alert"
    )
    watch_reason: _Share = _setting(
        defaults.WATCH_REASON,
        "in monitor: share of the hazard from which a reason that comes or goes is an alert",
    )
    watch_sides: Annotated[
        _Names,
        accepted_if(set(_SIDES).issuperset),
        expects("supplier, customer, carrier, or some of them, as a list or joined by commas"),
    ] = _setting(defaults.WATCH_SIDES, "in monitor: whose shares are watched; carrier can be one too")
    calendar: Annotated[Path | None, BeforeValidator(_path), expects("the path of a CSV file")] = _setting(
        None, "in forecast: CSV of further days with sales out of the ordinary", "events.csv"
    )
    beyond_days: Annotated[_Count, expects("a whole number of days, 0 or more")] = _setting(
        defaults.BEYOND_DAYS, "by how many days --as-of may lie after the last day of the data"
    )
    portrait_days: Annotated[_PositiveCount, expects("a whole number of days, 7 to 180")] = _setting(
        defaults.PORTRAIT_DAYS, "days of the window of a portrait, 7 to 180"
    )
    lang: Annotated[str, accepted_if(LANGUAGES.__contains__), expects("en or zh")] = _setting(
        defaults.LANGUAGE, "language of the reasons: en or zh"
    )

    @property
    def default_definition(self) -> DefaultDefinition:
        """What counts as a default; 0 days past due: only events do."""
        return DefaultDefinition(self.default_kinds, self.default_days_past_due or None)


def settings_lines() -> str:
    """Return a commented line of TOML for every setting, with its default and its description."""
    lines = []
    for name, field in Settings.model_fields.items():
        (example,) = field.examples or [None]
        value: Any = example if field.default is None else field.default
        text = json.dumps(str(value) if isinstance(value, Path) else value)
        lines.append(f"# {f'{name} = {text}':<28} # {field.description}\n")
    return "".join(lines)
