"""The keys of a data set as a whole: its currency, whether it has days, and what becomes of partners in no list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.drafting.draft_keys import DraftKey, share_text
from supplyrisk.loaders.drafting.table_fit import FittedTable, TableFit
from supplyrisk.loaders.mappings.mapping import CURRENCY, OWN_TABLES, Mapping

_SUSPECT = 0.5
"""Share of partners in no list from which the ids are likely to be written in another way there."""


def data_set_keys(
    name: str, world: Mapping, fitted: Sequence[FittedTable], currencies: Collection[str]
) -> list[DraftKey]:
    """Return the keys above the sources.

    Parameters
    ----------
    name: of the folder.
    world: what the folder's synthetic.toml says.
    currencies: that the signs of amounts show.
    """
    keys = [DraftKey("name", world.name or name, "" if world.name else "name of the folder")]
    if world.synthetic:
        keys.append(DraftKey("synthetic", True, "synthetic.toml"))
    if world.standing:
        keys.append(DraftKey("standing", list(world.standing), "synthetic.toml"))
    keys += _undated(world, fitted)
    keys += _labels(world, fitted)
    keys += _firms(fitted)
    keys += _currency(world, fitted, currencies)
    return keys


def is_undated(world: Mapping, fitted: Sequence[FittedTable]) -> bool:
    """Return whether the data have no usable days: outcomes are labels, and no table has its days."""
    tables = {one.fit.table for one in fitted}
    return world.undated or ("labels" in tables and not any(map(_has_required_days, fitted)))


def without_days(fit: TableFit) -> TableFit:
    """Return a fit to which no day is missing."""
    table = TABLES[fit.table]
    missing = tuple(name for name in fit.missing if table.column(name).kind is not ColumnKind.DAY)
    return replace(fit, missing=missing)


def _undated(world: Mapping, fitted: Sequence[FittedTable]) -> list[DraftKey]:
    if not is_undated(world, fitted):
        return []
    reason = "synthetic.toml" if world.undated else "outcomes have no day, and no table has its days"
    return [DraftKey("undated", True, reason)]


def _labels(world: Mapping, fitted: Sequence[FittedTable]) -> list[DraftKey]:
    """Return the day by which outcomes without a day are known, where other tables have days."""
    if is_undated(world, fitted) or not any(one.fit.table == "labels" for one in fitted):
        return []
    last = max(
        (
            max(days.values())
            for one in fitted
            for header in [one.fit.header_of("on")]
            if header and one.fit.table in ("supplies", "activity")
            for rows in one.sample.column(header).days.values.values()
            for _, _, days in rows
            if len(set(days.values())) == 1
        ),
        default=None,
    )
    shown = f"; the last day in the samples is {last}" if last else ""
    doubt = f"outcomes have no day: state the day by which they are known{shown}"
    return [DraftKey("labels", {"as_of": str(last or "2024-12-31")}, doubt=doubt, is_set=False)]


def _has_required_days(one: FittedTable) -> bool:
    table = TABLES[one.fit.table]
    days = [c.name for c in table.columns if c.required and c.kind is ColumnKind.DAY]
    return any(one.fit.header_of(name) for name in days)


def _firms(fitted: Sequence[FittedTable]) -> list[DraftKey]:
    """Return what to do about firms that rows name and no list has."""
    lists = [one for one in fitted if one.fit.table == "firms"]
    if not lists:
        own = sorted({one.fit.table for one in fitted if one.fit.table in OWN_TABLES})
        doubt = "no file lists firms: add a list, or state in a source which of its columns names firms"
        if own:
            doubt = (
                "no file lists firms: add a list, or name the tables whose firms are listed by their own rows"
            )
        return [DraftKey("firms_from", own, doubt=doubt, is_set=False)] if fitted else []
    if not all(one.sample.is_whole for one in lists):
        # ids beyond the sample may be in the list
        return []
    owners = [one.values(one.fit.own_firm) for one in fitted if one.fit.own_firm and one.sample.files > 1]
    known = frozenset(value for one in lists for value in one.values("firm_id")).union(*owners)
    persons = [one.values("person_id") for one in fitted if one.fit.table == "persons"]
    named = _named_firms(fitted)
    absent = Counter({value: n for value, n in named.items() if value not in known.union(*persons)})
    if not absent:
        return []
    example = absent.most_common(1)[0][0]
    total = named.total()
    shown = share_text(absent.total(), total, "sampled ids")
    evidence = f"{shown} are in no list of firms, such as {example}"
    if absent.total() < _SUSPECT * total or owners:
        return [DraftKey("partners", "add", evidence)]
    doubt = f"{evidence}: they may be written in another way there"
    without_zeros = {value.lstrip("0") for value in known}
    if any(value.lstrip("0") in without_zeros for value in absent):
        doubt += " (leading zeros are lost in one of the files)"
    return [DraftKey("partners", "add", doubt=doubt, is_set=False)]


def _named_firms(fitted: Sequence[FittedTable]) -> Counter[str]:
    """Return the sampled ids of firms that rows of other tables than firms name, with their numbers."""
    named: Counter[str] = Counter()
    for one in fitted:
        for column in one.referring() if one.fit.table != "firms" else ():
            own = one.sample.column(one.fit.header_of(column) or "")
            named.update(own.texts)
            named.update(value for values in own.stored.values() for value in values)
    return named


def _currency(world: Mapping, fitted: Sequence[FittedTable], signs: Collection[str]) -> list[DraftKey]:
    """Return the currency of the data set."""
    if world.currency.default:
        return [DraftKey("currency", world.currency.default, "synthetic.toml")]
    named = frozenset(
        {"RMB": "CNY", "¥": "CNY", "￥": "CNY", "人民币": "CNY", "元": "CNY"}.get(code, code)
        for one in fitted
        for code in one.values("currency")
    )
    codes = sorted({code for code in named if CURRENCY.fullmatch(code)} | set(signs))
    if len(codes) == 1 and not named:
        return [DraftKey("currency", codes[0], "the only currency sign of the amounts")]
    if len(codes) > 1:
        rates = {"default": codes[0], "rates": dict.fromkeys(codes[1:], 1.0)}
        doubt = f"amounts are in {', '.join(codes)}: state the default, and what one unit of the others is worth in it"
        return [DraftKey("currency", rates, doubt=doubt, is_set=False)]
    return []
