"""Read a scenario file (TOML) into a plan, with all faults of its form at once."""

from __future__ import annotations

import tomllib
from typing import Any

from pydantic import ValidationError

from supplyrisk.graph.schema.strict_toml import fault_texts
from supplyrisk.graph.stress.scenario_plan import ScenarioPlan

_LISTS = ("step", "what_if")


def read_scenario_plan(text: str, name: str) -> tuple[ScenarioPlan, list[str]]:
    """Return the plan of a scenario file, as far as it can be read, and all faults of its form.

    text: TOML. name: of the file, for a plan without a name.
    """
    try:
        content = {"name": name, **tomllib.loads(text)}
    except tomllib.TOMLDecodeError as fault:
        plan = ScenarioPlan.model_construct(name=name)
        return plan, [f"not valid TOML ({fault}), expected a scenario file"]
    for key in _LISTS:
        if isinstance(content.get(key), list):
            content[key] = [_with_name(entry, f"{key} {n}") for n, entry in enumerate(content[key], 1)]
    try:
        return ScenarioPlan.model_validate(content), []
    except ValidationError as error:
        return _readable_part(content, error), fault_texts(error)


def _with_name(table: object, name: str) -> object:
    return {"name": name, **table} if isinstance(table, dict) else table


def _readable_part(content: dict[str, Any], error: ValidationError) -> ScenarioPlan:
    """Return the plan without the faulty values, and without the tables that are faulty as a whole.

    So the words of the other tables can be compared with the data, and their faults be reported in the same run.
    """
    content = {key: list(value) if isinstance(value, list) else value for key, value in content.items()}
    for fault in error.errors():
        match fault["loc"]:
            case ("step", int(number), str(key)) if key in (content["step"][number] or {}):
                content["step"][number] = {k: v for k, v in content["step"][number].items() if k != key}
            case ("step" | "what_if" as tables, int(number), *_):
                content[tables][number] = None
            case (str(key), *_):
                content.pop(key, None)
    for key in _LISTS:
        content[key] = [table for table in content.get(key, []) if table is not None]
    if not content["step"]:
        return ScenarioPlan.model_construct(name=content.get("name", ""))
    try:
        return ScenarioPlan.model_validate(content)
    except ValidationError as remaining:
        # A step that lost its only selection, for example.
        return _readable_part(content, remaining)
