"""Firms that are probably one: the same legal code, or the same name at the same place, under different ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb

from supplyrisk.graph.schema.contract import ColumnKind
from supplyrisk.loaders.check.data_warnings.data_warning import (
    EXAMPLES,
    ColumnCount,
    DataWarning,
    first_examples,
)
from supplyrisk.loaders.check.folded_text import folded_sql
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.column_binding import folded_name

_CODE_NAMES = frozenset({
    "统一社会信用代码", "社会信用代码", "信用代码", "组织机构代码", "纳税人识别号", "税号", "uscc", "creditcode",
    "unifiedsocialcreditcode", "lei", "vat", "vatid", "vatnumber", "taxid", "taxnumber", "companynumber",
    "registrationnumber", "handelsregisternummer", "ustid", "ustidnr",
})  # fmt: skip
"""Names of columns that hold legal codes, of the contract or not, as `_plain` returns them."""
_ADDRESS_NAMES = frozenset({"address", "地址", "注册地址", "经营地址", "adresse", "anschrift", "street"})
_SIGNS = r"[\s\p{Z}\p{P}\p{S}]+"


def twin_firms(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of firms with the same legal code, and of firms with the same name in the same region or at one address."""
    work = works.get("firms")
    if work is None:
        return []
    fed = {name for s in work.sources for name in (*s.binding.origins, *s.binding.extras)}
    own = [f for f in work.fields if f.kind is ColumnKind.TEXT and f.name in fed]
    # numbers of companies are given anew in each register
    register = next((f"coalesce({f.sql}, '')" for f in own if f.name == "register"), "''")
    codes = [
        (f.sql, register if f.name == "company_number" else "''")
        for f in own
        if _plain(f.name) in _CODE_NAMES
    ]
    places = [work.field("region").sql, *(f.sql for f in own if _plain(f.name) in _ADDRESS_NAMES)]
    by_code = _groups(con, work, codes)
    by_place = _groups(con, work, [(work.field("name").sql, place) for place in places])
    return [
        *_warning("same_legal_code", "firms with different ids and the same legal code", by_code),
        *_warning(
            "same_name_and_place",
            "firms with different ids, the same name, and the same region or address",
            by_place,
        ),
    ]


def _groups(
    con: duckdb.DuckDBPyConnection, work: TableWork, keys: Sequence[tuple[str, str]]
) -> list[tuple[str, ...]]:
    """Return the ids of firms that share one of several keys: a text apart from its signs, and a place."""
    firm = work.field("firm_id").sql
    # in order, each group once
    groups: dict[tuple[str, ...], None] = {}
    for text, place in keys:
        # numbers are compared in place of texts; among a million firms, two hashes are equal with a chance of 1e-8
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE keyed_firms AS SELECT {firm} AS firm, "
            f"hash({folded_sql(text, _SIGNS)}, {place}) AS key, hash('', {place}) AS signs_only "
            f"FROM ({loaded_rows(work)}) WHERE {place} IS NOT NULL AND {text} IS NOT NULL"
        )
        shared = "SELECT key FROM keyed_firms WHERE key <> signs_only GROUP BY key HAVING count(*) > 1"
        rows = con.execute(
            f"SELECT list_sort(list(firm)) AS firms FROM keyed_firms WHERE key IN ({shared}) "
            "GROUP BY key ORDER BY firms"
        ).fetchall()
        groups |= dict.fromkeys(tuple(firms) for (firms,) in rows)
    return list(groups)


def _warning(code: str, problem: str, groups: Sequence[Sequence[str]]) -> list[DataWarning]:
    """Return the warning of groups of firms; count: the firms that are in one."""
    if not groups:
        return []
    firms = {firm for group in groups for firm in group}
    examples = first_examples(" and ".join(group[:EXAMPLES]) for group in groups)
    remedy = "if they are one firm, accept the pair (scgraph match), or give them one firm_id in all files"
    return [DataWarning(code, problem, remedy, (ColumnCount("firms", "", len(firms)),), examples)]


def _plain(name: str) -> str:
    """Return a column name without what differs between systems."""
    return re.sub(r"[_.-]", "", folded_name(name))
